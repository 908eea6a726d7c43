"""Mappings: options over mapping files, and clear words for what does not fit."""

import pytest

from core.errors import InvalidInput, NotFound
from imports.layouts import Layout
from imports.mapping import build_field_map
from imports.mapping_files import read_mapping_file
from imports.readers.logs import read_log
from imports.records import Record

OWN_PATTERN = """
[patterns.mine]
regex = '(?P<when>\\S+) (?P<user>\\w+) (?P<code>\\d+) (?P<message>.*)'
time = "{when}"
time_format = "iso"
integers = ["code"]
kind = "code"
actor = { source = "mine.user", field = "user", expressions = ["^(.+)$"] }
"""


def field_map(kind="transactions", columns=None, values=None, **file):
    return build_field_map(kind, columns=columns or {}, values=values or {}, **file)


def mapping_file(tmp_path, text):
    path = tmp_path / "mapping.toml"
    path.write_text(text)
    return read_mapping_file(path)


def test_a_field_comes_from_its_column_its_value_or_the_column_of_its_name():
    fields = field_map(columns={"account": "customer_id"}, values={"currency": "USD"})
    record = {"customer_id": "00001", "amount": "1"}
    assert [fields.read(record, name) for name in ("account", "currency", "amount")] == ["00001", "USD", "1"]
    assert fields.read(record, "counter") == "counter"
    assert fields.read(record, "description") is None


def test_dots_step_into_nested_fields_unless_a_field_bears_the_whole_name():
    fields = field_map(columns={"account": "customer.id"})
    assert fields.read({"customer": {"id": "1"}}, "account") == "1"
    assert fields.read({"customer.id": "2", "customer": {"id": "1"}}, "account") == "2"


def test_record_without_a_required_field_is_told():
    with pytest.raises(InvalidInput, match="the record has no field 'customer.id'"):
        field_map(columns={"account": "customer.id"}).read({"customer": 1}, "account")


def test_missing_columns_are_told_with_those_there_are():
    fields = field_map(columns={"account": "customer"}, values={"currency": "USD"})
    with pytest.raises(InvalidInput, match=r"no column 'customer' for 'account'; there are customer_id, date, amount"):
        fields.check_columns(["customer_id", "date", "amount"])
    with pytest.raises(InvalidInput, match=r"no column 'date' for 'date'.* see --map date=COLUMN$"):
        field_map(values={"currency": "USD"}).check_columns(["account", "amount"])
    with pytest.raises(InvalidInput, match=r"see --map currency=COLUMN or --set currency=VALUE"):
        field_map().check_columns(["account", "amount", "date"])


@pytest.mark.parametrize(
    ("columns", "values", "message"),
    [
        ({"acount": "x"}, {}, "transactions have no field 'acount'; there are account, date, amount"),
        ({"book": "x"}, {}, "the field 'book' takes one value for all: --set book=…"),
        ({}, {"account": "x"}, "the field 'account' takes a column: --map account=…"),
        ({"currency": "c"}, {"currency": "USD"}, "currency has both a column and a value"),
    ],
)
def test_wrong_mappings_are_told(columns, values, message):
    with pytest.raises(InvalidInput) as refusal:
        field_map(columns=columns, values=values)
    assert refusal.value.message.startswith(message)


def test_options_come_before_the_mapping_file_field_by_field():
    file = {"file_columns": {"account": "a", "currency": "c"}, "file_values": {"counter": "sales"}}
    fields = field_map(columns={"counter": "k"}, values={"currency": "EUR"}, **file)
    assert (fields.columns, fields.values) == ({"account": "a", "counter": "k"}, {"currency": "EUR"})


def test_mapping_file_is_read(tmp_path):
    mapping = mapping_file(
        tmp_path, '[input]\nyear = 2015\n[columns]\naccount = "a"\n[values]\nbook = "b"\n' + OWN_PATTERN
    )
    assert (mapping.input, mapping.columns, mapping.values) == ({"year": 2015}, {"account": "a"}, {"book": "b"})
    layout = Layout("log", pattern=mapping.patterns["mine"])
    (record,) = read_log(iter([b"2026-01-31T12:00:00Z ada 7 hello"]), layout).outcomes
    assert isinstance(record, Record)
    assert record.fields == {"when": "2026-01-31T12:00:00Z", "user": "ada", "code": 7, "message": "hello"}
    rule = mapping.patterns["mine"].actor
    assert rule is not None
    assert rule.find(record.fields) == "ada"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("account = ", "is no TOML"),
        ("[colums]\n", "has no 'colums'; there are input, columns, values, patterns"),
        ("[input]\nfromat = 'csv'\n", r"\[input\] has no 'fromat'"),
        ("[columns]\naccount = 1\n", r"\[columns\] account must be text"),
        ("columns = 1\n", r"\[columns\] must be a table"),
        ("[patterns.x]\nregex = '('\ntime = '{t}'\ntime_format = 'iso'\n", "regex is no regular expression"),
        ("[patterns.x]\ntime = '{t}'\ntime_format = 'iso'\n", "needs regex as text"),
        (
            "[patterns.x]\nregex = '(?P<a>.)'\ntime = '{t}'\ntime_format = 'iso'\n",
            "the regex has no group 't'; its groups: a",
        ),
        ("[patterns.x]\nregex = '(?P<a>.)'\ntime = 'a'\ntime_format = 'iso'\n", "time names no group"),
        ("[patterns.x]\nregex = '(?P<a>.)'\ntime = '{a'\ntime_format = 'iso'\n", "patterns.x] time: "),
        (OWN_PATTERN.replace('"^(.+)$"', '"^.+$"'), "every expression needs one group"),
        (OWN_PATTERN.replace('field = "user"', 'field = "usr"'), "the regex has no group 'usr'"),
        (OWN_PATTERN.replace('source = "mine.user", ', ""), "needs source and field as text"),
        (OWN_PATTERN.replace('["code"]', '"code"'), "integers must be a list of texts"),
        ("[patterns]\nx = 1\n", r"\[patterns.x\] must be a table"),
    ],
)
def test_wrong_mapping_files_are_told(tmp_path, text, message):
    with pytest.raises(InvalidInput, match=message):
        mapping_file(tmp_path, text)


def test_mapping_file_that_is_not_there_or_no_text(tmp_path):
    with pytest.raises(NotFound, match="there is no mapping file"):
        read_mapping_file(tmp_path / "none.toml")
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_mapping_file(tmp_path)
    (tmp_path / "binary.toml").write_bytes(b"\xff")
    with pytest.raises(InvalidInput, match="is no TOML"):
        read_mapping_file(tmp_path / "binary.toml")

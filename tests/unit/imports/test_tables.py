"""Tables: columns parted by blanks, and CSV after RFC 4180."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from imports.layouts import Layout
from imports.readers import READERS
from imports.records import Record, Rejection


def read(text, format_name, **layout):
    reading = READERS[format_name](
        iter([text if isinstance(text, bytes) else text.encode()]), Layout(format_name, **layout)
    )
    return reading.columns, list(reading.outcomes)


def fields_of(outcomes):
    return [dict(outcome.fields) for outcome in outcomes if isinstance(outcome, Record)]


def rejected(outcomes):
    return [(outcome.number, outcome.reason) for outcome in outcomes if isinstance(outcome, Rejection)]


def test_columns_take_their_names_from_the_first_line():
    columns, outcomes = read(" customer_id  date value\r\n 00001 19970101\t 11.77\r\n", "columns")
    assert columns == ("customer_id", "date", "value")
    assert fields_of(outcomes) == [{"customer_id": "00001", "date": "19970101", "value": "11.77"}]
    assert outcomes[0].number == 2


def test_columns_without_a_header_line_are_named_by_the_layout():
    assert fields_of(read("1 2\n", "columns", columns=("a", "b"))[1]) == [{"a": "1", "b": "2"}]


def test_row_of_another_width_is_rejected_alone():
    _, outcomes = read("a b\n1 2\n1 2 3\n1\n3 4\n", "columns")
    assert len(fields_of(outcomes)) == 2
    assert rejected(outcomes) == [(3, "3 values for 2 columns (a, b)"), (4, "1 values for 2 columns (a, b)")]


@pytest.mark.parametrize("format_name", ["columns", "csv"])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        (b"\xff\xfa\n1\n", "the header line cannot be read: not utf-8"),
        (b"a\0\n1\n", "the header line cannot be read: the line has a NUL byte"),
    ],
)
def test_header_that_cannot_be_read_is_an_error(format_name, text, message):
    with pytest.raises(InvalidInput, match=message):
        read(text, format_name)


@pytest.mark.parametrize(("text", "message"), [("a,a\n", "names a twice"), ("a,,b\n", "every column needs a name")])
def test_header_without_unique_names_is_an_error(text, message):
    with pytest.raises(InvalidInput, match=message):
        read(text, "csv")


@given(
    rows=st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0\r")), min_size=2, max_size=2),
        max_size=12,
    ),
)
def test_csv_reads_what_the_standard_writer_writes(rows):
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows([["a", "b"], *rows])
    columns, outcomes = read(written.getvalue(), "csv")
    assert columns == ("a", "b")
    assert [list(fields.values()) for fields in fields_of(outcomes)] == rows


def test_csv_record_over_several_lines_bears_the_number_of_its_first():
    _, outcomes = read('a,b\n1,"x\n\ny"\n2,z\n', "csv")
    assert [(record.number, record.fields["b"]) for record in outcomes] == [(2, "x\n\ny"), (5, "z")]


def test_csv_quote_left_open_costs_its_own_line():
    _, outcomes = read('a,b\n1,"open\n2,x\n3,y\n', "csv")
    assert rejected(outcomes) == [(2, "no CSV: a quote is not closed")]
    assert [fields["a"] for fields in fields_of(outcomes)] == ["2", "3"]


def test_csv_wrong_quotes_on_two_lines_do_not_swallow_what_lies_between():
    _, outcomes = read('a,b\n5" pipe,1\n2,x\n6" pipe,1\n4,y\n', "csv")
    assert [number for number, _ in rejected(outcomes)] == [2, 4]
    assert [fields["a"] for fields in fields_of(outcomes)] == ["2", "4"]


def test_csv_text_after_a_closing_quote_is_rejected():
    _, outcomes = read('a,b\n"1"x,2\n3,4\n', "csv")
    assert [number for number, _ in rejected(outcomes)] == [2]
    assert len(fields_of(outcomes)) == 1


def test_csv_cut_off_in_its_last_row_is_rejected():
    _, outcomes = read("a,b\n1,2\n3", "csv")
    assert rejected(outcomes) == [(3, "1 values for 2 columns (a, b)")]


def test_csv_line_in_another_encoding_inside_quotes_is_rejected():
    _, outcomes = read(b'a,b\n1,"x\n\xff\n"\n2,y\n', "csv")
    assert [number for number, _ in rejected(outcomes)] == [2, 3, 4]
    assert fields_of(outcomes) == [{"a": "2", "b": "y"}]


def test_csv_takes_another_delimiter():
    assert fields_of(read("a;b\n1,5;2\n", "csv", delimiter=";")[1]) == [{"a": "1,5", "b": "2"}]


def test_csv_field_over_the_bound_is_rejected_and_the_next_row_is_read():
    long_field = "x" * 140_000
    _, outcomes = read(f'a,b\n1,"{long_field}"\n2,y\n', "csv")
    assert rejected(outcomes) == [(2, "no CSV: field larger than field limit (131072)")]
    assert fields_of(outcomes) == [{"a": "2", "b": "y"}]

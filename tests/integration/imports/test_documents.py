"""Records as documents of a collection, by the command."""

from uuid import UUID, uuid4

import bson
import pytest
from bson import ObjectId

from documents import selectors

pytestmark = pytest.mark.django_db

CUSTOMERS = """\
{"_id": {"$oid": "5ca4bbcea2dd94ee58162a68"}, "name": "Ada", "born": {"$date": {"$numberLong": "226117231000"}}}
{"_id": {"$oid": "5ca4bbcea2dd94ee58162a69"}, "name": "Bob", "accounts": [{"$numberInt": "1"}, {"$numberInt": "2"}]}
"""


@pytest.fixture
def collection():
    return f"test-{uuid4().hex}"


@pytest.fixture
def load(owner, run_command, tmp_path, collection):
    def run(text, *options, name="customers.json"):
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        arguments = ["--owner", "loader", "--set", f"collection={collection}", *options]
        return run_command("load", "documents", name, *arguments)

    return run


@pytest.fixture
def documents(collection, owner):
    def read():
        return selectors.documents_page(owner, collection, limit=100)

    return read


def test_documents_keep_their_ids_and_types(load, documents):
    run = load(CUSTOMERS)
    assert (run.status, run.output) == (0, "documents: read 2, stored 2, already there 0, rejected 0\n")
    ada, bob = documents()
    assert (ada.id, ada.fields["name"], ada.fields["born"].year) == ("5ca4bbcea2dd94ee58162a68", "Ada", 1977)
    assert bob.fields == {"name": "Bob", "accounts": [1, 2]}


def test_second_run_changes_nothing(load, documents):
    load(CUSTOMERS)
    before = documents()
    run = load(CUSTOMERS)
    assert run.output == "documents: read 2, stored 0, already there 2, rejected 0\n"
    assert documents() == before


def test_other_content_under_an_id_replaces_and_tells(load, documents):
    load(CUSTOMERS)
    run = load(CUSTOMERS.replace("Ada", "Eve"))
    assert run.output == "documents: read 2, stored 1, already there 1, rejected 0\n"
    assert run.errors == "warning: 1 documents were there with another content and are replaced\n"
    assert [(document.fields["name"], document.version) for document in documents()] == [("Eve", 2), ("Bob", 1)]


def test_documents_without_id_have_one_of_what_they_say_and_repeats_stay(load, documents):
    text = '{"a": 1}\n{"a": 1}\n{"a": 2}\n'
    load(text, name="numbers.ndjson")
    run = load(text, name="numbers.ndjson")
    assert run.output == "documents: read 3, stored 0, already there 3, rejected 0\n"
    found = documents()
    assert sorted(document.fields["a"] for document in found) == [1, 1, 2]
    assert {UUID(document.id).version for document in found} == {7}


def test_id_may_be_another_field_of_any_format(load, documents):
    load("zip,city\n35014,Alpine\n35023,Hueytown\n", "--map", "id=zip", name="zips.csv")
    assert [(document.id, document.fields["city"]) for document in documents()] == [
        ("35014", "Alpine"),
        ("35023", "Hueytown"),
    ]


def test_bson_and_arrays(load, documents):
    load(b"".join(bson.encode({"_id": ObjectId(), "n": number}) for number in range(3)), name="dump.bson")
    load('[{"_id": "a", "n": 3}, {"_id": "b", "n": 4}]', name="array.json")
    assert sorted(document.fields["n"] for document in documents()) == [0, 1, 2, 3, 4]


def test_an_input_that_is_cut_off_says_so_on_the_terminal(load, documents):
    whole = b"".join(bson.encode({"_id": number}) for number in range(1, 4))
    run = load(whole[:-3], name="dump.bson")
    assert (run.status, len(documents())) == (3, 2)
    told = "dump.bson ends in the middle, at record 3: what follows is missing; get the whole file and load it again"
    assert run.errors.startswith(f"warning: {told}\n")


def test_collection_made_is_as_asked(load, owner, collection):
    load(CUSTOMERS, "--visibility", "linked", "--index", "accounts", "--index", "name")
    row = selectors.collection_by_name(owner, collection)
    assert (row.visibility, row.indexes, row.owner) == ("linked", ("accounts", "name"), owner.user_id)


def test_wrong_documents_are_rejected_and_the_rest_is_stored(load, documents, rejects):
    lines = [
        '{"_id": "good"}',
        '{"_id": {"no": 1}}',
        '{"_id": ""}',
        '{"a": {"$b": 1}}',
        '{"_meta": 1}',
        '{"a": NaN}',
        '{"a": 9223372036854775808}',
        '{"a": "\\u0000"}',
        '{"a": "\\ud800"}',
        '{"a": ' + "[" * 101 + "]" * 101 + "}",
        '{"": 1',
    ]
    run = load("\n".join(lines), "--data-set", "d", name="wrong.ndjson")
    assert run.status == 3
    assert run.output == "documents: read 11, stored 1, already there 0, rejected 10\n"
    assert sorted(number for number, _ in rejects("d.rejects.ndjson")) == list(range(2, 12))
    assert [document.id for document in documents()] == ["good"]


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (["--set", "collection=Not A Name"], 65, "'Not A Name' is no name of a collection"),
        (["--visibility", "secret"], 65, "'secret' is no visibility: private, linked, public"),
        (["--index", "a..b"], 65, "'a..b' is no path of a field"),
        (["--map", "id=nix"], 3, "2 rejected"),
    ],
)
def test_wrong_command_lines_end_with_a_line_and_a_status(load, run_command, collection, options, status, message):
    arguments = ["--owner", "loader", "--set", f"collection={collection}"]
    load(CUSTOMERS, "--dry-run")
    arguments = arguments[:2] if "--set" in options else arguments
    run = run_command("load", "documents", "customers.json", *arguments, *options)
    assert run.status == status
    assert message in run.errors

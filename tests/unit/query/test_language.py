import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput, TooLarge, UnsupportedQuery
from query.language import MAX_LIMIT, Expansion, MixedQuery, parse_expansions
from query.resources import EXPANDABLE, RESOURCES


def test_names_and_options_are_read():
    assert parse_expansions("accounts,transactions(limit:5,sort:-booked),events(sort:time)") == (
        Expansion("accounts", 20, "number"),
        Expansion("transactions", 5, "-booked"),
        Expansion("events", 20, "time"),
    )


def test_an_empty_text_asks_for_nothing():
    assert parse_expansions("") == ()


@pytest.mark.parametrize(
    ("text", "error", "path", "message"),
    [
        (
            "invoices",
            InvalidInput,
            "expand",
            "cannot expand 'invoices': write documents, events, accounts, transactions",
        ),
        ("users", InvalidInput, "expand", "cannot expand 'users'"),
        ("keys", InvalidInput, "expand", "cannot expand 'keys'"),
        ("invoices(limit:1)", InvalidInput, "expand", "cannot expand"),
        ("accounts,accounts", InvalidInput, "expand.accounts", "asked for twice"),
        ("events(limit:2,limit:3)", InvalidInput, "expand.events.limit", "given twice"),
        ("events(since:2020)", InvalidInput, "expand.events.since", "'since:2020' is no option"),
        ("events()", InvalidInput, "expand.events.", "'' is no option"),
        ("events(limit)", InvalidInput, "expand.events.limit", "'limit' is no option"),
        ("events(limit:)", InvalidInput, "expand.events.limit", "is no option"),
        ("events(sort:)", InvalidInput, "expand.events.sort", "is no option"),
        ("events(limit:ten)", InvalidInput, "expand.events.limit", "'ten' is no number"),
        ("events(limit:-1)", InvalidInput, "expand.events.limit", "'-1' is no number"),
        ("events(limit:٣)", InvalidInput, "expand.events.limit", "is no number"),
        ("events(limit:0)", InvalidInput, "expand.events.limit", "the limit is 0: write 1 to 200"),
        ("events(limit:201)", InvalidInput, "expand.events.limit", "the limit is 201"),
        ("events(limit:99999999999)", InvalidInput, "expand.events.limit", "is no number"),
        ("events(sort:actor)", UnsupportedQuery, "expand.events.sort", "write -time, time"),
        ("events(limit:1", InvalidInput, "expand.events", "closing parenthesis"),
        ("accounts(expand:transactions(limit:2))", UnsupportedQuery, "expand.accounts", "one level deep"),
        ("accounts events", InvalidInput, "expand", "a comma is missing before ' events'"),
        ("accounts,", InvalidInput, "expand", "a name is missing at character 10"),
        (",accounts", InvalidInput, "expand", "a name is missing at character 1"),
        ("accounts,,events", InvalidInput, "expand", "a name is missing at character 10"),
        ("accounts)", InvalidInput, "expand", "a comma is missing"),
        ("a" * 1001, TooLarge, "expand", "over 1000 characters"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_its_place(text, error, path, message):
    with pytest.raises(error) as refused:
        parse_expansions(text)
    assert type(refused.value) is error
    assert (refused.value.path, message in refused.value.message) == (path, True), refused.value.message


def test_only_users_are_roots():
    with pytest.raises(UnsupportedQuery, match="only users can"):
        MixedQuery((), root="accounts")


def test_what_is_asked_of_a_resource_is_found():
    query = MixedQuery((Expansion("events", 3),))
    assert query.expansion_of("events") == Expansion("events", 3)
    assert query.expansion_of("accounts") is None


@st.composite
def expansions(draw):
    names = draw(st.lists(st.sampled_from(EXPANDABLE), unique=True))
    return tuple(
        Expansion(name, draw(st.integers(1, MAX_LIMIT)), draw(st.sampled_from(RESOURCES[name].sorts))) for name in names
    )


@given(expansions())
def test_what_is_written_is_read_back(asked):
    text = ",".join(f"{one.resource}(limit:{one.limit},sort:{one.sort})" for one in asked)
    assert parse_expansions(text) == asked


@given(st.text(alphabet="acount,s(limt:20)er-v ", max_size=60) | st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        asked = parse_expansions(text)
    except InvalidInput as refused:
        assert refused.path.startswith("expand")  # noqa: PT017 - both outcomes are right
    else:
        assert all(one.resource in EXPANDABLE for one in asked)

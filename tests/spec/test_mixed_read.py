"""What a mixed read means: small tables, answered by the oracle and by the real stores; then questions made at random."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from query.language import MAX_LIMIT, Expansion, parse_expansions
from query.links import declared_links, parse_link
from query.resources import EXPANDABLE, RESOURCES
from tests.spec import oracle
from tests.spec.world import MORE_LINKS, ROLES

LINKS = (*declared_links(), *map(parse_link, MORE_LINKS))

# who asks, of whom, what, and the labels that are the answer; ... ends what a limit cut off
CASES = [
    # accounts: by number within a book; capitals before small letters
    ("ada", "ada", "accounts", {"accounts": "cdnow:00001 shop:A shop:a shop:b"}),
    ("ada", "ada", "accounts(limit:2)", {"accounts": "cdnow:00001 shop:A ..."}),
    # a key leads to an account of another: an analyst sees it, the user does not
    ("bob", "bob", "accounts", {"accounts": "cdnow:00002"}),
    ("ana", "bob", "accounts", {"accounts": "cdnow:00001 cdnow:00002"}),
    ("cleo", "cleo", "accounts", {"accounts": ""}),
    # transactions: newest first, one that touches two accounts of the user once
    ("ada", "ada", "transactions", {"transactions": "5 4 3 2 0"}),
    ("ada", "ada", "transactions(limit:4)", {"transactions": "5 4 3 2 ..."}),
    ("ada", "ada", "transactions(limit:5)", {"transactions": "5 4 3 2 0"}),
    ("bob", "bob", "transactions", {"transactions": "1"}),
    ("ana", "bob", "transactions", {"transactions": "4 1 0"}),
    ("ana", "bob", "transactions,accounts", {"transactions": "4 1 0", "accounts": "cdnow:00001 cdnow:00002"}),
    # events: of the user and of the user's keys, each actor exactly as written
    ("ana", "ada", "events", {"events": "8 4 2 1 0"}),
    ("ana", "ada", "events(sort:time,limit:3)", {"events": "0 1 2 ..."}),
    ("ana", "bob", "events", {"events": "9 8 6 5 4 3 0"}),
    # a stream's readers read all of it, an actor what names them where the stream says so
    ("ada", "ada", "events", {"events": "8 1 0"}),
    ("bob", "bob", "events", {"events": "9 8 6 4 3 0"}),
    # documents: by key, and those that these name; text is no number
    ("ana", "ada", "documents", {"documents": "accounts/371138 accounts/324287 accounts/324287_again customers/ada notices/to_root notices/to_all tickets/by_root"}),
    ("ana", "ada", "documents(limit:1)", {"documents": "accounts/371138 ..."}),
    # linked: only by the user's own keys, never by what a document says; private: the owner's
    ("ada", "ada", "documents", {"documents": "accounts/371138 customers/ada notices/to_root notices/to_all"}),
    ("bob", "bob", "documents", {"documents": "customers/bob notices/to_root notices/to_all"}),
    # two keys of one source, and a key that names nothing
    ("cleo", "cleo", "documents", {"documents": "customers/ada customers/cleo"}),
    # documents lead to accounts when documents are asked for, too
    ("ana", "bob", "accounts,documents(limit:1)", {"accounts": "cdnow:00001 cdnow:00002 shop:a shop:sales", "documents": "accounts/324287 ..."}),
    ("ana", "bob", "transactions(limit:3),documents(limit:1)", {"transactions": "5 4 3 ...", "documents": "accounts/324287 ..."}),
    # nothing
    ("shop", "shop", "documents,events", {"documents": "", "events": ""}),
    ("cleo", "cleo", "", {}),
]  # fmt: skip


def in_table(labels, has_more):
    return " ".join([label.replace(" ", "_") for label in labels] + ["..."] * has_more)


@pytest.mark.parametrize(("asker", "user", "expand", "expected"), CASES)
def test_the_oracle_answers_the_table(asker, user, expand, expected):
    answer = oracle.expand(asker, user, parse_expansions(expand), LINKS)
    assert {name: in_table(*shown) for name, shown in answer.items()} == expected


@pytest.mark.parametrize(("asker", "user", "expand", "expected"), CASES)
def test_the_stores_answer_the_table(stored_world, django_db_blocker, asker, user, expand, expected):
    with django_db_blocker.unblock():
        (answer,) = stored_world.expand(asker, [user], parse_expansions(expand), LINKS)
    assert {name: in_table(*shown) for name, shown in answer.items()} == expected


@st.composite
def questions(draw):
    asker = draw(st.sampled_from(sorted(ROLES)))
    users = draw(st.lists(st.sampled_from(sorted(ROLES)), unique=True, min_size=1)) if asker == "ana" else [asker]
    names = draw(st.lists(st.sampled_from(EXPANDABLE), unique=True))
    limits = st.integers(1, 8) | st.just(MAX_LIMIT)
    expansions = [Expansion(name, draw(limits), draw(st.sampled_from(RESOURCES[name].sorts))) for name in names]
    links = draw(st.lists(st.sampled_from(LINKS), unique=True) | st.just(list(LINKS)))
    return asker, users, expansions, links


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=questions())
def test_the_stores_answer_as_the_oracle_does(stored_world, django_db_blocker, question):
    asker, users, expansions, links = question
    with django_db_blocker.unblock():
        answers = stored_world.expand(asker, users, expansions, links)
    assert answers == [oracle.expand(asker, user, expansions, links) for user in users]

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query.language import Expansion, MixedQuery
from query.links import SCHEMA_LINKS, parse_link
from query.plan import make_plan
from query.resources import EXPANDABLE, RESOURCES

DATA_LINKS = tuple(
    parse_link({"name": name, "source": source, "target": target, "conversion": conversion})
    for name, source, target, conversion in (
        ("purchases", "keys[cdnow.customer_id].key", "accounts[cdnow].number", "same"),
        ("customer", "keys[customers._id].key", "documents[customers]._id", "text_to_object_id"),
        ("limits", "keys[accounts.account_id].key", "documents[accounts].account_id", "text_to_int"),
        ("limits_of_customer", "documents[customers].accounts", "documents[accounts].account_id", "same"),
    )
)
PROFILE_LINK = parse_link(
    {
        "name": "profile_accounts",
        "source": "documents[profiles].accounts",
        "target": "accounts[demo].number",
        "conversion": "text",
    },
)
PROFILES = parse_link({"name": "profile", "source": "users.id", "target": "documents[profiles].user"})
LINKS = (*SCHEMA_LINKS, *DATA_LINKS)


def plan_of(*names, links=LINKS):
    return make_plan(MixedQuery(tuple(Expansion(name) for name in names)), links)


def shape(plan):
    return [{batch.store: [str(read.place) for read in batch.reads] for batch in wave} for wave in plan.waves]


@pytest.mark.parametrize(
    ("names", "waves"),
    [
        ((), [{"default": ["users.id"]}]),
        (
            ("accounts",),
            [{"default": ["users.id", "keys.user", "accounts.owner", "accounts[cdnow].number"]}],
        ),
        (
            ("transactions",),
            [
                {
                    "default": [
                        "users.id",
                        "keys.user",
                        "accounts[cdnow].number",
                        "transactions.account",
                        "transactions.owner",
                    ]
                }
            ],
        ),
        (
            ("events",),
            [{"default": ["users.id", "keys.user"]}, {"timeseries": ["events.actor"]}],
        ),
        (
            ("documents",),
            [
                {"default": ["users.id", "keys.user"]},
                {
                    "documents": [
                        "documents[accounts].account_id",
                        "documents[customers]._id",
                        "documents[accounts].account_id",
                    ],
                },
            ],
        ),
        (
            ("accounts", "transactions", "documents", "events"),
            [
                {"default": ["users.id", "keys.user"]},
                {
                    "documents": [
                        "documents[accounts].account_id",
                        "documents[customers]._id",
                        "documents[accounts].account_id",
                    ],
                    "timeseries": ["events.actor"],
                    "default": [
                        "accounts.owner",
                        "accounts[cdnow].number",
                        "transactions.account",
                        "transactions.owner",
                    ],
                },
            ],
        ),
    ],
)
def test_what_other_stores_wait_for_comes_first_and_all_else_at_once(names, waves):
    assert shape(plan_of(*names)) == waves


def test_documents_lead_to_accounts_only_when_documents_are_asked_for():
    links = (*LINKS, PROFILES, PROFILE_LINK)
    assert shape(plan_of("accounts", links=links)) == shape(plan_of("accounts"))
    waves = shape(plan_of("accounts", "documents", links=links))
    assert len(waves) == 3
    assert waves[2] == {"default": ["accounts[demo].number"]}


def test_transactions_wait_for_all_accounts_that_lead_to_them():
    waves = shape(plan_of("transactions", "documents", links=(*LINKS, PROFILES, PROFILE_LINK)))
    assert waves[2] == {"default": ["accounts[demo].number", "transactions.account"]}


def test_a_shortcut_spares_the_way_it_covers():
    (read,) = (read for read in plan_of("accounts", "transactions").reads if str(read.place) == "transactions.account")
    (feed,) = read.feeds
    assert [link.name for link in feed.unless] == ["owner"]
    assert [str(other.place) for other in feed.reads] == ["accounts[cdnow].number"]


def test_without_the_shortcut_the_way_is_followed():
    links = tuple(link for link in LINKS if link.name != "owner_transactions")
    plan = plan_of("transactions", links=links)
    (read,) = (read for read in plan.reads if str(read.place) == "transactions.account")
    assert {str(other.place) for other in read.feeds[0].reads} == {
        "accounts.owner",
        "accounts[cdnow].number",
    }


def test_documents_name_documents_once():
    links = (
        *LINKS,
        parse_link({"name": "back", "source": "documents[accounts].customer", "target": "documents[customers]._id"}),
    )
    plan = plan_of("documents", links=links)
    assert [(str(read.place), read.step) for read in plan.waves[1][0].reads] == [
        ("documents[accounts].account_id", 1),
        ("documents[customers]._id", 1),
        ("documents[accounts].account_id", 2),
        ("documents[customers]._id", 2),
    ]


def test_without_links_nothing_is_read():
    assert shape(plan_of("documents", links=())) == [{"default": ["users.id"]}]


ANY_LINK = st.sampled_from([*LINKS, PROFILES, PROFILE_LINK])


@given(st.lists(st.sampled_from(EXPANDABLE), unique=True), st.lists(ANY_LINK, unique=True))
def test_every_plan_is_sound(names, links):
    plan = plan_of(*names, links=links)
    waves = {read: number for number, wave in enumerate(plan.waves) for batch in wave for read in batch.reads}
    assert len(plan.waves[0]) == 1
    assert plan.waves[0][0].reads[0].feeds == ()
    assert len(plan.waves) <= 3
    for wave in plan.waves:
        assert len({batch.store for batch in wave}) == len(wave)
        assert all(batch.store == RESOURCES[read.place.resource].store for batch in wave for read in batch.reads)
    for position, read in enumerate(plan.reads):
        for feed in read.feeds:
            for other in feed.reads:
                assert plan.reads.index(other) < position
                assert waves[other] < waves[read] or (waves[other] == waves[read] and other.store == read.store)
        resource = read.place.resource
        assert resource in (*names, "users", "keys", "accounts")

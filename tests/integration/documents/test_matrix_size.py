"""The matrix itself: large enough, its refusals named, and able to see the differences that stock djongo makes."""

import pytest
from bson.regex import Regex
from django.db import NotSupportedError
from django.db.models import lookups as django_lookups

from documents.backend import predicates
from documents.backend.expressions import translate
from documents.backend.lookups import BUILDERS, Verdict, plain_path
from documents.backend.scope import Scope
from tests.integration.documents.matrix import (  # noqa: F401 - they register their operations
    aggregates,
    creates,
    edge_writes,
    edges,
    filters,
    reads,
    transactions,
    writes,
)
from tests.integration.documents.matrix.comparing import outcome
from tests.integration.documents.matrix.operations import READS, WRITES
from tests.integration.documents.matrix.refusals import REFUSED_READS, REFUSED_WRITES

pytestmark = pytest.mark.django_db(databases=["default", "documents"])
# Of these kinds everything is equal; a refusal among them would be a gap in simple models.
ALWAYS_EQUAL = ("page: ", "value: ", "group: ", "delete: ", "update: ", "many-to-many: ", "transaction: ")


def test_matrix_is_large_and_mostly_equal():
    operations, refused = {*READS, *WRITES}, REFUSED_READS | REFUSED_WRITES
    assert refused <= operations
    assert len(operations) >= 440
    assert len(operations - refused) >= 400
    assert not [name for name in refused if name.startswith(ALWAYS_EQUAL)]


@pytest.mark.parametrize("name", sorted(REFUSED_READS))
def test_refusal_says_what_to_do(name, filled_stores, monkeypatch):
    """A refusal comes before anything runs, and names another way."""
    connection = filled_stores.documents.connection
    monkeypatch.setattr(connection, "run", lambda *_args, **_kwargs: pytest.fail("something ran"))
    with pytest.raises(NotSupportedError, match=r"the MongoDB backend does not answer .+: \w+"):
        READS[name](filled_stores.documents)


def _unescaped(lookup, scope):
    """Stock djongo: the text of LIKE reaches MongoDB as a pattern."""
    path, pattern = str(plain_path(lookup.lhs, scope)), Regex(lookup.rhs)
    return Verdict(True, False, {path: pattern}, {path: {"$not": pattern}})


def _careless_of_null(operator):
    """Stock djongo: NOT (a = b) is a != b, and a comparison with null is no null."""

    def build(lookup, scope):
        condition = {operator: [translate(lookup.lhs, scope), translate(lookup.rhs, scope)]}
        return Verdict(condition, {"$not": [condition]})

    return build


PLANTED = {
    "filter: contains a dot": (django_lookups.Contains, _unescaped),
    "filter: contains an evil pattern": (django_lookups.Contains, _unescaped),
    "conditions: column against column": (django_lookups.IntegerGreaterThan, _careless_of_null("$gt")),
    "conditions: not equal to arithmetic": (django_lookups.IntegerFieldExact, _careless_of_null("$eq")),
}


@pytest.mark.parametrize("name", PLANTED)
def test_planted_fault_of_stock_djongo_is_seen(name, filled_stores, monkeypatch):
    kind, builder = PLANTED[name]
    right = outcome(READS[name], filled_stores.relational)
    assert outcome(READS[name], filled_stores.documents) == right
    monkeypatch.setitem(BUILDERS, kind, builder)
    assert outcome(READS[name], filled_stores.documents) != right


def test_planted_order_of_nulls_is_seen(filled_stores, monkeypatch):
    """Stock djongo leaves nulls where MongoDB puts them: first."""
    from documents.backend import ordering

    right = outcome(READS["order: nulls last"], filled_stores.relational)
    monkeypatch.setattr(ordering, "_is_never_null", lambda *_args: True)
    assert outcome(READS["order: nulls last"], filled_stores.documents) != right


def test_unknown_condition_is_refused(filled_stores):
    class Unheard(django_lookups.Exact):
        lookup_name = "unheard"

    rank = filled_stores.documents.Thing._meta.get_field("rank")
    with pytest.raises(NotSupportedError, match="'unheard'"):
        predicates.matches(Unheard(rank.get_col("t"), 1), Scope(None, "t"))

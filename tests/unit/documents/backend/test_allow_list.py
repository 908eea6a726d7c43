"""The allow-list without a server: every node type in it is looked up exactly, and Django's others are refused."""

import pytest
from django.db import NotSupportedError, models
from django.db.models import Value, expressions, functions
from django.db.models.lookups import Exact

from documents.backend.expressions import translate
from documents.backend.json_values import storable_json
from documents.backend.language import BUILDERS, TRANSLATORS
from documents.backend.predicates import matches
from documents.backend.scope import Scope

SCOPE = Scope(None, "t")


def test_subclass_of_an_allowed_expression_is_refused():
    class Odd(expressions.Value):
        pass

    with pytest.raises(NotSupportedError, match="the expression Odd"):
        translate(Odd(1), SCOPE)


def test_subclass_of_an_allowed_lookup_is_refused():
    class Odd(Exact):
        pass

    column = models.IntegerField(db_column="n")
    column.set_attributes_from_name("n")
    with pytest.raises(NotSupportedError, match="Odd"):
        matches(Odd(expressions.Col("t", column), 1), SCOPE)


@pytest.mark.parametrize(
    "kind",
    [
        expressions.RawSQL,
        expressions.Subquery,
        expressions.Exists,
        expressions.Window,
        expressions.OuterRef,
        expressions.Func,
        functions.Now,
        functions.Random,
        functions.Lower,
        functions.Cast,
    ],
)
def test_what_could_carry_sql_is_not_on_the_list(kind):
    """RawSQL is there for one exact form, which Django itself writes (`joins`)."""
    assert kind not in BUILDERS
    assert (kind in TRANSLATORS) is (kind is expressions.RawSQL)


@pytest.mark.parametrize("text", ["1", '"a"."b"; x', '"a"."b" OR 1', "a.b", '"a"."b"."c"', ""])
def test_sql_text_is_refused(text):
    with pytest.raises(NotSupportedError, match="SQL text"):
        translate(expressions.RawSQL(text, []), SCOPE)


def test_constant_is_never_a_path():
    assert translate(Value("$name"), Scope(None, "t")) == {"$literal": "$name"}


def test_json_keys_are_put_in_order():
    assert list(storable_json({"b": {"z": 1, "a": 2}, "a": [{"d": 1, "c": 2}]})) == ["a", "b"]
    assert list(storable_json({"b": {"z": 1, "a": 2}})["b"]) == ["a", "z"]

"""JSON Schema (Draft 2020-12) of collections: checked when declared, enforced on each item. Pure; called by services.

References lead into the schema itself and nowhere else: nothing is fetched from anywhere.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError, best_match
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from core.errors import InvalidInput, TooLarge
from documents.checks import check_text, fit_value, write_path
from documents.refusals import MAX_ERRORS
from documents.schema_steps import SCHEMA_FORMATS, BoundedValidator, budget
from documents.values import json_value

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAX_SCHEMA_BYTES = 65_536
MAX_SCHEMA_DEPTH = 60
PATH = "schema"


class FieldsSchema:
    """A collection's schema, ready to be held against many items."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        # A schema that names its dialect would be held against values by the library's own, unbounded validator.
        bare = {key: value for key, value in schema.items() if key != "$schema"}
        self._validator = BoundedValidator(bare, registry=Registry())

    def check(self, fields: Mapping[str, Any]) -> None:
        """Hold an item's own fields against the schema.

        Raises: InvalidInput with the path of every wrong field, of MAX_ERRORS at most, or of too many steps.
        """
        with _ending():
            found = islice(self._validator.iter_errors(_shown(fields)), MAX_ERRORS)
            errors = [(_path_of(worst), f"the collection's schema: {_reason(worst)}") for worst in map(_worst, found)]
        if errors:
            path, reason = errors[0]
            raise InvalidInput(reason, path=path, errors=errors)

    def fits(self, fields: Mapping[str, Any]) -> bool:
        """Tell whether an item's own fields fit. Raises: InvalidInput without an end or after too many steps."""
        with _ending():
            return bool(self._validator.is_valid(_shown(fields)))


def check_schema(schema: Any) -> dict[str, Any]:
    """Return a schema that collections may have.

    Raises: InvalidInput for what is no JSON Schema of Draft 2020-12 or refers elsewhere, TooLarge above 64 KiB.
    """
    if not isinstance(schema, dict):
        raise InvalidInput("a schema is an object", path=PATH)
    nodes = list(_walk(schema, 1))
    if len(json.dumps(schema)) > MAX_SCHEMA_BYTES:
        raise TooLarge(f"a schema has at most {MAX_SCHEMA_BYTES} bytes", path=PATH)
    if schema.get("$schema", DIALECT) not in (DIALECT, f"{DIALECT}#"):
        raise InvalidInput(f"schemas are of Draft 2020-12: {DIALECT}", path=f"{PATH}.$schema")
    try:
        Draft202012Validator.check_schema(schema, format_checker=SCHEMA_FORMATS)
    except SchemaError as error:
        path = write_path([PATH, *error.absolute_path])
        raise InvalidInput(f"no JSON Schema: {_reason(error)}", path=path) from error
    _check_patterns(nodes)
    _check_references(schema, nodes)
    return schema


def _walk(node: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    """Yield every object of the schema; refuse what is no JSON that MongoDB can keep."""
    if depth > MAX_SCHEMA_DEPTH:
        raise InvalidInput(f"a schema has at most {MAX_SCHEMA_DEPTH} levels", path=PATH)
    if isinstance(node, dict):
        yield node
        for key, value in node.items():
            if not isinstance(key, str):
                raise InvalidInput("a schema is JSON, where a key is text", path=PATH)
            check_text(key, PATH)
            yield from _walk(value, depth + 1)
    elif isinstance(node, list):
        for value in node:
            yield from _walk(value, depth + 1)
    elif node is None or isinstance(node, (bool, int, float, str)):
        fit_value(node, path=PATH)
    else:
        raise InvalidInput(f"a schema is JSON, which has no {type(node).__name__}", path=PATH)


def _check_patterns(nodes: list[Mapping[str, Any]]) -> None:
    """Refuse the pair of keywords that the library matches by itself, without a bound on its time."""
    if all(any(name in node for node in nodes) for name in ("patternProperties", "unevaluatedProperties")):
        raise InvalidInput("a schema has patternProperties or unevaluatedProperties, not both", path=PATH)


def _check_references(schema: Mapping[str, Any], nodes: list[Mapping[str, Any]]) -> None:
    if any(isinstance(node.get(name), str) for node in nodes[1:] for name in ("$id", "$schema")):
        raise InvalidInput("a schema is one resource: no $id or $schema but at its top", path=PATH)
    resolver = Registry().with_resource("", DRAFT202012.create_resource(schema)).resolver()
    for node in nodes:
        for target in (node.get("$ref"), node.get("$dynamicRef")):
            if isinstance(target, str):
                _check_reference(target, resolver)


def _check_reference(target: str, resolver: Any) -> None:
    try:
        if target.startswith("#"):
            resolver.lookup(target)
            return
    except Unresolvable as error:
        raise InvalidInput(f"the schema has no {target[:80]!r} that it refers to", path=PATH) from error
    raise InvalidInput(f"the schema refers to {target[:80]!r}: references lead into the schema itself", path=PATH)


@contextmanager
def _ending() -> Iterator[None]:
    try:
        with budget():
            yield
    except RecursionError as error:
        raise InvalidInput("the collection's schema refers to itself without end", path=PATH) from error


def _shown(fields: Mapping[str, Any]) -> Any:
    """Return fields as JSON shows them, decimals as the numbers they are."""
    return json_value(dict(fields), write_decimal=lambda number: number)


def _worst(error: ValidationError) -> ValidationError:
    """Return what is wrong deepest down, where several ways to be right were all missed."""
    return best_match([error]) or error


def _path_of(error: ValidationError) -> str:
    """Return the path of the field that is wrong, or missing."""
    steps = list(error.absolute_path)
    if error.validator == "required":
        required: Iterable[str] = error.validator_value  # type: ignore[assignment]  # it may be unset in general
        steps += [name for name in required if error.message.startswith(f"{name!r} is")]
    return write_path(steps)


def _reason(error: "SchemaError | ValidationError") -> str:
    return error.message if len(error.message) <= 300 else f"{error.message[:300]}…"

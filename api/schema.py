"""The OpenAPI description: views' declared parameters, how callers prove who they are, exact bodies, every answer."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework.serializers import ListSerializer

from api.negotiation import JSON, NDJSON
from api.parameters import Parameter
from api.preconditions import IF_NONE_MATCH
from api.schema_examples import example_of
from api.schema_parts import (
    EVERYWHERE,
    PROBLEM_SCHEMA,
    allow_sparse,
    batch_problem,
    header_components,
    headers_of,
    problem_reference,
    problem_responses,
    problem_statuses,
)
from api.serializers import ChangeSerializer, Described, StrictSerializer
from api.views import READING, PublicView

LINES = {"type": "string", "description": "The rows of the page, one a line; the next page stands in Link."}
NOT_MODIFIED = {"description": "It is as If-None-Match says: nothing is sent.", "headers": headers_of(["ETag"])}


class ApiSchema(AutoSchema):
    """Describes a view by what it declares."""

    view: Any
    method: str

    def get_override_parameters(self) -> list[Any]:
        """Return the parameters that the method knows."""
        reads = self.method in READING
        declared = self.view.parameters if reads else self.view.write_parameters.get(self.method, ())
        described = [_describe(parameter) for parameter in declared]
        return [*described, IF_NONE_MATCH] if self._is_tagged() else described

    def get_summary(self) -> str:
        """Return the first sentence of the handler's docstring."""
        first = str(self.get_description()).strip().splitlines()[0]
        return first.partition(". ")[0].partition(": ")[0].rstrip(".")

    def is_deprecated(self) -> bool:
        """Tell whether the address will go."""
        return self.view.deprecated is not None or bool(super().is_deprecated())

    def map_renderers(self, attribute: str) -> list[Any]:
        """Return the media types that the address gives."""
        return list(self.view.media_types) if attribute == "media_type" and self.method in READING else [JSON]

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        """Add the headers and problems that the operation may answer with."""
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        answers = operation["responses"]
        for answer in answers.values():
            answer["headers"] = {**answer.get("headers", {}), **headers_of(self._headers())}
            if NDJSON in answer.get("content", {}):
                answer["content"][NDJSON]["schema"] = LINES
        if self._is_tagged():
            answers["304"] = NOT_MODIFIED
        is_public = isinstance(self.view, PublicView)
        has_body = "requestBody" in operation
        for status in problem_statuses(
            is_public=is_public,
            is_named="{" in self.path,
            has_body=has_body,
            writes=self.method not in READING,
            has_conditions=self.method not in READING and bool(self.view.preconditions),
        ):
            answers.setdefault(str(status), problem_reference(status))
        for status in self.view.write_problems if self.method not in READING else ():
            answers.setdefault(str(status), problem_reference(status))
        answers["default"] = {"$ref": "#/components/responses/Problem"}
        return operation

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        schema = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]  # it is untyped there
        if direction == "request" and isinstance(serializer, StrictSerializer):
            schema["additionalProperties"] = False
        if direction == "request" and isinstance(serializer, ChangeSerializer):
            schema["minProperties"] = 1
        return schema

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: Any = False) -> Any:  # noqa: FBT002 - its signature
        schema = super()._map_serializer_field(field, direction, bypass_extensions)  # type: ignore[no-untyped-call]  # it is untyped there
        return {**schema, **field.described} if isinstance(field, Described) else schema

    def _unwrap_list_serializer(self, serializer: Any, direction: Any) -> Any:
        schema = super()._unwrap_list_serializer(serializer, direction)
        if not schema or not isinstance(serializer, ListSerializer):
            return schema
        several: Any = serializer
        bounds = {"minItems": several.min_length, "maxItems": several.max_length}
        return {**schema, **{name: bound for name, bound in bounds.items() if bound is not None}}

    def _headers(self) -> list[str]:
        is_list = self.method in READING and NDJSON in self.view.media_types
        own = ["ETag"] if self._is_tagged() else ["Link"] if is_list else []
        return [*own, *EVERYWHERE]

    def _is_tagged(self) -> bool:
        return self.method in READING and self.view.has_entity_tags


def _describe(parameter: Parameter) -> OpenApiParameter:
    schema = dict(parameter.schema)
    if parameter.is_family:
        rest = r"\..+" if parameter.mark == "." else f"({parameter.mark}.+)?"
        schema["propertyNames"] = {"pattern": f"^{parameter.name}{rest}$"}
    return OpenApiParameter(
        parameter.name,
        type=schema,
        location=OpenApiParameter.QUERY,
        required=parameter.required,
        description=parameter.description,
        style="form" if parameter.is_family else None,
        explode=parameter.is_family or None,
    )


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # it registers itself in an untyped hook
    """Tells OpenAPI what BearerAuthentication reads."""

    target_class = "api.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:  # noqa: ARG002 - its signature
        """Describe the token."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # it registers itself in an untyped hook
    """Tells OpenAPI what ApiKeyAuthentication reads."""

    target_class = "api.key_authentication.ApiKeyAuthentication"
    name = "api_key"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:  # noqa: ARG002 - its signature
        """Describe the header, for which OpenAPI has no scheme of its own."""
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Api-Key KEY"}


def complete(result: dict[str, Any], **_options: Any) -> dict[str, Any]:
    """Add what operations refer to, sparse answers and examples; the last of the hooks."""
    components = result.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = PROBLEM_SCHEMA
    if "Appended" in schemas:
        schemas["BatchProblem"] = batch_problem(schemas["Appended"])
    components.setdefault("responses", {}).update(problem_responses())
    components["headers"] = header_components()
    operations = [operation for path in result["paths"].values() for operation in path.values()]
    for operation in operations:
        names = {parameter["name"] for parameter in operation.get("parameters", ())}
        for body in _json_bodies(operation["responses"]):
            if "fields" in names:
                allow_sparse(body["schema"], schemas)
    for operation in operations:
        answers = {code: answer for code, answer in operation["responses"].items() if "content" in answer}
        for body in [*_json_bodies(answers), *_json_bodies({"request": operation.get("requestBody", {})})]:
            if "schema" in body and "examples" not in body:
                body["example"] = example_of(body["schema"], schemas)
    return result


def _json_bodies(answers: dict[str, Any]) -> list[dict[str, Any]]:
    contents = [answer.get("content", {}) for answer in answers.values()]
    return [content[JSON] for content in contents if JSON in content]

"""The OpenAPI description: views' declared parameters, the bearer token, and problem+json for every operation."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from api.errors import HTTP_ERRORS

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457; every code is explained in docs/errors.md.",
    "required": ["type", "title", "status", "detail", "instance", "code", "request_id", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong and what to do, for this request."},
        "instance": {"type": "string", "description": "The path that was asked."},
        "code": {"type": "string", "enum": sorted(HTTP_ERRORS)},
        "request_id": {"type": "string"},
        "store": {"type": "string", "description": "Which store failed."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path", "message"],
                "properties": {"path": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
PROBLEM_RESPONSE: dict[str, Any] = {
    "description": "It was refused or failed.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


class ApiSchema(AutoSchema):
    """Describes a view by its `parameters`."""

    def get_override_parameters(self) -> list[Any]:
        """Return the declared parameters of the view's method."""
        declared = "parameters" if self.method == "GET" else "write_parameters"
        return [
            OpenApiParameter(
                parameter.name,
                type=dict(parameter.schema),
                location=OpenApiParameter.QUERY,
                required=parameter.required,
                description=parameter.description,
                style="form" if parameter.is_family else None,
                explode=parameter.is_family or None,
            )
            for parameter in getattr(self.view, declared, ())
        ]


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # it registers itself in an untyped hook
    """Tells OpenAPI what BearerAuthentication reads."""

    target_class = "api.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:  # noqa: ARG002 - its signature
        """Describe the token."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # as above
    """Tells OpenAPI what ApiKeyAuthentication reads."""

    target_class = "api.key_authentication.ApiKeyAuthentication"
    name = "api_key"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:  # noqa: ARG002 - its signature
        """Describe the header, for which OpenAPI has no scheme of its own."""
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Api-Key KEY"}


def describe_problems(result: dict[str, Any], **_options: Any) -> dict[str, Any]:
    """Add problem+json as the answer of every operation that is not a success."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    components.setdefault("responses", {})["Problem"] = PROBLEM_RESPONSE
    for path in result["paths"].values():
        for operation in path.values():
            operation["responses"]["default"] = {"$ref": "#/components/responses/Problem"}
    return result

"""The base of every view: who asks, the query read strictly, and how things and pages are answered.

A view parses, calls once and renders. What is the same everywhere happens here, once a request: representation
(`api.negotiation`), limit (`api.limits`), sparse fields, entity tags, announced ends (`api.deprecations`).
"""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, ClassVar, TypeVar
from urllib.parse import quote, urlencode

from django.utils.cache import patch_vary_headers
from django_filters import FilterSet
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from api.deprecations import Deprecation
from api.entity_tags import answer_unchanged
from api.limits import PER_CALLER, Charge, Policy, charge
from api.negotiation import JSON, JSON_RENDERER, NDJSON, RENDERERS, choose_media_type
from api.parameters import CURSOR, LIMIT, DeclaredQuery, Parameter, fields_parameter, sort_parameter
from api.preconditions import refuse_conditions
from api.rendering import without
from core.cursors import read_cursor, sign_cursor
from core.principals import Principal

Row = TypeVar("Row")
READING = ("GET", "HEAD")
NOTHING = DeclaredQuery(())
BODY_BYTES_PER_UNIT = 65_536
ROWS_PER_UNIT = 100


class ApiView(APIView):
    """A view behind a log-in; `query` holds the value of every one of its `parameters`.

    `scope` is the part of Trivium it belongs to, as `core.principals.Scope` has them: an API key needs it.
    `parameters` are those of reading (GET), `write_parameters` those of another method, by its name.
    `write_problems` are statuses of its own that a write may be refused with, `preconditions` the headers under which
    it may be put: any other is refused, since the write would be done whatever it says. A view that names the `shape`
    of what it gives knows the parameter `fields`, too, one that names `orders` the parameter `sort`. What `is_any_type`
    gives files as they are, whatever Accept says.
    """

    http_method_names = ("get", "post", "put", "patch", "delete", "head", "options")
    scope: ClassVar[str]
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    write_parameters: ClassVar[Mapping[str, tuple[Parameter, ...]]] = {}
    write_problems: ClassVar[tuple[int, ...]] = ()
    shape: ClassVar[type[BaseSerializer[Any]] | None] = None
    orders: ClassVar[tuple[str, ...]] = ()
    media_types: ClassVar[tuple[str, ...]] = (JSON,)
    is_any_type: ClassVar[bool] = False
    policy: ClassVar[Policy | None] = PER_CALLER
    deprecated: ClassVar[Deprecation | None] = None
    has_entity_tags: ClassVar[bool] = True
    preconditions: ClassVar[tuple[str, ...]] = ()
    query: dict[str, Any]
    charged: Charge | None = None
    _reads: ClassVar[DeclaredQuery] = DeclaredQuery(())
    _writes: ClassVar[Mapping[str, DeclaredQuery]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        """Prepare the reading of queries, once per class."""
        super().__init_subclass__(**options)
        shape: Any = cls.shape
        added = [sort_parameter(*cls.orders)] if cls.orders else []
        added += [fields_parameter(tuple(shape().fields))] if shape else []
        cls.parameters = (*(each for each in cls.parameters if each.name not in ("sort", "fields")), *added)
        cls._reads = DeclaredQuery(cls.parameters)
        cls._writes = {method: DeclaredQuery(known) for method, known in cls.write_parameters.items()}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002 - DRF's signature
        """Refuse who may not ask, then what was asked wrongly, then who has asked too much."""
        self.format_kwarg = None
        if request.method == "OPTIONS":
            return
        cost = 1
        try:
            self.perform_authentication(request)
            self.check_permissions(request)
            reads = request.method in READING
            offered = self.media_types if reads else (JSON,)
            accepted = "" if self.is_any_type else request.META.get("HTTP_ACCEPT", "")
            self._represent(request, choose_media_type(accepted, offered))
            if not hasattr(self, str(request.method).lower()):
                raise MethodNotAllowed(str(request.method))
            if not reads:
                refuse_conditions(request.META, known=self.preconditions)
            declared = self._reads if reads else self._writes.get(str(request.method), NOTHING)
            self.query = declared.read(request._request.GET)  # noqa: SLF001 - DRF's query_params is this, slower
            cost = self.cost()
        finally:
            if self.policy is not None:
                self.charged = charge(self.policy, request, cost)
                self.charged.refuse()

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002 - DRF's signature
        """Tell which methods the address knows; nobody needs a log-in for that."""
        return Response(status=204, headers={"Allow": ", ".join(self.allowed_methods)})

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG002 - DRF's signature
        """Add what every answer says of itself, and keep answers about persons out of shared caches."""
        if isinstance(response, Response):
            if response.exception or not hasattr(request, "accepted_renderer"):
                self._represent(request, JSON)
            self._prepare(request, response)
        if self.has_entity_tags and response.status_code == 200 and request.method in READING:
            response = self._tagged(request, response)
        self._tell(response)
        return response

    def cost(self) -> int:
        """Return what the request counts against the caller's limit: 1, and 1 more for each 64 KiB of body."""
        length = str(self.request.META.get("CONTENT_LENGTH") or "0")
        return 1 + (int(length) // BODY_BYTES_PER_UNIT if length.isdigit() else 0)

    def filters(self, kind: type[FilterSet]) -> dict[str, str]:
        """Return the texts of a store's filters that were given."""
        return {name: self.query[name] for name in kind.base_filters if self.query[name] is not None}

    @property
    def principal(self) -> Principal:
        """Who asks."""
        caller: Any = self.request.user
        principal: Principal = caller.principal
        return principal

    def _represent(self, request: Any, media_type: str) -> None:
        request.accepted_renderer = RENDERERS.get(media_type, JSON_RENDERER)
        request.accepted_media_type = media_type

    def _prepare(self, request: Any, response: Any) -> None:
        response.accepted_renderer = request.accepted_renderer
        response.accepted_media_type = request.accepted_media_type
        response.renderer_context = {}
        if response.accepted_media_type == NDJSON:
            response.add_post_render_callback(_name_lines)

    def _tagged(self, request: Any, response: Any) -> Any:
        asked_tags = request.META.get("HTTP_IF_NONE_MATCH", "")
        response.headers.setdefault("Cache-Control", "private, no-cache")
        if not isinstance(response, Response):
            return answer_unchanged(response, asked_tags)
        left_out = self.query.get("fields")
        if left_out:
            response.data = without(response.data, left_out)
        response.add_post_render_callback(lambda rendered: answer_unchanged(rendered, asked_tags))
        return response

    def _tell(self, response: Any) -> None:
        headers = response.headers
        if len(self.media_types) > 1:
            patch_vary_headers(response, ["Accept"])
        if response.status_code == 405:
            headers["Allow"] = ", ".join(self.allowed_methods)
        headers.setdefault("Cache-Control", "private, no-store")
        if self.charged is not None:
            self.charged.tell(headers)
        if self.deprecated is not None:
            self.deprecated.tell(headers)


def _name_lines(rendered: Any) -> None:
    # DRF takes the type away from what has no bytes; a page without rows is a page.
    rendered.headers["Content-Type"] = NDJSON


class PublicView(ApiView):
    """A view that needs no log-in and reads no token."""

    authentication_classes = ()
    permission_classes = ()


class PagedView(ApiView):
    """A view of a list: pages by keyset, from a signed cursor that is bound to who asks what."""

    parameters: ClassVar[tuple[Parameter, ...]] = (LIMIT, CURSOR)
    media_types = (JSON, NDJSON)
    has_entity_tags = False

    @property
    def limit(self) -> int:
        """How many rows the page holds at most; ask the store for one more to know whether there is a next."""
        return int(self.query["limit"])

    def cost(self) -> int:
        """Return what the request counts: 1 more for each 100 rows that may come."""
        return super().cost() + int(self.query.get("limit", 0)) // ROWS_PER_UNIT

    def position(self) -> list[Any] | None:
        """Return where the page before ended; None for the first page.

        Raises: InvalidInput for a cursor that is not of this question.
        """
        cursor = self.query["cursor"]
        return None if cursor is None else read_cursor(cursor, bound_to=self._question())

    def render_page(
        self,
        rows: Sequence[Row],
        position_of: Callable[[Row], list[Any]],
        *,
        render: Callable[[Row], Any] | None = None,
        resume: list[Any] | None = None,
        **beside: Any,
    ) -> Response:
        """Answer up to `limit` of the rows, and the cursor of the rest if there is one more.

        `resume` is where a page that was cut short goes on, `beside` what stands beside its rows.
        """
        shown: Sequence[Any] = [render(row) for row in rows[: self.limit]] if render else rows[: self.limit]
        left_out = self.query.get("fields")
        if left_out:
            shown = [without(row, left_out) for row in shown]
        position = position_of(rows[self.limit - 1]) if len(rows) > self.limit else resume
        if position is None:
            return Response({"results": shown, "next": None, **beside})
        cursor = sign_cursor(position, bound_to=self._question())
        address = f"{quote(self.request.path)}?{urlencode({**self._asked(), 'limit': self.limit, 'cursor': cursor})}"
        return Response({"results": shown, "next": cursor, **beside}, headers={"Link": f'<{address}>; rel="next"'})

    def _asked(self) -> dict[str, str]:
        given = self.request.query_params
        return {name: given[name] for name in sorted(given) if name not in ("limit", "cursor")}

    def _question(self) -> str:
        question = repr((str(self.principal.user_id), self.request.path, self._asked()))
        return sha256(question.encode()).hexdigest()

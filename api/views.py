"""The base of every view: who asks, the query read strictly, and pages. A view parses, calls once and renders."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any, ClassVar, TypeVar
from urllib.parse import quote, urlencode

from django_filters import FilterSet
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.parameters import CURSOR, LIMIT, Parameter, read_query
from core.cursors import read_cursor, sign_cursor
from core.principals import Principal

Row = TypeVar("Row")
READING = ("GET", "HEAD")


class ApiView(APIView):
    """A view behind a log-in; `query` holds the value of every parameter.

    `parameters` are those of reading (GET), `write_parameters` those of every other method.

    `scope` is the part of Trivium it belongs to, as `core.principals.Scope` has them: an API key needs it.
    """

    http_method_names = ("get", "post", "put", "patch", "delete", "head")
    scope: ClassVar[str]
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    write_parameters: ClassVar[tuple[Parameter, ...]] = ()
    query: dict[str, Any]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse who may not ask, then what was asked wrongly."""
        super().initial(request, *args, **kwargs)
        declared = self.parameters if request.method in READING else self.write_parameters
        self.query = read_query(request.query_params, declared)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Keep answers about persons out of shared caches."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer.headers.setdefault("Cache-Control", "private, no-store")
        return answer

    @property
    def principal(self) -> Principal:
        """Who asks."""
        caller: Any = self.request.user
        principal: Principal = caller.principal
        return principal


class PublicView(ApiView):
    """A view that needs no log-in and reads no token."""

    authentication_classes = ()
    permission_classes = ()


class PagedView(ApiView):
    """A view of a list: pages by keyset, from a signed cursor that is bound to who asks what."""

    parameters: ClassVar[tuple[Parameter, ...]] = (LIMIT, CURSOR)

    @property
    def limit(self) -> int:
        """How many rows the page holds at most; ask the store for one more to know whether there is a next."""
        return int(self.query["limit"])

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
    ) -> Response:
        """Answer up to `limit` of the rows, and the cursor of the rest if there is one more."""
        shown = [render(row) for row in rows[: self.limit]] if render else rows[: self.limit]
        if len(rows) <= self.limit:
            return Response({"results": shown, "next": None})
        cursor = sign_cursor(position_of(rows[self.limit - 1]), bound_to=self._question())
        address = f"{quote(self.request.path)}?{urlencode({**self._asked(), 'limit': self.limit, 'cursor': cursor})}"
        return Response({"results": shown, "next": cursor}, headers={"Link": f'<{address}>; rel="next"'})

    def filters(self, kind: type[FilterSet]) -> dict[str, str]:
        """Return the texts of a store's filters that were given."""
        return {name: self.query[name] for name in kind.base_filters if self.query[name] is not None}

    def _asked(self) -> dict[str, str]:
        given = self.request.query_params
        return {name: given[name] for name in sorted(given) if name not in ("limit", "cursor")}

    def _question(self) -> str:
        question = repr((str(self.principal.user_id), self.request.path, self._asked()))
        return sha256(question.encode()).hexdigest()

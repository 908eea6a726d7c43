"""Who listens: by an access token or an API key, in the same header and the same words as at the API.

PostgreSQL is asked when a stream begins, and again while it is open (`live.watching`): user, role, teams and key are
those of that moment. Where it does not answer, a token is believed as at the API; a key never is.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import connections

from core.errors import PermissionRefused, StoreError, StoreTimeout
from core.principals import Principal, Role, Scope
from core.tokens import read_access_token
from live.refusals import AuthenticationFailed, NotAuthenticated
from relational import selectors, services
from relational.connections import bounded_waits
from relational.translation import STORE

TOKEN, KEY = "bearer", "api-key"
NOTHING_SHOWN = "send an access token or an API key: Authorization: Bearer ACCESS_TOKEN or Api-Key KEY"
WRONG_TOKEN = "the access token is wrong or has ended: refresh it or log in again"  # noqa: S105 - a message
WRONG_KEY = "the API key is wrong, revoked or has ended, or its user is deactivated"
NO_USER = "the user of this access token is deactivated"
ANSWER_WITHIN_S = 5.0
# They are few, so that a frozen PostgreSQL holds neither the readers of Cassandra nor the pool.
_threads = ThreadPoolExecutor(4, thread_name_prefix="live-callers")


@dataclass(frozen=True, slots=True)
class Caller:
    """What somebody has shown: `ends` is known of a token, and so is whom it names where PostgreSQL does not answer."""

    look_up: Callable[[], Principal | None]
    refusal: str
    ends: datetime | None = None
    believed: Principal | None = None

    async def principal(self) -> Principal:
        """Return who that is at this moment. Raises: AuthenticationFailed, StoreError for a key."""
        try:
            principal = await _ask(self.look_up)
        except StoreError:
            if self.believed is None:
                raise
            return self.believed
        if principal is None:
            raise AuthenticationFailed(self.refusal)
        return principal


def read_caller(authorization: str) -> Caller:
    """Read the header `Authorization`. Raises: NotAuthenticated, AuthenticationFailed."""
    scheme, _, text = authorization.partition(" ")
    text = text.strip()
    if scheme.lower() == KEY:
        return Caller(partial(services.principal_of_key, text), WRONG_KEY)
    if scheme.lower() != TOKEN:
        raise NotAuthenticated(NOTHING_SHOWN)
    token = read_access_token(text)
    if token is None:
        raise AuthenticationFailed(WRONG_TOKEN)
    return Caller(partial(_user, token.principal.user_id), NO_USER, token.ends, token.principal)


def check_scope(principal: Principal) -> None:
    """Check that a principal may read events at all. Raises: PermissionRefused."""
    if Scope.EVENTS_READ not in principal.scopes:
        raise PermissionRefused(f"the API key was not made for this: it lacks the scope {Scope.EVENTS_READ}")


def _user(user_id: UUID) -> Principal | None:
    row = selectors.credential_of_user(user_id)
    return None if row is None else Principal(row.user_id, Role(row.role), frozenset(row.team_ids))


async def _ask(look_up: Callable[[], Principal | None]) -> Principal | None:
    """Ask PostgreSQL on a thread. Raises: StoreError."""
    try:
        async with asyncio.timeout(2 * ANSWER_WITHIN_S):
            return await asyncio.get_running_loop().run_in_executor(_threads, _look_up, look_up)
    except TimeoutError as error:
        raise StoreTimeout("too many wait for an answer", store=STORE) from error


def _look_up(look_up: Callable[[], Principal | None]) -> Principal | None:
    try:
        with bounded_waits(ANSWER_WITHIN_S):
            return look_up()
    finally:
        connections[STORE].close()

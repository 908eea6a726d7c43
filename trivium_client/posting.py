"""One POST of a batch, and what its answer means: delivered, to be sent again, too large, or refused.

`Poster` has the one connection, `judge` decides and is pure. Called by `sender`.
"""

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlsplit

AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
CUT_OFF = "body_cut_off"
TOO_LARGE = 413
FIRST_FAILURE = 300
MAX_RETRY_AFTER_S = 3600.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said; `body` is empty where it was no JSON object."""

    status: int
    body: Mapping[str, Any]
    retry_after_s: float = 0.0

    @property
    def words(self) -> str:
        """The answer in a line, for people."""
        return f"{self.status} {self.body.get('code', '')}: {self.body.get('detail', 'no reason given')}"


@dataclass(frozen=True, slots=True)
class Delivered:
    """Every line is stored or rejected; one result for each."""

    results: list[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Again:
    """Not (surely) stored: send the same lines once more, not before so many seconds."""

    reason: str
    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class TooLarge:
    """The server takes fewer lines at once."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was stored, and nothing will be until somebody mends it."""

    reason: str
    status: int
    code: str


Verdict = Delivered | Again | TooLarge | Refused


def judge(answer: Answer, lines: int) -> Verdict:
    """Decide what an answer to so many lines means; what is not surely delivered is never taken for it."""
    results = answer.body.get("results")
    if isinstance(results, list) and len(results) == lines:
        statuses = {result.get("status") for result in results}
        if statuses <= {"stored", "rejected"}:
            return Delivered(results)
        return Again(f"some events are {', '.join(sorted(map(str, statuses)))}", answer.retry_after_s)
    if answer.status in AGAIN or answer.body.get("code") == CUT_OFF:
        return Again(answer.words, answer.retry_after_s)
    if answer.status == TOO_LARGE:
        return TooLarge(answer.words)
    if answer.status < FIRST_FAILURE:
        return Again(f"the answer {answer.status} has no result for each of {lines} lines")
    return Refused(answer.words, answer.status, str(answer.body.get("code", "")))


class Poster:
    """The connection to a stream's route; `authorization` makes the header's value anew for each request."""

    def __init__(
        self, base_url: str, stream: str, *, authorization: Callable[[], str], timeout_s: float, compress: bool
    ) -> None:
        """Connect to nothing yet. Raises: ValueError for what is no HTTP address."""
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{base_url!r} is no address of a server: write https://host[:port]")
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=timeout_s)
        self._path = f"{parts.path.rstrip('/')}/api/v1/streams/{quote(stream, safe='')}/events"
        self._authorization, self._compress = authorization, compress

    def post(self, lines: list[bytes]) -> Verdict:
        """Send lines and judge the answer; a connection that breaks means that they are to be sent again."""
        try:
            authorization = self._authorization()
        except Exception as error:  # noqa: BLE001 - the caller's own function, whatever it raises: the events wait
            return Again(f"no token: {type(error).__name__}: {error}")
        try:
            return judge(self._ask(b"".join(lines), authorization), len(lines))
        except (OSError, HTTPException) as error:
            self._connection.close()
            return Again(f"no answer: {type(error).__name__}: {error}")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _ask(self, body: bytes, authorization: str) -> Answer:
        headers = {"Authorization": authorization, "Content-Type": "application/x-ndjson"}
        if self._compress:
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body, compresslevel=1)
        self._connection.request("POST", self._path, body, headers)
        response = self._connection.getresponse()
        return Answer(response.status, _object_of(response.read()), retry_after(response.headers.get("Retry-After")))


def retry_after(header: str | None) -> float:
    """Return how many seconds Retry-After asks for, at most MAX_RETRY_AFTER_S; 0 where it says nothing to be read."""
    if not header:
        return 0.0
    try:
        seconds = float(header) if header.isdigit() else _seconds_until(header)
    except ValueError:
        return 0.0
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_S)


def _seconds_until(date: str) -> float:
    moment = parsedate_to_datetime(date)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - datetime.now(UTC).timestamp()


def _object_of(text: bytes) -> Mapping[str, Any]:
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}

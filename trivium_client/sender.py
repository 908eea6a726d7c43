"""`EventSender`: takes events into the spool at once, and delivers them batch by batch, by itself or by `flush`."""

import logging
import os
import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from trivium_client.errors import NotAccepted, NotDelivered, SendingError
from trivium_client.lines import describe_rejection, encode_event
from trivium_client.posting import Again, Delivered, Poster, Refused, TooLarge, Verdict
from trivium_client.spool import Batch, Bounds, Spool

logger = logging.getLogger(__name__)

FIRST_WAIT_S, MAX_WAIT_S = 0.5, 60.0
MAX_BATCH_EVENTS, MAX_BATCH_BYTES = 10_000, 12 << 20


class EventSender:
    """Sends events to one stream. One that `send` has taken is delivered, or in the spool, or in `rejected.ndjson`.

    Use it from as many threads as you like, in one process; another process needs a spool folder of its own.
    """

    def __init__(  # noqa: PLR0913 - every one is optional but three, and all but two are named
        self,
        base_url: str,
        stream: str,
        *,
        spool: str | os.PathLike[str],
        token: str | Callable[[], str] = "",
        api_key: str = "",
        background: bool = True,
        durable: bool = True,
        compress: bool = True,
        batch_events: int = 1000,
        batch_bytes: int = 1 << 20,
        batch_age_s: float = 1.0,
        spool_bytes: int = 1 << 30,
        timeout_s: float = 30.0,
    ) -> None:
        """Open the spool folder; what an earlier sender left there is sent first.

        token: an access token, or what makes one for each request; or else `api_key`
        background: deliver in a thread of its own; without it only `flush` and `close` do
        durable: on the disk when `send` returns; without it at most one batch is lost when the machine (not: the
            process) dies
        compress: gzip the batches, which costs little and is worth it over a network
        batch_events, batch_bytes, batch_age_s: a batch is sent when it holds, or is, so much
        spool_bytes: how much may wait on the disk, rejected lines included
        timeout_s: how long one answer may take

        Raises: SpoolInUse, ValueError for an address or bound that cannot be, OSError.
        """
        if not 0 < batch_events <= MAX_BATCH_EVENTS or not 0 < batch_bytes <= MAX_BATCH_BYTES:
            raise ValueError(f"a batch has 1 to {MAX_BATCH_EVENTS} events, in at most {MAX_BATCH_BYTES} bytes")
        if bool(token) == bool(api_key):
            raise ValueError("give either a token or an API key")
        authorization = _authorization(token, api_key)
        self._poster = Poster(base_url, stream, authorization=authorization, timeout_s=timeout_s, compress=compress)
        bounds = Bounds(batch_events, batch_bytes, spool_bytes)
        self._spool = Spool(Path(spool), stream=stream, bounds=bounds, durable=durable)
        self.stored, self.rejected, self.last_error = 0, 0, ""
        self._batch_age_s, self._timeout_s = batch_age_s, timeout_s
        self._delivering, self._ending = threading.Lock(), threading.Event()
        self._failures, self._not_before = 0, 0.0
        self._process = os.getpid()
        self._thread = threading.Thread(target=self._deliver_all, name=f"trivium {stream}", daemon=True)
        if background:
            self._thread.start()

    @property
    def pending(self) -> int:
        """How many events wait for their delivery."""
        return self._spool.pending

    def send(self, event: Mapping[str, Any]) -> str:
        """Take one event, and return its id. Raises: as `send_many`."""
        return self.send_many([event])[0]

    def send_many(self, events: Iterable[Mapping[str, Any]]) -> list[str]:
        """Take events (docs/events.md has their fields), and return their ids; one without an id gets a new one.

        Raises: InvalidEvent (none was taken), SpoolFull, SendingError when the sender is closed.
        """
        if self._ending.is_set() or os.getpid() != self._process:
            raise SendingError("this sender is closed, or was made in another process: make one here")
        encoded = [encode_event(event) for event in events]
        self._spool.append([line for _, line in encoded])
        return [name for name, _ in encoded]

    def flush(self, timeout_s: float = 60.0) -> None:
        """Deliver what was taken until now, and wait for it.

        Raises: NotDelivered when it takes longer, NotAccepted when the server refuses; the events wait in the spool.
        """
        until, last = time.monotonic() + timeout_s, self._spool.seal()
        while (batch := self._spool.oldest()) is not None and batch.number <= last:
            if time.monotonic() >= until or self._ending.is_set():
                reason = self.last_error or "it takes longer"
                raise NotDelivered(f"not delivered within {timeout_s:g} s: {reason}", pending=self.pending)
            verdict = self._deliver_next(until)
            if isinstance(verdict, Refused):
                raise NotAccepted(f"the server refuses: {verdict.reason}", status=verdict.status, code=verdict.code)

    def close(self, timeout_s: float = 10.0) -> None:
        """Deliver what can be in that time, then leave the spool; what is left, the next sender on it delivers."""
        if self._ending.is_set():
            return
        try:
            self.flush(timeout_s)
        except SendingError as error:
            logger.warning("%d events wait in the spool: %s", self.pending, error)
        finally:
            self._ending.set()
            if self._thread.is_alive():
                self._thread.join()
            self._poster.close()
            self._spool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _deliver_all(self) -> None:
        """Deliver until the sender is closed; the thread of `background`."""
        while not self._ending.wait(self._batch_age_s):
            self._spool.seal()
            while self._spool.oldest() is not None and not self._ending.is_set():
                try:
                    self._deliver_next(time.monotonic() + 1.0)
                except OSError as error:  # the spool's disk: what is there stays there
                    self._fail(f"the spool cannot be read or written: {error}", after_s=MAX_WAIT_S)

    def _deliver_next(self, until: float) -> Verdict | None:
        """Deliver the oldest batch, unless its turn does not come before that time. Raises: OSError."""
        self._ending.wait(max(0.0, min(self._not_before, until) - time.monotonic()))
        if time.monotonic() < self._not_before:
            return None
        if not self._delivering.acquire(timeout=max(0.0, until - time.monotonic())):
            return None
        try:
            batch = self._spool.oldest()
            return None if batch is None else self._deliver(batch)
        finally:
            self._delivering.release()

    def _deliver(self, batch: Batch) -> Verdict:
        lines = batch.read()
        verdict = self._post(lines)
        if isinstance(verdict, Delivered):
            rejections = [
                describe_rejection(line, result)
                for line, result in zip(lines, verdict.results, strict=True)
                if result.get("status") == "rejected"
            ]
            self._spool.remove(batch, rejected=rejections)
            self.rejected += len(rejections)
            self.stored += len(lines) - len(rejections)
            self._failures, self.last_error = 0, ""
        else:
            self._fail(verdict.reason, after_s=verdict.after_s if isinstance(verdict, Again) else 0.0)
        return verdict

    def _post(self, lines: list[bytes]) -> Verdict:
        """Post lines; in halves where the server takes fewer at once. A line that alone is too large is rejected."""
        verdict = self._poster.post(lines)
        if not isinstance(verdict, TooLarge):
            return verdict
        if len(lines) == 1:
            return Delivered([{"status": "rejected", "code": "too_large", "reason": verdict.reason}])
        results: list[Mapping[str, Any]] = []
        for half in (lines[: len(lines) // 2], lines[len(lines) // 2 :]):
            part = self._post(half)
            if not isinstance(part, Delivered):
                return part
            results += part.results
        return Delivered(results)

    def _fail(self, reason: str, *, after_s: float) -> None:
        """Note a failure, and set when the next attempt may be: later each time, and never before the server says."""
        self.last_error = reason
        self._failures += 1
        longest_s = min(FIRST_WAIT_S * 2 ** min(self._failures - 1, 10), MAX_WAIT_S)
        wait_s = max(after_s, random.uniform(longest_s / 2, longest_s))  # noqa: S311 - it spreads, it hides nothing
        self._not_before = time.monotonic() + wait_s
        logger.warning("attempt %d failed, the next in %.1f s: %s", self._failures, wait_s, reason)


def _authorization(token: str | Callable[[], str], api_key: str) -> Callable[[], str]:
    if api_key:
        return lambda: f"Api-Key {api_key}"
    return lambda: f"Bearer {token() if callable(token) else token}"

"""The row of an answer that is kept."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered with; `is_replayed` when it had been sent and answered before."""

    status: int
    body: bytes
    location: str
    is_replayed: bool = False

"""What an export needs of pages and of encoders, whoever makes them: `timeseries.scan` and `formats` do."""

from typing import Protocol, TypeVar


class Page(Protocol):
    """Some rows of a slice, as `timeseries.scan` gives them; behind them `position` goes on."""

    @property
    def slice(self) -> int:
        """The slice's number."""

    @property
    def position(self) -> bytes:
        """Where to go on."""

    @property
    def rows(self) -> int:
        """How many there are."""


ReadPage_contra = TypeVar("ReadPage_contra", bound=Page, contravariant=True)


class Encoder(Protocol[ReadPage_contra]):
    """A format: the bytes before the first page, of each, and behind the last. One encoder makes one file.

    What is returned is valid until the next call.
    """

    @property
    def raw_bytes(self) -> int:
        """How many bytes it gave so far, as they were before compression."""

    def begin(self) -> bytes | memoryview:
        """Return what stands first."""

    def encode(self, page: ReadPage_contra) -> bytes | memoryview:
        """Return a page's bytes."""

    def end(self) -> bytes | memoryview:
        """Return what stands last."""

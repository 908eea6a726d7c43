"""The hottest loops, in C: `sources/*.c` become one library on install, loaded here by ctypes; without a compiler none.

Called by `timeseries` and `formats`, which each have a portable way beside. A call releases the interpreter's lock, so
pages are decoded while others are read. The C code knows bytes only: no Python object, no allocation, each length
is checked.
"""

import ctypes
from dataclasses import dataclass

from native.build import library_path

COMPILED, PORTABLE = "compiled", "portable"
WISHES = ("auto", "yes", "no")


class NotBuilt(RuntimeError):
    """The library is wished for, and is not there."""


@dataclass(slots=True)
class _Choice:
    is_made: bool = False
    loaded: ctypes.CDLL | None = None


_choice = _Choice()


def choose(wish: str) -> None:
    """Say once, at start, whether the library is used: `yes`, `no`, or `auto` where it is built.

    Raises: NotBuilt for `yes` when there is none; ValueError for another word.
    """
    if wish not in WISHES:
        raise ValueError(f"TRIVIUM_NATIVE is one of {', '.join(WISHES)}, not {wish!r}")
    path = library_path()
    if wish == "yes" and not path.exists():
        raise NotBuilt("TRIVIUM_NATIVE=yes, but there is no C library: install a C compiler and run python -m native")
    _choice.loaded = ctypes.CDLL(str(path)) if wish != "no" and path.exists() else None
    _choice.is_made = True


def library() -> ctypes.CDLL | None:
    """Return the library of these very sources; None where it was not built or is not wished for."""
    if not _choice.is_made:
        choose("auto")
    return _choice.loaded


def engine() -> str:
    """Name what this process works with: COMPILED or PORTABLE."""
    return PORTABLE if library() is None else COMPILED

"""The formats as data: what a file of each is called, and what it can be compressed with. Pure.

Called by `encoders`, `exports/` and `api/`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from types import MappingProxyType

from core.errors import InvalidInput, UnsupportedQuery


@dataclass(frozen=True, slots=True)
class Compression:
    """A way to compress: its ending, and its name in the header Content-Encoding."""

    name: str
    extension: str
    content_encoding: str


@dataclass(frozen=True, slots=True)
class Format:
    """A format of files of events.

    compressions: by name, the usual one first. `is_framed`: whether a file is compressed as a whole, in frames one
    after the other; else the format compresses within. `needs`: the module that must be installed, by which extra.
    """

    name: str
    extension: str
    content_type: str
    compressions: tuple[str, ...]
    is_framed: bool
    needs: str = ""
    extra: str = ""

    def file_extension(self, compression: str) -> str:
        """Return the ending of a file's name, with its dot."""
        return self.extension + (COMPRESSIONS[compression].extension if self.is_framed else "")


COMPRESSIONS: Mapping[str, Compression] = MappingProxyType(
    {
        each.name: each
        for each in (
            Compression("none", "", "identity"),
            Compression("gzip", ".gz", "gzip"),
            Compression("zstd", ".zst", "zstd"),
        )
    },
)
FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        each.name: each
        for each in (
            Format("ndjson", ".ndjson", "application/x-ndjson", ("none", "gzip", "zstd"), is_framed=True),
            Format("csv", ".csv", "text/csv; charset=utf-8", ("none", "gzip", "zstd"), is_framed=True),
            Format(
                "parquet",
                ".parquet",
                "application/vnd.apache.parquet",
                ("zstd", "gzip", "none"),
                is_framed=False,
                needs="pyarrow",
                extra="exports",
            ),
            Format(
                "arrow",
                ".arrow",
                "application/vnd.apache.arrow.file",
                ("zstd", "none"),
                is_framed=False,
                needs="pyarrow",
                extra="exports",
            ),
        )
    },
)


def format_of(name: str, compression: str | None = None) -> tuple[Format, str]:
    """Return the format of that name and the compression, the format's usual one unless said.

    Raises: InvalidInput naming those there are; UnsupportedQuery where what the format needs is not installed.
    """
    if name not in FORMATS:
        raise InvalidInput(f"no format {name[:40]!r}; there are {', '.join(FORMATS)}", path="format")
    found = FORMATS[name]
    compression = found.compressions[0] if compression is None else compression
    if compression not in found.compressions:
        known = ", ".join(found.compressions)
        raise InvalidInput(
            f"{name} is not compressed by {compression[:40]!r}; it can be by {known}", path="compression"
        )
    if found.needs and find_spec(found.needs) is None:
        raise UnsupportedQuery(
            f"{name} needs {found.needs}, which is not installed here: install the extra `{found.extra}`, or take"
            " ndjson or csv",
            path="format",
        )
    return found, compression

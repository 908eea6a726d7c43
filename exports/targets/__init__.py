"""Where the files of an export go: a folder of this machine, or any address that fsspec knows. Called by services."""

from pathlib import Path

from core.errors import InvalidInput
from exports.targets.base import PartFile, Target, TargetFailed
from exports.targets.folders import Folder
from exports.targets.objects import ObjectStore, is_known_protocol

__all__ = ["Folder", "ObjectStore", "PartFile", "Target", "TargetFailed", "open_target"]


def open_target(address: str) -> Target:
    """Return the target of an address: `exports/june`, `s3://bucket/exports/june`, …; nothing is made yet.

    Raises: InvalidInput for an address that nothing here understands.
    """
    protocol, mark, rest = address.partition("://")
    if not mark or protocol == "file":
        path = rest if mark else address
        if not path:
            raise InvalidInput("a target is a folder or an address: s3://bucket/folder", path="target")
        return Folder(Path(path).absolute())
    if not is_known_protocol(protocol) or not rest.strip("/"):
        raise InvalidInput(
            f"{address[:80]!r} is no target: name a folder, or an address of fsspec like s3://bucket/folder",
            path="target",
        )
    return ObjectStore(address.rstrip("/"))

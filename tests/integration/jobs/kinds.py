"""Kinds of jobs for tests: `probe` counts to `n`, as slowly and as clumsily as its request says."""

import time
from hashlib import sha256
from pathlib import Path
from typing import Any

import fsspec

from core.errors import InvalidInput, StoreUnavailable


def probe(job):
    """Count from the checkpoint to `n`, keep every step, and tell who counted what."""
    steps = list(job.checkpoint.get("steps", []))
    for number in range(len(steps), job.request["n"]):
        if job.request.get("fails_at") == number and job.failures < job.request.get("fails", 1):
            raise StoreUnavailable("a bad day", store="documents")
        if job.request.get("refuses_at") == number:
            raise InvalidInput("never", path="n")
        job.report(rows=number, done=number, total=job.request["n"])
        time.sleep(job.request.get("delay_s", 0))
        steps.append(job.attempt)
        job.save({"steps": steps})
    return {"steps": steps, "role": job.principal.role, "scopes": sorted(job.principal.scopes)}


def split(job):
    """Count in parts."""
    if not job.parts:
        job.split([("probe", request) for request in job.request["parts"]])
    return {"steps": [part.result["steps"] for part in job.wait_for_parts()]}


def lone(job):
    """Be the only one that has this job in hand, and see how many have one of the kind."""
    folder = Path(job.request["folder"])
    mine = folder / str(job.id)
    mine.touch(exist_ok=False)
    seen = len(list(folder.iterdir()))
    time.sleep(0.03)
    mine.unlink()
    return {"seen": seen}


def hoard(job):
    """Make files of so many bytes."""
    files: list[dict[str, Any]] = []
    for place, size in enumerate(job.request["sizes"]):
        job.store(sum(file["bytes"] for file in files) + size)
        content = bytes(size)
        with fsspec.open(f"{job.folder}/{place}.bin", "wb", auto_mkdir=True) as file:
            file.write(content)
        digest = sha256(content).hexdigest()
        files.append({"name": f"{place}.bin", "bytes": size, "sha256": digest, "content_type": "application/x-test"})
    return {"files": files}

"""Kinds of jobs for tests: `probe` counts to `n`, as slowly and as clumsily as its request says."""

import time

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
    return {"steps": steps, "role": job.principal.role}


def split(job):
    """Count in parts."""
    if not job.parts:
        job.split([("probe", request) for request in job.request["parts"]])
    return {"steps": [part.result["steps"] for part in job.wait_for_parts()]}

"""The files of a job: the list, and one of them, whole or a range of its bytes."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.byte_ranges import ByteRange, Unsatisfiable, read_range
from api.entity_tags import answer_unchanged
from api.preconditions import IF_NONE_MATCH
from api.problems import Problem, problem_response
from api.views import ApiView
from jobs import files
from relational import selectors

OCTETS = "application/octet-stream"  # how they are described: each has a type of its own
RANGE = OpenApiParameter(
    "Range", str, OpenApiParameter.HEADER, description="One range: bytes=FIRST-LAST, or bytes=-COUNT."
)
IF_RANGE = OpenApiParameter(
    "If-Range", str, OpenApiParameter.HEADER, description="An entity tag: Range holds for this state."
)


class JobFileSerializer(serializers.Serializer[Any]):
    """A file that a job has made."""

    name = serializers.CharField()
    bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    content_type = serializers.CharField()
    address = serializers.CharField(help_text="Where it is got.")


class JobFilesSerializer(serializers.Serializer[Any]):
    """All files of a job."""

    files = JobFileSerializer(many=True)


class JobFilesView(ApiView):
    """What a job has made."""

    scope = "jobs"
    shape = JobFilesSerializer

    @extend_schema(responses=JobFilesSerializer, tags=["jobs"], operation_id="list_job_files")
    def get(self, request: Request, job_id: UUID) -> Response:  # noqa: ARG002 - DRF's signature
        """List the files of a job, none until it has succeeded."""
        found = files.files_of(selectors.job_by_id(self.principal, job_id))
        return Response({"files": [_rendered(job_id, file) for file in found]})


class JobFileView(ApiView):
    """One file of a job."""

    scope = "jobs"
    is_any_type = True
    has_entity_tags = False

    @extend_schema(
        responses={(200, OCTETS): OpenApiTypes.BINARY, (206, OCTETS): OpenApiTypes.BINARY, 304: None},
        parameters=[RANGE, IF_RANGE, IF_NONE_MATCH],
        tags=["jobs"],
        operation_id="read_job_file",
    )
    def get(self, request: Request, job_id: UUID, file_name: str) -> HttpResponseBase:
        """Get a file, whole or one range of it; for the job's owner, operators and admins.

        The entity tag is the file's, for ever: an interrupted download goes on by Range and If-Range.
        """
        job = selectors.job_by_id(self.principal, job_id)
        file = files.file_of(self.principal, job, file_name)
        meta = request.META
        tag = f'"{file["sha256"]}"'
        try:
            part = read_range(
                meta.get("HTTP_RANGE", "") if request.method == "GET" else "",
                if_range=meta.get("HTTP_IF_RANGE", ""),
                tag=tag,
                size=file["bytes"],
            )
        except Unsatisfiable:
            return self._refuse(request, file["bytes"])
        headers = {**_headers(file), "ETag": tag}
        unchanged = answer_unchanged(HttpResponse(headers=headers), meta.get("HTTP_IF_NONE_MATCH", ""))
        if unchanged.status_code == 304:
            return unchanged
        return self._send(request, job_id, file, part, headers)

    def _send(
        self, request: Request, job_id: UUID, file: Mapping[str, Any], part: ByteRange | None, headers: dict[str, str]
    ) -> HttpResponseBase:
        chosen = part or ByteRange(0, file["bytes"], file["bytes"])
        headers |= {"Content-Length": str(chosen.length)}
        if request.method == "HEAD":
            return HttpResponse(headers=headers)
        blocks = files.read_range(job_id, file, start=chosen.start, length=chosen.length)
        if part is None:
            return StreamingHttpResponse(blocks, headers=headers)
        return StreamingHttpResponse(blocks, status=206, headers={**headers, "Content-Range": part.content_range})

    def _refuse(self, request: Request, size: int) -> HttpResponse:
        detail = f"the file has {size} bytes: no byte of the range is there"
        problem = problem_response(request._request, Problem("range_not_satisfiable", detail))  # noqa: SLF001 - DRF's way to Django's own
        problem.headers["Content-Range"] = f"bytes */{size}"
        return problem


def _rendered(job_id: UUID, file: Mapping[str, Any]) -> dict[str, Any]:
    address = f"/api/v1/jobs/{job_id}/files/{quote(file['name'])}"
    return {name: file[name] for name in ("name", "bytes", "sha256", "content_type")} | {"address": address}


def _headers(file: Mapping[str, Any]) -> dict[str, str]:
    digest = b64encode(bytes.fromhex(file["sha256"])).decode()
    return {
        "Content-Type": file["content_type"],
        "Content-Disposition": f'attachment; filename="{file["name"]}"',
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Repr-Digest": f"sha-256=:{digest}:",
    }

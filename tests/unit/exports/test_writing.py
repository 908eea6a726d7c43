"""Pages to parts to a manifest, on a folder, on an S3 and in memory; interrupted after every page and gone on with."""

import gzip
import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson
import pytest

from core.errors import Conflict, TargetFailed
from exports.journals import TargetJournal
from exports.manifest import NAME, Manifest, end_of, line_of, read_manifest, read_position
from exports.request import ExportRequest
from exports.targets import open_target
from exports.writing import Numbering, Writing
from tests.integration.exports.reading_back import manifest_in
from tests.object_stores import s3  # noqa: F401 - a fixture

HEAD = {"export": 1, "request": {}}


@dataclass(frozen=True)
class FakePage:
    slice: int
    position: bytes
    texts: tuple[str, ...]

    @property
    def rows(self):
        return len(self.texts)


class Lines:
    """Texts as lines between brackets; gzip stands for formats whose pieces are frames."""

    def __init__(self, *, is_gzip):
        self._frame = gzip.compress if is_gzip else bytes
        self.raw_bytes = 0

    def begin(self):
        return self._frame(b"[")

    def encode(self, page):
        return self._frame("".join(f"{text}\n" for text in page.texts).encode())

    def end(self):
        return self._frame(b"]")


def all_pages(slices=3, pages=4):
    """Pages of several slices, interleaved; the last of each is empty."""
    return [
        FakePage(
            number,
            b"D" if at == pages else bytes([at]),
            () if at == pages else (f"{number}.{at}.a", f"{number}.{at}.b"),
        )
        for at in range(pages + 1)
        for number in range(slices)
    ]


def left_after(positions):
    """The pages that a scan gives from these positions on."""
    return [
        page
        for page in all_pages()
        if page.position > positions.get(page.slice, b"") and positions.get(page.slice) != b"D"
    ]


def writing(target, manifest, request):
    numbering = Numbering(request.suffix)
    return Writing(
        target,
        manifest,
        journal=TargetJournal(target),
        request=request,
        numbering=numbering,
        make_encoder=lambda: Lines(is_gzip=request.compression == "gzip"),
    )


def begin(target):
    target.hold(NAME)
    manifest, length = read_manifest(target.read(NAME), "it")
    if manifest is None:
        manifest = Manifest(HEAD)
        target.add_line(NAME, line_of(HEAD))
    else:
        target.cut_manifest(NAME, length)
    target.remove_unfinished()
    return manifest


def lines_of(target, manifest):
    stored = [target.read(part.name) for part in manifest.parts]
    assert [(len(each), hashlib.sha256(each).hexdigest()) for each in stored] == [
        (part.bytes, part.sha256) for part in manifest.parts
    ]
    contents = [gzip.decompress(each) if each[:1] != b"[" else each for each in stored]
    return sorted(line for content in contents for line in content.decode().strip("[]").split())


@pytest.fixture
def address(request, tmp_path):
    if request.param == "s3":
        return f"{request.getfixturevalue('s3')}/{uuid4().hex}"
    return str(tmp_path / "to") if request.param == "folder" else f"memory://{uuid4().hex}"


class Interrupted(Exception):
    pass


@pytest.mark.parametrize(
    ("address", "compression"),
    [("folder", "none"), ("folder", "gzip"), ("memory", "none"), ("s3", "gzip")],
    indirect=["address"],
)
def test_interrupted_after_any_page_the_rows_are_those_of_an_unbroken_run(address, compression):
    request = ExportRequest(part_rows=5, compression=compression)
    expected = sorted(text for page in all_pages() for text in page.texts)
    interruptions = 0
    while True:
        target = open_target(address)
        manifest = begin(target)
        seen = 0

        def after_page(_page, _rows, _size):
            nonlocal seen
            seen += 1
            if seen == 7:
                raise Interrupted

        positions = {int(name): read_position(where) for name, where in manifest.positions.items()}
        try:
            writing(target, manifest, request).write_pages(left_after(positions), after_page)
            break
        except Interrupted:
            interruptions += 1
        finally:
            target.let_go()
    assert interruptions >= 2
    target = open_target(address)
    written = manifest_in(target.read(NAME))
    assert written.parts == manifest.parts
    assert lines_of(target, written) == expected
    assert set(written.positions.values()) == {"done"}
    assert target.names() == sorted([NAME, *(part.name for part in written.parts)])
    assert max(part.rows for part in written.parts) <= 5


def test_an_export_of_nothing_has_a_file(tmp_path):
    target = open_target(str(tmp_path))
    manifest = begin(target)
    writing(target, manifest, ExportRequest()).write_pages([FakePage(0, b"D", ())], lambda *_: None)
    target.let_go()
    assert (tmp_path / "part-00000.ndjson").read_bytes() == b"[]"
    assert [part.rows for part in manifest.parts] == [0]


def test_a_half_written_line_does_not_count(tmp_path):
    whole = line_of(HEAD) + line_of({"passed": {"0": "done"}})
    found: Any = read_manifest(whole + b'{"part": "part-000', "it")
    manifest, length = found
    assert (length, manifest.positions) == (len(whole), {"0": "done"})
    assert read_manifest(b'{"export": 1', "it") == (None, 0)


@pytest.mark.parametrize("content", [b"hello\n", b"[]\n", b'{"export": 2}\n', b'{"export": 1}\n{"what": 1}\n'])
def test_another_file_is_no_manifest(content):
    with pytest.raises(Conflict, match="no manifest"):
        read_manifest(content, "it")


def test_two_processes_do_not_write_one_folder(tmp_path):
    first, second = open_target(str(tmp_path)), open_target(str(tmp_path))
    first.hold(NAME)
    with pytest.raises(Conflict, match="another process"):
        second.hold(NAME)
    first.let_go()
    second.hold(NAME)
    second.let_go()


@pytest.mark.parametrize("address", ["s3://nowhere-at-all/x", "memory-of-nobody://x", "http://x/y", "s3://", ""])
def test_a_target_that_cannot_be_is_refused(s3, address):  # noqa: F811 - a fixture
    from core.errors import InvalidInput

    with pytest.raises((InvalidInput, TargetFailed)):
        target = open_target(address)
        target.hold(NAME)
        target.add_line(NAME, b"{}\n")


def test_the_end_says_what_the_parts_are():
    end = end_of([], captured_until="now", closed=True)["end"]
    assert orjson.loads(line_of({"end": end}))["end"]["sha256"] == hashlib.sha256(b"").hexdigest()

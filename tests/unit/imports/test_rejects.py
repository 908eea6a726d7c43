"""The rejects file."""

import json

import pytest

from core.errors import Conflict, InvalidInput
from imports.records import Rejection
from imports.rejects import MAX_RAW_BYTES, RejectsFile, free_path


def rows(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_rejections_stand_with_file_number_reason_and_raw(tmp_path):
    rejects = RejectsFile(tmp_path / "r.ndjson")
    rejects.write("a.csv", Rejection(7, "wrong", "Müller\n".encode()))
    rejects.write("a.csv", Rejection(8, "not utf-8", b"M\xfcller"))
    rejects.close()
    assert rows(tmp_path / "r.ndjson") == [
        {"file": "a.csv", "number": 7, "reason": "wrong", "raw": "Müller\n"},
        {"file": "a.csv", "number": 8, "reason": "not utf-8", "raw_base64": "TfxsbGVy"},
    ]


def test_long_raw_is_cut_and_says_so(tmp_path):
    rejects = RejectsFile(tmp_path / "r.ndjson")
    rejects.write("a", Rejection(1, "long", b"x" * (MAX_RAW_BYTES + 5)))
    rejects.close()
    (row,) = rows(tmp_path / "r.ndjson")
    assert (len(row["raw"]), row["raw_bytes"]) == (MAX_RAW_BYTES, MAX_RAW_BYTES + 5)


def test_nothing_rejected_leaves_no_file(tmp_path):
    RejectsFile(tmp_path / "r.ndjson").close()
    assert list(tmp_path.iterdir()) == []


def test_existing_file_is_never_written_to(tmp_path):
    path = tmp_path / "r.ndjson"
    path.write_text("precious")
    with pytest.raises(Conflict, match="name another with --rejects"):
        RejectsFile(path)
    path.unlink()
    rejects = RejectsFile(path)
    path.write_text("made meanwhile")
    with pytest.raises(Conflict, match="name another with --rejects"):
        rejects.write("a", Rejection(1, "r", b""))
    assert path.read_text() == "made meanwhile"


def test_folder_must_be_there_and_writable(tmp_path):
    with pytest.raises(InvalidInput, match="no rejects file can be written in"):
        RejectsFile(tmp_path / "none" / "r.ndjson")
    rejects = RejectsFile(tmp_path / ("r" * 300))
    with pytest.raises(InvalidInput, match=r"cannot be written \(File name too long\)"):
        rejects.write("a", Rejection(1, "r", b""))


def test_default_name_is_the_next_free_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert free_path("a").name == "a.rejects.ndjson"
    (tmp_path / "a.rejects.ndjson").touch()
    (tmp_path / "a.rejects.2.ndjson").touch()
    assert free_path("a").name == "a.rejects.3.ndjson"
    assert free_path("ä/" * 100).name == "ä_" * 25 + ".rejects.ndjson"

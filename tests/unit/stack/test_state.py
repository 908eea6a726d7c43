import stat
import subprocess
import sys

import pytest

from stack.state import locked, read_object, write_object, write_text


def test_what_is_written_is_read(tmp_path):
    write_object(tmp_path / "new" / "file.json", {"a": 1})
    assert read_object(tmp_path / "new" / "file.json") == {"a": 1}


@pytest.mark.parametrize("content", [b"", b'{"a": ', b"[1]", b"\xff\xfe", b"null"])
def test_a_damaged_file_is_an_empty_one(tmp_path, content):
    path = tmp_path / "file.json"
    path.write_bytes(content)
    assert read_object(path) == {}


def test_a_missing_file_is_an_empty_one(tmp_path):
    assert read_object(tmp_path / "file.json") == {}


def test_files_are_their_owners_alone_even_when_they_were_not(tmp_path):
    path = tmp_path / "stack.env"
    path.write_text("old")
    path.chmod(0o644)
    write_text(path, "TRIVIUM_SECRET_KEY=x\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == "TRIVIUM_SECRET_KEY=x\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["stack.env"]


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "file.json"
    write_object(path, {"a": 1})
    with pytest.raises(TypeError):
        write_object(path, {"a": object()})
    assert read_object(path) == {"a": 1}


def test_a_lock_is_held_until_its_holder_is_killed(tmp_path):
    code = (
        "import sys; from pathlib import Path; from stack.state import locked\n"
        "with locked(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, tmp_path / "lock"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        waiter = [
            sys.executable,
            "-c",
            code.replace("locked(Path(sys.argv[1]))", "locked(Path(sys.argv[1]), waiting='w')"),
        ]
        with subprocess.Popen(
            [*waiter, tmp_path / "lock"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as second:
            assert second.stderr is not None
            assert second.stderr.readline() == "stack: w\n"
            assert second.poll() is None
            holder.kill()
            assert second.communicate(timeout=20)[0] == "held\n"
    with locked(tmp_path / "lock"):
        assert (tmp_path / "lock").exists()

import ctypes
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cassandra.cmurmur3 import murmur3
from hypothesis import given
from hypothesis import strategies as st

import native
from native import build


@given(st.binary(max_size=70))
def test_a_token_is_the_drivers(key: bytes) -> None:
    library = native.library()
    assert library is not None
    token = library.trivium_token
    token.restype, token.argtypes = ctypes.c_int64, (ctypes.c_char_p, ctypes.c_size_t)

    assert token(key, len(key)) == murmur3(key)


def test_without_a_compiler_it_says_so_and_is_no_failure() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "native"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/nowhere"},
        cwd=Path(native.__file__).parent.parent,
    )

    assert done.returncode == 0
    assert "portable" in done.stderr


@pytest.fixture(autouse=True)
def choice_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    yield
    monkeypatch.undo()  # else the library would be looked for where the test says
    native.choose("auto")


@pytest.mark.parametrize(("wish", "said"), [("no", "portable"), ("auto", "compiled"), ("yes", "compiled")])
def test_the_switch_chooses(wish: str, said: str) -> None:
    native.choose(wish)

    assert native.engine() == said


@pytest.mark.parametrize(("wish", "refusal"), [("yes", "install a C compiler"), ("maybe", "auto, yes, no")])
def test_a_wish_that_cannot_be_is_refused(
    wish: str, refusal: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "BUILT", tmp_path)

    with pytest.raises((native.NotBuilt, ValueError), match=refusal):
        native.choose(wish)


def test_other_sources_are_another_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = build.library_path()
    sources = Path(shutil.copytree(build.SOURCES, tmp_path / "sources"))
    (sources / "token.c").write_text((sources / "token.c").read_text(encoding="utf-8") + "\n", encoding="utf-8")
    monkeypatch.setattr(build, "SOURCES", sources)

    assert build.library_path() != before

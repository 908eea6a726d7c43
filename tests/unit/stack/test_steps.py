import pytest

from stack.steps import fingerprint_code


@pytest.fixture
def clone(tmp_path):
    for name in (
        "api/views.py",
        "tests/test_views.py",
        ".venv/lib/x.py",
        "stack/a.py",
        "api/a/tests/sub.py",
        "pyproject.toml",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("1")
    return tmp_path


@pytest.mark.parametrize("name", ["api/views.py", "pyproject.toml", "api/a/tests/sub.py", "api/new.html"])
def test_a_change_of_the_product_is_noticed(clone, name):
    before = fingerprint_code(clone)
    (clone / name).write_text("2")
    assert fingerprint_code(clone) != before


def test_a_renamed_folder_is_noticed(clone):
    before = fingerprint_code(clone)
    (clone / "api").rename(clone / "apj")
    assert fingerprint_code(clone) != before


@pytest.mark.parametrize("name", ["tests/test_views.py", ".venv/lib/x.py", "stack/a.py", "README.md", "api/x.pyc"])
def test_what_changes_nothing_that_runs_starts_nothing_again(clone, name):
    before = fingerprint_code(clone)
    (clone / name).write_text("2")
    assert fingerprint_code(clone) == before

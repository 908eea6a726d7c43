"""docs/consumers.md: its commands are run as they stand, and answer what the page shows."""

import json
import re
import subprocess
from pathlib import Path

import pytest

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "consumers.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
MARK = "=== end of a block ==="
ANYTHING = "…"


@pytest.fixture(scope="module")
def outputs(server):
    """What each block of commands wrote, run one after the other in one shell."""
    commands = [text for kind, text in BLOCKS if kind == "sh"]
    script = "set -uo pipefail\n" + "".join(f"{text}\necho\necho '{MARK}'\n" for text in commands)
    run = subprocess.run(
        ["bash", "-c", script], env={"API": f"{server}/api/v1", "PATH": "/usr/local/bin:/usr/bin:/bin"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert run.stderr == ""
    written = run.stdout.split(f"{MARK}\n")[:-1]
    assert len(written) == len(commands)
    return written


def shown_answers():
    """Pair each shown answer with the place of the commands before it."""
    place = -1
    for kind, text in BLOCKS:
        if kind == "sh":
            place += 1
        else:
            yield place, kind, text


def last_value(text):
    """Read JSON values that stand one after the other, and return the last."""
    value, rest = None, text.strip()
    while rest:
        value, end = json.JSONDecoder().raw_decode(rest)
        rest = rest[end:].lstrip()
    return value


def holds(shown, answer):
    """Tell whether an answer has all that is shown; what is not shown may be there, too."""
    if shown == ANYTHING:
        return answer is not None
    if isinstance(shown, dict):
        return isinstance(answer, dict) and all(name in answer and holds(shown[name], answer[name]) for name in shown)
    if isinstance(shown, list):
        return len(shown) == len(answer) and all(map(holds, shown, answer))
    return shown == answer


@pytest.mark.parametrize(("place", "kind", "text"), list(shown_answers()))
def test_the_commands_answer_what_the_page_shows(outputs, place, kind, text):
    if kind == "text":
        assert outputs[place].replace("\r", "").strip().lower().endswith(text.strip().lower())
        return
    answer = last_value(outputs[place])
    assert holds(json.loads(text), answer), answer


def test_every_block_is_run_or_compared():
    assert {kind for kind, _ in BLOCKS} == {"sh", "json", "text"}
    assert len(list(shown_answers())) > 10


@pytest.mark.parametrize(
    ("shown", "answer", "verdict"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, True),
        ({"a": 1}, {"a": 2}, False),
        ({"a": ANYTHING}, {"a": "x"}, True),
        ({"a": ANYTHING}, {"a": None}, False),
        ({"a": ANYTHING}, {}, False),
        ([{"a": 1}], [{"a": 1}, {"a": 1}], False),
        ([{"a": 1}], [{"a": 2}], False),
    ],
)
def test_a_wrong_answer_would_be_seen(shown, answer, verdict):
    assert holds(shown, answer) is verdict

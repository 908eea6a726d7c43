"""Log lines and records as events of a stream, by the command."""

import gzip
from uuid import uuid4

import pytest

from core.principals import Principal
from relational import services as identity
from timeseries import selectors
from timeseries.memory import forget_everything

pytestmark = pytest.mark.django_db

SSH = """\
Dec 31 23:59:58 LabSZ sshd[24200]: Invalid user webmaster from 173.234.31.186\r
Dec 31 23:59:58 LabSZ sshd[24200]: Invalid user webmaster from 173.234.31.186\r
Jan  1 00:00:01 LabSZ sshd[24208]: Failed password for root from 5.36.59.76 port 42393 ssh2\r
Jan  1 00:00:02 LabSZ sshd[24208]: Connection closed by 5.36.59.76 [preauth]\r
"""


@pytest.fixture(autouse=True)
def fresh_memory():
    forget_everything()


@pytest.fixture
def owner(db):
    """An owner of this test alone: streams outlive tests."""
    name = f"loader-{uuid4().hex}"
    return name, Principal(identity.ensure_users([name])[name])


@pytest.fixture
def stream():
    return f"test-{uuid4().hex}"


@pytest.fixture
def load(owner, run_command, tmp_path, stream):
    def run(text, *options, name="auth.log"):
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        arguments = ["--owner", owner[0], "--set", f"stream={stream}", *options]
        return run_command("load", "events", name, *arguments)

    return run


@pytest.fixture
def events(stream, owner):
    def read():
        return selectors.events_by_stream(owner[1], stream, newest_first=False)

    return read


def test_log_lines_are_events_with_actors_and_repeats_stay(load, events):
    options = ["--pattern", "openssh", "--year", "2015", "--roll-over", "--time-zone", "Asia/Hong_Kong"]
    run = load(SSH, *options, "--create-stream")
    assert (run.status, run.output, run.errors) == (0, "events: read 4, stored 4, already there 0, rejected 0\n", "")
    found = events()
    assert [event.time.isoformat() for event in found] == [
        "2015-12-31T15:59:58+00:00",
        "2015-12-31T15:59:58+00:00",
        "2015-12-31T16:00:01+00:00",
        "2015-12-31T16:00:02+00:00",
    ]
    assert [event.actor for event in found] == ["OpenSSH.user:webmaster"] * 2 + ["OpenSSH.user:root", None]
    assert [(event.kind, event.level) for event in found] == [("sshd", None)] * 4
    assert found[3].payload == {"host": "LabSZ", "pid": 24208, "message": "Connection closed by 5.36.59.76 [preauth]"}


def test_second_run_changes_nothing(load, events):
    options = ["--pattern", "openssh", "--year", "2015", "--create-stream"]
    load(SSH, *options)
    before = events()
    assert load(SSH, *options).status == 0
    assert events() == before
    assert len(before) == 4


def test_gzip_is_the_same_data_set(load, events):
    options = ["--pattern", "openssh", "--year", "2015", "--create-stream"]
    load(SSH, *options)
    load(gzip.compress(SSH.encode()), *options, name="auth.log.gz")
    assert len(events()) == 4


def test_years_that_jump_are_told(load):
    run = load(SSH, "--pattern", "openssh", "--year", "2015", "--create-stream")
    assert "1 times a line lies more than half a year from the one before; see --roll-over" in run.errors


def test_stream_made_is_as_asked(load, owner, stream):
    load(SSH, "--pattern", "openssh", "--year", "2015", "--create-stream", "--actors-read")
    made = selectors.stream_by_name(owner[1], stream)
    assert (made.actor_may_read, made.settings[0].retention, made.owner) == (True, "forever", owner[1].user_id)


def test_records_take_time_actor_kind_level_and_id_from_columns(load, events):
    text = "at,who,what,id,n\n1500,ada,login,7,x\n1500,ada,login,7,y\n"
    columns = ["--map", "time=at", "--map", "actor=who", "--map", "kind=what", "--map", "id=id"]
    values = ["--set", "time_format=epoch_ms", "--set", "actor_source=app.user", "--set", "level=info"]
    run = load(text, *columns, *values, "--create-stream", name="events.csv")
    assert run.status == 0
    (event,) = events()
    assert (event.actor, event.kind, event.level, event.client_id) == ("app.user:ada", "login", "info", "7")
    assert event.payload == {"n": "y"}
    assert event.time.isoformat() == "1970-01-01T00:00:01.500000+00:00"


def test_extended_json_takes_its_own_times(load, events):
    text = '{"time": {"$date": "2026-01-31T12:00:00Z"}, "_id": {"$oid": "5ca4bbc7a2dd94ee5816238c"}, "n": [1.5]}\n'
    load(text, "--create-stream", name="events.json")
    (event,) = events()
    assert event.time.isoformat() == "2026-01-31T12:00:00+00:00"
    assert event.payload == {"_id": "5ca4bbc7a2dd94ee5816238c", "n": [1.5]}


def test_wrong_records_are_rejected_and_the_rest_is_stored(load, events, rejects):
    lines = [
        '{"time": "2026-01-31T12:00:00Z", "n": 1}',
        '{"time": "2026-01-31T12:00:00", "n": 2}',
        '{"time": "noon"}',
        '{"n": 3}',
        '{"time": true}',
        '{"time": "1066-10-14T09:00:00Z"}',
        '{"time": "2026-01-31T12:00:00Z", "kind": ["a"]}',
        '{"time": "2026-01-31T12:00:00Z", "kind": "' + "k" * 65 + '"}',
        '{"time": "2026-01-31T12:00:00Z", "n": "' + "x" * 70_000 + '"}',
    ]
    run = load("\n".join(lines), "--create-stream", "--data-set", "d", name="events.ndjson")
    assert run.status == 3
    assert run.output == "events: read 9, stored 2, already there 0, rejected 7\n"
    assert [number for number, _ in sorted(rejects("d.rejects.ndjson"))] == [3, 4, 5, 6, 7, 8, 9]
    assert len(events()) == 2


def test_an_actor_without_a_source_is_rejected_with_the_remedy(load, events, rejects):
    lines = [f'{{"time": "2026-01-31T12:00:00Z", "who": "{who}"}}' for who in ("ada", "app.user:ada")]
    run = load("\n".join(lines), "--map", "actor=who", "--create-stream", "--data-set", "d", name="events.ndjson")
    assert run.status == 3
    assert rejects("d.rejects.ndjson") == [(1, "'ada' is no actor: write user:<uuid> or <source>:<key>")]
    assert [event.actor for event in events()] == ["app.user:ada"]


def test_lines_of_another_kind_are_rejected(load, events, rejects):
    run = load(SSH + "kernel panic\n", "--pattern", "openssh", "--year", "2015", "--create-stream")
    assert run.status == 3
    assert rejects("auth.rejects.ndjson") == [(5, "the line does not match the pattern 'openssh'")]
    assert len(events()) == 4


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (["--pattern", "openssh", "--year", "2015"], 66, "make it with --create-stream"),
        (["--pattern", "openssh", "--create-stream"], 65, "the lines have no year: give it with --year"),
        (["--pattern", "opensh", "--create-stream"], 65, "there is no pattern 'opensh'; there are apache, hdfs"),
        (["--create-stream"], 65, "matches linux and openssh: name one with --pattern"),
        (["--pattern", "openssh", "--year", "0", "--create-stream"], 65, "the year 0 is not between 1 and 9999"),
        (
            ["--pattern", "openssh", "--year", "2015", "--create-stream", "--retention", "x"],
            65,
            "no retention class 'x'",
        ),
        (["--format", "csv", "--create-stream"], 65, "no column 'time'; there are Dec 31"),
    ],
)
def test_wrong_command_lines_end_with_a_line_and_a_status(load, owner, stream, options, status, message):
    run = load(SSH, *options)
    assert run.status == status
    assert message in run.errors
    assert stream not in {each.name for each in selectors.streams_page(owner[1])}


def test_somebody_elses_stream_is_not_written_to(load, run_command, stream):
    load(SSH, "--pattern", "openssh", "--year", "2015", "--create-stream")
    identity.ensure_users(["eve"])
    run = run_command(
        "load",
        "events",
        "auth.log",
        "--owner",
        "eve",
        "--pattern",
        "openssh",
        "--year",
        "2015",
        "--set",
        f"stream={stream}",
        "--create-stream",
    )
    assert run.status in (66, 73, 77)
    assert selectors.count_events(stream) == 4

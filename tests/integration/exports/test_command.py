"""`manage.py export_events`: every format holds what the selectors read; what is there already decides what is done."""

import gzip

import orjson
import pytest

import native
from core.times import format_time
from tests.integration.exports.conftest import BEGIN, HOUR, events_of
from tests.integration.exports.reading_back import READERS, ask_duckdb, manifest_of, read_ndjson
from timeseries import services, session
from timeseries.directory import find_streams
from timeseries.events import members_of
from timeseries.identity import time_of
from timeseries.placement import stream_partition

pytestmark = pytest.mark.django_db(databases=["default", "timeseries"])
COUNT = 120


def expected(*streams):
    """Every event as its line of NDJSON has it, in some order."""
    return sorted((orjson.loads(orjson.dumps(members_of(each))) for each in events_of(*streams).values()), key=str)


@pytest.mark.parametrize("name", READERS)
def test_every_format_holds_what_is_stored(name, make_events, run_command, tmp_path):
    streams = [make_events(COUNT), make_events(COUNT // 2)]
    asked = ["--streams", ",".join(streams), "--format", name, "--part-rows", "50"]
    run = run_command("export_events", "out", *asked)
    assert (run.status, run.errors) == (0, "")
    folder = tmp_path / "out"
    assert sorted(READERS[name](folder), key=str) == expected(*streams)
    manifest = manifest_of(folder)
    assert max(part.rows for part in manifest.parts) <= 50
    assert (manifest.end["rows"], manifest.end["parts"]) == (COUNT + COUNT // 2, len(manifest.parts))
    assert f"{COUNT + COUNT // 2} rows in {len(manifest.parts)} parts" in run.output
    again = run_command("export_events", "out", *asked)
    assert again.output.startswith("complete already")
    other = run_command("export_events", "out", *asked[:-2])
    assert (other.status, "part_rows" in other.errors) == (73, True)


def test_duckdb_reads_all_of_it(make_events, run_command, tmp_path):
    stream = make_events(COUNT)
    for name in ("ndjson", "csv", "parquet"):
        asked = ["--streams", stream, "--format", name, "--columns", "id,time,kind,payload.n:int64,payload.in.ip"]
        assert run_command("export_events", name, *asked).status == 0
        found = ask_duckdb(
            f'select count(*), sum("payload.n"), max("payload.in.ip") from \'{tmp_path}/{name}/part-*.{name}\''
        )
        assert found == [(COUNT, sum(range(COUNT)), "10.0.0.6")]


def test_a_range_is_half_open_and_said_to_be_closed(make_events, run_command, tmp_path):
    stream = make_events(COUNT)
    bounds = ["--from", format_time(BEGIN + 10 * HOUR), "--to", format_time(BEGIN + 40 * HOUR)]
    assert run_command("export_events", "out", "--streams", stream, *bounds).status == 0
    assert sorted(row["payload"]["n"] for row in read_ndjson(tmp_path / "out")) == list(range(10, 40))
    assert manifest_of(tmp_path / "out").end["closed"] is True
    assert run_command("export_events", "open", "--streams", stream).status == 0
    assert manifest_of(tmp_path / "open").end["closed"] is False


@pytest.mark.parametrize("engine", ["yes", "no"])
def test_filters_keep_what_meets_all_conditions(engine, make_events, run_command, tmp_path):
    stream = make_events(COUNT)
    native.choose(engine)
    try:
        asked = ["--filter", "payload.n:lt=20", "--filter", "level=info", "--columns", "id,payload.n:int64"]
        assert run_command("export_events", "out", "--streams", stream, *asked).status == 0
    finally:
        native.choose("auto")
    assert sorted(row["payload.n"] for row in read_ndjson(tmp_path / "out")) == [n for n in range(20) if n % 3]
    assert manifest_of(tmp_path / "out").head["engine"] == ("compiled" if engine == "yes" else "portable")


def test_formula_cells_are_neutralised_on_request(make_events, run_command, tmp_path):
    stream = make_events(14)
    asked = ["--streams", stream, "--format", "csv", "--columns", "kind"]
    assert run_command("export_events", "plain", *asked).status == 0
    assert run_command("export_events", "neutral", *asked, "--neutralise-formulas").status == 0
    plain, neutral = ((tmp_path / name / "part-00000.csv").read_text() for name in ("plain", "neutral"))
    assert "=1+1" in plain.splitlines()
    assert "=1+1" not in neutral.splitlines()
    assert "'=1+1" in neutral


@pytest.mark.parametrize("asked", [["csv", "zstd"], ["ndjson", "gzip"], ["parquet", "zstd"], ["arrow", "none"]])
def test_verify_tells_added_expired_and_missing_apart(asked, make_events, owner, run_command, tmp_path):
    stream = make_events(COUNT)
    asked = ["--streams", stream, "--format", asked[0], "--compression", asked[1], "--part-rows", "50"]
    assert run_command("export_events", "out", *asked).status == 0
    whole = run_command("export_events", "out", "--verify")
    assert (whole.status, f"unchanged {COUNT}, added 0, expired 0, missing 0" in whole.output) == (0, True)
    services.append_events(owner, stream, [{"time": BEGIN, "kind": "late"}])
    lost = max(events_of(stream).values(), key=lambda each: each.time)
    remove_row(stream, lost.id)
    later = run_command("export_events", "out", "--verify")
    assert (later.status, f"unchanged {COUNT - 1}, added 1, expired 0, missing 1" in later.output) == (4, True)
    part = min((tmp_path / "out").glob("part-*"))
    part.write_bytes(part.read_bytes()[:-1])
    damaged = run_command("export_events", "out", "--verify")
    assert (damaged.status, damaged.output) == (4, f"damaged: {part.name}\n")
    assert run_command("export_events", "nowhere", "--verify").status == 66


def remove_row(stream, event):
    retention, key = stream_partition(find_streams([stream])[stream], event, time_of(event))
    cql = f"DELETE FROM events_by_stream_{retention} WHERE stream = ? AND bucket = ? AND shard = ? AND id = ?"
    session.write(cql, (*key, event))


@pytest.mark.parametrize("asked", [["ndjson", "gzip"], ["csv", "none"]])
def test_one_file_has_all_parts(asked, make_events, run_command, tmp_path):
    name, compression = asked
    asked = ["--streams", make_events(COUNT), "--format", name, "--compression", compression, "--part-rows", "50"]
    whole = tmp_path / f"whole.{name}"
    run = run_command("export_events", "out", *asked, "--single", whole)
    assert run.status == 0, run.errors
    assert run_command("export_events", "out", *asked, "--single", whole).status == 73
    content = gzip.decompress(whole.read_bytes()) if compression == "gzip" else whole.read_bytes()
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / f"part-0.{name}").write_bytes(content)
    parts = tmp_path / "out"
    for part in parts.glob("*.gz"):
        part.with_suffix("").write_bytes(gzip.decompress(part.read_bytes()))
        part.unlink()
    assert READERS[name](tmp_path / "one") == READERS[name](parts)
    table = run_command("export_events", "table", "--format", "parquet", "--single", tmp_path / "x")
    assert (table.status, (tmp_path / "table").exists()) == (65, False)


def test_a_folder_with_something_else_is_left_alone(make_events, run_command, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    run = run_command("export_events", "out", "--streams", make_events(1))
    assert (run.status, "something else" in run.errors) == (73, True)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (["--streams", "nobody-has-it"], 66),
        (["--columns", "secret"], 65),
        (["--from", "yesterday"], 65),
        (["--format", "csv", "--compression", "gzip", "--part-rows", "0"], 65),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_made(asked, status, run_command, tmp_path):
    run = run_command("export_events", "out", *asked)
    assert (run.status, run.errors.count("\n")) == (status, 1)
    assert not (tmp_path / "out").exists()


def test_a_target_in_a_file_is_refused(make_events, run_command, tmp_path):
    (tmp_path / "out").write_text("a file")
    run = run_command("export_events", "out", "--streams", make_events(1))
    assert (run.status, "target_failed" in run.errors) == (74, True)

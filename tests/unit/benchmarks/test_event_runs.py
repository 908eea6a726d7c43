"""The claim `events`: its data are the same each time, its runs measure what they say, its bars are the issue's."""

import csv
import json
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks import events_ours, events_runs
from benchmarks.events_data import ACTORS, STREAMS, TEXTS, make_rows
from benchmarks.events_inputs import Inputs, _write_events, bodies
from benchmarks.events_runs import ProgramFailed, median_run, run_program
from benchmarks.rivals.events.addresses import HIGHEST, LOWEST, token_ranges
from timeseries.events import parse_event

EATS_MEMORY_IN_A_CHILD = """
import subprocess, sys
child = "import time; eaten = bytearray(80_000_000); time.sleep(0.5)"
subprocess.run([sys.executable, "-c", child])
while __import__("time").process_time() < 0.2: pass
print('{"rows": 3, "seconds": 0.25}')
"""


@pytest.fixture(autouse=True)
def logs(tmp_path, monkeypatch):
    monkeypatch.setattr(events_runs, "LOGS", tmp_path)


def test_a_run_counts_time_cpu_and_the_memory_of_children():
    run = run_program("eats", [sys.executable, "-c", EATS_MEMORY_IN_A_CHILD])
    assert run.inner_s == 0.25
    assert run.wall_s >= 0.5
    assert run.cpu_s >= 0.15
    assert 80 < run.peak_mb < 250


def test_the_memory_is_the_programs_and_not_that_of_who_started_it():
    eaten = bytearray(300_000_000)
    eaten[::4096] = b"x" * len(eaten[::4096])
    assert run_program("small", [sys.executable, "-c", "import time; time.sleep(0.3)"]).peak_mb < 100


def test_a_program_that_fails_is_told_with_what_it_said():
    with pytest.raises(ProgramFailed, match=r"(?s)status 3.*no such table"):
        run_program("fails", [sys.executable, "-c", "print('no such table'); raise SystemExit(3)"])


def test_medians_of_time_and_the_greatest_memory_count():
    runs = [events_runs.Run(*figures) for figures in ((1, 10, 5, 1), (9, 30, 7, 8), (2, 20, 6, 2))]
    assert median_run(runs) == events_runs.Run(2, 20, 7, 2)


def test_events_are_the_same_each_time_and_awkward():
    rows = list(make_rows(5000))
    assert rows == list(make_rows(5000))
    assert rows[:100] == list(make_rows(100))
    assert [row.stream for row in rows[:9]] == [*range(STREAMS), 0]
    sizes = [len(row.event.payload_json.encode()) for row in rows]
    assert 215 < sum(sizes) / len(sizes) < 260
    texts = {row.as_sent()["payload"]["text"] for row in rows}
    assert texts == set(TEXTS)
    by_stream = [row.event.time for row in rows if row.stream == 3]
    assert by_stream == sorted(by_stream)
    frequent = Counter(row.event.actor for row in rows).most_common()
    assert frequent[0][1] > 300 > frequent[20][1]
    assert len(frequent) < ACTORS


def test_ranges_cover_the_ring_without_a_gap():
    ranges = token_ranges(64)
    assert len(ranges) == 64
    assert (ranges[0][0], ranges[-1][1]) == (LOWEST, HIGHEST)
    assert all(before[1] == after[0] for before, after in pairwise(ranges))


def test_rows_of_text_files_are_counted_by_their_format(tmp_path):
    with (tmp_path / "part.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["text"], ["one\ntwo"], ['"']])
    (tmp_path / "a.ndjson").write_bytes(b'{"a": "\\n"}\n{}\n')
    (tmp_path / "b.ndjson").write_bytes(b"{}\n")
    assert events_ours.exported_rows("csv", tmp_path) == 2
    assert events_ours.exported_rows("ndjson", tmp_path) == 3


def test_inputs_hold_the_same_events_in_every_form(tmp_path):
    inputs = Inputs(tmp_path, 50, 0)
    rows = list(make_rows(50))
    _write_events(inputs.events("named"), [f"s.{number}" for number in range(STREAMS)], rows)
    sent = [json.loads(line) for _, body in bodies(inputs, "named", lines=3) for line in body.splitlines()]
    assert sorted(each["payload"]["number"] for each in sent) == list(range(50))
    assert all(body.count(b"\n") <= 3 for _, body in bodies(inputs, "named", lines=3))
    by_number = {each["payload"]["number"]: each for each in sent}
    assert [parse_event(by_number[number]) for number in range(50)] == [row.event for row in rows]


def test_every_bar_of_the_page_is_in_the_code():
    page = (Path(__file__).resolve().parents[3] / "docs" / "benchmarks.md").read_text()
    from benchmarks.events_exporting import COMPARED as EXPORTS
    from benchmarks.events_writing import COMPARED as WRITES

    for row in (*EXPORTS, *WRITES):
        work, bar = row[0], row[3]
        line = next(line for line in page.splitlines() if line.startswith(f"| {work} |"))
        assert bar.at_least is None or f"≥ {bar.at_least:g} " in line, (work, line)

"""`manage.py size`: its layout is the product's, its figures multiply up, its bounds and its page are true."""

import io
import json
import re
import sys
from importlib import import_module
from pathlib import Path

import pytest
from django.core.management import call_command

from core.errors import InvalidInput
from timeseries.partitions import DAY_S, MAX_ROWS, choose_actor_groups, choose_layout
from timeseries.sizing import FILES, MAX_LANES, MAX_LANES_RATE, MAX_SHARDS, MAX_STREAM_RATE, Load, size

ROOT = Path(__file__).resolve().parents[3]
RATES = [0.001, 0.5, 7, 37, 38, 1000, 8000, 20_000, 250_000, 1_000_000]


def run(*arguments):
    output = io.StringIO()
    call_command("size", *arguments, stdout=output)
    return output.getvalue()


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("peak_factor", [1, 4])
def test_the_layout_is_the_one_the_product_chooses(rate, peak_factor):
    sizing = size(Load(rate, 90, peak_factor=peak_factor))
    streams = sizing.value("streams")
    layout = choose_layout(rate * peak_factor / streams)
    assert (sizing.value("bucket"), sizing.value("shards")) == (layout.width_s, layout.shards)
    assert sizing.value("shards") <= MAX_SHARDS
    assert sizing.value("rows a partition, peak") <= MAX_ROWS * 1.000001
    # Every event of a day is in one partition of the day.
    assert sizing.value("rows a partition, mean") * sizing.value("partitions a day") == pytest.approx(rate * DAY_S)
    assert sizing.value("rows a lane") * sizing.value("actor lanes") == pytest.approx(rate * DAY_S)


def test_where_a_streams_layout_ends_several_are_advised():
    assert choose_layout(MAX_STREAM_RATE).shards == MAX_SHARDS
    assert choose_layout(MAX_STREAM_RATE * 1.001).shards == MAX_SHARDS + 1
    assert size(Load(MAX_STREAM_RATE, 7, peak_factor=1)).value("streams") == 1
    divided = size(Load(MAX_STREAM_RATE * 1.001, 7, peak_factor=1))
    assert divided.value("streams") == 2
    assert "31 shards" in divided.advice[0]
    assert "2 streams" in divided.advice[0]
    assert "would be refused" in size(Load(1_000_000, 7, peak_factor=2)).advice[0]


def test_where_the_lanes_end_it_is_told():
    assert choose_actor_groups(MAX_LANES_RATE).shards == MAX_LANES
    with pytest.raises(InvalidInput):
        choose_actor_groups(MAX_LANES_RATE * 1.0001)
    assert size(Load(37, 7)).value("actor lanes") == 64
    assert not any("add_actor_settings" in text for text in size(Load(37, 7)).advice)
    assert any("add_actor_settings(retention='days7', peak_rate=38)" in text for text in size(Load(38, 7)).advice)
    assert size(Load(MAX_LANES_RATE, 7)).value("actor lanes") == MAX_LANES
    assert any("run 2 keyspaces" in text for text in size(Load(MAX_LANES_RATE * 1.5, 7)).advice)
    assert not any("lane" in text for text in size(Load(1000, 7, actors=0)).advice)


@pytest.mark.parametrize(
    ("days", "kept", "on_disk"), [(1, 7, 10.25), (7, 7, 10.25), (8, 90, 103), (400, 400, 424), (1000, 1000, 1000)]
)
def test_events_are_counted_for_as_long_as_their_class_keeps_them(days, kept, on_disk):
    sizing = size(Load(100, days))
    assert (sizing.value("kept"), sizing.value("days on disk")) == (kept, on_disk)
    assert any("no class of" in text or "No class ends" in text for text in sizing.advice) is (days not in (7, 400))


def test_disk_and_nodes_multiply_up():
    plain = size(Load(100, 90))
    assert plain.value("rows") == 100 * DAY_S * 103
    for change, factor in ({"replication": 1}, 1 / 3), ({"bytes_per_event": 576}, 2), ({"actors": 0}, 0.5):
        assert size(Load(100, 90, **change)).value("disk") == pytest.approx(plain.value("disk") * factor)
    assert plain.value("disk") >= plain.value("all copies") + plain.value("compaction")
    assert plain.value("nodes") == 3
    many = size(Load(100_000, 90, actors=0))
    assert many.value("nodes") == many.value("nodes for disk") > many.value("nodes for CPU")
    assert many.value("disk a node") * many.value("nodes") == pytest.approx(many.value("disk"))
    busy = size(Load(100_000, 7, bytes_per_event=1, node_cores=1))
    assert busy.value("nodes") == busy.value("nodes for CPU") > busy.value("nodes for disk")


def test_large_events_are_advised_against():
    assert any("100 MB" in text for text in size(Load(1000, 7, bytes_per_event=50_000)).advice)
    assert not any("100 MB" in text for text in size(Load(1000, 7)).advice)


def test_windows_grace_and_compression_are_those_of_the_tables():
    hours = {"HOURS": 1 / 24, "DAYS": 1}
    tables = import_module("timeseries.migrations.0001_tables").CLASSES
    made = {name: (size * hours[unit], grace / DAY_S, packed) for name, (unit, size, grace, packed) in tables.items()}
    assert made == {name: (each.window_days, each.grace_days, each.compression) for name, each in FILES.items()}


def test_json_has_the_load_every_step_and_the_advice():
    told = json.loads(run("--events-per-s", "1e6", "--ttl-days", "7", "--json"))
    assert set(told) == {"load", "steps", "advice"}
    assert told["load"]["events_per_s"] == 1_000_000
    assert all(set(step) == {"name", "value", "unit", "formula", "source"} for step in told["steps"])
    assert all(step["formula"] and step["source"] for step in told["steps"])
    assert len(told["steps"]) > 20


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (["--events-per-s", "0", "--ttl-days", "7"], "'0' is no number above 0 and at most 1,000,000: divide"),
        (["--events-per-s", "1000001", "--ttl-days", "7"], "divide a larger load among clusters"),
        (["--events-per-s", "nan", "--ttl-days", "7"], "'nan' is no number"),
        (["--events-per-s", "1", "--ttl-days", "-1"], "size what you keep at once"),
        (["--events-per-s", "1", "--ttl-days", "7", "--replication", "1.5"], "'1.5' is no whole number above 0"),
        (["--events-per-s", "1", "--ttl-days", "7", "--peak-factor", "0.5"], "no number above 0.999"),
        (["--ttl-days", "7"], "required: --events-per-s"),
    ],
)
def test_wrong_input_ends_with_status_2_and_the_remedy(arguments, remedy, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["manage.py", "size", *arguments])
    from django.core.management import execute_from_command_line

    with pytest.raises(SystemExit) as ended:
        execute_from_command_line()
    assert ended.value.code == 2
    assert remedy in capsys.readouterr().err


def test_the_page_shows_what_the_command_says():
    page = (ROOT / "docs" / "sizing.md").read_text()
    shown = re.findall(
        r"^```sh\n\.venv/bin/python manage\.py size ([^\n]+)\n```\n\n```text\n(.*?)^```$",
        page,
        re.MULTILINE | re.DOTALL,
    )
    assert len(shown) == 2
    for arguments, output in shown:
        assert run(*arguments.split()) == output

"""A scan over a restart of Cassandra, and one that goes on after it from a position of before. Run by `make faults`."""

import io
import os
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from rich.console import Console

import native
from core.principals import Principal
from core.times import now
from formats import PageValues
from stack.display import Display
from stack.layout import Layout
from stack.lifecycle import open_site, start_servers, stop
from stack.servers.cassandra import Cassandra
from timeseries import services
from timeseries.scan import DONE, Page, Wanted, plan_slices, scan, session
from timeseries.scan.plans import whole_ranges

EVENTS = 300


def restart():
    """Stop the suite's own Cassandra, and start it again."""
    home = Path(os.environ["TRIVIUM_ENV_FILE"]).resolve().parent
    layout, display = Layout(home.name, home.parents[1]), Display(Console(file=io.StringIO()))
    stop(layout, display, [Cassandra])
    start_servers(open_site(layout), display, [Cassandra])


def numbers(pages):
    return sorted(payload["n"] for page in pages for payload in PageValues(page).payloads)


@pytest.mark.timeout(600)
def test_positions_and_scans_outlive_a_restart(django_db_setup):
    owner, name, start = Principal(uuid4()), f"test-{uuid4().hex}", now() - timedelta(days=1)
    services.create_stream(owner, name=name, retention="forever", peak_rate=1.0)
    events = [{"time": (start + timedelta(seconds=n)).isoformat(), "payload": {"n": n}} for n in range(EVENTS)]
    assert {each.status for each in services.append_events(owner, name, events)} == {"stored"}
    wanted = Wanted(("payload",), streams=[name])
    begun = {}
    for plan in (tuple(plan_slices([name], slices=2)), tuple(whole_ranges(2))):
        taken: list[Page] = []
        positions: dict[int, bytes] = {}
        for page in scan(plan, wanted, page_rows=20):
            taken.append(page)
            positions[page.slice] = page.position
            if sum(page.rows for page in taken) >= EVENTS // 3:
                break
        begun[plan] = numbers(taken), positions
    running = scan(whole_ranges(2), wanted, page_rows=20, in_flight=2)
    over_the_restart = [next(running)]
    restart()
    over_the_restart += running
    assert numbers(over_the_restart) == list(range(EVENTS))
    session.close()
    for plan, (before, positions) in begun.items():
        assert any(position != DONE for position in positions.values())
        for wish in ("yes", "no"):
            native.choose(wish)
            rest = numbers(scan(plan, wanted, positions=positions))
            assert sorted(before + rest) == list(range(EVENTS))
    native.choose("auto")

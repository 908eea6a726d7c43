"""The spool's files: nothing that was taken is lost, nothing half-written is taken for an event."""

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trivium_client.errors import SpoolFull, SpoolInUse
from trivium_client.spool import Bounds, Spool

WIDE = Bounds(batch_events=1000, batch_bytes=1 << 20, spool_bytes=1 << 30)

ROOT = Path(__file__).resolve().parents[3]
OPEN = """
import sys; from pathlib import Path; from trivium_client.spool import Bounds, Spool
Spool(Path(sys.argv[1]), stream="clicks", bounds=Bounds(1, 1, 1), durable=False).close()
"""


def lines(*numbers):
    return [b'{"n":%d}\n' % number for number in numbers]


def opened(folder, *, bounds=WIDE, durable=False, stream="clicks"):
    return Spool(folder, stream=stream, bounds=bounds, durable=durable)


def waiting(spool):
    """Take out everything, in order."""
    spool.seal()
    found = []
    while (batch := spool.oldest()) is not None:
        found.append(batch.read())
        assert len(found[-1]) == batch.events
        assert sum(map(len, found[-1])) == batch.size
        spool.remove(batch)
    return found


@settings(max_examples=12)
@given(
    calls=st.lists(st.lists(st.binary(max_size=30).map(lambda text: text.replace(b"\n", b"") + b"\n"), max_size=9)),
    events=st.integers(1, 5),
    size=st.integers(1, 80),
    breaks=st.sets(st.integers(0, 20)),
)
def test_what_goes_in_comes_out_in_order_and_within_bounds(calls, events, size, breaks):
    bounds = Bounds(batch_events=events, batch_bytes=size, spool_bytes=1 << 20)
    with tempfile.TemporaryDirectory() as folder:
        spool = opened(Path(folder), bounds=bounds)
        for place, call in enumerate(calls):
            spool.append(call)
            if place in breaks:
                spool.close()
                spool = opened(Path(folder), bounds=bounds)
        assert spool.pending == sum(map(len, calls))
        batches = waiting(spool)
        spool.close()
    assert [line for batch in batches for line in batch] == [line for call in calls for line in call]
    assert all(len(batch) <= events for batch in batches)
    assert all(sum(map(len, batch)) <= size or len(batch) == 1 for batch in batches)


def test_a_half_written_last_line_is_left_out_when_the_folder_is_opened_again(tmp_path):
    spool = opened(tmp_path)
    spool.append(lines(1, 2))
    spool.close()
    (path,) = tmp_path.glob("batch-*")
    path.write_bytes(path.read_bytes() + b'{"n":')
    (tmp_path / "batch-000000000002.ndjson").write_bytes(b'{"n"')
    again = opened(tmp_path)
    assert again.pending == 2
    again.append(lines(3))
    assert waiting(again) == [lines(1, 2), lines(3)]
    again.close()


def test_a_second_sender_is_refused_while_the_first_lives(tmp_path):
    spool = opened(tmp_path)
    command = [sys.executable, "-c", OPEN, str(tmp_path)]
    refused = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert "SpoolInUse: another sender has" in refused.stderr
    with pytest.raises(SpoolInUse, match="another sender"):
        opened(tmp_path)
    spool.close()
    subprocess.run(command, check=True, cwd=ROOT)


def test_a_folder_of_another_stream_is_refused(tmp_path):
    opened(tmp_path).close()
    with pytest.raises(SpoolInUse, match="'clicks', not of 'orders'"):
        opened(tmp_path, stream="orders")
    opened(tmp_path).close()


def test_a_full_spool_takes_none_of_a_call(tmp_path):
    spool = opened(tmp_path, bounds=Bounds(batch_events=2, batch_bytes=1 << 20, spool_bytes=8 * 4))
    spool.append(lines(1, 2, 3))
    with pytest.raises(SpoolFull, match="bound of 32") as refused:
        spool.append(lines(4, 5))
    assert (refused.value.taken, spool.pending) == (0, 3)
    spool.remove(spool.oldest(), rejected=[b"x" * 16])
    with pytest.raises(SpoolFull):
        spool.append(lines(4, 5))
    (tmp_path / "rejected.ndjson").unlink()
    spool.append(lines(4, 5))
    assert waiting(spool) == [lines(3, 4), lines(5)]
    spool.close()


@pytest.mark.parametrize("durable", [True, False])
def test_a_disk_that_takes_no_more_leaves_whole_lines_and_says_how_many(tmp_path, durable):
    spool = opened(tmp_path, bounds=Bounds(batch_events=3, batch_bytes=1 << 20, spool_bytes=1 << 20), durable=durable)
    long = [b'{"n":"%s"}\n' % (b"x" * 500)]
    spool.append(lines(1))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(SpoolFull, match="cannot be written") as refused:
            spool.append([*lines(2, 3, 4), *long])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert refused.value.taken == 2
    spool.append(lines(9))
    assert waiting(spool) == [lines(1, 2, 3), lines(9)]
    spool.close()


def test_durable_means_on_the_disk_before_append_returns(tmp_path, monkeypatch):
    synced, real = [], os.fsync

    def sync(descriptor):
        synced.append(os.fstat(descriptor).st_size)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", sync)
    spool = opened(tmp_path, durable=True)
    spool.append(lines(1, 2))
    assert synced[-1] == 16
    spool.close()

import contextvars
from concurrent.futures import ThreadPoolExecutor

import pytest

from core import timings
from core.errors import StoreTimeout
from core.timings import listen, measured, recorded_timings


def works(record):
    return [(piece.store, piece.operation, piece.code) for piece in record.pieces]


def test_a_record_has_what_its_context_asked_of_the_stores():
    with recorded_timings() as record:
        with measured("default", writing=False):
            pass
        with measured("documents", writing=True):
            pass
        with measured("default", writing=True):
            pass
    with measured("timeseries", writing=False):
        pass
    assert works(record) == [("default", "read", ""), ("documents", "write", ""), ("default", "write", "")]
    assert set(record.seconds_by_store()) == {"default", "documents"}
    assert record.seconds_by_store()["default"] == record.pieces[0].seconds + record.pieces[2].seconds


def test_what_is_measured_within_counts_once():
    with recorded_timings() as record, measured("default", writing=True):
        with measured("default", writing=False), measured("documents", writing=False):
            pass
        with measured("default", writing=False):
            pass
    assert works(record) == [("documents", "read", ""), ("default", "write", "")]


def test_errors_are_recorded_by_their_code_and_go_on():
    with recorded_timings() as record:
        with pytest.raises(StoreTimeout), measured("default", writing=False):
            raise StoreTimeout("slow", store="default")
        with pytest.raises(ZeroDivisionError), measured("default", writing=False):
            raise ZeroDivisionError
        with measured("timeseries", writing=True) as measurement:
            measurement.code = "outcome_unknown"
    assert [piece.code for piece in record.pieces] == ["store_timeout", "internal_error", "outcome_unknown"]


def test_threads_with_a_copied_context_write_into_the_same_record():
    def ask():
        with measured("timeseries", writing=False):
            pass

    with recorded_timings() as record, ThreadPoolExecutor(4) as pool:
        for _ in range(20):
            pool.submit(contextvars.copy_context().run, ask)
    assert works(record) == [("timeseries", "read", "")] * 20


def test_an_iterator_that_is_closed_elsewhere_is_measured_too():
    def rows():
        with measured("default", writing=False):
            yield 1
            yield 2

    with recorded_timings() as record:
        iterator = rows()
        next(iterator)
        contextvars.copy_context().run(iterator.close)
    assert [piece.store for piece in record.pieces] == ["default"]


def test_without_a_record_listeners_still_hear(monkeypatch):
    monkeypatch.setattr(timings, "_listeners", [])
    heard: list[timings.StoreTime] = []
    for _ in range(2):
        listen(heard.append)
    with measured("default", writing=False):
        pass
    assert [piece.store for piece in heard] == ["default"]

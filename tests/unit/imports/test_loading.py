"""The way of a load, into a target that keeps its rows in a list."""

import gzip
import json

import pytest

from core.errors import Conflict, InvalidInput, OutcomeUnknown, StoreUnavailable
from imports.identity import Occurrences
from imports.layouts import Layout
from imports.loading import Bounds, Loading, Wishes
from imports.rejects import RejectsFile
from imports.targets.base import Stored, Target


class Shelf(Target[tuple[str, str]]):
    """Keeps rows by their identity; refuses what a test calls poison, and fails as often as a test wants."""

    def __init__(self, failures=()):
        self.rows, self.batches, self.failures, self.prepared = {}, [], list(failures), 0

    def begin_file(self, data_set, layout, columns):
        if columns is not None and "a" not in columns:
            raise InvalidInput("no column a")

    def make_row(self, fields, identify):
        if fields["a"] == "bad":
            raise InvalidInput("bad")
        return identify().text, fields["a"]

    def prepare_store(self):
        self.prepared += 1

    def store_rows(self, rows):
        self.batches.append(len(rows))
        if self.failures and (failure := self.failures.pop(0)):
            raise failure
        if any(value == "poison" for _, value in rows):
            raise Conflict("poison")
        new = [row for row in rows if row[0] not in self.rows]
        self.rows.update(rows)
        refused = [(place, "sour") for place, (_, value) in enumerate(rows) if value == "sour"]
        return Stored(new=len(new) - len(refused), there=len(rows) - len(new), refused=refused)


@pytest.fixture
def load(tmp_path):
    """Load the texts as files of one run; return the shelf, the counts and the rejects."""
    run = iter(range(100))

    def load_texts(*texts, shelf=None, data_set="d", **bounds):
        shelf, rejects = shelf or Shelf(), RejectsFile(tmp_path / f"rejects{next(run)}")
        with Occurrences() as occurrences:
            loading = Loading(shelf, occurrences, rejects, Bounds(**bounds))
            for number, text in enumerate(texts):
                path = tmp_path / f"f{number}.csv"
                path.write_bytes(text if isinstance(text, bytes) else text.encode())
                loading.load_file(path, Wishes(data_set=data_set))
        rejects.close()
        lines = rejects.path.read_text().splitlines() if rejects.path.exists() else []
        return shelf, counts_of(loading), [json.loads(line) for line in lines]

    return load_texts


def counts_of(loading):
    counts = loading.counts
    return counts.read, counts.stored, counts.there, counts.rejected


def test_true_repeats_stay_and_a_second_run_adds_nothing(load):
    text = "a,b\nx,1\nx,1\ny,2\nx,1\n"
    shelf, counts, _ = load(text)
    assert (counts, len(shelf.rows)) == ((4, 4, 0, 0), 4)
    _, counts, _ = load(text, shelf=shelf)
    assert (counts, len(shelf.rows)) == ((4, 0, 4, 0), 4)


def test_files_of_one_run_count_on(load):
    shelf, counts, _ = load("a\nx\n", "a\nx\n")
    assert (counts, len(shelf.rows)) == ((2, 2, 0, 0), 2)


def test_another_data_set_is_another_identity(load):
    shelf, _, _ = load("a\nx\n")
    load("a\nx\n", shelf=shelf, data_set="e")
    assert len(shelf.rows) == 2


@pytest.mark.parametrize("batch_rows", [1, 2, 3, 1000])
def test_batches_do_not_change_the_end(load, batch_rows):
    shelf, counts, _ = load("a\n" + "x\ny\n" * 10, batch_rows=batch_rows)
    assert (counts, len(shelf.rows)) == ((20, 20, 0, 0), 20)
    assert max(shelf.batches) <= batch_rows


def test_wrong_lines_are_rejected_and_the_rest_is_stored(load):
    _shelf, counts, rejects = load("a,b\n1,2\nbad,2\n3\nsour,5\n4,5\n")
    assert counts == (5, 2, 0, 3)
    assert [(row["number"], row["reason"], row["raw"]) for row in rejects] == [
        (3, "bad", "bad,2"),
        (4, "1 values for 2 columns (a, b)", "3"),
        (5, "sour", "sour,5"),
    ]
    assert all(row["file"] == "f0.csv" for row in rejects)


def test_refused_batch_is_halved_until_the_wrong_record_stands_alone(load):
    values = ["poison" if place in (3, 11) else str(place) for place in range(16)]
    shelf, counts, rejects = load("a\n" + "\n".join(values))
    assert counts == (16, 14, 0, 2)
    assert [row["number"] for row in rejects] == [5, 13]
    assert len(shelf.rows) == 14


def test_limit_stops_over_all_files(load):
    shelf, counts, _ = load("a\nx\ny\n", "a\nz\nz\n", max_records=3)
    assert (counts, len(shelf.rows)) == ((3, 3, 0, 0), 3)


def test_dry_run_checks_everything_and_stores_nothing(load):
    shelf, counts, rejects = load("a\nx\nbad\n", dry_run=True)
    assert (counts, shelf.rows, shelf.batches, shelf.prepared) == ((2, 1, 0, 1), {}, [], 0)
    assert len(rejects) == 1


@pytest.fixture
def pauses(monkeypatch):
    """The pauses between tries, without their time."""
    taken: list[float] = []
    monkeypatch.setattr("imports.loading.time.sleep", taken.append)
    return taken


def test_store_that_did_not_answer_is_tried_again(load, pauses):
    shelf, counts, _ = load("a\nx\n", shelf=Shelf([OutcomeUnknown("lost", store="default")] * 2))
    assert (counts, shelf.batches, len(pauses)) == ((1, 1, 0, 0), [1, 1, 1], 2)


def test_store_that_went_away_is_tried_again(load, pauses):
    shelf = Shelf([None, StoreUnavailable("away", store="default")])
    _, counts, _ = load("a\nx\ny\n", shelf=shelf, batch_rows=1)
    assert (counts, shelf.batches, len(pauses)) == ((2, 2, 0, 0), [1, 1, 1], 1)


def test_store_that_was_never_there_or_stays_away_ends_the_run_with_its_error(load, pauses):
    away = StoreUnavailable("away", store="default")
    with pytest.raises(StoreUnavailable, match="away"):
        load("a\nx\n", shelf=Shelf([away]))
    assert pauses == []
    with pytest.raises(StoreUnavailable, match="away"):
        load("a\nx\ny\n", shelf=Shelf([None, *[away] * 9]), batch_rows=1)
    assert len(pauses) == 3


def test_mapping_that_does_not_fit_ends_the_run_before_anything(load):
    shelf = Shelf()
    with pytest.raises(InvalidInput, match="no column a"):
        load("b\nx\n", shelf=shelf)
    assert (shelf.prepared, shelf.batches) == (0, [])


def test_truncated_gzip_stores_what_is_whole(load):
    whole = gzip.compress(("a\n" + "".join(f"{number}\n" for number in range(20_000))).encode(), mtime=0)
    shelf, counts, rejects = load(whole[: len(whole) // 2])
    assert 100 < counts[1] < 20_000
    assert counts[3] == 1
    assert rejects[0]["reason"] == "the gzip data is cut off: nothing from here on could be read"
    assert sorted(int(value) for value in shelf.rows.values()) == list(range(counts[1]))


def test_progress_is_told_in_bytes_of_the_file(tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("a\n" + "x\n" * 10)
    told: list[int] = []
    with Occurrences() as occurrences:
        loading = Loading(Shelf(), occurrences, RejectsFile(tmp_path / "r"), Bounds(batch_rows=4))
        loading.load_file(path, Wishes(), told.append)
    assert told[-1] == path.stat().st_size


@pytest.mark.parametrize("data_set", ["x" * 101, "a\nb", "a\0b"])
def test_name_of_the_data_set_is_checked(load, data_set):
    with pytest.raises(InvalidInput, match="1 to 100 printable characters"):
        load("a\nx\n", data_set=data_set)


def test_named_pattern_makes_a_log_and_must_exist(tmp_path):
    path = tmp_path / "messages.csv"
    path.write_text("x")
    with Occurrences() as occurrences:
        loading = Loading(Shelf(), occurrences, RejectsFile(tmp_path / "r"), Bounds())
        with pytest.raises(InvalidInput, match="there is no pattern 'apach'; there are apache, hdfs"):
            loading.load_file(path, Wishes(Layout(""), pattern="apach"))

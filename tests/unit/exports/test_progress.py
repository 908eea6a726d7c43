"""The figures of an export: what the bar, the lines and the job show."""

from exports.figures import Figures
from exports.progress import shown_progress


def test_the_figures_say_rows_rate_size_share_and_what_is_left():
    figures = Figures(rows=1_500, bytes=2_000_000, share=0.5, former_rows=500, began_s=0.0)
    assert str(figures).startswith("1,500 rows, ")
    assert str(figures).endswith(" rows/s, 2.0 MB, 50%")
    assert figures.as_json().keys() == {"rows", "bytes", "rate", "share", "eta_s"}
    assert figures.rows_per_s * (figures.remaining_s or 0) > 900
    assert Figures().remaining_s is None
    assert "eta_s" not in Figures().as_json()


def test_without_a_terminal_a_line_is_written_now_and_then(monkeypatch):
    lines: list[str] = []
    monkeypatch.setattr("exports.progress.LINE_EVERY_S", 0.0)
    with shown_progress("june", lines.append) as advance:
        advance(Figures(rows=3))
    assert len(lines) == 1
    assert lines[0].startswith("june: 3 rows, ")

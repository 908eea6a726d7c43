"""What an answer means: only one that accounts for every line delivers it."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from trivium_client.posting import (
    MAX_RETRY_AFTER_S,
    Again,
    Answer,
    Delivered,
    Poster,
    Refused,
    TooLarge,
    judge,
    retry_after,
)


def results(*statuses):
    return {"results": [{"status": status} for status in statuses]}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, results("stored", "stored"), Delivered),
        (200, results("stored", "rejected"), Delivered),
        (422, results("rejected", "rejected"), Delivered),
        (200, results("stored", "unknown"), Again),
        (503, results("unknown", "rejected"), Again),
        (200, results("stored"), Again),
        (200, results("stored", "stored", "stored"), Again),
        (200, {}, Again),
        (204, {}, Again),
        *((status, {}, Again) for status in (408, 425, 429, 500, 502, 503, 504)),
        (400, {"code": "body_cut_off", "taken": 1, **results("stored")}, Again),
        (413, {"code": "too_large"}, TooLarge),
        *((status, {"code": "c"}, Refused) for status in (301, 400, 401, 403, 404, 405, 411, 415)),
    ],
)
def test_an_answer_is_judged(status, body, kind):
    assert isinstance(judge(Answer(status, body), 2), kind)


@pytest.mark.parametrize(
    ("header", "seconds"), [(None, 0), ("", 0), ("7", 7), ("-7", 0), ("soon", 0), ("9" * 30, MAX_RETRY_AFTER_S)]
)
def test_retry_after_in_seconds(header, seconds):
    assert retry_after(header) == seconds


def test_retry_after_as_a_date():
    header = format_datetime(datetime.now(UTC) + timedelta(seconds=1000), usegmt=True)
    assert 900 < retry_after(header) <= 1000
    assert retry_after("Thu, 01 Jan 1970 00:00:00 GMT") == 0


@pytest.mark.parametrize("address", ["", "trivium.example", "ftp://trivium.example", "https://"])
def test_what_is_no_address_is_told(address):
    with pytest.raises(ValueError, match="is no address of a server"):
        Poster(address, "s", authorization=str, timeout_s=1, compress=False)

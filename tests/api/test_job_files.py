"""Files of jobs over HTTP: whole, by a range, unchanged, of others, gone."""

from hashlib import sha256

import pytest
from django.test import Client

from jobs.files import BLOCK_BYTES
from tests.api.conftest import CONTENT, finished_job, problem

TAG = f'"{sha256(CONTENT).hexdigest()}"'


@pytest.fixture
def address(values):
    return f"/api/v1/jobs/{values['job_id']}/files/rows.json"


def test_the_list_names_the_files_and_where_they_are(people, values, address):
    (file,) = people["ada"].get(f"/api/v1/jobs/{values['job_id']}/files").json()["files"]
    assert (file["name"], file["bytes"], file["sha256"]) == ("rows.json", len(CONTENT), TAG.strip('"'))
    assert file["address"] == address


def test_a_file_comes_whole_with_its_digest(people, address):
    answer = people["ada"].client.get(address, headers={"accept": "text/csv"})
    assert (answer.status_code, answer.getvalue()) == (200, CONTENT)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-length"] == str(len(CONTENT))
    assert answer.headers["content-disposition"] == 'attachment; filename="rows.json"'
    assert (answer.headers["etag"], answer.headers["accept-ranges"]) == (TAG, "bytes")
    assert answer.headers["repr-digest"].startswith("sha-256=:")


@pytest.mark.parametrize(
    ("asked", "start", "end"), [("bytes=2-4", 2, 5), ("bytes=3-", 3, None), ("bytes=-2", -2, None)]
)
def test_a_range_of_it_comes(people, address, asked, start, end):
    answer = people["ada"].client.get(address, headers={"range": asked, "if-range": TAG})
    assert (answer.status_code, answer.getvalue()) == (206, CONTENT[start:end])
    assert answer.headers["content-length"] == str(len(CONTENT[start:end]))
    first = CONTENT.index(CONTENT[start:end])
    assert answer.headers["content-range"] == f"bytes {first}-{first + len(CONTENT[start:end]) - 1}/{len(CONTENT)}"


def test_of_another_state_all_of_it_comes(people, address):
    answer = people["ada"].client.get(address, headers={"range": "bytes=2-4", "if-range": '"other"'})
    assert (answer.status_code, answer.getvalue()) == (200, CONTENT)


def test_a_range_that_is_not_there_is_refused(people, address):
    answer = people["ada"].client.get(address, headers={"range": "bytes=999-"})
    problem(answer, 416, "range_not_satisfiable")
    assert answer.headers["content-range"] == f"bytes */{len(CONTENT)}"


def test_what_was_read_already_is_not_sent_again(people, address):
    answer = people["ada"].client.get(address, headers={"if-none-match": TAG, "range": "bytes=2-4"})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", TAG)


def test_its_head_tells_the_same_without_it(people, address):
    answer = people["ada"].client.head(address, headers={"range": "bytes=2-4"})
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", str(len(CONTENT)))
    assert (answer.headers["etag"], answer.headers["accept-ranges"]) == (TAG, "bytes")


def test_one_of_several_blocks_comes_whole(people, files_of_jobs, values, db):
    content = bytes(range(256)) * (BLOCK_BYTES // 128) + b"end"
    job_id = finished_job(files_of_jobs, content=content, user_id=people["ada"].id)
    answer = people["ada"].client.get(f"/api/v1/jobs/{job_id}/files/rows.json", headers={"range": "bytes=1-"})
    assert answer.getvalue() == content[1:]


def test_one_that_is_gone_and_one_that_never_was_are_not_found(people, files_of_jobs, values, address, db):
    problem(people["ada"].get(address.replace("rows.json", "other.json")), 404, "not_found")
    job_id = finished_job(files_of_jobs, user_id=people["ada"].id)
    (files_of_jobs / str(job_id) / "rows.json").unlink()
    problem(people["ada"].get(f"/api/v1/jobs/{job_id}/files/rows.json"), 404, "not_found")


def test_one_that_was_cut_off_is_no_whole_answer(people, files_of_jobs, values, db):
    job_id = finished_job(files_of_jobs, user_id=people["ada"].id)
    (files_of_jobs / str(job_id) / "rows.json").write_bytes(b"")
    problem(people["ada"].get(f"/api/v1/jobs/{job_id}/files/rows.json"), 503, "store_unavailable")


def test_nobody_gets_it_without_a_log_in(address):
    problem(Client().get(address), 401, "not_authenticated")

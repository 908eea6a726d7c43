import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from stack.environment import describe_environment
from stack.errors import NotReady
from stack.lifecycle import clean, open_site
from stack.places import find_place, outside_folder, unprivileged_user
from stack.processes import find_process, stop_process
from stack.servers import PostgreSQL


def connect(server, **changes):
    uri = describe_environment(server.site.passwords, server.site.ports)["TRIVIUM_POSTGRESQL_URI"]
    return psycopg.connect(uri, autocommit=True, **changes)


def test_a_cluster_that_was_half_made_is_made_anew(up, layout, display):
    clean(layout, display)
    site = open_site(layout)
    half = find_place(layout, "postgresql", unprivileged_user()).data.with_suffix(".new")
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("17")
    server = up(PostgreSQL)
    assert server.site.ports == site.ports
    assert not half.exists()


def test_the_role_may_make_databases_and_is_no_superuser(up):
    with connect(up(PostgreSQL)) as connection:
        version, superuser = connection.execute(
            "SELECT current_setting('server_version_num')::int / 10000, rolsuper FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        connection.execute("CREATE DATABASE another")
        connection.execute("DROP DATABASE another")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("COPY (SELECT 1) TO PROGRAM 'true'")
    assert (version, superuser) == (17, False)


def test_it_listens_on_loopback_only_and_asks_for_the_password(up):
    server = up(PostgreSQL)
    with connect(server) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("127.0.0.1",)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(server, password="wrong")


def test_what_it_holds_survives_a_kill(up, layout):
    with connect(up(PostgreSQL)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS seven")
    before = find_process(layout.pid("postgresql"))
    assert before is not None
    os.kill(before.pid, signal.SIGKILL)
    with connect(up(PostgreSQL)) as connection:
        assert connection.execute("SELECT seven FROM kept").fetchone() == (7,)
    assert find_process(layout.pid("postgresql")) != before


def test_what_is_left_of_a_killed_one_only_delays_its_start(up, layout):
    with connect(up(PostgreSQL)) as connection:
        (backend,) = connection.execute("SELECT pg_backend_pid()").fetchone()
        # Stopped, it does not notice that its first process is gone, and keeps the memory attached.
        os.kill(backend, signal.SIGSTOP)
        first = find_process(layout.pid("postgresql"))
        assert first is not None
        os.kill(first.pid, signal.SIGKILL)
        log, refused = layout.log("postgresql"), b"pre-existing shared memory block"
        offset = log.stat().st_size
        with ThreadPoolExecutor(1) as pool:
            started = pool.submit(up, PostgreSQL)
            try:
                while refused not in log.read_bytes()[offset:] and not started.done():
                    time.sleep(0.05)
            finally:
                os.kill(backend, signal.SIGCONT)
            assert started.result().probe().startswith("17.")
    assert refused in log.read_bytes()[offset:]


def test_a_role_that_was_half_made_is_completed(up):
    server = up(PostgreSQL)
    with psycopg.connect(
        host="127.0.0.1", port=server.port, user="trivium_owner", password=server.site.passwords["postgresql_owner"],
        dbname="postgres", autocommit=True,
    ) as connection:  # fmt: skip
        connection.execute("DROP DATABASE trivium")
        connection.execute("ALTER ROLE trivium NOLOGIN")
    with pytest.raises(NotReady):
        server.probe()
    up(PostgreSQL)
    assert server.probe().startswith("17.")


def test_another_programs_process_id_in_its_note_does_not_stop_it(up, layout):
    server = up(PostgreSQL)
    data = find_place(layout, "postgresql", unprivileged_user()).data
    stop_process(layout.pid("postgresql"), by=server.stop_signal, timeout_s=20)
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n")
    (data / "postmaster.pid").chmod(0o644)
    assert up(PostgreSQL).probe().startswith("17.")


def test_data_outside_of_a_closed_clone_is_removed_with_the_stack(up, layout, display):
    up(PostgreSQL)
    outside = outside_folder(layout, "postgresql")
    is_root = os.geteuid() == 0
    assert (outside is not None) == is_root
    if outside is not None:
        assert not (layout.data("postgresql")).exists()
        user = unprivileged_user()
        assert user is not None
        assert Path(outside, "data").stat().st_uid == user.uid != 0
    clean(layout, display)
    assert not layout.home.exists()
    assert outside is None or not outside.exists()

"""The suite's own Cassandra, as the stack secured it: what its application role may do and nobody else."""

import os
from urllib.parse import urlsplit

import pytest
from cassandra import Unauthorized
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, NoHostAvailable
from cassandra.policies import WhiteListRoundRobinPolicy

ADDRESS = urlsplit(os.environ["TRIVIUM_CASSANDRA_URI"])


def cluster(user, password):
    profile = ExecutionProfile(load_balancing_policy=WhiteListRoundRobinPolicy([ADDRESS.hostname]))
    return Cluster(
        [ADDRESS.hostname], port=ADDRESS.port, auth_provider=PlainTextAuthProvider(user, password), protocol_version=5,
        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
    )  # fmt: skip


@pytest.fixture
def session():
    with cluster(ADDRESS.username, ADDRESS.password) as connected:
        session = connected.connect()
        yield session
        session.execute("DROP KEYSPACE IF EXISTS stack_probe")


def test_the_role_may_do_everything_in_its_own_keyspaces(session):
    for _ in range(2):
        session.execute(
            "CREATE KEYSPACE stack_probe WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"
        )
        session.execute("CREATE TABLE stack_probe.numbers (id int PRIMARY KEY, other int)")
        session.execute("INSERT INTO stack_probe.numbers (id) VALUES (7)")
        session.execute("ALTER TABLE stack_probe.numbers ADD more int")
        assert [row.id for row in session.execute("SELECT id FROM stack_probe.numbers")] == [7]
        session.execute("TRUNCATE stack_probe.numbers")
        session.execute("DROP KEYSPACE stack_probe")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM system_auth.roles",
        "UPDATE system_auth.roles SET is_superuser = true WHERE role = 'trivium'",
        "CREATE ROLE other WITH PASSWORD = 'x' AND LOGIN = true",
        "ALTER ROLE trivium WITH SUPERUSER = true",
    ],
)
def test_the_role_may_not_make_itself_more(session, statement):
    with pytest.raises(Unauthorized):
        session.execute(statement)


@pytest.mark.parametrize("password", ["cassandra", ""])
def test_the_default_role_cannot_log_in(password):
    with (
        cluster("cassandra", password) as connected,
        pytest.raises(NoHostAvailable, match="Bad credentials|not permitted"),
    ):
        connected.connect()


def test_the_number_of_roles_is_what_the_stack_made(session):
    assert {row.role for row in session.execute("LIST ROLES")} == {"trivium"}

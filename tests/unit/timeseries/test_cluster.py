"""The DATABASES entry as the driver takes it."""

import ssl
from itertools import islice

import pytest
from cassandra import ConsistencyLevel
from cassandra.cluster import EXEC_PROFILE_DEFAULT
from cassandra.query import dict_factory, tuple_factory
from django.core.exceptions import ImproperlyConfigured

from settings.uris import cassandra_database
from timeseries.backend.client import DatabaseClient
from timeseries.cluster import ROWS, execution_profiles, open_cluster, tls_context


def database(query="", login="ada:p%40ss@"):
    return cassandra_database(f"cassandra://{login}db1,db2:9142/events?{query}")


def test_a_cluster_is_described_and_not_connected():
    cluster = open_cluster({**database("local_dc=eu"), "HOST": "127.0.0.1,127.0.0.2"})
    try:
        assert (cluster.contact_points, cluster.port, cluster.protocol_version) == (["127.0.0.1", "127.0.0.2"], 9142, 5)
        assert (cluster.auth_provider.username, cluster.auth_provider.password) == ("ada", "p@ss")
        assert cluster.ssl_context is None
        assert not cluster.sessions
    finally:
        cluster.shutdown()


def test_a_server_that_is_back_is_found_within_seconds_however_long_it_was_away():
    cluster = open_cluster({**database(), "HOST": "127.0.0.1"})
    try:
        delays_s = list(islice(cluster.reconnection_policy.new_schedule(), 2000))
    finally:
        cluster.shutdown()
    assert len(delays_s) == 2000
    assert max(delays_s) == 5


def test_requests_go_to_the_local_centre_at_the_configured_consistency():
    profiles = execution_profiles(database("local_dc=eu&consistency=local_one")["OPTIONS"])
    for profile in profiles.values():
        assert profile.consistency_level == ConsistencyLevel.LOCAL_ONE
        assert profile.serial_consistency_level == ConsistencyLevel.LOCAL_SERIAL
        assert profile.load_balancing_policy._child_policy.local_dc == "eu"
    assert (profiles[ROWS].row_factory, profiles[EXEC_PROFILE_DEFAULT].row_factory) == (tuple_factory, dict_factory)


def test_an_unknown_consistency_names_those_there_are():
    with pytest.raises(ImproperlyConfigured, match="no consistency 'MOST'; known: .*LOCAL_QUORUM"):
        execution_profiles(database("consistency=MOST")["OPTIONS"])


def test_tls_checks_certificates_against_the_ca(tmp_path):
    assert tls_context(database()["OPTIONS"]) is None
    context = tls_context(database("tls=true")["OPTIONS"])
    assert context is not None
    assert context.verify_mode is ssl.CERT_REQUIRED
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")
    for option in (f"ca={tmp_path}/nowhere.pem", f"ca={broken}", f"cert={broken}&key={broken}"):
        with pytest.raises(ImproperlyConfigured, match="TLS files"):
            tls_context(database(f"tls=true&{option}")["OPTIONS"])


def test_the_shell_gets_no_password_on_its_command_line():
    command, environment = DatabaseClient.settings_to_cmd_args_env(database("tls=true"), ["-e", "DESCRIBE"])
    assert command == ["cqlsh", "db1", "9142", "-u", "ada", "--ssl", "-k", "events", "-e", "DESCRIBE"]
    assert environment is None

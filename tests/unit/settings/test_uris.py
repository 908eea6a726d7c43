import pytest
from django.core.exceptions import ImproperlyConfigured

from settings.uris import cassandra_database, mongodb_database, parse_replication, postgresql_database


def test_postgresql_takes_every_libpq_parameter():
    database = postgresql_database("postgresql://u:p%40@h:5433/d?sslmode=verify-full&sslrootcert=/ca", pool_max_size=3)
    assert (database["HOST"], database["PORT"], database["NAME"], database["PASSWORD"]) == ("h", "5433", "d", "p@")
    assert database["OPTIONS"]["sslmode"] == "verify-full"
    assert database["OPTIONS"]["pool"]["max_size"] == 3
    with pytest.raises(ImproperlyConfigured, match="no URI of PostgreSQL"):
        postgresql_database("postgresql://h/d?nonsense=1", pool_max_size=3)


def test_mongodb_needs_a_database():
    uri = "mongodb://u:p@a:1,b:2/trivium?replicaSet=rs0&tls=true&readPreference=nearest"
    assert mongodb_database(uri) == {"ENGINE": "documents.backend", "NAME": "trivium", "CLIENT": {"host": uri}}
    with pytest.raises((ImproperlyConfigured, ValueError), match="names no database"):
        mongodb_database("mongodb://h:1/?tls=true")


def test_cassandra_topology_and_tls_are_options():
    database = cassandra_database(
        "cassandra://u:p%2F@a,b:9142/trivium?local_dc=eu&replication=eu:3,us:2&tls=true&ca=/ca&consistency=QUORUM",
    )
    assert (database["HOST"], database["PORT"], database["NAME"], database["PASSWORD"]) == (
        "a,b",
        9142,
        "trivium",
        "p/",
    )
    assert database["OPTIONS"]["replication"] == {"class": "NetworkTopologyStrategy", "eu": 3, "us": 2}
    assert (database["OPTIONS"]["tls"], database["OPTIONS"]["consistency"]) == (True, "QUORUM")


def test_cassandra_defaults_suit_one_node():
    database = cassandra_database("cassandra://h/k")
    assert database["PORT"] == 9042
    assert database["OPTIONS"]["replication"] == parse_replication("1")
    assert database["OPTIONS"]["tls"] is False


@pytest.mark.parametrize(
    "uri", ["cassandra://h:1", "cassandra://h/k?colour=red", "cassandra://a:1,b:2/k", "cassandra://h/k?replication=x"]
)
def test_a_wrong_cassandra_uri_is_refused(uri):
    with pytest.raises((ImproperlyConfigured, ValueError), match=r"keyspace|one port|invalid literal"):
        cassandra_database(uri)

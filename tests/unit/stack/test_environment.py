import re
import stat
from urllib.parse import urlsplit

from dotenv import dotenv_values

from settings.uris import cassandra_database, mongodb_database, postgresql_database
from stack.environment import PASSWORDS, describe_environment, keep_secrets, write_environment
from stack.layout import Layout
from stack.state import read_object, write_object

PORTS = {"postgresql": 1, "mongodb": 2, "cassandra": 3, "redis": 4, "api": 5, "live": 6}


def test_passwords_are_made_once_and_are_all_different(tmp_path):
    layout = Layout("one", tmp_path)
    passwords = keep_secrets(layout)
    assert keep_secrets(layout) == passwords
    assert set(passwords) == set(PASSWORDS)
    assert len(set(passwords.values())) == len(PASSWORDS)
    assert keep_secrets(Layout("two", tmp_path)).items().isdisjoint(passwords.items())


def test_a_password_that_a_newer_version_needs_is_added_and_the_others_stay(tmp_path):
    layout = Layout("one", tmp_path)
    old = keep_secrets(layout)
    write_object(layout.secrets_file, {name: value for name, value in old.items() if name != "redis"})
    new = keep_secrets(layout)
    assert new.pop("redis") != old.pop("redis")
    assert new == old


def test_passwords_need_no_quoting_anywhere(tmp_path):
    assert all(re.fullmatch("[0-9a-f]{64}", value) for value in keep_secrets(Layout("one", tmp_path)).values())


def test_the_env_file_is_its_owners_alone_and_reads_back(tmp_path):
    layout = Layout("one", tmp_path)
    variables = describe_environment(keep_secrets(layout), PORTS)
    write_environment(layout, variables)
    assert stat.S_IMODE(layout.env_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(layout.secrets_file.stat().st_mode) == 0o600
    assert dotenv_values(layout.env_file) == variables


def test_the_settings_understand_every_address(tmp_path):
    passwords = keep_secrets(Layout("one", tmp_path))
    variables = describe_environment(passwords, PORTS)
    postgresql = postgresql_database(variables["TRIVIUM_POSTGRESQL_URI"], pool_max_size=4)
    cassandra = cassandra_database(variables["TRIVIUM_CASSANDRA_URI"])
    assert (postgresql["HOST"], postgresql["PORT"]) == ("127.0.0.1", "1")
    assert postgresql["PASSWORD"] == passwords["postgresql"]
    assert mongodb_database(variables["TRIVIUM_MONGODB_URI"])["NAME"] == "trivium"
    assert (cassandra["PORT"], cassandra["PASSWORD"]) == (3, passwords["cassandra"])
    assert urlsplit(variables["TRIVIUM_REDIS_URI"]).password == passwords["redis"]
    assert (variables["TRIVIUM_API_PORT"], variables["TRIVIUM_LIVE_PORT"]) == ("5", "6")


def test_no_owner_password_is_among_the_variables(tmp_path):
    layout = Layout("one", tmp_path)
    passwords = keep_secrets(layout)
    text = " ".join(describe_environment(passwords, PORTS).values())
    hidden = {name for name, value in passwords.items() if value not in text}
    assert hidden == {"postgresql_owner", "mongodb_owner", "mongodb_key", "cassandra_owner", "cassandra_default"}
    assert read_object(layout.secrets_file) == passwords

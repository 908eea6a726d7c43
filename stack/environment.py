"""The stack's passwords, made once, and its env file, derived from passwords and ports. Django reads the latter."""

import secrets
from collections.abc import Mapping

from stack.layout import Layout
from stack.state import read_object, write_object, write_text

PASSWORDS = (
    "secret_key",
    "postgresql_owner",
    "postgresql",
    "mongodb_owner",
    "mongodb",
    "mongodb_key",
    "cassandra_owner",
    "cassandra",
    "cassandra_default",
    "redis",
    "demo",
    "admin",
)
USER = "trivium"
OWNER = "trivium_owner"
DATABASE = "trivium"
DEMO_USER = "demo"
ADMIN_USER = "admin"


def keep_secrets(layout: Layout) -> dict[str, str]:
    """Return every password of the stack, making those that are not there yet; letters and digits only."""
    known = {name: value for name, value in read_object(layout.secrets_file).items() if isinstance(value, str)}
    # Hexadecimal needs no quoting in URIs, CQL, SQL or Redis' configuration.
    complete = {name: known.get(name) or secrets.token_hex(32) for name in PASSWORDS}
    if complete != known:
        write_object(layout.secrets_file, complete)
    return complete


def describe_environment(passwords: Mapping[str, str], ports: Mapping[str, int]) -> dict[str, str]:
    """Derive the variables that Django's settings read."""

    def authority(server: str) -> str:
        return f"{USER}:{passwords[server]}@127.0.0.1:{ports[server]}"

    cassandra_options = "local_dc=datacenter1&replication=1&consistency=LOCAL_ONE"
    return {
        "TRIVIUM_SECRET_KEY": passwords["secret_key"],
        "TRIVIUM_POSTGRESQL_URI": f"postgresql://{authority('postgresql')}/{DATABASE}",
        "TRIVIUM_MONGODB_URI": f"mongodb://{authority('mongodb')}/{DATABASE}?replicaSet=rs0&authSource=admin",
        "TRIVIUM_CASSANDRA_URI": f"cassandra://{authority('cassandra')}/{DATABASE}?{cassandra_options}",
        "TRIVIUM_REDIS_URI": f"redis://:{passwords['redis']}@127.0.0.1:{ports['redis']}/0",
        "TRIVIUM_API_PORT": str(ports["api"]),
        "TRIVIUM_LIVE_PORT": str(ports["live"]),
        "TRIVIUM_DEMO_USER": DEMO_USER,
        "TRIVIUM_DEMO_PASSWORD": passwords["demo"],
        "TRIVIUM_ADMIN_USER": ADMIN_USER,
        "TRIVIUM_ADMIN_PASSWORD": passwords["admin"],
    }


def describe_files(layout: Layout) -> dict[str, str]:
    """Derive the variable that says where files of jobs go."""
    return {"TRIVIUM_FILES": str(layout.data("files"))}


def write_environment(layout: Layout, variables: Mapping[str, str]) -> None:
    """Write the env file (mode 600); nothing in it needs quoting."""
    write_text(layout.env_file, "".join(f"{name}={value}\n" for name, value in variables.items()))

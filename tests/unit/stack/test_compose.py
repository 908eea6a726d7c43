"""docker-compose.yml is valid, gives the API what `make up` gives it, and keeps to the same promises."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from stack.environment import PASSWORDS
from stack.layout import Layout
from stack.servers import API, Live, Relay, Site, Worker

ROOT = Path(__file__).resolve().parents[3]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
PORTS = dict.fromkeys(("postgresql", "mongodb", "cassandra", "redis", "api", "live"), 54321)


def variables_of_make_up():
    site = Site(Layout("up"), PORTS, dict.fromkeys(PASSWORDS, "x"))
    return API(site).variables()


def variables_of_settings():
    read = re.compile(r'config\(\s*"(TRIVIUM_\w+)"')
    return {name for path in (ROOT / "settings").rglob("*.py") for name in read.findall(path.read_text())}


def differences(compose_variables):
    given = {name for name, value in compose_variables.items() if value is not None}
    # The env file is how `make up` hands the same variables to commands; containers have them in their environment.
    return given ^ (set(variables_of_make_up()) - {"TRIVIUM_ENV_FILE"})


def shape(uri):
    """Leave out of an address what differs on purpose: host, port and password."""
    return re.sub(r":[^:@/]*@[^/]+/", "@/", uri)


def validate(path):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", path]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_it_is_valid():
    assert validate(ROOT / "docker-compose.yml").returncode == 0


def test_control_an_invalid_one_is_noticed(tmp_path):
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text((ROOT / "docker-compose.yml").read_text().replace("healthcheck:", "healthchek:"))
    done = validate(wrong)
    assert done.returncode == 1
    assert "healthchek" in done.stdout


def test_both_ways_give_the_api_the_same_variables():
    assert differences(SERVICES["api"]["environment"]) == set()
    assert SERVICES["migrate"]["environment"] == SERVICES["api"]["environment"]
    for name in ("live", "relay", "worker"):
        assert SERVICES[name]["environment"] == SERVICES["api"]["environment"]


def test_every_setting_can_be_set_and_has_its_default_else():
    # The image says on which address; a container has no folder for mail that stays.
    settable = variables_of_settings() - {"TRIVIUM_API_HOST", "TRIVIUM_EMAIL_FOLDER"}
    assert settable - set(SERVICES["api"]["environment"]) == set()
    handed_on = {name for name, value in SERVICES["api"]["environment"].items() if value is None}
    assert {"TRIVIUM_ALLOWED_HOSTS", "TRIVIUM_METRICS_TOKEN", "TRIVIUM_RATE_LIMIT"} <= handed_on <= settable


@pytest.mark.parametrize("kind", [Live, Relay, Worker])
def test_both_ways_start_a_process_of_ours_alike(kind):
    site = Site(Layout("up"), PORTS, dict.fromkeys(PASSWORDS, "x"))
    outside = [word for word in SERVICES[kind.name]["command"] if word not in ("--host", "0.0.0.0", "8001")]
    assert outside == ["python", *(word for word in kind(site).words if word != str(kind(site).port))]
    assert SERVICES[kind.name]["stop_grace_period"] == SERVICES["api"]["stop_grace_period"] == "40s"


def test_the_image_starts_the_api():
    words = ", ".join(f'"{word}"' for word in ["python", *API.words])
    assert f"CMD [{words}]" in (ROOT / "Dockerfile").read_text()


def test_control_a_variable_of_one_way_only_is_noticed():
    variables = dict(SERVICES["api"]["environment"])
    del variables["TRIVIUM_REDIS_URI"]
    assert differences(variables) == {"TRIVIUM_REDIS_URI"}
    assert differences({**SERVICES["api"]["environment"], "TRIVIUM_NEW": "x"}) == {"TRIVIUM_NEW"}


@pytest.mark.parametrize("store", ["POSTGRESQL", "MONGODB", "CASSANDRA", "REDIS"])
def test_both_ways_name_user_database_and_options_alike(store):
    name = f"TRIVIUM_{store}_URI"
    compose = re.sub(r"\$\{\w+:\?\}", "x", SERVICES["api"]["environment"][name])
    assert shape(compose) == shape(variables_of_make_up()[name])


def test_the_services_are_there_in_their_versions():
    images = {name: service.get("image") for name, service in SERVICES.items()}
    assert images["postgresql"] == "postgres:17"
    assert images["mongodb"] == "mongo:8"
    assert images["cassandra"] == "cassandra:5"
    assert images["redis"] == "redis:8"


@pytest.mark.parametrize("name", ["api", "live", "relay", "worker", "postgresql", "mongodb", "cassandra", "redis"])
def test_what_stays_up_has_a_health_check_and_no_root(name):
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"
    assert SERVICES[name].get("user", "image's") != "root"
    assert "user" in SERVICES[name] or "USER trivium" in (ROOT / "Dockerfile").read_text()


@pytest.mark.parametrize("name", ["postgresql", "mongodb", "cassandra", "redis"])
def test_data_lies_in_named_volumes_and_no_server_is_reachable_from_outside(name):
    named = [volume.split(":")[0] for volume in SERVICES[name]["volumes"] if not volume.startswith("./")]
    assert named
    assert set(named) <= set(COMPOSE["volumes"])
    assert "ports" not in SERVICES[name]


def test_the_api_is_reachable_on_loopback_only():
    assert all(port.startswith("127.0.0.1:") for name in ("api", "live") for port in SERVICES[name]["ports"])


def test_every_secret_is_asked_for_and_none_stands_in_a_file():
    text = (ROOT / "docker-compose.yml").read_text()
    secret = re.findall(r"\$\{(\w*(?:PASSWORD|KEY)\w*)([^}]*)\}", text)
    assert len(secret) > 10
    assert {rest for _, rest in secret} == {":?"}
    values = [line for line in text.splitlines() if re.search(r"(PASSWORD|KEY)\w*: (?!\$\{)", line)]
    assert values == []


def test_the_made_secrets_are_those_that_are_asked_for(tmp_path):
    copy = tmp_path / "secrets.sh"
    copy.write_text((ROOT / "docker" / "secrets.sh").read_text())
    for _ in range(2):
        subprocess.run(["sh", copy], check=True, capture_output=True)
    made = dict(line.split("=") for line in (tmp_path / ".env").read_text().splitlines())
    asked = set(re.findall(r"\$\{(\w+):\?\}", (ROOT / "docker-compose.yml").read_text()))
    assert set(made) == asked
    assert all(re.fullmatch("[0-9a-f]{64}", value) for value in made.values())
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600


def test_no_secret_and_no_stack_goes_into_the_image():
    ignored = (ROOT / ".dockerignore").read_text().split("\n")
    assert ".*" in ignored
    assert "**/.env*" in ignored

"""What production's settings promise: no warning of Django's deployment checks, HTTPS but for probes."""

import json
import os
import subprocess
import sys
from pathlib import Path

from stack.environment import keep_secrets
from stack.layout import Layout

ROOT = Path(__file__).resolve().parents[3]
PRODUCTION = {
    "TRIVIUM_ENV": "production",
    "TRIVIUM_SECRET_KEY": "Q7-" + "aB3$x9" * 9,
    "TRIVIUM_ALLOWED_HOSTS": "api.example.org",
}
ASK = """
import json, django
django.setup()
from django.test import Client
def headers(path, **more):
    answer = Client(raise_request_exception=False).get(path, headers={"host": "api.example.org"}, **more)
    return [answer.status_code, {name.lower(): value for name, value in answer.headers.items()}]
print(json.dumps([headers("/livez"), headers("/api/v1/users"), headers("/api/v1/users", secure=True)]))
"""


def run(*words, **variables):
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/",
        "DJANGO_SETTINGS_MODULE": "settings",
        **PRODUCTION,
        **variables,
    }
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def test_the_deployment_checks_have_nothing_to_say():
    done = run("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


def test_a_key_as_the_stack_makes_it_is_strong_enough(tmp_path):
    key = keep_secrets(Layout("one", tmp_path))["secret_key"]
    done = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", TRIVIUM_SECRET_KEY=key)
    assert done.returncode == 0, done.stderr


def test_control_a_weak_key_is_noticed():
    done = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", TRIVIUM_SECRET_KEY="short")
    assert done.returncode != 0
    assert "security.W009" in done.stderr


def test_answers_bear_the_headers_that_browsers_heed_and_probes_need_no_https():
    done = run("-c", ASK, TRIVIUM_RATE_LIMIT="off", TRIVIUM_RATE_LIMIT_ANONYMOUS="off")
    (alive, _), (redirected, to), (refused, headers) = json.loads(done.stdout or done.stderr)
    assert (alive, redirected, refused) == (200, 301, 401)
    assert to["location"] == "https://api.example.org/api/v1/users"
    assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains; preload"
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "private, no-store"

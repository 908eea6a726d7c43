"""The test suite: cheap password hashes and the tests' own applications; everything else as it runs for real."""

from typing import Any

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# The same models on two stores (tests/integration/documents): an application each, routed by the tests' own router.
INSTALLED_APPS: list[Any] = globals()["INSTALLED_APPS"] + [
    "tests.integration.documents.matrix_relational",
    "tests.integration.documents.matrix_documents",
]
DATABASE_ROUTERS: list[Any] = ["tests.routes.TestRouter", *globals()["DATABASE_ROUTERS"]]

# Kinds of jobs of the tests' own (tests/integration/jobs).
JOB_KINDS: dict[str, str] = globals()["JOB_KINDS"] | {
    name: f"tests.integration.jobs.kinds:{name}" for name in ("probe", "split", "lone", "hoard")
}

"""The test suite: cheap password hashes, static files nobody gathered, own applications; else as for real."""

from typing import Any

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Nothing is gathered before the tests: static files come from where they are installed.
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True

# The same models on two stores (tests/integration/documents): an application each, routed by the tests' own router.
INSTALLED_APPS: list[Any] = globals()["INSTALLED_APPS"] + [
    "tests.integration.documents.matrix_relational",
    "tests.integration.documents.matrix_documents",
]
DATABASE_ROUTERS: list[Any] = ["tests.routes.TestRouter", *globals()["DATABASE_ROUTERS"]]

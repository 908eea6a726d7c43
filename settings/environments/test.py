"""The test suite: cheap password hashes, static files that nobody gathered; everything else as it runs for real."""

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Nothing is gathered before the tests: static files come from where they are installed.
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True

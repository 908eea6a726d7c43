"""The test suite: cheap password hashes; everything else as it runs for real."""

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

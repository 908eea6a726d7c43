"""Passwords, keys, registration, cookies and headers."""

from decouple import config

AUTH_USER_MODEL = "relational.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# Whether anybody may register; else people are made by commands and the admin.
REGISTRATION_OPEN = config("TRIVIUM_REGISTRATION_OPEN", default=True, cast=bool)
MAX_API_KEYS = config("TRIVIUM_MAX_API_KEYS", default=20, cast=int)
SESSION_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"

"""Passwords, keys, registration, cookies, headers and who may call from a browser."""

from decouple import Csv, config

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

# Pages of these origins may call the API from a browser, with a token; nobody's cookies are sent or read.
CORS_ALLOWED_ORIGINS = config("TRIVIUM_CORS_ORIGINS", default="", cast=Csv())
CORS_ALLOW_CREDENTIALS = False
CORS_URLS_REGEX = r"^/(api/|livez|readyz)"
CORS_ALLOW_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
CORS_ALLOW_HEADERS = (
    "accept",
    "authorization",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "if-range",
    "range",
    "traceparent",
    "x-request-id",
)
CORS_EXPOSE_HEADERS = (
    "Accept-Ranges",
    "Content-Disposition",
    "Content-Range",
    "Deprecation",
    "ETag",
    "Idempotency-Replayed",
    "Link",
    "Location",
    "RateLimit",
    "RateLimit-Cost",
    "RateLimit-Policy",
    "Repr-Digest",
    "Retry-After",
    "Server-Timing",
    "Sunset",
    "X-Request-ID",
)

"""Production: HTTPS only, and a key that outlives the process."""

from decouple import config

SECRET_KEY = config("TRIVIUM_SECRET_KEY")
SECURE_SSL_REDIRECT = config("TRIVIUM_SSL_REDIRECT", default=True, cast=bool)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True

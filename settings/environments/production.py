"""Production: HTTPS only, a key that outlives the process, and limits on what a caller may ask."""

from decouple import config

from settings.casts import rate

SECRET_KEY = config("TRIVIUM_SECRET_KEY")
SECURE_SSL_REDIRECT = config("TRIVIUM_SSL_REDIRECT", default=True, cast=bool)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Probes and Prometheus come from beside the proxy, not through it.
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = config("TRIVIUM_HSTS_SUBDOMAINS", default=True, cast=bool)
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
RATE_LIMITS = {
    "default": config("TRIVIUM_RATE_LIMIT", default="600/min", cast=rate),
    "anonymous": config("TRIVIUM_RATE_LIMIT_ANONYMOUS", default="60/min", cast=rate),
    "log-in": config("TRIVIUM_RATE_LIMIT_LOG_IN", default="10/min", cast=rate),
}

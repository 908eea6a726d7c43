"""Mail: how it is sent, and the link in the one that resets a password (djoser)."""

from decouple import config

from settings.casts import link_template

EMAIL_HOST = config("TRIVIUM_EMAIL_HOST", default="")
EMAIL_PORT = config("TRIVIUM_EMAIL_PORT", default=587, cast=int)
EMAIL_HOST_USER = config("TRIVIUM_EMAIL_USER", default="")
EMAIL_HOST_PASSWORD = config("TRIVIUM_EMAIL_PASSWORD", default="")
EMAIL_USE_TLS = config("TRIVIUM_EMAIL_TLS", default=True, cast=bool)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = config("TRIVIUM_EMAIL_FROM", default="trivium@localhost")
# Without a server to send by, mail is files of a folder, or stands in the service's output.
EMAIL_FILE_PATH = config("TRIVIUM_EMAIL_FOLDER", default="") or None
EMAIL_BACKEND = "django.core.mail.backends." + (
    "smtp.EmailBackend" if EMAIL_HOST else "filebased.EmailBackend" if EMAIL_FILE_PATH else "console.EmailBackend"
)

PASSWORD_RESET_TIMEOUT = config("TRIVIUM_PASSWORD_RESET_S", default=3600, cast=int)
DJOSER = {
    "EMAIL_FRONTEND_SITE_NAME": "Trivium",
    "PASSWORD_RESET_CONFIRM_URL": config(
        "TRIVIUM_PASSWORD_RESET_LINK",
        default="http://127.0.0.1/reset-password#uid={uid}&token={token}",
        cast=link_template,
    ),
    "TOKEN_MODEL": None,
}

"""Applications, middleware, language and time: what every environment shares."""

import secrets

from decouple import Csv, config

# Without a key each process makes its own: commands work anywhere, log-ins do not outlive the process.
SECRET_KEY = config("TRIVIUM_SECRET_KEY", default="") or secrets.token_urlsafe(48)
DEBUG = False
ALLOWED_HOSTS = config("TRIVIUM_ALLOWED_HOSTS", default="127.0.0.1,localhost,[::1]", cast=Csv())

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_filters",
    "rest_framework",
    "rest_framework_api_key",
    "rest_framework_simplejwt.token_blacklist",
    "corsheaders",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "api",
    "core",
    "relational",
    "documents",
    "timeseries",
    "jobs",
    "operations",
    "imports",
    "exports",
    "query",
]

MIDDLEWARE = [
    "api.middleware.AllowedOrigins",
    "api.middleware.guard_requests",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "api.middleware.AdminPages",
]
# Around the admin's pages only: an address of the API knows no session.
ADMIN_MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
# They look for these layers in MIDDLEWARE alone; tests/api/test_admin_layers.py logs in to the admin.
SILENCED_SYSTEM_CHECKS = ["admin.E408", "admin.E409", "admin.E410", "security.W002", "security.W003"]

ROOT_URLCONF = "api.urls"
WSGI_APPLICATION = "api.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

LANGUAGE_CODE = "en"
USE_I18N = False
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
# Nothing is gathered (collectstatic): static files are served from where they are installed.
WHITENOISE_USE_FINDERS = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

"""Plain DRF: what its tutorial makes of the same tables, with Django's stock settings and simplejwt's authentication.

ModelViewSet, ModelSerializer, JSONRenderer, CursorPagination, `startproject`'s middleware, a connection per request.
Run by granian with TRIVIUM_POSTGRESQL_URI and TRIVIUM_SECRET_KEY.
"""

import os
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

address = urlsplit(os.environ["TRIVIUM_POSTGRESQL_URI"])
settings.configure(
    SECRET_KEY=os.environ["TRIVIUM_SECRET_KEY"],
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    AUTH_USER_MODEL="relational.User",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "rest_framework",
        "rest_framework_api_key",
        "relational",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": address.hostname,
            "PORT": address.port,
            "NAME": address.path.strip("/"),
            "USER": address.username,
            "PASSWORD": unquote(address.password or ""),
        }
    },
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework_simplejwt.authentication.JWTAuthentication"],
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    },
)
application = get_wsgi_application()

# Models and DRF can be imported only now that the settings are there.
from django.db import transaction  # noqa: E402
from django.db.models import QuerySet  # noqa: E402
from rest_framework import pagination, routers, serializers, viewsets  # noqa: E402

from relational.models import Entry, Transaction  # noqa: E402


class EntrySerializer(serializers.ModelSerializer[Entry]):
    number = serializers.CharField(source="account.number", read_only=True)
    currency = serializers.CharField(source="account.currency", read_only=True)

    class Meta:
        model = Entry
        fields = ("account", "number", "currency", "amount")


class TransactionSerializer(serializers.ModelSerializer[Transaction]):
    entries = EntrySerializer(many=True)

    class Meta:
        model = Transaction
        fields = ("id", "book", "booked", "description", "data_set", "details", "posted_by", "reverses", "entries")

    def create(self, validated_data: Any) -> Transaction:
        entries = validated_data.pop("entries")
        with transaction.atomic():
            created = Transaction.objects.create(**validated_data)
            for entry in entries:
                Entry.objects.create(transaction=created, **entry)
        return created


class NewestFirst(pagination.CursorPagination):
    page_size = 50
    ordering = "-id"


class TransactionViewSet(viewsets.ModelViewSet[Transaction]):
    serializer_class = TransactionSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Transaction]:
        own = Transaction.objects.filter(entries__account__owner_id=self.request.user.pk)
        return own.distinct().prefetch_related("entries__account")


router = routers.DefaultRouter()
router.register("transactions", TransactionViewSet, basename="transaction")
urlpatterns = [path("", include(router.urls))]

"""The WSGI application that granian serves. Each worker imports it after its fork and connects before it says ready."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
application = get_wsgi_application()

from api.draining import listen_for_drain  # noqa: E402 - Django must be set up before a room is imported
from api.metrics import watch_connections  # noqa: E402 - likewise
from core.deadlines import Deadline  # noqa: E402 - likewise
from operations.health import open_stores  # noqa: E402 - likewise

CONNECT_WITHIN_S = 10.0
open_stores(Deadline(CONNECT_WITHIN_S))
watch_connections()
listen_for_drain()

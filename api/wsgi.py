"""The WSGI application that granian serves. Each worker imports it after its fork and connects before it says ready."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
application = get_wsgi_application()

from api.draining import listen_for_drain  # noqa: E402 - Django must be set up before a room is imported
from api.metrics import watch_connections  # noqa: E402 - likewise
from core.deadlines import Deadline  # noqa: E402 - likewise
from operations.health import open_stores  # noqa: E402 - likewise

CONNECT_WITHIN_S = 10.0
# Garbage in cycles is looked for after so many objects more than were freed: a request leaves some dozens.
COLLECT_AFTER_OBJECTS = 50_000
open_stores(Deadline(CONNECT_WITHIN_S))
watch_connections()
listen_for_drain()
# What is loaded by now stays: the collector need not go through it again and again.
gc.collect()
gc.freeze()
gc.set_threshold(COLLECT_AFTER_OBJECTS)

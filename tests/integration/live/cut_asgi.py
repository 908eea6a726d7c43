"""The live process with streams of exports that fail or never end (`cut_streams`)."""

from settings import live

live.EXPORTS = "tests.integration.live.cut_streams"

from live.asgi import application  # noqa: E402, F401 - the settings are as they shall be only now

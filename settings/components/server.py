"""How the API is served (`api/server.py`): processes, threads, bounds of a connection, and how it ends."""

from decouple import Choices, config

from settings.casts import positive_integer, positive_seconds, whole_number

API_HOST = config("TRIVIUM_API_HOST", default="127.0.0.1")
API_PORT = config("TRIVIUM_API_PORT", default=8000, cast=whole_number(1, 65_535))
# 0: one per core, at most 8, which with 16 connections each stay within the 200 that PostgreSQL is given.
API_WORKERS = config("TRIVIUM_API_WORKERS", default=0, cast=whole_number(0, 256))
# auto: each on a CPU of its own where there are as many workers as CPUs (`api/pinning.py`).
API_PIN_WORKERS = config("TRIVIUM_API_PIN_WORKERS", default="auto", cast=Choices(["auto", "yes", "no"]))
# A thread that asks PostgreSQL holds one connection of its worker's pool: more threads would only wait for one.
API_THREADS = config("TRIVIUM_API_THREADS", default=16, cast=whole_number(1, 512))
API_BACKLOG = config("TRIVIUM_API_BACKLOG", default=1024, cast=whole_number(128, 65_535))
API_MAX_HEADER_BYTES = config("TRIVIUM_API_MAX_HEADER_BYTES", default=32_768, cast=whole_number(8192, 1_048_576))
API_IDLE_S = config("TRIVIUM_API_IDLE_S", default=30, cast=whole_number(1, 60))
API_WORKER_LIFETIME_S = config("TRIVIUM_API_WORKER_LIFETIME_S", default=0, cast=whole_number(0, 604_800))
API_WORKER_MAX_MIB = config("TRIVIUM_API_WORKER_MAX_MIB", default=0, cast=whole_number(0, 1_048_576))
API_DRAIN_S = config("TRIVIUM_API_DRAIN_S", default=2.0, cast=positive_seconds)
API_STOP_WITHIN_S = config("TRIVIUM_API_STOP_WITHIN_S", default=30, cast=whole_number(1, 1800))

# Appending events: a client that sends nothing for so long is let go; so long may one body take in all.
INGEST_IDLE_S = config("TRIVIUM_INGEST_IDLE_S", default=30.0, cast=positive_seconds)
INGEST_TOTAL_S = config("TRIVIUM_INGEST_TOTAL_S", default=3600.0, cast=positive_seconds)
# What a worker holds of bodies that are being appended, half of it one principal's; who finds no room waits so long.
INGEST_IN_FLIGHT_BYTES = config("TRIVIUM_INGEST_IN_FLIGHT_BYTES", default=33_554_432, cast=positive_integer)
INGEST_WAIT_S = config("TRIVIUM_INGEST_WAIT_S", default=5.0, cast=positive_seconds)

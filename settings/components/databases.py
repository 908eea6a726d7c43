"""The three stores, each by its URI. Which application lives where stands in `routers.py`."""

from decouple import config

from settings.uris import cassandra_database, mongodb_database, postgresql_database

DATABASES = {
    "default": postgresql_database(
        config("TRIVIUM_POSTGRESQL_URI", default="postgresql://127.0.0.1:5432/trivium"),
        pool_max_size=config("TRIVIUM_POSTGRESQL_POOL_MAX_SIZE", default=16, cast=int),
    ),
    "documents": mongodb_database(config("TRIVIUM_MONGODB_URI", default="mongodb://127.0.0.1:27017/trivium")),
    "timeseries": cassandra_database(
        config("TRIVIUM_CASSANDRA_URI", default="cassandra://127.0.0.1:9042/trivium"),
    ),
}
DATABASE_ROUTERS = ["routers.StoreRouter"]
REDIS_URI = config("TRIVIUM_REDIS_URI", default="redis://127.0.0.1:6379/0")

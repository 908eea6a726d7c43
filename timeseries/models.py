"""cqlengine models of the small tables, for the admin. Tables are made by migrations; hot paths use `session`."""

from cassandra.cqlengine import columns

from timeseries.mapper import TableModel, beside_migrations


@beside_migrations
class StreamRecord(TableModel):
    """A stream with its first settings, as stored."""

    __table_name__ = "streams"

    directory = columns.TinyInt(partition_key=True, default=0)
    name = columns.Text(primary_key=True)
    owner = columns.UUID()
    readers = columns.Set(columns.UUID)
    writers = columns.Set(columns.UUID)
    actor_may_read = columns.Boolean()
    created = columns.DateTime()
    retention = columns.Text()
    peak_rate = columns.Double()
    width = columns.Integer()
    shards = columns.SmallInt()

    class Meta:
        """What the engine needs of a model with two key columns."""

        get_pk_field = "name"
        verbose_name = "stream"
        verbose_name_plural = "streams"

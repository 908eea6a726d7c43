"""A stream to export while processes are killed; the stream is that of tests/integration/exports."""

from tests.integration.exports.conftest import make_events  # noqa: F401 - its fixture, and those that it needs
from tests.integration.timeseries.conftest import keyspace, make_stream, owner  # noqa: F401 - likewise
from tests.object_stores import s3  # noqa: F401 - likewise

"""A stream to export while processes are killed; the stream is that of tests/integration/exports."""

from tests.integration.exports.conftest import keyspace, make_events, make_stream, owner  # noqa: F401 - its fixtures
from tests.object_stores import s3  # noqa: F401 - likewise

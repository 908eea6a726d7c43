"""How much others read of events, by Cassandra's own count: what a scan yields to. Called by `throttle`.

Each node counts the reads that it coordinates, by table (`system_views`, from Cassandra 4.0 on). Whole ranges are
counted apart; a scan's pages of single partitions are among the reads.
"""

from cassandra import DriverException
from cassandra.cluster import NoHostAvailable
from cassandra.query import SimpleStatement

from core.errors import StoreError
from timeseries.cluster import ROWS
from timeseries.session import driver_session, keyspace

COUNT_READS = "SELECT table_name, count FROM system_views.coordinator_read_latency WHERE keyspace_name = %s"
COUNT_TIMEOUT_S = 1.0


def event_reads() -> int | None:
    """Return how many reads of events all nodes have counted since they started; None where a node does not say."""
    statement = SimpleStatement(COUNT_READS)
    try:
        session = driver_session()
        rows = [
            row
            for host in session.cluster.metadata.all_hosts()
            if host.is_up
            for row in session.execute(
                statement, (keyspace(),), host=host, execution_profile=ROWS, timeout=COUNT_TIMEOUT_S
            )
        ]
    except (DriverException, NoHostAvailable, StoreError):
        return None
    counts: list[int] = [count for table, count in rows if table.startswith("events_by_")]
    return sum(counts)

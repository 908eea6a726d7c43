"""The real servers (PostgreSQL, MongoDB, Cassandra, Redis) and our processes as child processes on this machine."""

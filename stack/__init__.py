"""The real servers (PostgreSQL, MongoDB, Cassandra, Redis) and the API as child processes on this machine."""

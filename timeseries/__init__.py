"""Cassandra: sessions, event tables, partition arithmetic, reading and writing events."""

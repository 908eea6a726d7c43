"""The same models and operations on PostgreSQL and on MongoDB, to be compared."""

"""A Django database backend over django-cassandra-engine 1.11: connects at first use, survives forks, migrates.

Django's ORM is refused on it: tables are made by migrations with CQL (`timeseries.operations`), rows are read and
written by this room's selectors and services, and by cqlengine models in the admin.
"""

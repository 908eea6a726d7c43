"""Whose rows are written beside events: the writers, in the order in which they are asked. Read by `writing`."""

from timeseries.services.accounting import NewFields
from timeseries.services.beside import Writer
from timeseries.services.lookup_rows import LookupWriter
from timeseries.services.touching import TouchWriter

WRITERS: tuple[Writer, ...] = (TouchWriter(), LookupWriter(), NewFields())

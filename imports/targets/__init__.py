"""Targets: what a record becomes in which store, and how a batch of them is stored. One module per kind of record."""

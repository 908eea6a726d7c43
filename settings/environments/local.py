"""One machine, loopback only: what `make up` runs."""

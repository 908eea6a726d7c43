"""Loaders of files into the three stores: readers, mapping, identity, rejects; the commands `load` and `load_demo`."""

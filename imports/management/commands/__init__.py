"""The commands `load` and `load_demo`."""

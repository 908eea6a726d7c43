"""The command `size`."""

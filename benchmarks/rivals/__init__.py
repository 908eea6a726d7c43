"""Servers that ours is measured against; each does the same work on the same tables."""

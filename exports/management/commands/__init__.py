"""The command `export_events`."""

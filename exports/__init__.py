"""Exports of events: what is asked, parts with digests, a manifest, resume and verify; the command `export_events`."""

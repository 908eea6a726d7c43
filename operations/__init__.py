"""Migrations across the three stores, and their health."""

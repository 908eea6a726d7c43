"""Rivals of the claim `events`, each a program of its own, as somebody would write it without this project."""

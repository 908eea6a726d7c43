"""Journeys of consumers against a server process of its own, on the test databases, over HTTP."""

"""Examples take as long as a busy machine makes them: none has a deadline."""

from hypothesis import settings

settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

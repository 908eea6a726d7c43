"""The operations that MongoDB refuses, pinned: one that is answered now, or refused anew, fails the matrix."""

REFUSED_READS: frozenset[str] = frozenset()
REFUSED_WRITES: frozenset[str] = frozenset()

"""The matrix's models, in their tables of one store."""

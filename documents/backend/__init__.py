"""A Django database backend over djongo's, for catalogues, admin and migrations: exact where it answers, else refused.

djongo 1.3.7 writes SQL text and guesses MongoDB's language from it. Here a query never becomes text: the compiler
walks Django's own tree by an allow-list of node types and writes the pipeline from it; what is not on the list
raises NotSupportedError before anything runs. Why and what: docs/decisions/0001-djongo-adapter.md. Named as ENGINE in
DATABASES.
"""

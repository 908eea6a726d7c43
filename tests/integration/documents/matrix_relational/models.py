"""The matrix's models of one store."""

from tests.integration.documents.matrix.columns import MakerColumns, TagColumns, ThingColumns


class Maker(MakerColumns):
    pass


class Tag(TagColumns):
    pass


class Thing(ThingColumns):
    pass

"""What may stand in a path: ids in either case."""

from django.urls.converters import UUIDConverter


class AnyCaseUUIDConverter(UUIDConverter):
    """A UUID in its usual form, capital letters allowed (RFC 9562, 4); anything else is no route, hence a 404."""

    regex = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"

"""Addresses on the web, checked as pydantic's own `HttpUrl` checks them.

That one brings along how to read e-mails and what packages are installed: 2 to 3 MB that
nobody here has a use for.
"""

from typing import Annotated

from pydantic_core import CoreSchema, SchemaValidator, Url, core_schema

_SCHEMA = core_schema.url_schema(max_length=2083, allowed_schemes=["http", "https"])
_VALIDATOR = SchemaValidator(_SCHEMA)


class _Http:
    @staticmethod
    def __get_pydantic_core_schema__(source: object, handler: object) -> CoreSchema:
        return _SCHEMA


HttpUrl = Annotated[Url, _Http]
"""The type of a field of a model: http or https, 2,083 characters at the most."""


def http_url(text: str) -> Url:
    """The address; raises pydantic's `ValidationError` where it is none."""
    url: Url = _VALIDATOR.validate_python(text)
    return url

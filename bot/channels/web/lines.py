"""What the store keeps of one line on a page."""

from pydantic import BaseModel, ConfigDict, ValidationError

from handlers.message import Outgoing


class ShownFile(BaseModel):
    """A file beside a line; its bytes lie in the cupboard under `id`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    name: str
    mime: str
    size: int = 0


class Stored(BaseModel):
    """A line as JSON: what we said (`outgoing`), or what the person did.

    `edited` is kept apart from the store's own time of change, because a
    reaction changes a line and is no edit. A line that was deleted stays as
    `gone`, without its words: a page that was asleep learns of it that way.
    """

    # Else pydantic keeps the latest 16,000 short strings that it read: what people wrote.
    model_config = ConfigDict(frozen=True, extra="ignore", cache_strings="keys")

    outgoing: Outgoing | None = None
    text: str = ""
    refused: tuple[str, ...] = ()  # our sentences about files that we did not take
    files: tuple[ShownFile, ...] = ()
    quote: str = ""  # the id of the line that this one answers
    reaction: str = ""
    edited: bool = False
    gone: bool = False

    def json_text(self) -> str:
        return self.model_dump_json(exclude_defaults=True)


def read(payload: str) -> Stored:
    """A line from the store; one that a later version wrote is shown as gone."""
    try:
        return Stored.model_validate_json(payload)
    except ValidationError:
        return Stored(gone=True)

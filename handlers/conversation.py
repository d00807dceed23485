"""What a dialogue remembers between two messages of one person.

Kept with the person as JSON and dropped when they have been silent for a while:
it is a memory for minutes, not a record.
"""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict

# Lines that follow a hand-over on offer so closely belong to it. People on phones
# take up to a minute for the next line; after that it is rather a new thought.
BURST = timedelta(seconds=60)
# A line that was answered is over, unless the next one was typed before anybody
# can have read the answer.
UNREAD = timedelta(seconds=15)
DRAFT_LINES = 30  # what one thought may grow to before it is clearly something else
# Whoever says "das" so long after an answer means something else by it.
TOPIC = timedelta(minutes=30)

Item = tuple[str, str]  # kind and id of something that we know


class Line(BaseModel):
    """Something the person wrote that may become part of a request."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    at: datetime
    text: str = ""
    files: tuple[str, ...] = ()  # ids of our files
    message: str = ""  # the network's id, so that later edits and quotations find it
    album: str = ""


class Conversation(BaseModel):
    """`expects` is the question we asked last and that a yes, a no or a text answers."""

    # Else pydantic keeps the latest 16,000 short strings that it read: what people wrote.
    model_config = ConfigDict(frozen=True, extra="ignore", cache_strings="keys")

    expects: Literal[
        "",
        "handover",
        "concern",
        "close",
        "join",
        "event",
        "rating",
        "work",
        "finder",
        "intro",
        "report",
        "profile",
    ] = ""
    draft: tuple[Line, ...] = ()
    feedback: str = ""  # the entry that "Hat das geholfen?" was asked about
    shown: tuple[Item, ...] = ()  # what we answered with last
    shown_at: datetime | None = None
    asked: str = ""  # the question behind it
    request: int = 0  # the request that the last question was about
    welcomed: datetime | None = None
    rated: datetime | None = None  # when we asked for words to a rating
    pressed: datetime | None = None  # when somebody at work said that they would write now
    album: str = ""  # whose first part they wrote
    expert: str = ""  # whom they would like to ask; goes with "concern"
    acknowledged: datetime | None = None  # when we last said that a line was passed on
    profile: datetime | None = None  # when we put a question of the profile
    peer: str = ""  # the suggestion or introduction that "intro" or "report" is about
    sentence: str = ""  # what they would say to them
    lines: tuple[int, ...] = ()  # words of the other that they would report
    protected: int = 0  # the introduction whose protected conversation they are in
    told: datetime | None = None  # when we last said that messages go there

    def noting(self, line: Line) -> "Conversation":
        """With one more line; lines of an earlier thought are let go.

        While a hand-over is on offer the whole draft stays, because it is what
        the offer is about.
        """
        keep = self.draft
        if not self.expects and keep and line.at - keep[-1].at > UNREAD:
            keep = ()
        return self.model_copy(update={"draft": (*keep, line)[-DRAFT_LINES:]})

    def topic(self, now: datetime) -> tuple[Item, ...]:
        """What was shown last, while it is what the conversation is about."""
        if self.shown_at is None or now - self.shown_at > TOPIC:
            return ()
        return self.shown

    def but(self, **changes: object) -> "Conversation":
        return self.model_copy(update=changes)

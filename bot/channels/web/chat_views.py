"""The lines of a chat as its page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bot.channels.web import markup
from bot.channels.web.lines import Stored, read
from handlers.message import Button, InlineFile
from storage import ids, web


@dataclass(frozen=True, slots=True)
class View:
    """A line as the page shows it."""

    id: int
    ours: bool
    stored: Stored
    html: Markup
    at: str
    quoted: str = ""

    @property
    def buttons(self) -> Sequence[Button]:
        return self.stored.outgoing.buttons if self.stored.outgoing else ()

    @property
    def inline(self) -> Sequence[InlineFile]:
        return self.stored.outgoing.inline if self.stored.outgoing else ()


def as_shown(lines: Sequence[web.Line]) -> list[View]:
    stored = {line.id: read(line.payload) for line in lines}
    shown = []
    for line in lines:
        what = stored[line.id]
        ours = line.ours or bool(what.refused)
        if what.outgoing is not None:
            text = markup.html(what.outgoing.text)
        else:
            text = markup.words("\n".join(what.refused) or what.text)
        number = ids.number(what.quote)
        quoted = stored.get(number) if number is not None else None
        shown.append(View(line.id, ours, what, text, line.at, _excerpt(quoted)))
    return shown


def _excerpt(quoted: Stored | None) -> str:
    if quoted is None or quoted.gone:
        return ""
    said = quoted.outgoing.text.characters if quoted.outgoing else quoted.text
    words = " ".join(said.split())
    return words if len(words) <= 80 else words[:80] + "…"

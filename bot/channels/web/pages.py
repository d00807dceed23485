"""What all pages share: the parts they are made of, and how they look."""

import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, StreamingResponse

from bot import clock as chance
from bot.channels.base import Receive
from bot.channels.web import markup, security
from bot.channels.web.hub import Hub
from bot.clock import Clock
from bot.cupboard import Cupboard
from handlers.conversation import Item
from handlers.message import FileKind
from handlers.network import sharing
from handlers.turn import House
from knowledge.search import Knowledge
from storage.database import Database
from storage.groups import Group

HERE = Path(__file__).parent

# How long a page waits for the answer before it is shown without. Turns take
# milliseconds; this is for a busy house.
PATIENCE = 2.5
# Several lines of one answer are written one after the other. So often it is looked
# whether all of them are there; what is new is told at once.
TOGETHER = 0.15

TEXT_LENGTH = 4000  # what fits a message of Telegram, with room for our own words
FILES = 10  # at once
FIELDS = 20

REFUSALS = {
    "too_big": "ist zu groß. Wir nehmen Dateien bis 20 MB an.",
    "type": "ist von einer Art, die wir nicht annehmen. Es gehen Bilder, PDF, "
    "Office-Dokumente, Texte, Ton und Video.",
    "empty": "ist leer. Bitte wählen Sie sie noch einmal aus.",
    "picture": "lässt sich nicht als Bild lesen oder enthält den Ort der Aufnahme. "
    "Bitte senden Sie das Bild als JPEG oder PNG.",
    "quota": "passt heute nicht mehr: Wir nehmen je Person und Tag bis zu 50 MB an.",
}


@dataclass(slots=True)
class Site:
    """Everything that pages need, handed over once."""

    database: Database
    hub: Hub
    cupboard: Cupboard
    house: Callable[[], House]
    knowledge: Callable[[], Knowledge]
    receive: Receive
    clock: Clock
    secure: bool
    trusted_proxy: bool
    writes: Callable[[int], None] = lambda request_id: None  # an answer is being written to it
    token: Callable[[], str] = chance.token
    secret: Callable[[], str] = chance.secret
    rates: security.Rates = field(init=False)
    nonces: security.Nonces = field(init=False)
    _templates: Environment = field(init=False)
    _versions: dict[str, str] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.rates = security.Rates(self.clock)
        self.nonces = security.Nonces(self.token)
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals["static"] = self._static
        self._templates.filters.update(
            words=markup.words,
            visible=markup.visible,
            name=markup.name,
            size=markup.size,
            file_name=markup.file_name,
        )

    def _static(self, name: str) -> str:
        """The address of a file of ours; it changes with the file."""
        if name not in self._versions:
            content = (HERE / "static" / name).read_bytes()
            self._versions[name] = hashlib.sha256(content).hexdigest()[:12]
        return f"/static/{name}?v={self._versions[name]}"

    def render(self, template: str, **values: object) -> str:
        now = self.clock.now()
        return self._templates.get_template(template).render(
            house=self.house(),
            when=lambda at: markup.clock(at, now),
            since=lambda at: markup.since(at, now),
            **values,
        )

    def page(self, template: str, status: int = 200, **values: object) -> HTMLResponse:
        return HTMLResponse(self.render(template, **values), status)

    def message(
        self, title: str, text: str, status: int, *, back: str = "/", kept: str = ""
    ) -> HTMLResponse:
        """A page that only says something. `kept` is what somebody typed and must not lose."""
        return self.page(
            "message.html", status, title=title, text=text, back=back, kept=kept, framed=False
        )

    def address(self, request: Request) -> str:
        return security.address(request, trusted_proxy=self.trusted_proxy)


def to_pass_on(site: Site, item: Item, group: Group | None = None) -> Mapping[str, Any]:
    """What `passing_on.html` needs: its address, a text, a mail, and where its code lies.

    We know entries, formats and events; a group is handed over.
    """
    kind, id = item
    house, knowledge = site.house(), site.knowledge()
    if group is not None:
        title, share = sharing.group_to_share(knowledge, house, group)
    else:
        title, share = knowledge.title(id), sharing.to_share(knowledge, house, item)
    return {
        "url": sharing.link(house, kind, id),
        "share": str(share),
        "mail": sharing.mail(title, share),
        "code": f"/qr/{sharing.PAGES[kind]}/{id}",
        "telegram": sharing.deep_link(house.telegram, kind, id) if house.telegram else "",
    }


@asynccontextmanager
async def read_form(request: Request) -> AsyncIterator[FormData]:
    """What a form holds, within limits; its files are gone afterwards."""
    limits = {"max_files": FILES, "max_fields": FIELDS, "max_part_size": TEXT_LENGTH * 100}
    async with request.form(**limits) as form:
        yield form


def typed(form: FormData, name: str) -> str:
    """A field as its writer meant it: one kind of line break, no NUL, no space around."""
    return str(form.get(name) or "").replace("\0", "").replace("\r\n", "\n").strip()


def kind_of(mime: str) -> FileKind:
    if mime in markup.PICTURES:
        return FileKind.PHOTO
    kinds: Mapping[str, FileKind] = {"audio": FileKind.AUDIO, "video": FileKind.VIDEO}
    return kinds.get(mime.partition("/")[0], FileKind.DOCUMENT)


def event(data: str, *, name: str = "", event_id: str = "") -> bytes:
    """One event of a stream, as browsers read it."""
    head = f"id: {event_id}\n" if event_id else ""
    head += f"event: {name}\n" if name else ""
    lines = data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return (head + "".join(f"data: {line}\n" for line in lines) + "\n").encode()


# What a browser ignores; it keeps proxies from thinking that nobody is there,
# and shows us that nobody is.
PULSE = b": ...\n\n"
PULSE_SECONDS = 20.0
FIRST = b"retry: 2000\n\n"  # milliseconds until a browser comes back


class Stream(StreamingResponse):
    """Events for an open page."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncIterator[bytes]) -> None:
        # Some proxies collect a response before they pass it on, unless told not to.
        super().__init__(events, headers={"X-Accel-Buffering": "no"})

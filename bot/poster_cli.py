"""`hotline poster`: what the sheet is about, and where its codes lead."""

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from bot.app import STORE, TELEGRAM_NAME
from bot.house import house_of
from bot.operations import opened, write_whole
from bot.poster import Code, Sheet, page
from bot.settings import Settings
from handlers import wording
from handlers.desk import learning
from handlers.network import sharing
from handlers.programme import keeping
from knowledge.load import load, shipped
from knowledge.models import Entry, Event
from storage import groups, house
from storage.database import Tx

KINDS = {"chat": "", "entry": "faq", "format": "format", "event": "event", "group": "group"}


class PosterError(Exception):
    """There is no such sheet; the message says in German what to do."""


@dataclass(frozen=True, slots=True)
class Poster:
    """The page, and what its maker should know before hanging it up."""

    html: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Stored:
    """What only the store knows."""

    telegram: str = ""
    entry: Entry | None = None
    event: Event | None = None
    group: str | None = None  # its title


async def make(settings: Settings, about: str, town: str = "") -> Poster:
    """The sheet for `chat`, `entry ID`, `format ID`, `event ID` or `group SLUG`.

    Raises PosterError, ContentError and StoreError.
    """
    name, _, id = " ".join(about.replace(":", " ", 1).split()).partition(" ")
    if name not in KINDS or bool(id) is not bool(KINDS[name]):
        raise PosterError(
            f"„{about}“ kenne ich nicht. Möglich sind: chat, „entry KENNUNG“, „format KENNUNG“, "
            "„event KENNUNG“ und „group KÜRZEL“."
        )
    kind = KINDS[name]
    library = load(settings.content or shipped())
    stored = await _look_up(settings, kind, id)
    say = library.texts.say
    heading, facts, sentence = "", tuple[str, ...](), say["poster_chat"]
    if kind == "faq":
        entry = stored.entry or library.entries.get(id)
        heading, sentence = entry.title if entry else "", say["poster_entry"]
    elif kind == "format":
        form = library.formats.get(id)
        heading, sentence = form.name if form else "", say["poster_format"]
        facts = (form.summary,) if form else ()
    elif kind == "event":
        event = stored.event or library.events.get(id)
        heading, sentence = event.title if event else "", say["poster_event"]
        if event:
            facts = tuple(filter(None, (wording.when(event), wording.where(event))))
    elif kind == "group":
        heading, sentence = stored.group or "", say["poster_group"]
    if kind and not heading:
        raise PosterError(f"„{id}“ gibt es nicht. Bitte die Kennung prüfen.")
    codes = [
        Code(say["poster_web"], sharing.link(house_of(settings, settings.public_url), kind, id))
    ]
    if stored.telegram:
        address = sharing.deep_link(stored.telegram, kind, id)
        codes.append(Code(say["poster_telegram"], address))
    sheet = Sheet(
        town=town or settings.name,
        sentence=sentence,
        codes=codes,
        heading=heading,
        facts=facts,
        footer=settings.contact,
    )
    return Poster(page(sheet), tuple(_warnings(settings, stored)))


def write(path: Path, poster: Poster) -> None:
    """Raises PosterError."""
    if path.suffix.lower() not in (".html", ".htm"):
        raise PosterError(
            f"{path.name}: Der Aushang ist eine HTML-Datei, bitte einen Namen mit „.html“ "
            "angeben. Ein PDF macht daraus jeder Browser: öffnen, drucken, „Als PDF speichern“."
        )
    try:
        write_whole(path, poster.html.encode())
    except OSError as error:
        raise PosterError(f"{path} ließ sich nicht schreiben ({error.strerror}).") from error


async def _look_up(settings: Settings, kind: str, id: str) -> _Stored:
    """Without a store nothing is known that is not in the content."""
    if not (settings.data / STORE).exists():
        return _Stored()
    token = bool(settings.telegram_token.get_secret_value())

    async def unit(tx: Tx) -> _Stored:
        group = await groups.called(tx, id) if kind == "group" else None
        return _Stored(
            telegram=(await house.fact(tx, TELEGRAM_NAME) or "") if token else "",
            entry=(await learning.taught(tx)).entries.get(id) if kind == "faq" else None,
            event=(await keeping.published(tx)).get(id) if kind == "event" else None,
            group=group.title if group is not None and group.public else None,
        )

    async with opened(settings) as database:
        return await database.read(unit)


def _warnings(settings: Settings, stored: _Stored) -> list[str]:
    found = []
    if _is_here(settings.public_url):
        found.append(
            f"Achtung: {settings.public_url} führt nur auf diesem Rechner hierher. Bitte zuerst "
            "HOTLINE_PUBLIC_URL setzen."
        )
    if settings.telegram_token.get_secret_value() and not stored.telegram:
        found.append(
            "Der Code für Telegram fehlt noch: Wie der Bot dort heißt, weiß die Hotline erst "
            "nach ihrem ersten Start."
        )
    return found


def _is_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

"""Passing on: an address for everything that can be shown, and a text to hand it on with.

A link into a messenger carries what it leads to in 64 characters of `[A-Za-z0-9_-]`, which is
all that Telegram lets `/start` have.
"""

import re
from urllib.parse import quote, urlencode

from handlers import wording
from handlers.conversation import Item
from handlers.message import Button
from handlers.text import Text
from handlers.turn import House, Turn
from knowledge.search import Knowledge
from storage import groups
from storage.groups import Group

PAYLOAD = 64  # characters

# What something is called in an address, and behind `/start`.
PAGES = {"faq": "eintrag", "format": "format", "event": "events", "group": "gruppen"}
CODES = {"faq": "faq", "format": "format", "event": "event", "group": "gruppe"}

_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")


def link(house: House, kind: str, id: str = "") -> str:
    """The page of something in the web; without a kind that of the chat."""
    return f"{house.public_url}/{PAGES[kind]}/{id}" if kind in PAGES else f"{house.public_url}/"


def deep_link(username: str, kind: str, id: str = "") -> str:
    """The address that opens our chat in Telegram with something; the chat alone if its id is
    too long or has other letters."""
    code = f"{CODES[kind]}_{id}" if kind in CODES else ""
    start = f"?start={code}" if _PAYLOAD.fullmatch(code) else ""
    return f"https://t.me/{username}{start}"


def meant(payload: str) -> Item | None:
    """What a link leads to, by kind and id; None for what never was one of ours."""
    code, _, id = payload.partition("_")
    kind = next((kind for kind, known in CODES.items() if known == code), None)
    if kind is None or not id or not _PAYLOAD.fullmatch(payload):
        return None
    return kind, id


# -- what people do with it ------------------------------------------------------------------


def button(turn: Turn, kind: str, id: str) -> Button:
    """Below whatever can be passed on."""
    return Button(label=turn.label("button_share"), action=f"share:{CODES[kind]}:{id}")


async def pressed(turn: Turn, value: str) -> bool:
    """`share:faq:…`, `share:gruppe:…` and the like; old buttons name an event alone."""
    code, colon, id = value.partition(":")
    kind, id = (_kind(code), id) if colon else ("event", value)
    if kind == "group":
        return await _group_passed_on(turn, id)
    if not wording.is_known(turn.knowledge, (kind, id)):
        return False
    text = to_share(turn.knowledge, turn.house, (kind, id))
    _hand_out(turn, text, link(turn.house, kind, id), turn.knowledge.title(id))
    return True


async def _group_passed_on(turn: Turn, slug: str) -> bool:
    group = await groups.called(turn.tx, slug)
    if group is None or not group.public:
        return False
    title, text = group_to_share(turn.knowledge, turn.house, group)
    _hand_out(turn, text, link(turn.house, "group", slug), title)
    return True


def group_to_share(knowledge: Knowledge, house: House, group: Group) -> tuple[str, Text]:
    """The name of a group in one line, and a message that says what it is about."""
    say, url = knowledge.library.texts.say, link(house, "group", group.slug)
    title = " ".join(group.title.split()) or group.slug
    told = [part for part in (first_words(group.about), group.region) if part]
    about = "\n".join(told) or say["share_group_alone"]
    return title, Text.written(say["share_group"], title=title, about=about, url=url)


async def of_this(turn: Turn, rest: str = "") -> None:
    """`/weitersagen`: what we talk about; without a topic the hotline itself."""
    shown = [
        item for item in turn.conversation.topic(turn.now) if wording.is_known(turn.knowledge, item)
    ]
    if shown:
        kind, id = shown[-1]
        await pressed(turn, f"{CODES[kind]}:{id}")
        return
    url = link(turn.house, "")
    text = turn.words("share_hotline", name=turn.house.name, url=url)
    _hand_out(turn, text, url, turn.house.name)


def to_share(knowledge: Knowledge, house: House, item: Item) -> Text:
    """A message that says what it is and where more stands, to somebody who never met us."""
    kind, id = item
    say, url = knowledge.library.texts.say, link(house, kind, id)
    if kind == "event":
        event = knowledge.library.events[id]
        called_off = f"{say['event_cancelled_mark']}: " if event.cancelled else ""
        where = wording.where(event)
        return Text.written(
            say["event_to_share" if where else "event_to_share_no_place"],
            title=f"{called_off}{event.title}",
            when=wording.when(event),
            where=where,
            url=url,
        )
    title, about = summary(knowledge, item)
    return Text.written(say["share_this"], title=title, about=about, url=url)


def summary(knowledge: Knowledge, item: Item) -> tuple[str, str]:
    """The title of an entry or a format, and what it says in one sentence."""
    kind, id = item
    if kind == "format":
        form = knowledge.library.formats[id]
        return form.name, form.summary
    entry = knowledge.library.entries[id]
    return entry.title, first_words(entry.answer)


def first_words(text: str) -> str:
    """The first sentences of a text, as many as can be taken in at a glance."""
    flat = " ".join(text.split())
    if len(flat) <= GLANCE:
        return flat
    whole = flat[: flat.rfind(". ", 0, GLANCE) + 1]
    return whole or f"{flat[: flat.rfind(' ', 0, GLANCE)]} …"


GLANCE = 200  # characters


def _hand_out(turn: Turn, text: Text, url: str, title: str) -> None:
    """Two messages, so that the second can be forwarded as it is."""
    turn.say("event_share")
    match turn.incoming.channel:
        case "telegram":
            query = urlencode({"url": url, "text": _without(str(text), url)})
            address = f"https://t.me/share/url?{query}"
            turn.reply(text, Button(label=turn.label("button_share_telegram"), url=address))
        case "web":
            turn.reply(text, Button(label=turn.label("button_share_mail"), url=mail(title, text)))
        case _:
            turn.reply(text)


def mail(title: str, text: Text | str) -> str:
    """An address that opens a new mail with the text."""
    return f"mailto:?{urlencode({'subject': title, 'body': str(text)}, quote_via=quote)}"


def _without(words: str, url: str) -> str:
    """The text where the address stands beside it already."""
    lines = [line for line in words.splitlines() if url not in line]
    return "\n".join(lines).strip()


def _kind(code: str) -> str:
    return next((kind for kind, known in CODES.items() if known == code), "")

"""What we hold of one person: finding it, handing it out, erasing it.

`INVENTORY` is the one list of places where something refers to a person. What
is handed out and what is erased both follow it.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from storage import due, ids, requests, waiting
from storage.database import Row, Tx
from storage.moments import stamp
from storage.requests import Copy, Request

_REQUESTS = "SELECT id FROM requests WHERE person_id = ?"
_MESSAGES = f"SELECT id FROM request_messages WHERE request_id IN ({_REQUESTS})"  # noqa: S608
_WEB_CHATS = "SELECT chat FROM addresses WHERE person_id = ? AND channel = 'web'"


def _address(match: str) -> str:
    """A condition: the row belongs to one of the person's addresses `a`."""
    return f"EXISTS (SELECT 1 FROM addresses AS a WHERE a.person_id = ? AND {match})"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Place:
    """A table, what its rows are called when they are handed out, and whose they are.

    Every `?` in `whose` stands for the person's id.
    """

    title: str
    whose: str


# Ordered so that a place can be emptied while those it depends on still stand.
INVENTORY = {
    "outbox": Place(
        "Was wir Ihnen geschrieben haben oder noch senden",
        _address("(a.channel, a.bot, a.chat) = (outbox.channel, outbox.bot, outbox.chat)"),
    ),
    "inbox": Place(
        "Was von Ihnen ankam",
        _address("a.channel || ':' || a.bot || ':' || a.chat = inbox.queue"),
    ),
    "pauses": Place(
        "Wartezeiten, die ein Netz verlangt hat",
        _address(
            "(a.channel, a.bot) = (pauses.channel, pauses.bot) AND pauses.scope = 'chat:' || a.chat"
        ),
    ),
    "transcript": Place("Gespräch im Web-Chat", f"chat IN ({_WEB_CHATS})"),
    "web_sessions": Place("Geöffnete Web-Chats", f"chat IN ({_WEB_CHATS})"),
    "return_codes": Place("Rückkehr-Codes", f"chat IN ({_WEB_CHATS})"),
    "expert_wishes": Place("Wen Sie fragen wollten", f"request_id IN ({_REQUESTS})"),
    "handed": Place("Fachleute, die Ihre Anfrage sehen", f"request_id IN ({_REQUESTS})"),
    "postponed": Place("Antworten, die noch gesendet werden", f"message_id IN ({_MESSAGES})"),
    "copies": Place("Wo Ihre Nachrichten zu sehen sind", f"message_id IN ({_MESSAGES})"),
    "entry_drafts": Place("Entwürfe für die FAQ", f"request_id IN ({_REQUESTS})"),
    "files": Place("Dateien", f"person_id = ? OR message_id IN ({_MESSAGES})"),
    "request_messages": Place("Nachrichten zu Anfragen", f"request_id IN ({_REQUESTS})"),
    "requests": Place("Anfragen", "person_id = ?"),
    "announcement_recipients": Place("Ankündigungen an Sie", "person_id = ?"),
    "subscriptions": Place("Ihre Abos", "person_id = ?"),
    "wishes": Place("Wie oft und wann Sie Ankündigungen möchten", "person_id = ?"),
    "marks": Place("Gemerkte Veranstaltungen", "person_id = ?"),
    "protected_lines": Place("Was Sie in geschützten Gesprächen schrieben", "author_id = ?"),
    "reports": Place("Meldungen aus geschützten Gesprächen", "reporter_id = ? OR reported_id = ?"),
    "introductions": Place("Vermittlungen", "asker_id = ? OR asked_id = ?"),
    "peer_blocks": Place("Wem Sie nicht mehr vorgeschlagen werden", "person_id = ?"),
    "exposures": Place("Wie oft Ihr Profil vorgeschlagen wurde", "person_id = ?"),
    "suggestions": Place("Wie viele Menschen wir Ihnen vorschlugen", "asker_id = ?"),
    "network_blocks": Place("Eine Sperre im Messenger-Netzwerk", "person_id = ?"),
    "group_joins": Place("Ihr Weg in Themengruppen", "person_id = ?"),
    "interests": Place("Formate, bei denen Sie dabei wären", "person_id = ?"),
    "profiles": Place("Ihr Profil im Messenger-Netzwerk", "person_id = ?"),
    "consents": Place("Ihre Einwilligungen", "person_id = ?"),
    "blocks": Place("Eine Sperre durch die Koordination", "person_id = ?"),
    "addresses": Place("Adressen", "person_id = ?"),
    "people": Place("Person", "id = ?"),
}

UNSENT = "postponed"  # the place of answers that wait for their time
# What colleagues are still thinking over, which is nothing to hand out.
UNFINISHED = (UNSENT, "entry_drafts")

# The rest, and why it says nothing about anybody who asks.
IMPERSONAL = {
    "threads": "topics of the coordinators' group; they bear the number of a request",
    "subjects": "messages of ours at the desk, and the number of the request or draft",
    "due": "numbers of requests and people, ids of events",
    "announcements": "what coordinators told many; whom is in announcement_recipients",
    "announcement_files": "pictures and documents for many",
    "groups": "groups of a network that want announcements; never who is in them",
    "events": "the programme, which is public or will be",
    "event_versions": "the programme as it was",
    "compositions": "events that coordinators are writing",
    "entry_questions": "entries that coordinators are writing",
    "audit": "what coordinators did, by the numbers of requests",
    "desk_entries": "questions and answers for everybody, without personal data",
    "phrasings": "ways to ask for everybody, without personal data",
    "canned": "answers for everybody",
    "coordinators": "those who answer",
    "coordinator_accounts": "those who answer",
    "invitations": "those who answer",
    "desk_sessions": "those who answer",
    "alarms": "numbers of requests and rows",
    "experts": "those who answer; shown only if they agreed",
    "tallies": "counts what happened, never to whom",
    "facts": "the house",
    "erasures": "a hash of an address, so that a restored backup forgets it again",
}


@dataclass(frozen=True, slots=True)
class Erased:
    """What is left to do elsewhere after the store has forgotten somebody."""

    files: tuple[str, ...]  # ids whose bytes must go
    chats: tuple[str, ...]  # channel:bot:chat, as they were
    copies: tuple[Copy, ...]  # where words of theirs still stand in a network
    requests: tuple[Request, ...]  # those that were not closed: withdrawn


@dataclass(frozen=True, slots=True, order=True)
class Erasure:
    """Somebody at this address was erased at this time (a stamp)."""

    address_hash: str
    at: str


async def find(tx: Tx, key: str) -> int | None:
    """The person behind the number of a request (K-1042, 1042) or an address
    (telegram:20001)."""
    channel, colon, rest = key.strip().partition(":")
    if colon:
        found = await tx.value(
            """SELECT person_id FROM addresses
               WHERE channel = ? AND (chat = ? OR bot || ':' || chat = ?) ORDER BY id""",
            channel.lower(),
            rest,
            rest,
        )
        return None if found is None else int(found)
    number = ids.number(channel.upper().removeprefix("K").removeprefix("-"))
    request = await requests.get(tx, number) if number is not None else None
    return request.person_id if request else None


# -- handing out ----------------------------------------------------------------


async def export(tx: Tx, person_id: int) -> dict[str, list[dict[str, Any]]]:
    """Everything we hold of a person, by the titles of the inventory.

    Those who answer appear by their role, secrets not at all, nor answers that are still
    being thought over: those are the person's once they are sent.
    """
    own = set(await _chats(tx, person_id))
    unsent = {int(row["message_id"]) for row in await rows(tx, UNSENT, person_id)}
    handed_out: dict[str, list[dict[str, Any]]] = {}
    for table, place in reversed(INVENTORY.items()):
        if table not in UNFINISHED:
            found = await rows(tx, table, person_id)
            theirs = [row for row in found if _is_theirs(table, row, unsent)]
            handed_out[place.title] = [
                _intelligible(table, row, own) | _own_words(table, row, person_id) for row in theirs
            ]
    return handed_out


async def rows(tx: Tx, table: str, person_id: int) -> Sequence[Row]:
    """A person's rows in one table of the inventory."""
    whose = INVENTORY[table].whose
    values = [person_id] * whose.count("?")
    return await tx.all(f"SELECT * FROM {table} WHERE {whose}", *values)  # noqa: S608


def _is_theirs(table: str, row: Row, unsent: set[int]) -> bool:
    match table:
        case "request_messages":
            return row["id"] not in unsent
        case "copies" | "files":
            return row["message_id"] not in unsent
        case "outbox":
            # What an expert is told of a request are words of somebody else.
            return not json.loads(row["payload"] or "{}").get("to", {}).get("thread")
        case _:
            return True


def _own_words(table: str, row: Row, person_id: int) -> dict[str, Any]:
    """What two people share a row about, and only one of them wrote."""
    match table:
        case "introductions" if row["asker_id"] == person_id and row["words"]:
            return {"Ihr Satz": row["words"]}
        case "reports" if row["reporter_id"] == person_id:
            return {"Ihr Grund": row["reason"]}
        case "reports":
            return {"Ihre Worte": json.loads(row["words"])}
        case _:
            return {}


def _intelligible(table: str, row: Row, own: set[str]) -> dict[str, Any]:
    """A row in words that its owner understands. What is empty is left out."""
    if table == "copies":
        here = f"{row['channel']}:{row['bot']}:{row['chat']}"
        place = "Ihr Chat" if here in own else "Koordination"
        return {"Nachricht": row["message_id"], "Weg": row["channel"], "Ort": place}
    shown: dict[str, Any] = {}
    for column, value in dict(row).items():
        word = _WORDS.get((table, column)) or _WORDS.get(("", column))
        if word is not None and value not in (None, ""):
            shown[word] = _READABLE.get(column, lambda value: value)(value)
    return shown


# What a column is called; those without a name here stay in the house: secrets,
# ids of colleagues, and the counters of our machinery.
_WORDS = {
    ("", "channel"): "Weg",
    ("", "bot"): "Bot",
    ("", "chat"): "Chat",
    ("", "created_at"): "angelegt",
    ("", "seen_at"): "zuletzt gesehen",
    ("", "received_at"): "angekommen",
    ("", "finished_at"): "erledigt",
    ("", "state"): "Stand",
    ("", "payload"): "Inhalt",
    ("", "at"): "Zeit",
    ("", "edited_at"): "geändert",
    ("", "deleted_at"): "gelöscht",
    ("", "request_id"): "Anfrage",
    ("people", "id"): "Nummer",
    ("people", "notice"): "Fassung des gezeigten Datenschutz-Hinweises",
    ("people", "noticed_at"): "Datenschutz-Hinweis gezeigt",
    ("people", "conversation"): "Gedächtnis des Gesprächs",
    ("people", "plain"): "Einfache Sprache gewählt",
    ("marks", "event_id"): "Veranstaltung",
    ("subscriptions", "kind"): "Art",
    ("subscriptions", "value"): "abonniert",
    ("wishes", "rhythm"): "Rhythmus",
    ("wishes", "quiet_from"): "nichts ab Minute des Tages",
    ("wishes", "quiet_until"): "nichts bis Minute des Tages",
    ("addresses", "blocked_at"): "nicht mehr erreichbar seit",
    ("requests", "id"): "Anfrage",
    ("requests", "topic"): "Thema",
    ("requests", "region"): "Bundesland",
    ("requests", "urgent"): "dringend",
    ("requests", "updated_at"): "zuletzt bearbeitet",
    ("requests", "promised_at"): "Antwort zugesagt bis",
    ("requests", "answered_at"): "beantwortet",
    ("requests", "closed_at"): "abgeschlossen",
    ("requests", "wiped_at"): "Texte gelöscht",
    ("requests", "closed_reason"): "Grund des Abschlusses",
    ("requests", "asked_back_at"): "Rückfrage gestellt",
    ("requests", "warned_at"): "Abschluss angekündigt",
    ("requests", "rating"): "Ihre Bewertung",
    ("requests", "rating_words"): "Ihre Worte dazu",
    ("profiles", "town"): "Ort",
    ("profiles", "region"): "Bundesland",
    ("profiles", "size"): "Größe des Ortes",
    ("profiles", "function"): "Aufgabe",
    ("profiles", "seeks"): "ich suche",
    ("profiles", "offers"): "ich biete",
    ("profiles", "ways"): "Wege zu Ihnen",
    ("profiles", "name"): "Name",
    ("profiles", "contact"): "Kontakt",
    ("profiles", "visible"): "wer was sieht",
    ("profiles", "typed"): "angefangener Ort",
    ("profiles", "updated_at"): "zuletzt bearbeitet",
    ("profiles", "confirmed_at"): "zuletzt bestätigt",
    ("consents", "purpose"): "wofür",
    ("consents", "version"): "Fassung",
    ("consents", "given_at"): "eingewilligt",
    ("consents", "withdrawn_at"): "widerrufen",
    ("introductions", "answered_at"): "beantwortet",
    ("introductions", "ended_at"): "beendet",
    ("introductions", "id"): "Vermittlung",
    ("introductions", "later_at"): "später, bis",
    ("protected_lines", "introduction_id"): "Vermittlung",
    ("protected_lines", "text"): "Text",
    ("reports", "handled_at"): "entschieden",
    ("network_blocks", "until"): "gesperrt bis",
    ("exposures", "day"): "Tag",
    ("exposures", "number"): "wie oft",
    ("expert_wishes", "slug"): "Fachperson",
    ("group_joins", "group_id"): "Gruppe",
    ("group_joins", "link"): "Ihr Einladungslink",
    ("group_joins", "expires_at"): "gültig bis",
    ("group_joins", "requested_at"): "Beitritt angefragt",
    ("interests", "format_id"): "Format",
    ("interests", "region"): "Bundesland",
    ("interests", "told_at"): "benachrichtigt",
    ("blocks", "until"): "gesperrt bis",
    ("blocks", "reason"): "Grund",
    ("request_messages", "id"): "Nachricht",
    ("request_messages", "author"): "von",
    ("request_messages", "text"): "Text",
    ("request_messages", "album"): "Album",
    ("files", "id"): "Datei",
    ("files", "message_id"): "Nachricht",
    ("files", "kind"): "Art",
    ("files", "name"): "Name",
    ("files", "mime"): "Typ",
    ("files", "size"): "Größe in Byte",
    ("inbox", "update_id"): "Schlüssel des Netzes",
    ("inbox", "queue"): "Chat",
    ("outbox", "reason"): "Grund",
    ("pauses", "until"): "bis",
}

_AUTHORS = {"person": "Sie", "coordinator": "Koordination", "note": "interne Notiz"}
_STATES = {
    "waiting": "wartet",
    "done": "erledigt",
    "dead": "nicht verarbeitet",
    "ready": "wartet",
    "sending": "wird gesendet",
    "sent": "gesendet",
    "undeliverable": "nicht zustellbar",
    "held": "ungewiss, ob angekommen",
    "expired": "verfallen",
    "open": "offen",
    "claimed": "in Bearbeitung",
    "answered": "beantwortet",
    "closed": "abgeschlossen",
    "remote": "noch beim Netz",
    "stored": "gespeichert",
    "refused": "nicht angenommen",
    "draft": "Entwurf",
    "live": "sichtbar",
    "paused": "pausiert",
    "asleep": "ruht",
    "asked": "gefragt",
    "agreed": "zugestimmt",
    "declined": "abgelehnt",
    "withdrawn": "zurückgezogen",
    "ended": "beendet",
    "shown": "Regeln gezeigt",
    "invited": "eingeladen",
    "joined": "beigetreten",
}
_PURPOSES = {"directory": "Karte zeigen", "contact": "Kontakt geben"}
_WHO_SEES = {"card": "auf der Karte", "agreed": "erst wenn beide zustimmen", "never": "niemand"}


def _seen_by(chosen: str) -> dict[str, str]:
    return {_WORDS["profiles", field]: _WHO_SEES[who] for field, who in json.loads(chosen).items()}


_READABLE: dict[str, Callable[[Any], Any]] = {
    "author": _AUTHORS.__getitem__,
    "conversation": json.loads,
    "payload": json.loads,
    "plain": bool,
    "request_id": lambda number: f"K-{number}",
    "purpose": _PURPOSES.__getitem__,
    "seeks": json.loads,
    "offers": json.loads,
    "ways": json.loads,
    "visible": _seen_by,
    "state": _STATES.__getitem__,
    "urgent": bool,
}


# -- erasing ----------------------------------------------------------------------


async def erase(tx: Tx, person_id: int, now: datetime, *, open_page: str = "") -> Erased:
    """Forget a person. What they asked for is withdrawn, what was counted stays counted.

    `open_page` is the web chat in which the person asks for this: whoever has it
    open may still read there that it is done. Its page is empty by then.
    """
    for chat in await _chats(tx, person_id):
        await _note(tx, Erasure(address_hash(chat), stamp(now)))
    return await _erase(tx, person_id, now, open_page)


async def _erase(tx: Tx, person_id: int, now: datetime, open_page: str = "") -> Erased:
    chats = await _chats(tx, person_id)
    files = await _files(tx, person_id)
    copies = [
        Copy(row["channel"], row["bot"], row["chat"], row["message"])
        for row in await rows(tx, "copies", person_id)
    ]
    own = [int(row["id"]) for row in await rows(tx, "requests", person_id)]
    for request_id in own:  # entries that were being made of their words
        copies += [
            Copy(row["channel"], row["bot"], row["chat"], row["message"])
            for row in await tx.all(
                "SELECT * FROM subjects WHERE subject LIKE ?", f"request:{request_id}:%"
            )
        ]
    messages = [int(row["id"]) for row in await rows(tx, "request_messages", person_id)]
    doors = {str(row["id"]) for row in await rows(tx, "group_joins", person_id)}
    await _unsay(tx, {f"request:{request_id}" for request_id in own}, set(messages), doors)
    await _unhear(tx, person_id, now)
    await _take_back(tx, person_id)
    await tx.many("DELETE FROM files WHERE id = ?", [(file_id,) for file_id in files])
    withdrawn = await _withdraw(tx, own, now)
    for kind in _YEARLY:
        await due.cancel(tx, kind, str(person_id))
    for table, place in INVENTORY.items():
        if table not in ("inbox", "requests"):
            whose = place.whose
            values: list[object] = [person_id] * whose.count("?")
            if table == "web_sessions":
                whose += " AND chat <> ?"
                values.append(open_page)
            await tx.run(f"DELETE FROM {table} WHERE {whose}", *values)  # noqa: S608
    return Erased(files, chats, tuple(copies), withdrawn)


async def _chats(tx: Tx, person_id: int) -> tuple[str, ...]:
    found = await rows(tx, "addresses", person_id)
    return tuple(f"{row['channel']}:{row['bot']}:{row['chat']}" for row in found)


async def _files(tx: Tx, person_id: int) -> tuple[str, ...]:
    """All their files, also those that only a page or a memory knows of: a first
    message can bring a file before there is a person."""
    found = {str(row["id"]) for row in await rows(tx, "files", person_id)}
    named: list[str] = []
    for table, column in (
        ("transcript", "payload"),
        ("inbox", "payload"),
        ("people", "conversation"),
    ):
        for row in await rows(tx, table, person_id):
            named += _file_ids(json.loads(row[column] or "{}"))
    for file_id in named:
        if await tx.value("SELECT 1 FROM files WHERE id = ?", file_id):
            found.add(file_id)
    return tuple(sorted(found))


def _file_ids(value: object) -> Iterator[str]:
    """The ids under `files`, wherever that stands: as they are, or as `id` or `stored`."""
    if isinstance(value, list):
        for item in value:
            yield from _file_ids(item)
    elif isinstance(value, dict):
        for file in value.get("files", ()):
            given = file if isinstance(file, str) else file.get("id") or file.get("stored")
            if given:
                yield given
        for inner in value.values():
            yield from _file_ids(inner)


async def _unsay(tx: Tx, threads: set[str], messages: set[int], doors: set[str]) -> None:
    """What the coordinators' group was told about these requests, or still would be; and what
    a network was asked, to let them into groups."""
    gone = []
    for row in await tx.all("SELECT id, payload FROM outbox WHERE payload IS NOT NULL"):
        outgoing = json.loads(row["payload"])
        if (
            outgoing["to"].get("thread") in threads
            or outgoing.get("copy_of") in messages
            or outgoing.get("tells", "").partition(":")[2] in doors
        ):
            gone.append((row["id"],))
    await tx.many("DELETE FROM outbox WHERE id = ?", gone)
    await tx.many("DELETE FROM transcript WHERE outbox_id = ?", gone)


async def _take_back(tx: Tx, person_id: int) -> None:
    """What others were shown of this person in the network: cards, and lines of protected
    conversations. Such a message has buttons that name the suggestion or the introduction."""
    tokens = await tx.all("SELECT token FROM suggestions WHERE other_id = ?", person_id)
    shared = await tx.all(
        "SELECT id FROM introductions WHERE asker_id = ? OR asked_id = ?", person_id, person_id
    )
    about = {row["token"] for row in tokens} | {str(row["id"]) for row in shared}
    if not about:
        return
    for table in ("transcript", "outbox"):
        shown = await tx.all(
            f"""SELECT id, payload FROM {table} WHERE payload LIKE '%"peer:%'
                  OR payload LIKE '%"intro:%' OR payload LIKE '%"prot:%'"""  # noqa: S608
        )
        gone = [(row["id"],) for row in shown if not about.isdisjoint(_named(row["payload"]))]
        await tx.many(f"DELETE FROM {table} WHERE id = ?", gone)  # noqa: S608


def _named(payload: str) -> set[str]:
    """The suggestions and introductions that the buttons of a message name."""
    said = json.loads(payload)
    said = said.get("outgoing") or said
    actions = [button.get("action", "").split(":") for button in said.get("buttons", ())]
    return {action[-1] for action in actions if action[0] in ("peer", "intro", "prot")}


async def _unhear(tx: Tx, person_id: int, now: datetime) -> None:
    """What came in is wiped. A network may deliver it once more, so its key stays,
    without the chat; the keys of the web chat name the chat, and nobody repeats them."""
    whose = INVENTORY["inbox"].whose
    await tx.run(f"DELETE FROM inbox WHERE channel = 'web' AND {whose}", person_id)  # noqa: S608
    await tx.run(
        f"""UPDATE inbox SET queue = '', payload = NULL, finished_at = COALESCE(finished_at, ?),
              state = CASE state WHEN 'waiting' THEN 'done' ELSE state END
            WHERE {whose}""",  # noqa: S608
        stamp(now),
        person_id,
    )


# Kinds of due rows that are about somebody's request.
_PROMISES = (*waiting.KINDS, "expert-silent")


# Kinds of due rows that are about somebody's profile.
_YEARLY = ("profile-confirm", "profile-sleep", "profile-draft")


async def _withdraw(tx: Tx, own: Iterable[int], now: datetime) -> tuple[Request, ...]:
    """Their requests belong to nobody and say nothing; those that were not closed are
    returned as they are now."""
    withdrawn = []
    at = stamp(now)
    for request_id in own:
        before = await requests.get(tx, request_id)
        await tx.run(
            """UPDATE requests SET person_id = NULL, bot = '', chat = '', topic = '', region = '',
                 state = 'closed', closed_at = COALESCE(closed_at, ?), updated_at = ?,
                 promised_at = NULL, closed_reason = '', rating_words = NULL, wiped_at = ?
               WHERE id = ?""",
            at,
            at,
            at,
            request_id,
        )
        await tx.run("DELETE FROM request_messages WHERE request_id = ?", request_id)
        await tx.run("DELETE FROM expert_wishes WHERE request_id = ?", request_id)
        await tx.run("DELETE FROM entry_drafts WHERE request_id = ?", request_id)
        for kind in _PROMISES:
            await due.cancel(tx, kind, str(request_id))
        after = await requests.get(tx, request_id)
        if before and after and before.state != "closed":
            withdrawn.append(after)
    return tuple(withdrawn)


# -- erasing again, after a backup brought somebody back --------------------------------


def address_hash(address: str) -> str:
    """How an address (channel:bot:chat) stands in the journal."""
    return sha256(address.encode()).hexdigest()


async def journal(tx: Tx) -> set[Erasure]:
    """All erasures that the store remembers."""
    noted = await tx.all("SELECT address_hash, at FROM erasures")
    return {Erasure(row["address_hash"], row["at"]) for row in noted}


async def erase_again(tx: Tx, erasures: Iterable[Erasure], now: datetime) -> list[Erased]:
    """Remember these erasures, and forget everybody who should be forgotten by them.

    Whoever came back after an erasure is another person and stays.
    """
    latest: dict[str, str] = {}
    for erasure in sorted(erasures):
        latest[erasure.address_hash] = erasure.at
        await _note(tx, erasure)
    if not latest:
        return []
    everybody = await tx.all(
        """SELECT channel, bot, chat, person_id, created_at
           FROM addresses JOIN people ON people.id = addresses.person_id"""
    )
    meant = {
        int(row["person_id"])
        for row in everybody
        if row["created_at"]
        < latest.get(address_hash(f"{row['channel']}:{row['bot']}:{row['chat']}"), "")
    }
    return [await _erase(tx, person_id, now) for person_id in sorted(meant)]


async def forget_erasures(tx: Tx, before: datetime) -> None:
    """No backup is old enough to bring these people back."""
    await tx.run("DELETE FROM erasures WHERE at < ?", stamp(before))


async def _note(tx: Tx, erasure: Erasure) -> None:
    await tx.run(
        """INSERT INTO erasures (address_hash, at) VALUES (?, ?)
           ON CONFLICT (address_hash, at) DO NOTHING""",
        erasure.address_hash,
        erasure.at,
    )

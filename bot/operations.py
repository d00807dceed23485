"""What operators do with a store beside its backups: hand out and erase, count."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot import erasures
from bot.app import FILES, STORE
from bot.clock import Clock, token
from bot.cupboard import Cupboard
from bot.house import house_of
from bot.settings import Settings
from bot.worker import promise
from handlers import rights as people_rights
from handlers.message import Incoming, Kind
from handlers.turn import Turn
from knowledge.load import load, shipped
from knowledge.search import Knowledge
from storage import files, house, outbox, requests, rights
from storage.database import Database, StoreError, Tx

MONTH = timedelta(days=30)
FEW = 5  # fewer than so many could be told apart


class NobodyFound(Exception):
    """Nobody can be found under this number or address; the message says so in German."""


# -- one person -------------------------------------------------------------------


async def export(settings: Settings, key: str) -> dict[str, Any]:
    """Everything we hold of the person behind a number or an address."""

    async def unit(tx: Tx) -> dict[str, Any]:
        return await rights.export(tx, await _person(tx, key))

    async with opened(settings) as database:
        return await database.read(unit)


async def erase(settings: Settings, key: str, clock: Clock) -> rights.Erased:
    """Erase a person, as if they had asked for it in their chat.

    Also while a hotline works on the folder: it is one transaction of the
    store, and what is to be said to the desk waits there like everything else.
    """
    now = clock.now()
    knowledge = Knowledge(load(settings.content or shipped()))

    async def unit(tx: Tx) -> rights.Erased:
        turn = Turn(
            tx=tx,
            incoming=Incoming(
                channel="clock",
                bot="",
                update_id="erase",
                kind=Kind.CLOCK,
                chat="erase",
                sender="",
                private=False,
                at=now,
            ),
            now=now,
            house=house_of(settings, settings.public_url),
            knowledge=knowledge,
            token=token,
        )
        erased = await people_rights.erase(turn, await _person(tx, key))
        for outgoing, at in turn.said:
            await promise(tx, outgoing, now, at)
        return erased

    async with opened(settings) as database:
        erased = await database.write(unit)
        cupboard = Cupboard(settings.data / FILES)
        await erasures.finish_files(database, cupboard, settings.data, [erased])
    return erased


async def _person(tx: Tx, key: str) -> int:
    person_id = await rights.find(tx, key)
    if person_id is None:
        raise NobodyFound(
            f"Unter „{key}“ ist niemand bekannt. Möglich sind die Nummer einer Anfrage (K-1042) "
            "oder Weg und Chat (telegram:20001)."
        )
    return person_id


# -- what commands share -----------------------------------------------------------


def write_whole(path: Path, body: bytes) -> None:
    """The old file or the whole new one, at any moment. Raises OSError, and leaves nothing else."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(body)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """The store, also while a hotline works on it; raises `StoreError` if there is none."""
    if not (settings.data / STORE).exists():
        raise StoreError(
            f"In {settings.data} liegt noch kein Speicher. Bitte die Hotline einmal starten."
        )
    database = await Database.open(settings.data / STORE)
    try:
        yield database
    finally:
        await database.close()


# -- counting ---------------------------------------------------------------------


async def stats(settings: Settings, clock: Clock) -> list[tuple[str, str]]:
    """Figures with their names. What concerns only a few people is not told exactly."""
    since = (clock.now() - MONTH).date()

    async def unit(tx: Tx) -> list[tuple[str, str]]:
        lines = [("Menschen", str(await tx.value("SELECT COUNT(*) FROM people")))]
        in_state = await requests.counts(tx)
        lines += [
            (f"Anfragen, {name}", str(in_state.get(state, 0))) for state, name in _REQUESTS.items()
        ]
        counted: dict[str, int] = {}
        for what, _, number in await house.tallies(tx, since):
            counted[what] = counted.get(what, 0) + number
        lines += [
            (f"{name} (30 Tage)", _coarse(counted.get(what, 0))) for what, name in _TALLIES.items()
        ]
        sent = await outbox.census(tx)
        lines += [
            (f"Nachrichten, {name}", str(sent.get(state, 0))) for state, name in _OUTBOX.items()
        ]
        lines.append(("Dateien", str(len(await files.ids(tx)))))
        lines.append(("Meldungen an die Koordination", str(len(await house.alarms(tx)))))
        return lines

    async with opened(settings) as database:
        return await database.read(unit)


def _coarse(number: int) -> str:
    return f"<{FEW}" if 0 < number < FEW else str(number)


_REQUESTS = {
    "open": "offen",
    "claimed": "in Bearbeitung",
    "answered": "beantwortet",
    "closed": "abgeschlossen",
}
_TALLIES = {
    "answer": "Antworten",
    "suggest": "Vorschläge",
    "chosen": "Auswahl aus Vorschlägen",
    "handover": "Angebote zur Weitergabe",
    "helped": "„Hat geholfen“",
    "not_helped": "„Hat nicht geholfen“",
    "data_shown": "Auskünfte",
    "erased": "Löschungen",
}
_OUTBOX = {
    "ready": "wartend",
    "sending": "unterwegs",
    "sent": "gesendet",
    "held": "ungewiss",
    "undeliverable": "nicht zustellbar",
    "expired": "verfallen",
}

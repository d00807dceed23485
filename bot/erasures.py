"""Those who were erased stay erased: a journal beside the store.

A restored backup brings people back who had asked to be forgotten. So every
erasure is kept a second time, outside of what a restore replaces, and carried
out again before anything is sent. The journal holds hashes and times.
"""

import asyncio
import json
import os
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from bot.cupboard import Cupboard
from handlers.rights import BACKUP_DAYS
from storage import files, rights
from storage.database import Database, Tx
from storage.moments import moment, stamp
from storage.rights import Erased, Erasure

log = structlog.get_logger()

JOURNAL = "erasures.jsonl"
KEPT = timedelta(days=BACKUP_DAYS + 7)
TRIES, PAUSE = 20, 0.25  # readers are quick; one that is not may be a backup


class Journal:
    """One line an erasure. A line that a crash tore is skipped: the store has it, too."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / JOURNAL

    def read(self) -> set[Erasure]:
        found: set[Erasure] = set()
        if not self._path.exists():
            return found
        for line in self._path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                entry = json.loads(line)
                found.add(Erasure(entry["address"], stamp(moment(entry["at"]))))
            except (ValueError, TypeError, KeyError):
                continue
        return found

    def add(self, erasures: Iterable[Erasure]) -> None:
        """Write down those that are missing; they are on the disk when this returns."""
        missing = sorted(set(erasures) - self.read())
        if missing:
            # The line before may be torn; an empty one does no harm.
            _write(self._path, os.O_APPEND, "\n" + _lines(missing))

    def forget(self, before: datetime) -> None:
        """Drop what is too old for any backup."""
        known = self.read()
        kept = {erasure for erasure in known if moment(erasure.at) >= before}
        if kept != known:
            part = self._path.with_name(f"{JOURNAL}.part")
            _write(part, os.O_TRUNC, _lines(sorted(kept)))
            part.replace(self._path)
            settle_names(self._path.parent)


def _write(path: Path, how: int, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | how, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    settle_names(path.parent)


def _lines(erasures: Iterable[Erasure]) -> str:
    return "".join(json.dumps({"address": e.address_hash, "at": e.at}) + "\n" for e in erasures)


def settle_names(folder: Path) -> None:
    """The names in a folder are on the disk when this returns."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


async def repeat(
    database: Database, cupboard: Cupboard, folder: Path, now: datetime
) -> list[Erased]:
    """Bring store and journal to the same state and forget again who should be forgotten.

    Call it before anything is sent.
    """
    journal = Journal(folder)
    noted = journal.read()
    before = now - KEPT

    async def unit(tx: Tx) -> list[Erased]:
        return await rights.erase_again(tx, noted | await rights.journal(tx), now)

    erased = await database.write(unit)
    await finish_files(database, cupboard, folder, erased)
    await database.write(lambda tx: rights.forget_erasures(tx, before))
    journal.forget(before)
    return erased


async def finish(database: Database, folder: Path) -> None:
    """After an erasure was committed: note it outside of the store, and let nothing of
    it stay behind in the store's files."""
    Journal(folder).add(await database.read(rights.journal))
    for _ in range(TRIES):
        if await database.checkpoint():
            return
        await asyncio.sleep(PAUSE)
    log.warning("erasure.checkpoint_busy")  # the words go with the store's next checkpoint


async def finish_files(
    database: Database, cupboard: Cupboard, folder: Path, erased: Iterable[Erased]
) -> None:
    """`finish`, and the bytes of their files go, too."""
    await finish(database, folder)
    known = await database.read(files.ids)
    cupboard.remove({file_id for one in erased for file_id in one.files} - known)

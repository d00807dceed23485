"""Backups of a store: made while it runs, and brought back when it does not.

A backup is one tar file that holds `hotline.sqlite3` and the people's files
under `files/`. It is readable by its owner only, and it holds people's words:
where it lies it must be protected like the store, and after thirty days it
must be destroyed (see `bot.erasures`).
"""

import contextlib
import os
import re
import shutil
import sqlite3
import tarfile
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot import erasures
from bot.app import FILES, STORE
from bot.clock import Clock
from bot.cupboard import Cupboard
from bot.settings import Settings
from handlers.rights import BACKUP_DAYS
from storage import house, rights
from storage.database import Database, StoreError, Tx, lock
from storage.moments import stamp

_MEMBER = re.compile(rf"{re.escape(STORE)}|{FILES}/[A-Za-z0-9_-]{{8,64}}")
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What a backup holds."""

    files: int
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did."""

    taken_at: datetime  # when the backup was made
    files: int
    unsent: int  # messages that were waiting then and will not be sent
    erased: int  # people who had been erased since, and are again
    warnings: tuple[str, ...] = ()  # in German, for whoever did it


# -- backing up -----------------------------------------------------------------


def backup(folder: Path, target: Path) -> BackedUp:
    """Write a backup; also while a hotline works on the folder.

    `target` is the old backup or the whole new one, at any moment. What a
    killed backup left beside it is removed by the next one to the same name.
    """
    store = folder / STORE
    if not store.exists():
        raise StoreError(f"In {folder} liegt noch kein Speicher. Es gibt nichts zu sichern.")
    copy = target.with_name(f".{target.name}.sqlite3.part")
    part = target.with_name(f".{target.name}.part")
    try:
        _begin(copy)
        _begin(part)
        names = _copy_store(store, copy)
        kept = _pack(part, copy, [folder / FILES / name for name in names])
        part.replace(target)
        erasures.settle_names(target.parent)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(
            f"Die Sicherung {target} ließ sich nicht schreiben ({error}). "
            "Bitte Ort, Rechte und freien Platz prüfen."
        ) from error
    finally:
        for leftover in (copy, part):
            leftover.unlink(missing_ok=True)
    return BackedUp(kept, target.stat().st_size)


def _begin(path: Path) -> None:
    """An empty file that only we can read, whatever stood there before."""
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _copy_store(store: Path, copy: Path) -> list[str]:
    """Copy the store as it is at one moment; the names of the files that it knows.

    `VACUUM INTO` leaves out what was deleted and does not stop those who write.
    """
    with closing(sqlite3.connect(f"{store.resolve().as_uri()}?mode=rw", uri=True)) as raw:
        raw.execute("PRAGMA busy_timeout=5000")
        raw.execute("VACUUM INTO ?", (str(copy),))
    with closing(sqlite3.connect(copy)) as raw:
        _examine(raw, copy)
        return [str(row[0]) for row in raw.execute("SELECT id FROM files ORDER BY id")]


def _examine(raw: sqlite3.Connection, path: Path) -> None:
    found = raw.execute("PRAGMA integrity_check").fetchone()[0]
    if found != "ok":
        raise StoreError(f"{path.name} ist beschädigt: {found}")


def _pack(part: Path, copy: Path, paths: list[Path]) -> int:
    kept = 0
    with part.open("wb") as out:
        with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
            _pack_file(tar, copy, STORE)
            for path in paths:
                # Refused, not fetched yet, or erased a moment ago: then there are no bytes.
                with contextlib.suppress(FileNotFoundError):
                    _pack_file(tar, path, f"{FILES}/{path.name}")
                    kept += 1
        out.flush()
        os.fsync(out.fileno())
    return kept


def _pack_file(tar: tarfile.TarFile, path: Path, name: str) -> None:
    with path.open("rb") as file:
        member = tar.gettarinfo(arcname=name, fileobj=file)
        member.mode, member.uid, member.gid, member.uname, member.gname = 0o600, 0, 0, "", ""
        tar.addfile(member, file)


# -- bringing back ----------------------------------------------------------------


async def restore(settings: Settings, source: Path, clock: Clock, *, replace: bool) -> Restored:
    """Put a backup in the place of the store. Raises `StoreError` and changes nothing
    when a hotline works on the folder, when there is a store that must not be
    replaced, or when the backup is not sound.

    What was waiting to be sent when the backup was made is old by now, and was
    most likely sent: it never will be. Whoever was erased since is erased again.
    """
    folder = settings.data
    guard = lock(folder)
    room = folder / ".restore.part"
    try:
        if (folder / STORE).exists() and not replace:
            raise StoreError(
                f"In {folder} liegt schon ein Speicher. Mit --replace wird er ersetzt; "
                "was nur in ihm steht, ist dann verloren."
            )
        shutil.rmtree(room, ignore_errors=True)
        room.mkdir(mode=0o700)
        (room / FILES).mkdir(mode=0o700)
        taken_at = _unpack(source, room)
        _save_journal(folder)
        warnings = _warnings(folder, clock.now() - taken_at)
        unsent, erased = await _prepare(room, folder, clock.now(), taken_at)
        kept = _put_in_place(room, folder)
        return Restored(taken_at, kept, unsent, erased, warnings)
    except (OSError, sqlite3.Error, tarfile.TarError) as error:
        raise StoreError(f"{source} ließ sich nicht zurückspielen ({error}).") from error
    finally:
        shutil.rmtree(room, ignore_errors=True)
        guard.release()


def _unpack(source: Path, room: Path) -> datetime:
    """Unpack what a backup of ours may hold, and nothing else; when it was made."""
    foreign = StoreError(f"{source} ist keine Sicherung der Hotline.")
    taken_at: datetime | None = None
    try:
        with tarfile.open(source, mode="r:") as tar:
            for member in tar:
                content = tar.extractfile(member) if member.isreg() else None
                if content is None or not _MEMBER.fullmatch(member.name):
                    raise foreign
                with content, _new(room / member.name) as file:
                    shutil.copyfileobj(content, file, CHUNK)
                    file.flush()
                    os.fsync(file.fileno())
                if member.name == STORE:
                    taken_at = datetime.fromtimestamp(member.mtime, UTC)
    except tarfile.ReadError as error:
        raise foreign from error
    if taken_at is None:
        raise foreign
    with closing(sqlite3.connect(room / STORE)) as raw:
        try:
            _examine(raw, source)
        except sqlite3.DatabaseError as error:
            raise foreign from error
    return taken_at


def _warnings(folder: Path, age: timedelta) -> tuple[str, ...]:
    found = []
    if not (folder / erasures.JOURNAL).exists():
        found.append(
            f"In {folder} gibt es kein Verzeichnis der Löschungen ({erasures.JOURNAL}). Wurde nach "
            "dieser Sicherung jemand gelöscht, legen Sie die Datei aus dem alten Ordner hierher. "
            "Der nächste Start löscht dann noch einmal."
        )
    if age > erasures.KEPT:
        found.append(
            "Die Sicherung ist zu alt: Wer damals schon gelöscht werden wollte, ist vielleicht "
            f"wieder da. Sicherungen bitte nach {BACKUP_DAYS} Tagen vernichten."
        )
    return tuple(found)


def _new(path: Path) -> Any:
    """A file that is not there yet. Twice the same name in a backup is a forgery."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _save_journal(folder: Path) -> None:
    """Erasures that only the old store remembers are kept before it goes."""
    if not (folder / STORE).exists():
        return
    try:
        with closing(sqlite3.connect(folder / STORE)) as raw:
            found = raw.execute("SELECT address_hash, at FROM erasures").fetchall()
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error:
        return  # damaged, or from before there was a journal: that is why it is replaced
    erasures.Journal(folder).add(rights.Erasure(address, at) for address, at in found)


async def _prepare(room: Path, folder: Path, now: datetime, taken_at: datetime) -> tuple[int, int]:
    """Make the old state fit for today, before it is put in place."""
    database = await Database.open(room / STORE)

    async def unit(tx: Tx) -> int:
        await house.set_fact(tx, "restored", stamp(now))
        await house.alarm(tx, "restored", taken_at.date().isoformat(), now)
        return await tx.run(
            """UPDATE outbox SET state = 'expired', reason = 'restored', finished_at = ?
               WHERE state IN ('ready', 'sending')""",
            stamp(now),
        )

    try:
        unsent = await database.write(unit)
        erased = await erasures.repeat(database, Cupboard(room / FILES), folder, now)
        await database.checkpoint()
    finally:
        await database.close()
    return unsent, len(erased)


def _put_in_place(room: Path, folder: Path) -> int:
    """Files first: the store must never know one that is not there."""
    (folder / FILES).mkdir(mode=0o700, exist_ok=True)
    wanted = {path.name for path in (room / FILES).iterdir()}
    for name in wanted:
        (room / FILES / name).replace(folder / FILES / name)
    erasures.settle_names(folder / FILES)
    for suffix in ("-wal", "-shm"):
        (folder / f"{STORE}{suffix}").unlink(missing_ok=True)
    (room / STORE).replace(folder / STORE)
    erasures.settle_names(folder)
    Cupboard(folder / FILES).sweep(wanted)
    return len(wanted)

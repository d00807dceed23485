"""Connections and transactions.

One writing connection, a few reading ones, each with a thread of its own
(aiosqlite). A *unit* is an `async def unit(tx)`; it runs on the connection's
thread from its first statement to its last, so a transaction costs one hop
between threads however many statements it has. That also makes it impossible
to wait for a network inside a transaction: a unit that awaits anything but its
`tx` fails at once.

**Group commit.** Units that are waiting run in one SQLite transaction, each
under its own savepoint, and share one disk flush. A unit may `submit` another
one while it runs; that one joins the same group. So a message is accepted, its
turn is run and its reply is claimed for delivery with a single flush when the
house is quiet, and with a fraction of one when it is not.

SQL here and in the subjects beside it keeps to what SQLite >= 3.35 and
PostgreSQL >= 14 both understand; what only SQLite knows stays in this file and
in the migrations.
"""

import asyncio
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import aiosqlite
from filelock import FileLock, Timeout

T = TypeVar("T")
Row = Mapping[str, Any]
Unit = Callable[["Tx"], Coroutine[Any, Any, T]]

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK_PATIENCE = 1.5  # seconds; a restart overlaps a little with the process it replaces
GROUP_UNITS = 64  # units that share one flush at most
GROUP_SECONDS = 0.05  # ... and how long the first of them waits for the last
READERS = 2
PAGES_KEPT = 256  # kilobytes of pages that each connection holds at the most

# SQLite's primary result codes that say "the house is in trouble", as opposed
# to "this statement was wrong": permission, busy, locked, out of memory,
# read-only, I/O error, corrupt, full, cannot open, not a database.
_TROUBLE = {3, 5, 6, 7, 8, 10, 11, 13, 14, 26}


class StoreError(Exception):
    """The store cannot be used; the message says in German what to do."""


class StoreInUse(StoreError):
    """Another process works on this store."""


class StoreTooNew(StoreError):
    """The store was written by a newer version."""


class StoreTrouble(Exception):
    """A transaction failed for reasons that lie outside it: disk full, I/O error.

    Nothing of it was kept, and it may be tried again later.
    """


class Tx:
    """An open transaction. Only valid while the unit that received it runs."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def all(self, sql: str, *values: object) -> Sequence[Row]:
        """All rows. Also for statements that return none."""
        return cast(Sequence[Row], self._connection.execute(sql, values).fetchall())

    async def one(self, sql: str, *values: object) -> Row | None:
        """The first row, or None."""
        return cast("Row | None", self._connection.execute(sql, values).fetchone())

    async def value(self, sql: str, *values: object) -> Any:
        """The first column of the first row, or None."""
        row = self._connection.execute(sql, values).fetchone()
        return None if row is None else row[0]

    async def run(self, sql: str, *values: object) -> int:
        """Run it; the number of rows that it changed."""
        return self._connection.execute(sql, values).rowcount

    async def many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Run it once for each row of values."""
        self._connection.executemany(sql, rows)

    async def attempt(self, unit: "Unit[T]") -> T:
        """Run a part of the transaction that may fail alone.

        If it raises, what it changed is undone and the exception goes on; the
        rest of the transaction is untouched.
        """
        self._connection.execute("SAVEPOINT part")
        try:
            result = await unit(self)
        except BaseException as error:
            if _is_trouble(error):
                # The whole transaction is lost; nobody may take this for a
                # failure of the part alone and commit the rest.
                raise StoreTrouble(str(error)) from error
            self._connection.execute("ROLLBACK TO part")
            self._connection.execute("RELEASE part")
            raise
        self._connection.execute("RELEASE part")
        return result


class _Connection(aiosqlite.Connection):
    """aiosqlite hops between threads for every statement; this hops once a unit."""

    def join(self) -> None:
        """Wait for the thread of a connection that could not be opened."""
        self._thread.join()

    async def call(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return cast(T, await self._execute(work, self._conn))  # type: ignore[no-untyped-call]


class _Job:
    __slots__ = ("done", "failed", "unit")

    def __init__(
        self,
        unit: Unit[Any],
        done: Callable[[Any], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self.unit = unit
        self.done = done
        self.failed = failed


class Database:
    """The store of one process. Open it with `Database.open`, always close it."""

    def __init__(self, path: Path, writer: _Connection, readers: list[_Connection]) -> None:
        self.path = path
        self._writer = writer
        self._readers: asyncio.Queue[_Connection] = asyncio.Queue()
        for reader in readers:
            self._readers.put_nowait(reader)
        self._all = [writer, *readers]
        self._jobs: deque[_Job] = deque()
        self._lock = threading.Lock()
        self._running = False
        self._loop = asyncio.get_running_loop()
        self._groups: set[asyncio.Task[None]] = set()
        self.commits = 0

    @classmethod
    async def open(cls, path: Path) -> "Database":
        """Open or create the store and bring it to the current schema.

        Raises `StoreTooNew` for a store of a newer version and `StoreError`
        for one that cannot be opened.
        """
        opened: list[_Connection] = []
        try:
            writer = await _connect(path, read_only=False)
            opened.append(writer)
            await writer.call(_migrate)
            for _ in range(READERS):
                opened.append(await _connect(path, read_only=True))
        except BaseException as error:
            for connection in opened:
                await connection.close()
            if isinstance(error, sqlite3.Error):
                raise StoreError(
                    f"Der Datenspeicher {path} lässt sich nicht öffnen ({error}). "
                    "Bitte Rechte und Inhalt des Ordners HOTLINE_DATA prüfen."
                ) from error
            raise
        return cls(path, writer, opened[1:])

    async def close(self) -> None:
        """Finish what was submitted and close all connections."""
        while self._groups:
            await asyncio.gather(*self._groups, return_exceptions=True)
        for connection in self._all:
            await connection.close()

    async def write(self, unit: Unit[T]) -> T:
        """Run the unit in a transaction; returns when it is on the disk.

        Cancelling the caller does not stop the unit: it is done or undone as a
        whole. Raises what the unit raised, or `StoreTrouble`.
        """
        future: asyncio.Future[T] = self._loop.create_future()

        def done(result: T) -> None:
            if not future.done():
                future.set_result(result)

        def failed(error: BaseException) -> None:
            if not future.done():
                future.set_exception(error)

        self.submit(unit, done, failed)
        return await future

    def submit(
        self,
        unit: Unit[T],
        done: Callable[[T], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        """Run the unit soon; `done` or `failed` is called on the event loop afterwards.

        May be called from inside a unit: then the new one joins the group that
        is running, sees what it wrote, and is committed together with it.
        """
        with self._lock:
            self._jobs.append(_Job(unit, done, failed))
            if self._running:
                return
            self._running = True
        self._loop.call_soon_threadsafe(self._start_group)

    async def read(self, unit: Unit[T]) -> T:
        """Run the unit on a reading connection: it sees one state of the store."""
        reader = await self._readers.get()
        try:
            return await reader.call(lambda raw: _read(raw, unit))
        finally:
            self._readers.put_nowait(reader)

    async def checkpoint(self) -> bool:
        """Empty the write-ahead log into the store; False if a reader was in the way.

        After this, nothing that was deleted (with `secure_delete`) is left in
        either file.
        """

        def work(raw: sqlite3.Connection) -> bool:
            busy = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            return not busy

        return await self._writer.call(work)

    def _start_group(self) -> None:
        task = self._loop.create_task(self._group())
        self._groups.add(task)
        task.add_done_callback(self._groups.discard)

    async def _group(self) -> None:
        while True:
            finished = await self._writer.call(self._run_group)
            for call in finished:
                call()
            with self._lock:
                if not self._jobs:
                    self._running = False
                    return

    def _run_group(self, raw: sqlite3.Connection) -> list[Callable[[], None]]:
        """On the connection's thread: one transaction for all that waits now."""
        tx = Tx(raw)
        outcome: list[Callable[[], None]] = []
        jobs: list[_Job] = []
        until = time.monotonic() + GROUP_SECONDS
        try:
            raw.execute("BEGIN IMMEDIATE")
            while len(jobs) < GROUP_UNITS and (job := self._next_job()):
                jobs.append(job)
                try:
                    result = _drive(tx.attempt(job.unit))
                except BaseException as error:
                    if _is_trouble(error):
                        raise
                    outcome.append(_bound(job.failed, error))
                else:
                    outcome.append(_bound(job.done, result))
                if time.monotonic() > until:
                    break
            raw.execute("COMMIT")
            self.commits += 1
        except BaseException as error:
            if raw.in_transaction:
                raw.execute("ROLLBACK")
            if not jobs:  # not even begun: those who wait must learn it, too
                while job := self._next_job():
                    jobs.append(job)
            trouble = StoreTrouble(str(error))
            trouble.__cause__ = error
            return [_bound(job.failed, trouble) for job in jobs]
        return outcome

    def _next_job(self) -> _Job | None:
        with self._lock:
            return self._jobs.popleft() if self._jobs else None


def try_out(unit: Unit[T]) -> T:
    """Run the unit in an empty store in memory, of which nothing is left. From one thread only.

    The first time takes 30 ms, for the schema.
    """
    raw = _empty()
    raw.execute("BEGIN")
    try:
        return _drive(unit(Tx(raw)))
    finally:
        raw.execute("ROLLBACK")


def prepare(folder: Path) -> None:
    """Make the folder of the store; raises `StoreError` when it cannot be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise _unwritable(folder, error) from error


def lock(folder: Path, patience: float = LOCK_PATIENCE) -> FileLock:
    """Claim the folder for this process until the lock is released or the process ends.

    Raises `StoreInUse` when another process holds it, and `StoreError` when
    the folder cannot be written to.
    """
    prepare(folder)
    guard = FileLock(folder / "hotline.lock", mode=0o600)
    try:
        guard.acquire(timeout=patience)
    except Timeout as error:
        raise StoreInUse(
            f"Im Ordner {folder} arbeitet schon eine Hotline. "
            "Bitte diese zuerst beenden oder einen anderen Ordner in HOTLINE_DATA angeben."
        ) from error
    except OSError as error:
        raise _unwritable(folder, error) from error
    return guard


def _unwritable(folder: Path, error: OSError) -> StoreError:
    return StoreError(
        f"In den Ordner {folder} kann nicht geschrieben werden ({error.strerror}). "
        "Bitte Rechte und freien Platz prüfen oder HOTLINE_DATA ändern."
    )


async def _connect(path: Path, *, read_only: bool) -> _Connection:
    def connector() -> sqlite3.Connection:
        mode = "ro" if read_only else "rwc"
        raw = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=5.0
        )
        try:
            _prepare(raw, read_only=read_only)
        except BaseException:
            raw.close()
            raise
        return raw

    connection = _Connection(connector, iter_chunk_size=64)
    try:
        await connection
    except BaseException:
        # The thread must not outlive the event loop that it would report to.
        await asyncio.to_thread(connection.join)
        raise
    if not read_only:
        path.chmod(0o600)  # noqa: ASYNC240 - once, at start
    return connection


def _prepare(raw: sqlite3.Connection, *, read_only: bool) -> None:
    """Set what our promises rest on, and make sure that SQLite really took it."""
    raw.row_factory = sqlite3.Row
    wanted: dict[str, object] = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        # What a savepoint may have to undo. It is of no use to anybody after a crash, and in
        # a file of its own it would cost two writes a page and lie about with people's words.
        "temp_store": 2,
    }
    for name, value in wanted.items():
        if not (read_only and name == "journal_mode"):
            raw.execute(f"PRAGMA {name}={value}")
        actual = raw.execute(f"PRAGMA {name}").fetchone()[0]
        if actual != value:
            raise StoreError(
                f"Der Datenspeicher nimmt die Einstellung {name}={value} nicht an (ist: {actual}). "
                "Bitte HOTLINE_DATA auf eine lokale Festplatte legen, nicht auf ein Netzlaufwerk."
            )
    # What is read again is in the system's memory anyway.
    raw.execute(f"PRAGMA cache_size=-{PAGES_KEPT}")
    if read_only:
        raw.execute("PRAGMA query_only=1")


def migrations() -> list[tuple[int, str]]:
    """Number and SQL of every migration, oldest first."""
    found = sorted(MIGRATIONS.glob("[0-9]*.sql"))
    return [(int(file.name.split("_")[0]), file.read_text(encoding="utf-8")) for file in found]


def _migrate(raw: sqlite3.Connection) -> None:
    """Bring the schema up to date; killed at any point, it is the old one or the new one."""
    known = migrations()
    version = raw.execute("PRAGMA user_version").fetchone()[0]
    if version > known[-1][0]:
        raise StoreTooNew(
            f"Der Datenspeicher stammt von einer neueren Version (Stand {version}, "
            f"bekannt ist {known[-1][0]}). Bitte die Hotline aktualisieren."
        )
    for number, sql in known:
        if number <= version:
            continue
        try:
            raw.executescript(f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA user_version={number};\nCOMMIT;")
        except BaseException:
            if raw.in_transaction:
                raw.execute("ROLLBACK")
            raise


@cache
def _empty() -> sqlite3.Connection:
    raw = sqlite3.connect(":memory:", isolation_level=None)
    raw.row_factory = sqlite3.Row
    _migrate(raw)
    return raw


def _read(raw: sqlite3.Connection, unit: Unit[T]) -> T:
    raw.execute("BEGIN")
    try:
        return _drive(unit(Tx(raw)))
    finally:
        raw.execute("COMMIT")


def _drive(unit: Coroutine[Any, Any, T]) -> T:
    """Run a unit to its end. It never really waits, because its `tx` never does."""
    try:
        unit.send(None)
    except StopIteration as stop:
        return cast(T, stop.value)
    unit.close()
    raise RuntimeError("a transaction must not wait for anything but its own statements")


def _is_trouble(error: BaseException) -> bool:
    if isinstance(error, StoreTrouble):
        return True
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, sqlite3.Error) and code is not None and code & 0xFF in _TROUBLE


def _bound(call: Callable[[Any], None], value: object) -> Callable[[], None]:
    return lambda: call(value)

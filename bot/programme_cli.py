"""What operators do with the programme: take a file in, and give the events out."""

from pathlib import Path

from bot.clock import Clock
from bot.operations import opened, write_whole
from bot.programme_files import LARGEST_FILE, ProgrammeError, read, take_in
from bot.settings import Settings
from handlers.hours import day_of
from handlers.programme import keeping
from handlers.programme.calendars import calendar
from knowledge.load import load, shipped
from knowledge.models import Event
from storage.database import Tx

_OUTCOMES: dict[keeping.Outcome, str] = {
    "new": "neu",
    "changed": "geändert",
    "moved": "verlegt",
    "cancelled": "abgesagt",
    "same": "unverändert",
}


async def import_file(settings: Settings, path: Path, clock: Clock) -> str:
    """Take in a calendar file or a YAML file, also while a hotline works on the store.

    What was done, as a line for whoever did it. Raises ProgrammeError and StoreError; then
    nothing was changed.
    """
    now = clock.now()
    events = read(_bytes_of(path), path.name, day_of(now))
    _check_formats(settings, events)
    async with opened(settings) as database:
        done = await database.write(lambda tx: take_in(tx, events, now))
    counted = ", ".join(f"{name}: {done[outcome]}" for outcome, name in _OUTCOMES.items())
    return f"eingelesen: {_counted(len(events))} ({counted})"


async def export_file(settings: Settings, path: Path | None) -> str:
    """All events that people may know of as a calendar file, which an import reads in again.

    Without a path the file itself is handed back, else a line that says where it is.
    """

    async def unit(tx: Tx) -> dict[str, Event]:
        return await keeping.published(tx)

    async with opened(settings) as database:
        events = await database.read(unit)
    body = calendar(events.values(), settings.name, whole=True)
    if path is None:
        return body.decode("utf-8")
    _write(path, body)
    return f"ausgegeben: {_counted(len(events))} in {path}"


def _counted(number: int) -> str:
    return f"{number} Veranstaltung" if number == 1 else f"{number} Veranstaltungen"


def _check_formats(settings: Settings, events: tuple[Event, ...]) -> None:
    if not any(event.format for event in events):
        return
    known = load(settings.content or shipped()).formats
    problems = [
        f"„{event.title[:60]}“: Ein Format „{event.format}“ gibt es nicht."
        for event in events
        if event.format and event.format not in known
    ]
    if problems:
        raise ProgrammeError(problems)


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_FILE + 1)
    except OSError:
        advice = f"{path} ist nicht lesbar. Bitte Name und Rechte prüfen."
        raise ProgrammeError([advice]) from None


def _write(path: Path, body: bytes) -> None:
    try:
        write_whole(path, body)
    except OSError as error:
        advice = (
            f"{path} ließ sich nicht schreiben ({error.strerror}). Bitte Ort und Rechte prüfen."
        )
        raise ProgrammeError([advice]) from error

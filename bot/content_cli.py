"""What operators do with what the desk taught: give it out as content, and take it back.

The file has the form of faq/*.yaml. An entry of the desk stands there with all its ways of
asking; an entry of the content that got further ones stands there as a whole, and only those
are taken back.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from bot.clock import Clock
from bot.content_files import counted, write
from bot.operations import opened
from bot.settings import Settings
from handlers.desk import learning
from handlers.desk.entry_fields import OWN
from handlers.desk.learning import Taught
from knowledge import german
from knowledge.load import ContentError, load, load_entries, shipped
from knowledge.models import Entry
from knowledge.problems import Problem
from knowledge.tree import parse, read
from storage import desk_entries
from storage.database import Tx

HEADING = "# Was die Koordination der Hotline beigebracht hat.\n\n"


async def export_file(settings: Settings, path: Path | None) -> str:
    """All live entries of the desk, and those of the content that got further ways of asking.

    Without a path the file itself is handed back, else a line that says where it is.
    """
    curated = load(settings.content or shipped()).entries
    async with opened(settings) as database:
        taught = await database.read(learning.taught)
    entries = _given_out(curated, taught)
    body = written(entries)
    if path is None:
        return body
    write(path, body)
    return f"ausgegeben: {counted(len(entries))} in {path}"


async def import_file(settings: Settings, path: Path, clock: Clock) -> str:
    """Take such a file back, also while a hotline works on the store: everything or nothing.

    What was done, as a line for whoever did it. The same file again changes nothing. Raises
    ContentError and StoreError; then nothing was changed.
    """
    curated = load(settings.content or shipped()).entries
    entries = load_entries(path)
    _check_ids(path, entries, curated)
    now = clock.now()

    async def unit(tx: Tx) -> Counter[str]:
        return await _take_in(tx, entries, curated, now)

    async with opened(settings) as database:
        done = await database.write(unit)
    changes = ", ".join(f"{name}: {done[name]}" for name in ("neu", "geändert", "unverändert"))
    return f"eingelesen: {counted(len(entries))} ({changes})"


def written(entries: Mapping[str, Entry]) -> str:
    """The entries as a file of content."""
    rows = [_plain(entry) for entry in entries.values()]
    if not rows:
        return HEADING + "[]\n"
    body = yaml.dump(rows, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100, indent=2)
    return HEADING + body


def _given_out(curated: Mapping[str, Entry], taught: Taught) -> dict[str, Entry]:
    known = learning.merged(curated, taught)
    return {
        entry_id: known[entry_id]
        for entry_id in sorted({*taught.entries, *taught.phrasings} & known.keys())
        if known[entry_id] != curated.get(entry_id)
    }


def _plain(entry: Entry) -> dict[str, Any]:
    """The fields that say something, with dates and addresses as content has them."""
    fields = entry.model_dump(exclude_none=True)
    fields["asked_as"], fields["topics"] = list(entry.asked_as), list(entry.topics)
    fields["links"] = [{"title": link.title, "url": str(link.url)} for link in entry.links]
    return {name: value for name, value in fields.items() if value != []}


async def _take_in(
    tx: Tx, entries: Mapping[str, Entry], curated: Mapping[str, Entry], now: datetime
) -> Counter[str]:
    done: Counter[str] = Counter()
    before = await learning.taught(tx)
    known = learning.merged(curated, before)
    for entry in entries.values():
        if entry.id in curated:
            heard = set(map(german.normalise, known[entry.id].asked_as))
            more = [way for way in entry.asked_as if german.normalise(way) not in heard]
            for way in more:
                await desk_entries.add_phrasing(tx, entry.id, way, None, now)
            done["geändert" if more else "unverändert"] += 1
        elif known.get(entry.id) == entry:
            done["unverändert"] += 1
        else:
            # The file says everything of it, so what was added before has its place there.
            for way in before.phrasings.get(entry.id, ()):
                await desk_entries.remove_phrasing(tx, entry.id, way)
            await desk_entries.put_live(tx, entry.id, entry.model_dump_json(), now)
            done["geändert" if entry.id in before.entries else "neu"] += 1
    return done


def _check_ids(path: Path, entries: Mapping[str, Entry], curated: Mapping[str, Entry]) -> None:
    """Raises ContentError for entries that belong to nobody."""
    foreign = [name for name in entries if name not in curated and not name.startswith(OWN)]
    if not foreign:
        return
    lines = _lines(path)
    raise ContentError(
        Problem(
            path.name,
            lines.get(name, 1),
            f"Einen Eintrag „{name}“ gibt es nicht. Kennungen eigener Einträge beginnen mit "
            f"„{OWN}“.",
        )
        for name in foreign
    )


def _lines(path: Path) -> dict[str, int]:
    problems: list[Problem] = []
    data = read(path, path.name, problems)
    tree = parse(path.name, data, problems) if data is not None else None
    if tree is None or not isinstance(tree.value, list):
        return {}
    return {
        str(raw["id"]): tree.line((number, "id"))
        for number, raw in enumerate(tree.value)
        if isinstance(raw, dict) and "id" in raw
    }


class _Dumper(yaml.SafeDumper):
    """Long texts stand as they are read, and lists are set in below their names."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)

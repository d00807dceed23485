"""What operators do with the pool of experts: give it out as content, and take it back.

The file has the form of experts.yaml. Experts of the content stand in the content already;
only those whom the desk keeps are given out.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from bot.clock import Clock
from bot.content_files import counted, write
from bot.operations import opened
from bot.settings import Settings
from handlers.network import pool
from knowledge.load import load, load_experts, shipped
from knowledge.models import Expert
from storage import experts
from storage.database import Tx
from storage.experts import KeptExpert

HEADING = "# Der Pool der Fachleute, wie die Koordination ihn pflegt.\n\n"
KINDS = ("neu", "geändert", "unverändert")
WITHDRAWN = "Zustimmung bleibt zurückgezogen"


async def export_file(settings: Settings, path: Path | None) -> str:
    """All experts whom the desk keeps, shown or not.

    Without a path the file itself is handed back, else a line that says where it is.
    """
    async with opened(settings) as database:
        kept = await database.read(experts.everything)
    found = [expert for one in kept if (expert := pool.read(one)) is not None]
    body = written(found)
    if path is None:
        return body
    write(path, body)
    return f"ausgegeben: {counted(len(found))} in {path}"


async def import_file(settings: Settings, path: Path, clock: Clock) -> str:
    """Take such a file back, also while a hotline works on the store: everything or nothing.

    What was done, as a line for whoever did it. The same file again changes nothing. Whoever
    took their consent back is not shown again by a consent that is older. Raises
    ContentError and StoreError; then nothing was changed.
    """
    library = load(settings.content or shipped())
    found = load_experts(path, library)
    now = clock.now()

    async def unit(tx: Tx) -> Counter[str]:
        return await _take_in(tx, found, library.experts, now)

    async with opened(settings) as database:
        done = await database.write(unit)
    shown = (*KINDS, WITHDRAWN) if done[WITHDRAWN] else KINDS
    changes = ", ".join(f"{name}: {done[name]}" for name in shown)
    return f"eingelesen: {counted(len(found))} ({changes})"


def written(found: Iterable[Expert]) -> str:
    """The experts as a file of content."""
    rows = [_plain(expert) for expert in found]
    if not rows:
        return HEADING + "[]\n"
    return HEADING + yaml.safe_dump(rows, allow_unicode=True, sort_keys=False, width=100)


def _plain(expert: Expert) -> dict[str, Any]:
    """The fields that say something, with dates and addresses as content has them."""
    fields = expert.model_dump(exclude_none=True)
    fields["regions"] = [area.value for area in expert.regions]
    if expert.page:
        fields["page"] = str(expert.page)
    if not expert.paused:
        del fields["paused"]
    listed = {name: list(value) for name, value in fields.items() if isinstance(value, tuple)}
    return {name: value for name, value in {**fields, **listed}.items() if value != []}


async def _take_in(
    tx: Tx, found: Mapping[str, Expert], curated: Mapping[str, Expert], now: datetime
) -> Counter[str]:
    done: Counter[str] = Counter()
    for given in found.values():
        expert, before = given, await experts.get(tx, given.id)
        if _withdrawn(given, before):
            done[WITHDRAWN] += 1
            expert = given.model_copy(update={"consent": None})
        known = pool.read(before) if before else curated.get(expert.id)
        if known == expert:
            done["unverändert"] += 1
            continue
        await experts.keep(
            tx,
            expert.id,
            expert.model_dump_json(),
            now,
            coordinator_id=before.coordinator_id if before else None,
            withdrawn_on=before.withdrawn_on if before and expert.consent is None else None,
        )
        done["geändert" if known else "neu"] += 1
    return done


def _withdrawn(expert: Expert, before: KeptExpert | None) -> bool:
    """Whether they took back what the file says they agreed to."""
    if before is None or before.withdrawn_on is None or expert.consent is None:
        return False
    return expert.consent.on <= before.withdrawn_on

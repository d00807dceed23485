"""The pool of experts as it is at this moment: of the content, and of the desk.

Nobody is shown without a consent, so whatever goes to people is taken from `shown`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from handlers.hours import day_of
from knowledge import german
from knowledge.expertise import fitting
from knowledge.load import Library
from knowledge.models import Expert
from knowledge.search import Knowledge
from storage import experts
from storage.database import Tx
from storage.experts import KeptExpert


@dataclass(frozen=True, slots=True)
class Listed:
    """An expert, and where they come from. `curated`: a content file names them, too."""

    expert: Expert
    kept: KeptExpert | None = None
    curated: bool = False

    @property
    def coordinator_id(self) -> int | None:
        """The colleague who they are, if they are enrolled."""
        return self.kept.coordinator_id if self.kept else None

    @property
    def revision(self) -> str:
        """Another one after every change at the desk."""
        return self.kept.updated_at if self.kept else ""


async def everybody(tx: Tx, library: Library) -> dict[str, Listed]:
    """All there are, shown or not, by name. What the desk keeps stands before the content."""
    found = {slug: Listed(one, curated=True) for slug, one in library.experts.items()}
    for kept in await experts.everything(tx):
        expert = read(kept)
        if expert is None:
            # Of another version of the program. What the content says is not shown in its
            # place: they may have taken their consent back.
            found.pop(kept.slug, None)
        else:
            found[kept.slug] = Listed(expert, kept, curated=kept.slug in library.experts)
    ordered = sorted(found.values(), key=lambda one: (one.expert.name.casefold(), one.expert.id))
    return {one.expert.id: one for one in ordered}


async def get(tx: Tx, library: Library, slug: str) -> Listed | None:
    kept = await experts.get(tx, slug)
    if kept is not None:
        expert = read(kept)
        return Listed(expert, kept, curated=slug in library.experts) if expert else None
    known = library.experts.get(slug)
    return Listed(known, curated=True) if known else None


async def shown(tx: Tx, library: Library, now: datetime) -> dict[str, Listed]:
    """Those whom people may find on this day."""
    found, day = await everybody(tx, library), day_of(now)
    return {slug: one for slug, one in found.items() if one.expert.is_shown(day)}


async def find(
    tx: Tx,
    knowledge: Knowledge,
    now: datetime,
    text: str,
    topics: Collection[str] = (),
    *,
    limit: int,
) -> list[Listed]:
    """Those of them who fit what a text or some topics name, the most fitting first."""
    found = await shown(tx, knowledge.library, now)
    fit = fitting((one.expert for one in found.values()), knowledge.matters, text, topics)
    return [found[expert.id] for expert in fit[:limit]]


def sought(found: Mapping[str, Listed], knowledge: Knowledge, words: str) -> list[Listed]:
    """Those of them who fit the words or are called so; all of them without words."""
    if not words.strip():
        return list(found.values())
    fit = fitting((one.expert for one in found.values()), knowledge.matters, words)
    called = german.normalise(words)
    also = [one for one in found.values() if called in german.normalise(one.expert.name)]
    return list({one.expert.id: one for one in (*(found[e.id] for e in fit), *also)}.values())


def read(kept: KeptExpert) -> Expert | None:
    """The expert, or None for one that cannot be used."""
    try:
        expert = Expert.model_validate_json(kept.payload)
    except ValidationError:
        return None
    return expert if expert.id == kept.slug else None

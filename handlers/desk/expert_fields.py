"""A page on which an expert is written: what its fields say, and what is wrong with them."""

import re
from collections.abc import Iterable, Mapping

from pydantic import ValidationError
from pydantic_core import Url

from handlers.desk.unclear import Unclear
from knowledge import german
from knowledge.addresses import http_url
from knowledge.load import Library, tells
from knowledge.models import Area, Expert
from knowledge.slugs import slug

NAMES = ("name", "summary", "keywords", "topics", "formats", "regions", "languages",
         "availability", "page")  # fmt: skip
LONGEST = {"name": 80, "summary": 300, "availability": 160}
# Of lists: how many, and how long each of them may be.
MOST = {"keywords": (40, 60), "languages": (20, 40)}
_LONGEST_ID = 40  # leaves room for a number


def filled(
    form: Mapping[str, str], library: Library, before: Expert | None = None
) -> tuple[Expert | None, dict[str, Unclear]]:
    """The expert that was written, or for each field what is wrong with it.

    Consent and pauses are not written here: they stay as they were.
    """
    wrong: dict[str, Unclear] = {}
    given = {name: form.get(name, "").replace("\r\n", "\n").strip() for name in NAMES}
    for name, longest in LONGEST.items():
        given[name] = " ".join(given[name].split())
        if len(given[name]) > longest:
            wrong[name] = Unclear(
                "expert_field_too_long", longest=longest, number=len(given[name]) - longest
            )
        elif not given[name] and name != "availability":
            wrong[name] = Unclear("expert_field_empty")
    lists = {name: listed(given[name]) for name in MOST}
    for name, (most, longest) in MOST.items():
        if (problem := _list_problem(lists[name], most, longest)) is not None:
            wrong[name] = problem
    if not lists["keywords"]:
        wrong["keywords"] = Unclear("expert_field_empty")
    elif vague := next((word for word in lists["keywords"] if not tells(word)), ""):
        wrong.setdefault("keywords", Unclear("expert_field_vague", words=vague))
    known: dict[str, Iterable[str]] = {
        "topics": {topic.id for topic in library.network.topics},
        "formats": library.formats,
        "regions": set(Area),
    }
    for name, possible in known.items():
        lists[name] = listed(given[name])
        if strange := [one for one in lists[name] if one not in possible]:
            wrong[name] = Unclear("expert_field_unknown", words=", ".join(strange)[:200])
    if given["page"] and _address(given["page"]) is None:
        wrong["page"] = Unclear("expert_field_page")
    if wrong:
        return None, wrong
    written = {
        "name": given["name"],
        "summary": given["summary"],
        "keywords": lists["keywords"],
        "topics": lists["topics"],
        "formats": lists["formats"],
        "regions": lists["regions"] or (Area.EVERYWHERE,),
        "languages": lists["languages"] or ("Deutsch",),
        "availability": given["availability"] or None,
        "page": given["page"] or None,
    }
    kept = before.model_dump() if before else {"id": made_id(lists["keywords"][0])}
    return Expert.model_validate({**kept, **written}), {}


def written(expert: Expert) -> dict[str, str]:
    """The fields as they stand on the page."""
    return {
        "name": expert.name,
        "summary": expert.summary,
        "keywords": "\n".join(expert.keywords),
        "topics": ", ".join(expert.topics),
        "formats": ", ".join(expert.formats),
        "regions": ", ".join(expert.regions),
        "languages": ", ".join(expert.languages),
        "availability": expert.availability or "",
        "page": str(expert.page or ""),
    }


def listed(words: str) -> tuple[str, ...]:
    """What stands between commas or on lines of its own; the same word counts once."""
    found: dict[str, str] = {}
    for part in re.split(r"[,;\n]", words):
        if word := " ".join(part.split()):
            found.setdefault(german.normalise(word), word)
    return tuple(found.values())


def made_id(keyword: str) -> str:
    """An id that may be somebody else's already. It stays in the log when an entry is deleted,
    so it is made of what they know and not of who they are."""
    return slug(keyword, _LONGEST_ID) or "fachperson"


def _list_problem(words: tuple[str, ...], most: int, longest: int) -> Unclear | None:
    if len(words) > most:
        return Unclear("expert_field_too_many", longest=most)
    long = next((word for word in words if len(word) > longest), "")
    return (
        Unclear("expert_field_item_too_long", words=long[:40] + "…", longest=longest)
        if long
        else None
    )


def _address(text: str) -> Url | None:
    try:
        return http_url(text)
    except ValidationError:
        return None

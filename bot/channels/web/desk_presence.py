"""Who is away, for wherever the name of a colleague is shown or offered."""

from dataclasses import dataclass
from datetime import datetime

from handlers.desk import presence
from handlers.hours import BERLIN
from storage import coordinators
from storage.database import Tx
from storage.moments import moment


@dataclass(frozen=True, slots=True)
class Absence:
    """„Erika ist weg bis 3.12., Vertretung: Max“, in its parts."""

    name: str
    until: str
    deputy: str  # empty where nobody was named
    deputy_id: int | None


async def absences(tx: Tx, now: datetime) -> dict[int, Absence]:
    """Everybody who is away at this moment, by number."""
    away = await coordinators.presence(tx, now)
    if not away:
        return {}
    names = {somebody.id: somebody.name for somebody in await coordinators.everybody(tx)}
    return {
        number: Absence(
            names.get(number, ""),
            _short(moment(one.until).astimezone(BERLIN), now.astimezone(BERLIN)),
            names.get(one.deputy_id, "") if one.deputy_id else "",
            one.deputy_id,
        )
        for number, one in away.items()
    }


def _short(until: datetime, now: datetime) -> str:
    """The last day, and the hour of one that is not away for all of it."""
    day = f"{until.day}.{until.month}." + (str(until.year) if until.year != now.year else "")
    whole = until.time().replace(microsecond=0) == presence.END
    return day if whole else f"{day}, {until:%H:%M} Uhr"

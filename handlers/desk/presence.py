"""Who is here: a colleague goes away until some day, names a deputy, and comes back.

Said in the group or in one's own chat (`/weg 3.12. Vertretung Erika`, `/da`), or on the
team's page, where an admin may say it for others. It ends by itself.
"""

import re
from datetime import date, datetime, time, timedelta

from handlers.desk import promises
from handlers.desk.steps import tell
from handlers.desk.unclear import Unclear
from handlers.hours import BERLIN
from handlers.programme.appointments import read_moment
from handlers.turn import Turn
from handlers.wording import at, day
from storage import audit, coordinators, ids
from storage.coordinators import Coordinator
from storage.requests import Request

LONGEST = timedelta(days=366)
END = time(23, 59, 59)  # of the last day: whoever is away until Friday is not here on Friday
NOBODY = "niemand"
_DEPUTY = re.compile(r"[\s,;]*\bvertretung\b(?:\s+durch\b)?[\s:]*", re.IGNORECASE)
_UNTIL = re.compile(r"^bis\s+(?:zum\s+)?", re.IGNORECASE)


async def here(turn: Turn, by: Coordinator, _: str, request: Request | None = None) -> None:
    """`/da`; what is said about it is said where it was typed."""
    await _come_back(turn, by, by, request)


async def away(turn: Turn, by: Coordinator, rest: str, request: Request | None = None) -> None:
    """`/weg 3.12.`, `/weg morgen Vertretung Erika`; without a deputy the last one stays."""
    until, *named = _DEPUTY.split(rest, maxsplit=1)
    if not until.strip():
        tell(turn, request, turn.words("presence_how"))
        return
    deputy = (await coordinators.named_deputies(turn.tx)).get(by.id)
    if named:
        wanted = " ".join(named[0].split())
        found = await _meant(turn, wanted)
        if found is None and wanted.casefold() != NOBODY:
            team = await coordinators.everybody(turn.tx)
            names = ", ".join(somebody.name for somebody in team if somebody.id != by.id)
            tell(turn, request, turn.words("presence_whom", name=wanted[:60], list=names))
            return
        deputy = found.id if found else None
    await _leave(turn, by, by, until, deputy, request)


COMMANDS = {"da": here, "weg": away}


async def pressed(turn: Turn, by: Coordinator, rest: str) -> None:
    """The team's page: presence:here:7, presence:away:7 with `until` and `deputy` filled in."""
    verb, _, number = rest.partition(":")
    form = turn.incoming.form
    whom = await _numbered(turn, number)
    if turn.incoming.channel != "desk" or whom is None or verb not in ("here", "away"):
        turn.say("desk_button_outdated")
    elif whom.id != by.id and by.role != "admin":
        turn.say("team_admins_only")
    elif verb == "here":
        await _come_back(turn, by, whom)
    else:
        deputy = await _numbered(turn, form.get("deputy", ""))
        await _leave(turn, by, whom, form.get("until", ""), deputy.id if deputy else None)


async def _come_back(
    turn: Turn, by: Coordinator, whom: Coordinator, request: Request | None = None
) -> None:
    await coordinators.come_back(turn.tx, whom.id)
    await audit.add(turn.tx, by.id, "team-here", f"team:{whom.id}", turn.now)
    tell(turn, request, turn.words("presence_here", name=whom.name))


async def _leave(
    turn: Turn,
    by: Coordinator,
    whom: Coordinator,
    until: str,
    deputy: int | None,
    request: Request | None = None,
) -> None:
    try:
        end = _read(until, turn.now)
    except Unclear as error:
        tell(turn, request, turn.words(error.name, **error.fields))
        return
    if deputy == whom.id:
        tell(turn, request, turn.words("presence_not_yourself"))
        return
    standing_in = await coordinators.get(turn.tx, deputy) if deputy else None
    await coordinators.leave(turn.tx, whom.id, end, standing_in.id if standing_in else None)
    await audit.add(turn.tx, by.id, "team-away", f"team:{whom.id}", turn.now)
    await promises.goes_away(turn, whom.id)
    text = turn.words(
        "presence_away",
        name=whom.name,
        until=spoken(end, turn.now),
        deputy=standing_in.name if standing_in else turn.label("presence_no_deputy"),
    )
    tell(turn, request, text)


def spoken(until: datetime, now: datetime) -> str:
    """The last day of an absence, with the hour where one was given."""
    local = until.astimezone(BERLIN)
    return day(local) if local.time().replace(microsecond=0) == END else at(until, now)


def _read(text: str, now: datetime) -> datetime:
    """Until when; a day counts whole. Raises Unclear."""
    until: date = read_moment(_UNTIL.sub("", text.strip()), now)
    if not isinstance(until, datetime):
        until = datetime.combine(until, END, BERLIN)
    if until > now + LONGEST:
        raise Unclear("presence_far")
    return until


async def _meant(turn: Turn, wanted: str) -> Coordinator | None:
    """The one colleague who is called so, or has this as one of their names."""
    team, name = await coordinators.everybody(turn.tx), wanted.casefold()
    found = [somebody for somebody in team if somebody.name.casefold() == name]
    found = found or [somebody for somebody in team if name in somebody.name.casefold().split()]
    return found[0] if len(found) == 1 else None


async def _numbered(turn: Turn, number: str) -> Coordinator | None:
    known = ids.number(number)
    return await coordinators.get(turn.tx, known) if known is not None else None

"""The desk's requests as a list: who may see which, what is looked for, what comes first.

Everything here is told who looks. Experts see what was handed to them, and learn
nothing of the rest: not by a list, a counter, a search or a number.
"""

from dataclasses import dataclass
from datetime import datetime

from storage import ids
from storage.coordinators import Coordinator
from storage.database import Row, Tx
from storage.moments import stamp

WORDS = 6  # of a search; whoever types more has pasted a letter
LONGEST_WORD = 60
NOBODY = 0  # no colleague has this number
OPENING = 80  # letters of what somebody wrote first
CHOICES = 40  # topics to filter by, the most frequent first

# Somebody at the desk has to do something next.
_OUR_TURN = "r.state IN ('open', 'claimed') AND r.asked_back_at IS NULL"
_OVERDUE = f"{_OUR_TURN} AND r.promised_at < ?"

VIEWS = ("running", "mine", "open", "claimed", "overdue", "waiting", "closed")
_VIEWS = {
    "running": "r.state <> 'closed'",
    "mine": "r.state <> 'closed' AND r.claimed_by = ?",
    "open": "r.state = 'open' AND r.asked_back_at IS NULL",
    "claimed": "r.state = 'claimed' AND r.asked_back_at IS NULL",
    "overdue": _OVERDUE,
    "waiting": "r.state <> 'closed' AND (r.state = 'answered' OR r.asked_back_at IS NOT NULL)",
    "closed": "r.state = 'closed'",
}

# Since when the person waits for us: their first message after our last. The claim and a
# note change nothing about that.
_SINCE = """COALESCE((SELECT p.at FROM request_messages AS p
    WHERE p.request_id = r.id AND p.author = 'person' AND p.id > COALESCE(
      (SELECT MAX(c.id) FROM request_messages AS c
       WHERE c.request_id = r.id AND c.author = 'coordinator'), 0)
    ORDER BY p.id LIMIT 1), r.updated_at)"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for. `view` is one of `VIEWS`; empty is everything."""

    view: str = "running"
    channel: str = ""
    topic: str = ""
    region: str = ""  # a Bundesland (BB)
    words: str = ""
    claimer: int | None = None  # who is on it, or NOBODY

    @property
    def narrowed(self) -> bool:
        """Whether more than the view decides what is shown."""
        chosen = self.words or self.channel or self.topic or self.region
        return bool(chosen) or self.claimer is not None


@dataclass(frozen=True, slots=True)
class Listed:
    """A request in the list. `since` is when the person began to wait, or when we did."""

    id: int
    channel: str
    topic: str
    region: str
    state: str
    urgent: bool
    claimed_by: int | None
    claimer: str | None
    promised_at: str | None
    asked_back_at: str | None
    updated_at: str
    merged_into: int | None
    closed_reason: str
    since: str
    overdue: bool
    opening: str  # how the person began

    @property
    def number(self) -> str:
        """What people call it."""
        return f"K-{self.id}"


@dataclass(frozen=True, slots=True)
class Choices:
    """What the list can be narrowed down to."""

    channels: tuple[str, ...]
    topics: tuple[str, ...]
    regions: tuple[str, ...]  # Bundesländer (BB)
    claimers: tuple[tuple[int, str], ...]  # colleagues with what they are on, by name


@dataclass(frozen=True, slots=True)
class News:
    """The newest words of a person. `first`: they began the request with them."""

    message_id: int
    request_id: int
    first: bool


async def listed(
    tx: Tx, by: Coordinator, wanted: Wanted, now: datetime, *, limit: int, offset: int = 0
) -> list[Listed]:
    """What may be seen and was looked for. First what waits for us: urgent, overdue, longest."""
    where, values = _where(by, wanted)
    view, more = _view(wanted.view, by, now)
    order = (
        "{0}closed_at DESC, {0}id DESC"
        if wanted.view == "closed"
        else """CASE WHEN {0}state IN ('open', 'claimed') AND {0}asked_back_at IS NULL
                THEN 0 ELSE 1 END, {0}urgent DESC, {0}overdue DESC, {0}since, {0}id"""
    )
    order, ordered = order.format("found."), order.format("page.")
    rows = await tx.all(
        f"""SELECT page.*, c.name AS claimer, COALESCE((
              SELECT SUBSTR(m.text, 1, {OPENING}) FROM request_messages AS m
              WHERE m.request_id = page.id AND m.author = 'person' AND m.deleted_at IS NULL
              ORDER BY m.id LIMIT 1), '') AS opening
            FROM (SELECT * FROM (
              SELECT r.id, r.channel, r.topic, r.region, r.state, r.urgent, r.claimed_by,
                r.promised_at, r.asked_back_at, r.updated_at, r.merged_into, r.closed_reason,
                r.closed_at,
                CASE WHEN {_OUR_TURN} THEN {_SINCE}
                  ELSE COALESCE(r.asked_back_at, r.updated_at) END AS since,
                CASE WHEN {_OVERDUE} THEN 1 ELSE 0 END AS overdue
              FROM requests AS r WHERE {where} AND {view}
              ) AS found ORDER BY {order} LIMIT ? OFFSET ?
            ) AS page LEFT JOIN coordinators AS c ON c.id = page.claimed_by
            ORDER BY {ordered}""",  # noqa: S608
        stamp(now),
        *values,
        *more,
        limit,
        offset,
    )
    return [_listed(row) for row in rows]


async def counts(tx: Tx, by: Coordinator, wanted: Wanted, now: datetime) -> dict[str, int]:
    """How many each view would show of what was looked for."""
    where, values = _where(by, wanted)
    views = {name: _view(name, by, now) for name in VIEWS}
    sums = ", ".join(
        f"COALESCE(SUM(CASE WHEN {sql} THEN 1 ELSE 0 END), 0) AS {name}_number"
        for name, (sql, _) in views.items()
    )
    row = await tx.one(
        f"SELECT {sums} FROM requests AS r WHERE {where}",  # noqa: S608
        *(value for _, given in views.values() for value in given),
        *values,
    )
    return {name: int(row[f"{name}_number"]) if row else 0 for name in VIEWS}


async def choices(tx: Tx, by: Coordinator) -> Choices:
    """The channels, topics and colleagues of what may be seen."""
    where, values = _where(by, Wanted())
    channels = await tx.all(
        f"SELECT DISTINCT r.channel FROM requests AS r WHERE {where} ORDER BY r.channel",  # noqa: S608
        *values,
    )
    topics = await tx.all(
        f"""SELECT r.topic FROM requests AS r WHERE {where} AND r.topic <> ''
            GROUP BY r.topic ORDER BY COUNT(*) DESC, r.topic LIMIT ?""",  # noqa: S608
        *values,
        CHOICES,
    )
    regions = await tx.all(
        f"SELECT DISTINCT r.region FROM requests AS r WHERE {where} AND r.region <> ''",  # noqa: S608
        *values,
    )
    claimers = await tx.all(
        f"""SELECT DISTINCT c.id, c.name FROM requests AS r
            JOIN coordinators AS c ON c.id = r.claimed_by WHERE {where}""",  # noqa: S608
        *values,
    )
    names = sorted((str(row["name"]).casefold(), row["id"], str(row["name"])) for row in claimers)
    return Choices(
        tuple(str(row["channel"]) for row in channels),
        tuple(sorted((str(row["topic"]) for row in topics), key=str.casefold)),
        tuple(sorted(str(row["region"]) for row in regions)),
        tuple((int(number), name) for _, number, name in names),
    )


async def may_see(tx: Tx, by: Coordinator, request_id: int) -> bool:
    """Whether this request is any of their business; they must not learn that it exists else."""
    where, values = _where(by, Wanted())
    found = await tx.value(
        f"SELECT 1 FROM requests AS r WHERE {where} AND r.id = ?",  # noqa: S608
        *values,
        request_id,
    )
    return found is not None


async def rating_words(tx: Tx, by: Coordinator, request_id: int) -> str:
    """What the person wrote to their rating, if it is theirs to read."""
    if not await may_see(tx, by, request_id):
        return ""
    found = await tx.value("SELECT rating_words FROM requests WHERE id = ?", request_id)
    return str(found or "")


async def news(tx: Tx, by: Coordinator) -> News | None:
    """The newest words of a person that may be seen."""
    where, values = _where(by, Wanted())
    row = await tx.one(
        f"""SELECT m.id, m.request_id, NOT EXISTS (
                SELECT 1 FROM request_messages AS e
                WHERE e.request_id = m.request_id AND e.author = 'coordinator' AND e.id < m.id
              ) AS first
            FROM request_messages AS m JOIN requests AS r ON r.id = m.request_id
            WHERE m.author = 'person' AND m.deleted_at IS NULL AND {where}
            ORDER BY m.id DESC LIMIT 1""",  # noqa: S608
        *values,
    )
    return News(int(row["id"]), int(row["request_id"]), bool(row["first"])) if row else None


def _listed(row: Row) -> Listed:
    values = {name: row[name] for name in Listed.__dataclass_fields__}
    return Listed(**{**values, "urgent": bool(row["urgent"]), "overdue": bool(row["overdue"])})


def _view(name: str, by: Coordinator, now: datetime) -> tuple[str, tuple[object, ...]]:
    if name not in _VIEWS:
        return "1 = 1", ()
    given: tuple[object, ...] = ()
    if name == "mine":
        given = (by.id,)
    elif name == "overdue":
        given = (stamp(now),)
    return f"({_VIEWS[name]})", given


def _where(by: Coordinator, wanted: Wanted) -> tuple[str, list[object]]:
    """What may be seen and was looked for, apart from the view."""
    parts, values = ["1 = 1"], list[object]()
    if not by.publishes:
        parts.append(
            "EXISTS (SELECT 1 FROM handed AS h WHERE h.request_id = r.id AND h.coordinator_id = ?)"
        )
        values.append(by.id)
    if wanted.channel:
        parts.append("r.channel = ?")
        values.append(wanted.channel)
    if wanted.topic:
        parts.append("r.topic = ?")
        values.append(wanted.topic)
    if wanted.region:
        parts.append("r.region = ?")
        values.append(wanted.region)
    if wanted.claimer == NOBODY:
        parts.append("r.claimed_by IS NULL")
    elif wanted.claimer is not None:
        parts.append("r.claimed_by = ?")
        values.append(wanted.claimer)
    for word in wanted.words.split()[:WORDS]:
        sql, given = _holds(word[:LONGEST_WORD])
        parts.append(sql)
        values += given
    return " AND ".join(parts), values


def _holds(word: str) -> tuple[str, list[object]]:
    """A request that is called so, or whose topic or messages hold the word."""
    spelled = [f"%{_plain(one)}%" for one in _spelled(word)]
    any_of = " OR ".join("LOWER({0}) LIKE ? ESCAPE '\\'" for _ in spelled)
    topic, text = any_of.replace("{0}", "r.topic"), any_of.replace("{0}", "m.text")
    # The words of deleted messages and of requests past their time are no longer looked at.
    sql = f"""({topic} OR (r.wiped_at IS NULL AND EXISTS (SELECT 1 FROM request_messages AS m
        WHERE m.request_id = r.id AND m.deleted_at IS NULL AND ({text}))))"""  # noqa: S608
    request_id = ids.number(word.upper().removeprefix("K-"))
    if request_id is not None:
        return f"(r.id = ? OR {sql})", [request_id, *spelled, *spelled]
    return sql, [*spelled, *spelled]


def _spelled(word: str) -> list[str]:
    """The ways in which a lower-case text may hold a word.

    SQLite lowers the letters of ASCII only, so an umlaut stays as it was written: small,
    large because it begins the word, or large because all of it is.
    """
    small = word.lower()
    large = "".join(letter if letter.isascii() else letter.upper() for letter in small)
    first = small if small[:1].isascii() else small[:1].upper() + small[1:]
    return sorted({small, first, large})


def _plain(word: str) -> str:
    """A word for LIKE in which nothing is a sign."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")

"""Stores with as much in them as a busy desk gathers in two years."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from storage.database import Tx
from storage.moments import stamp

MANY = 5_000
_YEARS = timedelta(days=2 * 365)


async def many_requests(tx: Tx, now: datetime) -> None:
    """5,000 requests with three lines each, in all states, promised sooner or later."""
    chance, at = random.Random(5), stamp(now)
    await tx.run("INSERT INTO people (created_at, seen_at) VALUES (?, ?)", at, at)
    person = await tx.value("SELECT MAX(id) FROM people")
    ids = range(1001, 1001 + MANY)
    await tx.many(
        """INSERT INTO requests (id, person_id, channel, bot, chat, topic, state, urgent,
             created_at, updated_at, promised_at) VALUES (?, ?, ?, '', ?, ?, ?, ?, ?, ?, ?)""",
        [
            (
                number,
                person,
                chance.choice(("web", "telegram")),
                f"chat-{number}",
                chance.choice(("Mobilität", "Termine", "Ärger")),
                chance.choice(("open", "claimed", "answered", "closed")),
                int(chance.random() < 0.02),
                stamp(now - timedelta(minutes=chance.randrange(90_000))),
                stamp(now - timedelta(minutes=chance.randrange(9_000))),
                stamp(now + timedelta(minutes=chance.randrange(-9_000, 9_000))),
            )
            for number in ids
        ],
    )
    await tx.many(
        "INSERT INTO request_messages (request_id, author, text, at) VALUES (?, ?, ?, ?)",
        [
            (number, author, f"Wie komme ich zur Bürgersprechstunde? {number}", at)
            for number in ids
            for author in ("person", "coordinator", "person")
        ],
    )


async def two_years(tx: Tx, now: datetime, entries: Sequence[str]) -> None:
    """5,000 closed requests, and what people asked on each day, answered with these entries."""
    chance = random.Random(1)
    requests, tallies = [], []
    for one in range(MANY):
        came = now - timedelta(minutes=chance.randrange(int(_YEARS.total_seconds() // 60)))
        answered = stamp(came + timedelta(minutes=chance.randrange(10, 4000)))
        rating = chance.choice(["good", "good", "middling", "bad", None])
        requests.append((f"c{one}", stamp(came), stamp(came), answered, answered, rating))
    for back in range(_YEARS.days):
        day = (now - timedelta(days=back)).date().isoformat()
        tallies += [(day, "answered", "", 40), (day, "suggest", "", 9), (day, "handover", "", 7)]
        for what, number in (("answer", 40), ("chosen", 9), ("helped", 15), ("not_helped", 6)):
            tallies += [(day, what, entry, 1) for entry in chance.sample(entries, number)]
    await tx.many(
        """INSERT INTO requests (channel, bot, chat, state, created_at, updated_at,
             answered_at, closed_at, rating) VALUES ('web', '', ?, 'closed', ?, ?, ?, ?, ?)""",
        requests,
    )
    await tx.many("INSERT INTO tallies VALUES (?, ?, ?, ?)", tallies)

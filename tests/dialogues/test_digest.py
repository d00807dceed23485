"""Whoever wants to hear of events once a week gets a letter on Monday, if there is anything."""

from datetime import UTC, date, datetime, timedelta

import pytest

from handlers.hours import BERLIN
from handlers.programme import keeping
from handlers.programme.digest import next_letter
from knowledge.models import Event
from tests.support.hotline import Talk


async def announce(talk: Talk, name: str, topic: str, starts: datetime) -> None:
    event = Event(
        id=name,
        title=f"Webtalk {name}",
        starts=starts,
        description="Ein Gespräch.",
        topics=(topic,),
        source="Koordination",
        checked_on=date(2026, 11, 1),
    )
    now = talk.clock.now()
    await talk.app.database.write(lambda tx: keeping.keep(tx, event, "desk", now))
    await talk.app.programme.look()


async def to_monday(talk: Talk) -> None:
    letter = next_letter(talk.clock.now())
    await talk.passes(letter - talk.clock.now() + timedelta(seconds=1))


async def reader(talk: Talk):
    """Somebody who wants to hear of mobility once a week."""
    person = talk.person()
    await talk.ask(person, "/abo", "Abo")
    for action in ("subs:t:mobilitaet", "subs:r:weekly"):
        person.presses(action, person.received[-1], forged=True)
        await talk.hears(person)
    return person


async def test_the_letter_names_what_fits_and_nothing_else(talk: Talk) -> None:
    soon = talk.clock.now() + timedelta(days=12)
    await announce(talk, "wege", "mobilitaet", soon)
    await announce(talk, "dach", "wohnen", soon)
    person = await reader(talk)
    await to_monday(talk)
    letter = await talk.hears(person, "vier Wochen")
    assert "Webtalk wege" in letter.text
    assert "Webtalk dach" not in letter.text


async def test_an_empty_week_sends_nothing(talk: Talk) -> None:
    await announce(talk, "dach", "wohnen", talk.clock.now() + timedelta(days=12))
    await announce(talk, "wege", "mobilitaet", talk.clock.now() + timedelta(days=70))
    person = await reader(talk)
    await to_monday(talk)
    await talk.settled()
    assert talk.silence(person) == []


@pytest.mark.parametrize(
    ("now", "letter"),
    [
        # A Sunday, a Monday before and after nine, and the weeks in which clocks change.
        (datetime(2026, 11, 22, 12, tzinfo=UTC), datetime(2026, 11, 23, 9, tzinfo=BERLIN)),
        (datetime(2026, 11, 23, 7, tzinfo=UTC), datetime(2026, 11, 23, 9, tzinfo=BERLIN)),
        (datetime(2026, 11, 23, 8, tzinfo=UTC), datetime(2026, 11, 30, 9, tzinfo=BERLIN)),
        (datetime(2027, 3, 23, 8, tzinfo=UTC), datetime(2027, 3, 29, 9, tzinfo=BERLIN)),
        (datetime(2027, 10, 26, 8, tzinfo=UTC), datetime(2027, 11, 1, 9, tzinfo=BERLIN)),
    ],
)
def test_it_comes_on_monday_at_nine_by_the_clock_on_the_wall(now, letter):
    assert next_letter(now) == letter

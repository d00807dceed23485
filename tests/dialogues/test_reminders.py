"""Somebody marked an event: they are reminded in time, and hear when it moves or is cancelled."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bot.due import Schedule
from bot.receive import Receiver
from handlers.hours import BERLIN
from handlers.programme import keeping
from knowledge.models import Character, Event
from storage import events
from storage.database import Tx
from tests.fakes.world import Message, Person
from tests.support.hotline import Talk

START = datetime(2026, 12, 4, 18, 30, tzinfo=BERLIN)
A_DAY, AN_HOUR = START - timedelta(days=1), START - timedelta(hours=1)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def webtalk(**changes: Any) -> Event:
    about = {
        "id": "webtalk-turmuhr",
        "title": "Webtalk: Die Turmuhr geht wieder",
        "starts": START.astimezone(UTC),
        "ends": (START + timedelta(minutes=90)).astimezone(UTC),
        "place": "Rathaus, Großer Saal",
        "link": "https://example.org/turmuhr",
        "description": "Wie eine Stadt ihre Uhr repariert.",
        "source": "Koordination",
        "checked_on": date(2026, 11, 1),
    }
    return Event.model_validate(about | changes)


async def keep(talk: Talk, event: Event, **how: Any) -> str:
    now = talk.clock.now()
    return await talk.app.database.write(lambda tx: keeping.keep(tx, event, "desk", now, **how))


async def somebody(talk: Talk, *, plain: bool = False) -> Person:
    """A person whom the hotline knows."""
    person = talk.person()
    if plain:
        await talk.ask(person, "Einfache Sprache", "Ab jetzt schreibe ich in Einfacher Sprache.")
    else:
        await talk.ask(person, "Guten Tag", "Was möchten Sie wissen?")
    return person


async def number(tx: Tx, person: Person) -> int:
    return int(
        await tx.value("SELECT person_id FROM addresses WHERE chat = ?", str(person.chat.chat_id))
    )


async def marks(talk: Talk, person: Person, event: Event, sequence: int = 0) -> None:
    async def unit(tx: Tx) -> bool:
        now = talk.clock.now()
        return await events.mark(tx, await number(tx, person), event.id, sequence, now)

    assert await talk.app.database.write(unit)


async def unmarks(talk: Talk, person: Person, event: Event) -> None:
    async def unit(tx: Tx) -> bool:
        return await events.unmark(tx, await number(tx, person), event.id)

    assert await talk.app.database.write(unit)


async def listener(talk: Talk, event: Event, *, plain: bool = False) -> Person:
    """Somebody who marked the event."""
    person = await somebody(talk, plain=plain)
    await marks(talk, person, event)
    return person


async def it_is(talk: Talk, moment: datetime) -> None:
    """Time passes until then, and what falls due is done."""
    await talk.passes(moment - talk.clock.now())


def pressable(message: Message) -> list[tuple[str, str | None]]:
    return [(button.label, button.data) for button in message.buttons]


# -- in time -------------------------------------------------------------------------


async def test_whoever_marked_it_is_reminded_a_day_and_an_hour_before(talk: Talk) -> None:
    await keep(talk, webtalk())
    person = await listener(talk, webtalk())
    await it_is(talk, A_DAY - MINUTE)
    assert talk.silence(person) == []
    await it_is(talk, A_DAY + SECOND)
    message = await talk.hears(person)
    assert message.text == (
        "Erinnerung: Morgen beginnt „Webtalk: Die Turmuhr geht wieder“.\n\n"
        "Wann: 4. Dezember 2026, 18:30 bis 20:00 Uhr\n"
        "Wo: Rathaus, Großer Saal\n"
        "Link: https://example.org/turmuhr"
    )
    assert pressable(message) == [
        ("Kalendereintrag", "ics:webtalk-turmuhr"),
        ("Nicht mehr merken", "unmark:webtalk-turmuhr"),
    ]
    await it_is(talk, AN_HOUR + SECOND)
    message = await talk.hears(person)
    assert message.text.startswith("Erinnerung: In einer Stunde beginnt „Webtalk: Die Turmuhr")
    await it_is(talk, START + timedelta(days=1))
    assert talk.silence(person) == []


async def test_whoever_chose_einfache_sprache_is_reminded_in_it(talk: Talk) -> None:
    await keep(talk, webtalk())
    simple = await listener(talk, webtalk(), plain=True)
    usual = await listener(talk, webtalk())
    await it_is(talk, A_DAY + SECOND)
    assert (await talk.hears(simple)).text.startswith("Erinnerung\nMorgen beginnt: „Webtalk")
    assert (await talk.hears(usual)).text.startswith("Erinnerung: Morgen beginnt „Webtalk")


async def test_whoever_did_not_ask_for_it_or_no_longer_wants_it_is_left_alone(talk: Talk) -> None:
    await keep(talk, webtalk())
    stranger = await somebody(talk)
    changed_mind = await listener(talk, webtalk())
    gone = await listener(talk, webtalk())
    comes = await listener(talk, webtalk())
    await unmarks(talk, changed_mind, webtalk())
    gone.blocks_bot()
    blocked = "SELECT COUNT(*) AS number FROM addresses WHERE blocked_at IS NOT NULL"
    await talk.until(lambda: talk.rows(blocked), [{"number": 1}])
    await it_is(talk, A_DAY + SECOND)
    await talk.hears(comes, "Erinnerung")
    for person in (stranger, changed_mind, gone):
        assert talk.silence(person) == []


async def test_an_event_without_an_hour_is_named_on_the_morning_before(talk: Talk) -> None:
    day = webtalk(starts=date(2026, 12, 5), ends=None, place=None, link=None)
    await keep(talk, day)
    person = await listener(talk, day)
    await it_is(talk, datetime(2026, 12, 4, 9, 0, 1, tzinfo=BERLIN))
    message = await talk.hears(person, "Morgen beginnt")
    assert message.text.endswith("\n\nWann: 5. Dezember 2026")
    await it_is(talk, datetime(2026, 12, 6, 12, tzinfo=BERLIN))
    assert talk.silence(person) == []


async def test_where_no_place_is_known_it_says_how_one_takes_part(talk: Talk) -> None:
    online = webtalk(place=None, characters=(Character.DIGITAL,))
    await keep(talk, online)
    person = await listener(talk, online)
    await it_is(talk, A_DAY + SECOND)
    assert "\nWo: digital\nLink: https://example.org/turmuhr" in (await talk.hears(person)).text


@pytest.mark.parametrize(
    ("starts", "hours"),
    [
        (datetime(2027, 3, 28, 14, tzinfo=BERLIN), 23),  # the night is an hour shorter
        (datetime(2027, 10, 31, 14, tzinfo=BERLIN), 25),
    ],
)
async def test_the_day_before_is_the_same_time_on_the_clock_when_clocks_are_changed(
    talk: Talk, starts: datetime, hours: int
) -> None:
    real = starts.astimezone(UTC)
    event = webtalk(starts=real, ends=None)
    await keep(talk, event)
    person = await listener(talk, event)
    await it_is(talk, real - timedelta(hours=hours) - MINUTE)
    assert talk.silence(person) == []
    await it_is(talk, real - timedelta(hours=hours) + SECOND)
    await talk.hears(person, "Erinnerung: Morgen")
    await it_is(talk, real - timedelta(hours=1) + SECOND)
    await talk.hears(person, "Erinnerung: In einer Stunde")


async def test_reminders_are_said_before_announcements(talk: Talk) -> None:
    await keep(talk, webtalk())
    await listener(talk, webtalk())
    await it_is(talk, A_DAY + SECOND)
    rows = await talk.rows("SELECT lane FROM outbox WHERE payload LIKE '%Morgen beginnt%'")
    assert [row["lane"] for row in rows] == [0]


# -- late ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (timedelta(minutes=59), SECOND, "In einer Stunde beginnt"),
        (timedelta(minutes=45), SECOND, "beginnt in 45 Minuten."),
        (timedelta(minutes=1), SECOND, "beginnt in einer Minute."),
        (timedelta(), SECOND, "hat schon begonnen."),
        (timedelta(minutes=-89), SECOND, "hat schon begonnen."),
    ],
)
async def test_a_late_reminder_says_so_and_how_much_time_is_left(
    talk: Talk, before: timedelta, after: timedelta, words: str
) -> None:
    await keep(talk, webtalk())
    person = await listener(talk, webtalk())
    await it_is(talk, A_DAY + SECOND)
    await talk.hears(person, "Morgen beginnt")
    # The earliest of these comes 59 seconds late, as near to the minute as a slow machine allows.
    await it_is(talk, START - before + (after if before < timedelta(minutes=59) else -30 * SECOND))
    message = await talk.hears(person)
    assert words in message.text
    assert message.text.startswith("Verspätete Erinnerung:") is ("Stunde" not in words)


@pytest.mark.parametrize(
    ("late", "until"),
    [
        (timedelta(hours=6), "in etwa 18 Stunden"),
        (timedelta(hours=22, minutes=40), "in 80 Minuten"),
    ],
)
async def test_the_day_before_can_be_late_too(talk: Talk, late: timedelta, until: str) -> None:
    await keep(talk, webtalk())
    person = await listener(talk, webtalk(), plain=True)
    await it_is(talk, A_DAY + late)
    message = await talk.hears(person)
    assert message.text.startswith("Verspätete Erinnerung\nWir melden uns zu spät")
    assert f"beginnt {until}." in message.text


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (datetime(2026, 12, 4, 20, tzinfo=BERLIN), "beginnt morgen."),
        (datetime(2026, 12, 5, 0, 30, tzinfo=BERLIN), "beginnt heute."),
        (datetime(2026, 12, 6, 12, tzinfo=BERLIN), "hat schon begonnen."),
    ],
)
async def test_a_late_word_on_an_event_without_an_hour_counts_days(
    talk: Talk, now: datetime, words: str
) -> None:
    days = webtalk(starts=date(2026, 12, 5), ends=date(2026, 12, 6))
    await keep(talk, days)
    person = await listener(talk, days)
    await it_is(talk, now)
    assert words in (await talk.hears(person, "Verspätete Erinnerung:")).text


@pytest.mark.parametrize(
    "event",
    [
        webtalk(),
        webtalk(ends=None),
        webtalk(starts=date(2026, 12, 4), ends=None),
    ],
)
async def test_nobody_is_reminded_of_what_is_over(talk: Talk, event: Event) -> None:
    await keep(talk, event)
    person = await listener(talk, event)
    await it_is(talk, START + timedelta(hours=6))
    assert talk.silence(person) == []


async def test_a_clock_that_is_set_back_reminds_nobody_twice(talk: Talk) -> None:
    await keep(talk, webtalk())
    person = await listener(talk, webtalk())
    await it_is(talk, A_DAY + SECOND)
    await talk.hears(person, "Morgen beginnt")
    await it_is(talk, A_DAY - timedelta(hours=2))
    await it_is(talk, A_DAY + MINUTE)
    assert talk.silence(person) == []


# -- changed, cancelled ----------------------------------------------------------------


async def test_whoever_marked_it_learns_the_new_time_and_is_reminded_then(talk: Talk) -> None:
    await keep(talk, webtalk())
    person = await listener(talk, webtalk())
    simple = await listener(talk, webtalk(), plain=True)
    week = timedelta(days=7)
    moved = webtalk(starts=START + week, ends=START + week + timedelta(hours=1))
    assert await keep(talk, moved) == "moved"
    await talk.passes(SECOND)
    message = await talk.hears(person)
    assert message.text == (
        "Änderung: Bei „Webtalk: Die Turmuhr geht wieder“ ist etwas anders als bisher.\n\n"
        "Neu:\n"
        "Wann: 11. Dezember 2026, 18:30 bis 19:30 Uhr\n\n"
        "Bisher:\n"
        "Wann: 4. Dezember 2026, 18:30 bis 20:00 Uhr\n\n"
        "Unverändert:\n"
        "Wo: Rathaus, Großer Saal\n"
        "Link: https://example.org/turmuhr\n\n"
        "Die Veranstaltung bleibt für Sie gemerkt."
    )
    assert [label for label, _ in pressable(message)] == ["Kalendereintrag", "Nicht mehr merken"]
    assert (await talk.hears(simple)).text == (
        "Änderung\n"
        "Bei „Webtalk: Die Turmuhr geht wieder“ ist etwas anders als bisher.\n\n"
        "Das ist neu:\n"
        "Wann: 11. Dezember 2026, 18:30 bis 19:30 Uhr\n\n"
        "So war es bisher:\n"
        "Wann: 4. Dezember 2026, 18:30 bis 20:00 Uhr\n\n"
        "Das bleibt gleich:\n"
        "Wo: Rathaus, Großer Saal\n"
        "Link: https://example.org/turmuhr\n\n"
        "Wir haben die Veranstaltung weiter für Sie gemerkt."
    )
    await it_is(talk, START)
    assert talk.silence(person) == []
    await it_is(talk, A_DAY + week + SECOND)
    assert "11. Dezember 2026" in (await talk.hears(person, "Morgen beginnt")).text
    await it_is(talk, AN_HOUR + week + SECOND)
    await talk.hears(person, "In einer Stunde beginnt")
    assert talk.silence(person) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"place": "Bürgerhaus"}, "Wo: Bürgerhaus"),
        ({"link": "https://example.org/neu"}, "Link: https://example.org/neu"),
    ],
)
async def test_another_place_or_link_is_told_and_the_reminders_stay(
    talk: Talk, change: dict[str, str], words: str
) -> None:
    await keep(talk, webtalk())
    person = await listener(talk, webtalk())
    assert await keep(talk, webtalk(**change)) == "moved"
    await talk.passes(SECOND)
    assert words in (await talk.hears(person, "Änderung")).text
    await it_is(talk, A_DAY + SECOND)
    assert words in (await talk.hears(person, "Erinnerung")).text


async def test_a_new_description_is_told_to_nobody(talk: Talk) -> None:
    await keep(talk, webtalk())
    person = await listener(talk, webtalk())
    assert await keep(talk, webtalk(description="Mit Turmführung.")) == "changed"
    await talk.passes(MINUTE)
    assert talk.silence(person) == []


async def test_several_changes_at_once_are_told_as_one(talk: Talk) -> None:
    await keep(talk, webtalk())
    person = await listener(talk, webtalk())
    for place in ("Bürgerhaus", "Turnhalle", "Kirche"):
        await keep(talk, webtalk(place=place))
    await talk.passes(SECOND)
    message = await talk.hears(person, "Änderung")
    assert "Neu:\nWo: Kirche\n\nBisher:\nWo: Rathaus, Großer Saal\n\n" in message.text
    assert "Bürgerhaus" not in message.text
    assert talk.silence(person) == []


async def test_everybody_learns_what_is_different_from_what_they_knew(talk: Talk) -> None:
    await keep(talk, webtalk())
    early = await listener(talk, webtalk())
    await keep(talk, webtalk(place="Bürgerhaus"))
    later = await somebody(talk)
    await marks(talk, later, webtalk(), sequence=1)
    earliest = await listener(talk, webtalk())
    week = timedelta(days=7)
    moved = {"starts": START + week, "ends": None}
    await keep(talk, webtalk(place="Bürgerhaus", **moved))
    await talk.passes(SECOND)
    new = "Neu:\nWann: 11. Dezember 2026, 18:30 Uhr\n"
    when = "Wann: 4. Dezember 2026, 18:30 bis 20:00 Uhr"
    for person in (early, earliest):
        text = (await talk.hears(person)).text
        assert f"{new}Wo: Bürgerhaus\n\nBisher:\n{when}\nWo: Rathaus, Großer Saal\n\n" in text
        assert text.count("Wo: ") == 2
    text = (await talk.hears(later)).text
    assert f"{new}\nBisher:\n{when}\n\nUnverändert:\nWo: Bürgerhaus\n" in text


async def test_what_was_moved_away_and_back_is_no_news(talk: Talk) -> None:
    await keep(talk, webtalk())
    person = await listener(talk, webtalk())
    assert await keep(talk, webtalk(place="Bürgerhaus")) == "moved"
    assert await keep(talk, webtalk()) == "moved"
    await talk.passes(SECOND)
    assert talk.silence(person) == []
    told = await talk.rows("SELECT told FROM marks")
    assert [row["told"] for row in told] == [2]
    await keep(talk, webtalk(place="Kirche"))
    await talk.passes(SECOND)
    assert "Bisher:\nWo: Rathaus, Großer Saal\n\n" in (await talk.hears(person)).text


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({}, {"place": None}, "Neu:\nWo: noch offen\n\nBisher:\nWo: Rathaus, Großer Saal\n\n"),
        (
            {},
            {"link": None},
            "Neu:\nLink: keiner mehr\n\nBisher:\nLink: https://example.org/turmuhr\n\n",
        ),
        (
            {"place": None, "link": None},
            {"link": None},
            "Neu:\nWo: Rathaus, Großer Saal\n\nUnverändert:\nWann: 4. Dezember",
        ),
    ],
)
async def test_what_there_is_no_more_or_not_yet_is_said_in_words(
    talk: Talk, before: dict[str, Any], after: dict[str, Any], words: str
) -> None:
    await keep(talk, webtalk(**before))
    person = await listener(talk, webtalk())
    await keep(talk, webtalk(**after))
    await talk.passes(SECOND)
    text = (await talk.hears(person)).text
    assert words in text
    assert "\n\n\n" not in text


async def test_where_nobody_knows_what_somebody_knew_they_learn_how_things_stand(
    talk: Talk,
) -> None:
    await keep(talk, webtalk())
    person = await listener(talk, webtalk())
    await keep(talk, webtalk(place="Bürgerhaus"))
    await talk.app.database.write(lambda tx: tx.run("DELETE FROM event_versions"))
    await talk.passes(SECOND)
    text = (await talk.hears(person, "findet jetzt so statt:")).text
    assert "\nWo: Bürgerhaus\n" in text
    assert "Bisher" not in text


async def test_what_an_event_said_before_is_forgotten_some_days_after_it(talk: Talk) -> None:
    stays = webtalk(id="orgel", title="Orgelkonzert", starts=START + timedelta(days=30), ends=None)
    for one in (webtalk(), stays):
        await keep(talk, one)
    await listener(talk, webtalk())
    await keep(talk, webtalk(place="Bürgerhaus"))
    await talk.passes(SECOND)
    versions = "SELECT event_id, sequence FROM event_versions ORDER BY event_id, sequence"
    await it_is(talk, START + timedelta(days=6))
    await keep(talk, stays.model_copy(update={"place": "Dom"}))
    await talk.passes(SECOND)
    before = [("orgel", 0), ("webtalk-turmuhr", 0)]
    assert [tuple(row.values()) for row in await talk.rows(versions)] == before
    await it_is(talk, START + timedelta(days=8))
    await keep(talk, stays.model_copy(update={"place": "Kirche"}))
    await talk.passes(SECOND)
    assert [tuple(row.values()) for row in await talk.rows(versions)] == [
        ("orgel", 0),
        ("orgel", 1),
    ]


async def test_whoever_marks_it_afterwards_knows_already(talk: Talk) -> None:
    await keep(talk, webtalk())
    early = await listener(talk, webtalk())
    late = await somebody(talk)
    await keep(talk, webtalk(place="Bürgerhaus"))
    await marks(talk, late, webtalk(), sequence=1)
    await talk.passes(SECOND)
    await talk.hears(early, "Bürgerhaus")
    assert talk.silence(late) == []
    await keep(talk, webtalk(place="Kirche"))
    await talk.passes(SECOND)
    await talk.hears(late, "Kirche")


async def test_a_cancelled_event_is_told_of_once_and_reminds_nobody(talk: Talk) -> None:
    await keep(talk, webtalk())
    person = await listener(talk, webtalk())
    simple = await listener(talk, webtalk(), plain=True)
    assert await keep(talk, webtalk(cancelled=True)) == "cancelled"
    await talk.passes(SECOND)
    message = await talk.hears(person)
    assert message.text == (
        "Abgesagt: „Webtalk: Die Turmuhr geht wieder“ findet nicht statt.\n\n"
        "Geplant war: 4. Dezember 2026, 18:30 bis 20:00 Uhr\n\n"
        "Wir erinnern Sie nicht daran. "
        "Findet die Veranstaltung doch noch statt, sagen wir Ihnen Bescheid."
    )
    assert pressable(message) == [
        ("Nicht mehr merken", "unmark:webtalk-turmuhr"),
        ("Veranstaltungen", "evts"),
    ]
    assert (await talk.hears(simple)).text.startswith("Abgesagt\n„Webtalk")
    await it_is(talk, A_DAY + SECOND)
    await it_is(talk, AN_HOUR + SECOND)
    assert talk.silence(person) == []


async def test_if_it_takes_place_after_all_they_hear_of_it_and_are_reminded(talk: Talk) -> None:
    await keep(talk, webtalk())
    person = await listener(talk, webtalk())
    await keep(talk, webtalk(cancelled=True))
    await talk.passes(SECOND)
    await talk.hears(person, "Abgesagt")
    await keep(talk, webtalk())
    await talk.passes(SECOND)
    await talk.hears(person, "findet jetzt so statt")
    await it_is(talk, A_DAY + SECOND)
    await talk.hears(person, "Morgen beginnt")


async def test_cancelled_and_revived_before_anybody_was_told_is_told_as_it_stands(
    talk: Talk,
) -> None:
    await keep(talk, webtalk())
    person = await listener(talk, webtalk())
    await keep(talk, webtalk(cancelled=True))
    await keep(talk, webtalk(place="Bürgerhaus"))
    await talk.passes(SECOND)
    text = (await talk.hears(person, "findet jetzt so statt")).text
    assert "\nWo: Bürgerhaus\n" in text
    assert talk.silence(person) == []


async def test_what_is_corrected_after_the_event_is_told_to_nobody(talk: Talk) -> None:
    await keep(talk, webtalk())
    person = await listener(talk, webtalk())
    await it_is(talk, START + timedelta(days=30))
    assert await keep(talk, webtalk(link="https://example.org/aufzeichnung")) == "moved"
    await talk.passes(SECOND)
    assert talk.silence(person) == []
    told = await talk.rows("SELECT told FROM marks")
    assert [row["told"] for row in told] == [1]


# -- in between ------------------------------------------------------------------------


async def falls_due(talk: Talk, moment: datetime) -> None:
    """The reminder is taken up, and something is in the way before it is handled."""
    talk.clock.move(moment - talk.clock.now())
    database = talk.app.database
    nobody_hurries = Receiver(database, talk.clock, arrived=lambda: None)
    await Schedule(database, talk.clock, nobody_hurries).tick()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cancelled": True}, "Abgesagt"),
        ({"starts": START + timedelta(days=7), "ends": None}, "11. Dezember"),
        ({"starts": START - timedelta(minutes=20)}, "18:10 bis 20:00"),
    ],
)
async def test_what_changed_while_the_reminder_waited_is_told_instead_of_it(
    talk: Talk, change: dict[str, Any], words: str
) -> None:
    await keep(talk, webtalk())
    person = await listener(talk, webtalk())
    await it_is(talk, A_DAY + SECOND)
    await talk.hears(person, "Morgen beginnt")
    await falls_due(talk, AN_HOUR + SECOND)
    await keep(talk, webtalk(**change))
    await talk.passes(SECOND)
    await talk.hears(person, words)
    assert talk.silence(person) == []


async def test_a_correction_while_the_reminder_waits_does_not_swallow_it(talk: Talk) -> None:
    await keep(talk, webtalk())
    person = await listener(talk, webtalk())
    talk.clock.move(A_DAY + SECOND - talk.clock.now())
    await keep(talk, webtalk(description="Mit Turmführung."))
    await talk.passes(SECOND)
    await talk.hears(person, "Morgen beginnt")
    assert talk.silence(person) == []


@pytest.mark.parametrize("gone", ["draft", "deleted"])
async def test_nobody_is_reminded_of_an_event_that_was_withdrawn(talk: Talk, gone: str) -> None:
    await keep(talk, webtalk())
    person = await listener(talk, webtalk())
    await falls_due(talk, A_DAY + SECOND)
    if gone == "draft":
        await keep(talk, webtalk(), draft=True)
    else:
        await talk.app.database.write(lambda tx: tx.run("DELETE FROM events"))
    await talk.passes(SECOND)
    assert talk.silence(person) == []

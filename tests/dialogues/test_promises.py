"""An answer is late, a colleague is away, a request waits for its person.

The tests begin on a Tuesday at ten; people are at work from nine to four on weekdays.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from handlers.hours import BERLIN
from storage import due
from storage.database import Tx
from storage.moments import stamp
from tests.fakes.botapi import FakeBotApi
from tests.fakes.world import Person, Topic
from tests.support.announcing import member, write
from tests.support.clock import START, MovableClock
from tests.support.hotline import COLLEAGUE, COORDINATOR, DESK, Talk, hotline

SECOND, MINUTE, HOUR, DAY = (
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(days=1),
)
LATE = "nicht vergessen"
SOON = "schließe ich sie ab"
GROUP: dict[str, Any] = {
    "telegram_desk_chat": DESK,
    "telegram_coordinators": f"{COORDINATOR},{COLLEAGUE}",
}


def berlin(month: int, day: int, hour: int, minute: int = 0, year: int = 2026) -> datetime:
    """In winter."""
    return datetime(year, month, day, hour - 1, minute, tzinfo=UTC)


async def it_is(talk: Talk, moment: datetime) -> None:
    """Time passes until a moment after then, and what falls due is done."""
    await talk.passes(moment + 5 * SECOND - talk.clock.now())


async def goes_by(talk: Talk, until: datetime) -> None:
    """The same, with everything that happens on the way in its time."""
    while talk.clock.now() + HOUR < until:
        await talk.passes(HOUR)
    await it_is(talk, until)


def count(messages: list[str], words: str) -> int:
    return sum(words in text for text in messages)


def heard(person: Person, words: str) -> int:
    return count([m.text for m in person.received], words)


def in_topic(topic: Topic, words: str) -> int:
    return count([m.text for m in topic.messages], words)


async def answers(talk: Talk, person: Person, topic: Topic, text: str = "Die Stadt.") -> None:
    member(talk).says(text, thread=topic)
    await talk.hears(person, text)
    await talk.settled()


async def claims(talk: Talk, topic: Topic, who: int = COORDINATOR) -> None:
    """Somebody claims it who has written to the bot in private before."""
    talk.api.user(who).says("Hallo")
    member(talk, who).says("/nehmen", thread=topic)
    await talk.api.wait_for(lambda: in_topic(topic, "kümmert sich um"))
    await talk.settled()


def private(talk: Talk, who: int) -> list[str]:
    return [m.text for m in talk.api.user(who).received]


async def away(talk: Talk, who: int, until: datetime | None, deputy: int | None = None) -> None:
    async def unit(tx: Tx) -> None:
        account = "SELECT coordinator_id FROM coordinator_accounts WHERE sender = ?"
        number = await tx.value(account, str(who))
        stands_in = await tx.value(account, str(deputy)) if deputy else None
        await tx.run(
            "UPDATE coordinators SET away_until = ?, deputy_id = ? WHERE id = ?",
            stamp(until) if until else None,
            stands_in,
            number,
        )

    await write(talk, unit)


async def state(talk: Talk) -> list[str]:
    return [row["state"] for row in await talk.rows("SELECT state FROM requests ORDER BY id")]


# -- the promised time is over -----------------------------------------------------------


async def test_whoever_waits_too_long_is_told_and_when_to_expect_it_now(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await it_is(talk, berlin(11, 24, 13, 55))
    assert talk.silence(person) == []
    await it_is(talk, berlin(11, 24, 14, 1))
    told = await talk.hears(person, LATE)
    assert "K-1001" in told.text
    assert "morgen gegen 13 Uhr" in told.text
    assert in_topic(topic, "wartet noch") == 1
    mine = await talk.ask(person, "/anfragen", "K-1001")
    assert "morgen gegen 13 Uhr" in mine.text
    assert "morgen gegen 13 Uhr" in (await talk.ask(person, "Mensch bitte", "liegt schon")).text


async def test_it_is_said_once_a_working_day_and_never_at_night_or_on_a_weekend(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    times = []
    while talk.clock.now() < berlin(12, 1, 12):
        before = heard(person, LATE), in_topic(topic, "⏰")
        await talk.passes(HOUR)
        if (heard(person, LATE), in_topic(topic, "⏰")) != before:
            times.append(talk.clock.now().astimezone(BERLIN))
        if heard(person, LATE) == before[0] + 1:
            told = person.received[-1].text
    assert all(each.weekday() < 5 and 9 <= each.hour < 17 for each in times), times
    # Tuesday to Friday, and Monday; on the second Tuesday the time has not come yet.
    assert heard(person, LATE) == 5
    assert "morgen gegen 13 Uhr" in told
    said = [m.text.partition("voraussichtlich ")[2] for m in person.received if LATE in m.text]
    assert said[3].startswith("am Montag, 30. November, gegen 13 Uhr")


async def test_an_answer_in_time_leaves_nothing_to_say(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await answers(talk, person, topic)
    await goes_by(talk, berlin(11, 27, 12))
    assert talk.silence(person) == []
    assert in_topic(topic, "wartet noch") == 0


async def test_whoever_says_thanks_is_not_told_that_an_answer_is_late(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await answers(talk, person, topic)
    person.says("Danke!")
    await talk.api.wait_for(lambda: in_topic(topic, "Danke!"))
    await talk.settled()
    assert await state(talk) == ["answered"]
    await goes_by(talk, berlin(11, 26, 12))
    assert talk.silence(person) == []


async def test_closing_and_withdrawing_take_everything_back(talk: Talk) -> None:
    closer, leaver = talk.person(), talk.person()
    topics = [await talk.request(closer), await talk.request(leaver, "Wer stimmt die Orgel?")]
    await it_is(talk, berlin(11, 24, 14, 30))
    before = [in_topic(topic, "⏰") for topic in topics]
    closer.presses("close:1001", closer.received[-1], forged=True)
    await talk.hears(closer, "abgeschlossen")
    question = await talk.ask(leaver, "/loeschen", "Soll ich alles löschen")
    leaver.presses("Ja, alles löschen", question)
    await talk.hears(leaver, "Alles gelöscht")
    await goes_by(talk, berlin(11, 26, 12))
    assert [in_topic(topic, "⏰") for topic in topics] == before
    assert heard(closer, LATE) == heard(leaver, LATE) == 1


async def test_over_the_holidays_the_next_time_is_a_day_on_which_people_work(
    tmp_path: Path, api: FakeBotApi
) -> None:
    clock = MovableClock(berlin(12, 23, 13))  # a Wednesday; Christmas Day is a Friday
    async with hotline(tmp_path, api, clock, **GROUP) as talk:
        person = talk.person()
        await talk.request(person)
        # Three hours of work are left on this day and one is on the next; then it is Christmas.
        await it_is(talk, berlin(12, 24, 10, 1))
        assert "am Montag, 28. Dezember, gegen 13 Uhr" in (await talk.hears(person, LATE)).text
        await goes_by(talk, berlin(12, 28, 12))
        assert heard(person, LATE) == 1
        await it_is(talk, berlin(12, 28, 13, 1))
        await talk.hears(person, LATE)


async def test_when_the_clocks_change_the_office_still_opens_at_nine(
    tmp_path: Path, api: FakeBotApi
) -> None:
    # Friday before the last Sunday in March: Monday is in summer.
    clock = MovableClock(berlin(3, 26, 15, 30, 2027))  # Good Friday: nobody is there
    async with hotline(tmp_path, api, clock, **GROUP) as talk:
        person = talk.person()
        topic = await talk.request(person)
        tuesday_one = datetime(2027, 3, 30, 11, 0, tzinfo=UTC)  # after Easter Monday
        await it_is(talk, tuesday_one - MINUTE)
        assert in_topic(topic, "⏰") == 0
        await it_is(talk, tuesday_one)
        assert "morgen gegen 13 Uhr" in (await talk.hears(person, LATE)).text


async def test_after_a_day_of_standstill_it_is_said_once_and_not_in_the_night(
    tmp_path: Path, api: FakeBotApi
) -> None:
    async with hotline(tmp_path, api, **GROUP) as talk:
        person = talk.person()
        topic = await talk.request(person)
        await claims(talk, topic)
        clock = talk.clock
    clock.move(berlin(11, 25, 3) - clock.now())  # the machine stood still since yesterday
    async with hotline(tmp_path, api, clock, **GROUP) as talk:
        await talk.passes(SECOND)
        await talk.settled()
        assert heard(person, LATE) == 0
        assert in_topic(topic, "⏰") == 0
        await it_is(talk, berlin(11, 25, 9))
        await talk.passes(SECOND)
        assert heard(person, LATE) == 1
        assert in_topic(topic, "⏰") == 1
    clock.move(berlin(11, 26, 15) - clock.now())  # and once more, over the next promise
    async with hotline(tmp_path, api, clock, **GROUP) as talk:
        await talk.passes(SECOND)
        await talk.passes(SECOND)
        assert heard(person, LATE) == 2
        assert in_topic(topic, "⏰") == 2
        assert not any("K-1001" in text for text in private(talk, COORDINATOR))


async def test_while_an_answer_waits_for_its_time_nobody_is_told_that_it_is_late(
    talk: Talk,
) -> None:
    person = talk.person()
    await talk.request(person)

    async def written(tx: Tx) -> None:
        at = stamp(berlin(11, 25, 9))
        message = "SELECT MAX(id) FROM request_messages"
        await tx.run(f"INSERT INTO postponed VALUES (({message}), ?)", at)  # noqa: S608

    await write(talk, written)
    await goes_by(talk, berlin(11, 25, 8))
    assert heard(person, LATE) == 0


# -- the desk is reminded, in steps --------------------------------------------------------


async def test_first_the_group_then_whoever_has_it_then_the_deputy(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await claims(talk, topic)
    talk.api.user(COLLEAGUE).says("Hallo")
    await away(talk, COORDINATOR, None, deputy=COLLEAGUE)
    await it_is(talk, berlin(11, 24, 14, 1))
    assert in_topic(topic, "⏰") == 1
    await it_is(talk, berlin(11, 24, 15, 59))
    assert in_topic(topic, "⏰") == 1
    await it_is(talk, berlin(11, 25, 9, 2))  # two hours of work after 14:01
    assert in_topic(topic, "⏰ Erika Beispiel: K-1001 wartet noch") == 1
    [told] = [text for text in private(talk, COORDINATOR) if "K-1001" in text]
    assert "/desk/anfrage/1001" in told
    assert "Kirchturmuhr" not in told
    assert not any("K-1001" in text for text in private(talk, COLLEAGUE))
    await it_is(talk, berlin(11, 25, 11, 5))
    assert in_topic(topic, "Sie vertreten Erika Beispiel") == 1
    assert sum("K-1001 liegt bei Erika Beispiel" in t for t in private(talk, COLLEAGUE)) == 1
    offer = next(m for m in topic.messages if "Sie vertreten" in m.text)
    member(talk, COLLEAGUE).presses("Ich übernehme", offer)
    await talk.api.wait_for(lambda: in_topic(topic, "Max Muster kümmert sich um K-1001"))


async def test_an_answer_between_two_steps_ends_them(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await claims(talk, topic)
    await it_is(talk, berlin(11, 24, 14, 1))
    await answers(talk, person, topic)
    person.says("Und wer zahlt das Zifferblatt?")
    await talk.api.wait_for(lambda: in_topic(topic, "Zifferblatt"))
    await it_is(talk, berlin(11, 25, 9, 2))
    await it_is(talk, berlin(11, 25, 11, 0))
    # The new words have a promise of their own, which was not broken yet.
    assert in_topic(topic, "⏰") == 1


async def test_whoever_never_wrote_to_the_bot_is_called_in_the_group_alone(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    member(talk).says("/nehmen", thread=topic)
    await talk.api.wait_for(lambda: in_topic(topic, "kümmert sich um"))
    await it_is(talk, berlin(11, 24, 14, 1))
    await it_is(talk, berlin(11, 25, 9, 5))
    assert in_topic(topic, "⏰ Erika Beispiel: K-1001") == 1
    assert private(talk, COORDINATOR) == []


async def test_somebody_away_is_left_in_peace_and_the_deputy_is_called_at_once(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await claims(talk, topic)
    talk.api.user(COLLEAGUE).says("Hallo")
    await away(talk, COORDINATOR, START + 5 * DAY, deputy=COLLEAGUE)
    await it_is(talk, berlin(11, 24, 14, 1))
    await it_is(talk, berlin(11, 25, 9, 5))
    assert not any("K-1001" in text for text in private(talk, COORDINATOR))
    assert sum("K-1001" in text for text in private(talk, COLLEAGUE)) == 1
    await it_is(talk, berlin(11, 25, 12, 50))
    assert in_topic(topic, "⏰") == 2


async def test_two_who_stand_in_for_each_other_and_are_both_away_leave_it_to_the_group(
    talk: Talk,
) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await claims(talk, topic)
    await away(talk, COORDINATOR, START + 5 * DAY, deputy=COLLEAGUE)
    await away(talk, COLLEAGUE, START + 5 * DAY, deputy=COORDINATOR)
    await it_is(talk, berlin(11, 24, 14, 1))
    await it_is(talk, berlin(11, 25, 9, 5))
    assert in_topic(topic, "⏰ K-1001 wartet noch") == 2


async def test_what_somebody_has_in_hand_is_offered_to_the_deputy_when_they_go_away(
    talk: Talk,
) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await claims(talk, topic)
    talk.api.user(COLLEAGUE).says("Hallo")
    await away(talk, COORDINATOR, berlin(11, 30, 9), deputy=COLLEAGUE)
    await write(talk, lambda tx: due.plan(tx, "away", "1", talk.clock.now()))
    await talk.passes(SECOND)
    offer = next(m for m in topic.messages if "bis 30. November 2026 nicht da" in m.text)
    assert any("Sie vertreten" in t and "K-1001" in t for t in private(talk, COLLEAGUE))
    member(talk, COLLEAGUE).presses("Ich übernehme", offer)
    await talk.api.wait_for(lambda: in_topic(topic, "Max Muster kümmert sich um K-1001"))


async def test_nothing_is_offered_of_somebody_who_is_back_by_then(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await claims(talk, topic)
    await away(talk, COORDINATOR, START - DAY, deputy=COLLEAGUE)
    await write(talk, lambda tx: due.plan(tx, "away", "1", talk.clock.now()))
    await talk.passes(SECOND)
    assert in_topic(topic, "nicht da") == 0


# -- a request waits for its person ----------------------------------------------------------


async def test_what_was_answered_is_closed_after_two_weeks_but_not_without_a_warning(
    talk: Talk,
) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await answers(talk, person, topic)
    await goes_by(talk, berlin(12, 7, 8, 30))
    assert talk.silence(person) == []
    await it_is(talk, berlin(12, 7, 10))  # eleven days on is a Saturday
    warning = await talk.hears(person, SOON)
    assert "Am 10. Dezember 2026 schließe" in warning.text
    assert [b.label for b in warning.buttons] == ["Bitte offen lassen", "Das ist erledigt"]
    await goes_by(talk, berlin(12, 10, 8))
    assert await state(talk) == ["answered"]
    await it_is(talk, berlin(12, 10, 11))
    await talk.hears(person, "nichts mehr von Ihnen gehört")
    assert await state(talk) == ["closed"]
    assert in_topic(topic, "lange nicht gemeldet") == 1
    assert topic.closed
    person.presses("Wieder öffnen", person.received[-1])
    await talk.hears(person, "wieder offen")


async def test_whoever_presses_the_button_keeps_it_open(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await answers(talk, person, topic)
    await goes_by(talk, berlin(12, 7, 10))
    warning = await talk.hears(person, SOON)
    person.presses("Bitte offen lassen", warning)
    await talk.hears(person, "bleibt offen")
    await goes_by(talk, berlin(12, 18, 8))
    assert await state(talk) == ["answered"]
    assert talk.silence(person) == []
    await it_is(talk, berlin(12, 18, 12))
    await talk.hears(person, SOON)
    await goes_by(talk, berlin(12, 21, 8))
    assert await state(talk) == ["answered"]
    await it_is(talk, berlin(12, 21, 13))
    await talk.hears(person, "nichts mehr von Ihnen gehört")
    person.presses("Bitte offen lassen", warning)
    person.presses("Wieder öffnen", await talk.hears(person, "K-1001: abgeschlossen"))
    await talk.hears(person, "wieder offen")


async def test_writing_anything_keeps_it_open(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await answers(talk, person, topic)
    await goes_by(talk, berlin(12, 7, 10))
    await talk.hears(person, SOON)
    await talk.ask(person, "Ab wann ist ein Ort eine Kleinstadt?", "5.000")
    await goes_by(talk, berlin(12, 16, 12))
    assert await state(talk) == ["answered"]
    person.says("Und wer zahlt das Zifferblatt der Kirchturmuhr?")
    await talk.api.wait_for(lambda: in_topic(topic, "Zifferblatt"))
    await talk.settled()
    assert await state(talk) == ["open"]
    # Now it is our turn, and nothing of it ends by itself.
    await goes_by(talk, berlin(12, 31, 12))
    assert await state(talk) == ["open"]


async def test_a_question_of_the_desk_is_waited_for_as_long(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await claims(talk, topic)
    member(talk).says("/rueckfrage Welche Uhr meinen Sie?", thread=topic)
    await talk.hears(person, "Welche Uhr meinen Sie?")
    await goes_by(talk, berlin(12, 3, 12))
    assert heard(person, LATE) == 0
    await talk.ask(person, "/anfragen", "K-1001: Wir haben eine Frage an Sie.")
    await goes_by(talk, berlin(12, 7, 10))
    await talk.hears(person, SOON)
    person.says("Es geht um die Uhr von 1871.")
    await talk.api.wait_for(lambda: in_topic(topic, "1871"))
    await talk.settled()
    assert await state(talk) == ["open"]
    await it_is(talk, berlin(12, 7, 14, 2))
    await talk.hears(person, LATE)


async def test_what_was_urgent_is_never_closed_by_the_clock(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "Ich will nicht mehr leben.", "112")
    await talk.hears(person, "K-1001")
    await talk.settled()
    topic = next(iter(talk.api.group(DESK).topics.values()))
    await answers(talk, person, topic, "Wir sind da.")
    await goes_by(talk, berlin(12, 22, 12))
    assert talk.silence(person) == []
    assert await state(talk) == ["answered"]


async def test_somebody_who_talks_of_danger_later_makes_it_urgent(talk: Talk) -> None:
    person = talk.person()
    await talk.request(person)
    await talk.ask(person, "Ich will nicht mehr leben.", "112")
    await talk.settled()
    rows = await talk.rows("SELECT urgent FROM requests")
    assert [row["urgent"] for row in rows] == [1]


async def test_after_a_standstill_there_are_still_three_days_to_object(
    tmp_path: Path, api: FakeBotApi
) -> None:
    async with hotline(tmp_path, api, **GROUP) as talk:
        person = talk.person()
        topic = await talk.request(person)
        await answers(talk, person, topic)
        clock = talk.clock
    clock.move(berlin(12, 20, 2) - clock.now())  # a Sunday night, weeks later
    async with hotline(tmp_path, api, clock, **GROUP) as talk:
        await talk.passes(SECOND)
        assert heard(person, SOON) == 0
        await goes_by(talk, berlin(12, 21, 9, 30))
        assert heard(person, SOON) == 1
        await goes_by(talk, berlin(12, 23, 15))
        assert await state(talk) == ["answered"]
        await goes_by(talk, berlin(12, 24, 11))
        assert await state(talk) == ["closed"]
        assert heard(person, SOON) == heard(person, "nichts mehr von Ihnen gehört") == 1


async def test_a_further_answer_after_the_warning_begins_the_wait_anew(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await answers(talk, person, topic)
    await goes_by(talk, berlin(12, 7, 10))
    await talk.hears(person, SOON)
    await answers(talk, person, topic, "Noch etwas dazu.")
    await goes_by(talk, berlin(12, 17, 12))
    assert await state(talk) == ["answered"]
    assert talk.silence(person) == []
    await goes_by(talk, berlin(12, 18, 12))
    await talk.hears(person, SOON)


async def test_a_line_that_belongs_to_an_answered_request_opens_it_again(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await answers(talk, person, topic)
    await talk.passes(4 * DAY)
    answer = await talk.ask(person, "Ab wann ist ein Ort eine Kleinstadt?", "5.000")
    person.presses("Gehört zu K-1001", answer)
    await talk.hears(person, "K-1001")
    await talk.settled()
    assert await state(talk) == ["open"]

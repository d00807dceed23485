"""Events in the store: what depends on one changes with it, in one transaction."""

from datetime import UTC, date, datetime, timedelta

import pytest

from handlers.hours import BERLIN
from handlers.programme import keeping
from knowledge.models import Event
from storage import due, events, people
from storage.database import Database
from storage.moments import moment

NOW = datetime(2027, 3, 1, 8, tzinfo=UTC)
START = datetime(2027, 3, 20, 18, tzinfo=BERLIN)


def event(**changes) -> Event:
    about = {
        "id": "webtalk-mobilitaet",
        "title": "Webtalk Mobilität",
        "starts": START,
        "description": "Wie kommen alle hin?",
        "source": "Koordination",
        "checked_on": date(2027, 3, 1),
    }
    return Event(**(about | changes))


@pytest.fixture
async def store(tmp_path):
    database = await Database.open(tmp_path / "store.sqlite3")
    yield database
    await database.close()


@pytest.fixture
async def keep(store):
    async def kept(one: Event, now: datetime = NOW, **how) -> str:
        return await store.write(lambda tx: keeping.keep(tx, one, "desk", now, **how))

    return kept


async def planned(store, which: str) -> datetime | None:
    at = await store.read(lambda tx: due.planned(tx, "remind", f"webtalk-mobilitaet:{which}"))
    return moment(at) if at else None


async def test_an_event_brings_its_reminders_along(store, keep):
    assert await keep(event()) == "new"
    assert await planned(store, "day") == START - timedelta(days=1)
    assert await planned(store, "hour") == START - timedelta(hours=1)
    assert await store.read(lambda tx: due.planned(tx, "event", "webtalk-mobilitaet")) is None


async def test_moving_it_moves_the_reminders_and_raises_the_sequence(store, keep):
    await keep(event())
    later = START + timedelta(days=3)
    assert await keep(event(starts=later)) == "moved"
    assert await planned(store, "hour") == later - timedelta(hours=1)
    kept = await store.read(lambda tx: events.get(tx, "webtalk-mobilitaet"))
    assert kept.sequence == 1
    assert await store.read(lambda tx: due.planned(tx, "event", "webtalk-mobilitaet"))


async def test_what_it_said_before_it_moved_is_kept_under_the_sequence_that_ends(store, keep):
    await keep(event())
    await keep(event(description="Wie kommen alle zurück?"))
    later = START + timedelta(days=3)
    await keep(event(starts=later))
    await keep(event(starts=later, place="Wurzen"))
    before = await store.read(lambda tx: keeping.earlier(tx, "webtalk-mobilitaet"))
    assert {number: (one.starts, one.place) for number, one in before.items()} == {
        0: (START, None),
        1: (later, None),
    }
    assert before[0].description == "Wie kommen alle zurück?"


async def test_what_only_a_draft_said_is_not_kept(store, keep):
    await keep(event(), draft=True)
    await keep(event(starts=START + timedelta(days=3), sequence=4), draft=True)
    await keep(event(starts=START + timedelta(days=4), sequence=5))
    assert await store.read(lambda tx: keeping.earlier(tx, "webtalk-mobilitaet")) == {}


async def test_the_sequence_never_goes_back(store, keep):
    await keep(event())
    await keep(event(place="Wurzen"))
    await keep(event(place="Wurzen"), draft=True)
    await keep(event(place="Wurzen"))
    kept = await store.read(lambda tx: events.get(tx, "webtalk-mobilitaet"))
    assert kept.sequence == 1


async def test_what_it_said_stays_while_somebody_has_not_heard_of_it(store, keep):
    await keep(event())

    async def somebody(tx):
        person = await people.meet(tx, "web", "", "chat-1", NOW)
        await events.mark(tx, person.id, "webtalk-mobilitaet", 0, NOW)

    async def forget(tx):
        await due.cancel(tx, "event", "webtalk-mobilitaet")
        await events.forget_versions(tx, START + timedelta(days=30))
        return await keeping.earlier(tx, "webtalk-mobilitaet")

    await store.write(somebody)
    await keep(event(place="Wurzen"))
    assert set(await store.write(forget)) == {0}
    await store.write(lambda tx: events.told(tx, "webtalk-mobilitaet", 1))
    assert await store.write(forget) == {}


async def test_what_was_over_before_we_learned_of_it_is_as_old_as_its_end(store, keep):
    past = START - timedelta(days=300)
    await keep(event(starts=past, ends=past + timedelta(hours=2)))
    found = await store.read(keeping.published)
    assert found["webtalk-mobilitaet"].updated_at == past + timedelta(hours=2)
    # What is added afterwards is news.
    await keep(
        event(starts=past, ends=past + timedelta(hours=2), documentation="https://a.example")
    )
    found = await store.read(keeping.published)
    assert found["webtalk-mobilitaet"].updated_at == NOW


async def test_a_new_description_is_no_news_for_those_who_come(store, keep):
    await keep(event())
    assert await keep(event(description="Wie kommen alle hin, und wieder zurück?")) == "changed"
    assert await store.read(lambda tx: due.planned(tx, "event", "webtalk-mobilitaet")) is None


async def test_cancelling_it_takes_the_reminders_back_and_a_second_start_plans_them_anew(
    store, keep
):
    await keep(event())
    assert await keep(event(cancelled=True)) == "cancelled"
    assert await planned(store, "day") is None
    assert await planned(store, "hour") is None
    await keep(event())
    assert await planned(store, "day") == START - timedelta(days=1)
    kept = await store.read(lambda tx: events.get(tx, "webtalk-mobilitaet"))
    assert (kept.state, kept.sequence) == ("published", 2)


async def test_the_same_again_changes_nothing(store, keep):
    await keep(event())
    before = await store.read(events.version)
    assert await keep(event(), NOW + timedelta(hours=1)) == "same"
    assert await store.read(events.version) == before


async def test_a_calendar_that_knows_it_by_its_uid_changes_the_one_that_is_there(store, keep):
    await keep(event(uid="4711@amt.example"))
    assert await keep(event(id="anders", uid="4711@amt.example", place="Wurzen")) == "moved"
    found = await store.read(events.everything)
    assert [kept.id for kept in found] == ["webtalk-mobilitaet"]


async def test_two_events_of_one_name_on_one_day_are_two(store, keep):
    await keep(event(uid="1@amt.example"))
    assert await keep(event(uid="2@amt.example", starts=START + timedelta(hours=2))) == "new"
    found = await store.read(events.everything)
    assert [kept.id for kept in found] == ["webtalk-mobilitaet", "webtalk-mobilitaet-2"]


async def test_a_draft_is_nothing_that_people_know_of(store, keep):
    await keep(event(), draft=True)
    assert await store.read(keeping.published) == {}
    assert await planned(store, "day") is None
    assert await keep(event()) == "new"
    assert set(await store.read(keeping.published)) == {"webtalk-mobilitaet"}
    assert await planned(store, "day") == START - timedelta(days=1)


@pytest.mark.parametrize(
    ("starts", "day_before"),
    [
        # The night to 28 March 2027 has no hour between two and three, that to 31 October two.
        (datetime(2027, 3, 28, 18, tzinfo=BERLIN), datetime(2027, 3, 27, 18, tzinfo=BERLIN)),
        (datetime(2027, 10, 31, 18, tzinfo=BERLIN), datetime(2027, 10, 30, 18, tzinfo=BERLIN)),
        (datetime(2027, 3, 29, 2, 30, tzinfo=BERLIN), datetime(2027, 3, 28, 2, 30, tzinfo=BERLIN)),
        (date(2027, 3, 29), datetime(2027, 3, 28, 9, tzinfo=BERLIN)),
    ],
)
def test_a_day_before_is_the_same_time_by_the_clock_on_the_wall(starts, day_before):
    assert keeping.reminders(event(starts=starts))["day"] == day_before


async def test_the_content_is_taken_over_once_and_what_the_desk_changed_stays(store, keep):
    shipped = event()
    await store.write(lambda tx: keeping.take_over(tx, [shipped], NOW))
    await keep(event(title="Webtalk Mobilität und Wege"))
    await store.write(lambda tx: keeping.take_over(tx, [shipped], NOW))
    found = await store.read(keeping.published)
    assert found["webtalk-mobilitaet"].title == "Webtalk Mobilität und Wege"


async def test_who_is_forgotten_is_reminded_of_nothing(store, keep):
    await keep(event())

    async def somebody(tx):
        person = await people.meet(tx, "web", "", "chat-1", NOW)
        assert await events.mark(tx, person.id, "webtalk-mobilitaet", 0, NOW)
        assert not await events.mark(tx, person.id, "webtalk-mobilitaet", 0, NOW)
        return person.id

    person = await store.write(somebody)
    found = await store.read(lambda tx: events.marked(tx, "webtalk-mobilitaet"))
    assert [who.chat for who in found] == ["chat-1"]
    assert await store.read(lambda tx: events.marks_of(tx, person)) == ["webtalk-mobilitaet"]
    await store.write(lambda tx: tx.run("DELETE FROM people WHERE id = ?", person))
    assert await store.read(lambda tx: events.marked(tx, "webtalk-mobilitaet")) == []

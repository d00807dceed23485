"""Colleagues say that they are away, who stands in, and that they are back."""

from datetime import datetime, timedelta

from handlers.hours import BERLIN
from storage import coordinators
from storage.coordinators import Away, Coordinator
from storage.database import Tx
from tests.fakes.world import Message
from tests.support.hotline import COLLEAGUE, COORDINATOR, DESK, Talk, board


async def says(talk: Talk, text: str, words: str, who: int = COORDINATOR) -> Message:
    talk.api.group(DESK).member(who).says(text)
    return await board(talk, words)


async def named(talk: Talk) -> None:
    """Both colleagues have acted once, so that their names are known."""
    await says(talk, "/da", "Erika Beispiel ist da")
    await says(talk, "/da", "Max Muster ist da", COLLEAGUE)


async def presence(talk: Talk) -> dict[int, Away]:
    return await talk.app.database.read(lambda tx: coordinators.presence(tx, talk.clock.now()))


async def deputy(talk: Talk, coordinator_id: int) -> Coordinator | None:
    now = talk.clock.now()
    return await talk.app.database.read(lambda tx: coordinators.deputy_of(tx, coordinator_id, now))


async def test_away_until_a_day_with_a_deputy_who_is_called_by_first_name(talk: Talk) -> None:
    await named(talk)
    await says(
        talk,
        "/weg 3.12. Vertretung Max",
        "Erika Beispiel ist weg bis 3. Dezember 2026. Vertretung: Max Muster",
    )
    away = await presence(talk)
    until = datetime.fromisoformat(away[1].until).astimezone(BERLIN)
    assert (until.month, until.day, until.hour) == (12, 3, 23)
    assert list(away) == [1]
    stands_in = await deputy(talk, 1)
    assert stands_in
    assert stands_in.name == "Max Muster"


async def test_being_away_ends_by_itself_or_with_a_word(talk: Talk) -> None:
    await named(talk)
    await says(talk, "/weg morgen", "Erika Beispiel ist weg bis 25. November 2026")
    talk.clock.move(timedelta(hours=37))  # eleven in the evening of the next day
    assert await presence(talk)
    talk.clock.move(timedelta(hours=2))
    assert await presence(talk) == {}
    await says(talk, "/weg bis zum 30.11.2026", "weg bis 30. November")
    before = len(talk.api.group(DESK).general)
    talk.api.group(DESK).member(COORDINATOR).says("/da")
    await talk.api.wait_for(
        lambda: any("ist da" in m.text for m in talk.api.group(DESK).general[before:])
    )
    assert await presence(talk) == {}


async def test_one_says_it_in_ones_own_chat_too(talk: Talk) -> None:
    erika = talk.api.user(COORDINATOR)
    await talk.ask(erika, "/weg 3.12. Vertretung Max Muster", "passt niemand")
    await named(talk)
    await talk.ask(erika, "/weg 3.12. Vertretung max muster", "Vertretung: Max Muster")
    await talk.ask(erika, "/weg 4.12. 15 Uhr", "4. Dezember 2026, 15:00 Uhr. Vertretung: Max")
    await talk.ask(erika, "/weg 4.12., Vertretung: niemand", "Vertretung: niemand")
    assert await deputy(talk, 1) is None
    await talk.ask(erika, "/da", "ist da")
    assert await presence(talk) == {}


async def test_in_the_topic_of_a_request_it_is_said_too_and_the_person_hears_nothing(
    talk: Talk,
) -> None:
    person = talk.person()
    topic = await talk.request(person)
    member = talk.api.group(DESK).member(COORDINATOR)
    for text, words in (
        ("/weg morgen", "Erika Beispiel ist weg bis"),
        ("/weg irgendwann", ""),
        ("/weg", "Bis wann sind Sie weg?"),
        ("/da", "Erika Beispiel ist da."),
    ):
        before = len(topic.messages)
        member.says(text, thread=topic)
        await talk.api.wait_for(
            lambda before=before, words=words: any(
                m.from_bot and words in m.text for m in topic.messages[before:]
            )
        )
    await talk.settled()
    assert talk.silence(person) == []
    rows = await talk.rows("SELECT state, claimed_by FROM requests")
    assert rows == [{"state": "open", "claimed_by": None}]
    assert await presence(talk) == {}


async def test_what_cannot_be_understood_changes_nothing(talk: Talk) -> None:
    await named(talk)
    erika = talk.api.user(COORDINATOR)
    for text, words in (
        ("/weg", "Bis wann sind Sie weg?"),
        ("/weg Vertretung Max", "Bis wann sind Sie weg?"),
        ("/weg irgendwann", ""),
        ("/weg 3.12.2020", ""),
        ("/weg 3.12.2031", "mehr als ein Jahr"),
        ("/weg 3.12. Vertretung Otto", "passt niemand"),
        ("/weg 3.12. Vertretung", "passt niemand"),
        ("/weg 3.12. Vertretung Erika", "nur jemand anders"),
        ("/weg " + "9" * 4000, ""),
    ):
        await talk.ask(erika, text, words)
        assert await presence(talk) == {}, text


async def test_strangers_are_neither_away_nor_here(talk: Talk) -> None:
    await named(talk)
    stranger = talk.person()
    await talk.ask(stranger, "/weg morgen", "Diesen Befehl kenne ich nicht")
    group = talk.api.group(DESK)
    group.member(6666, "Erika Beispiel").says("/weg morgen")
    group.anonymous_admin().says("/weg morgen")
    group.member(COORDINATOR).says("/weg morgen", forwarded_from="Jemand")
    await talk.settled()
    assert await presence(talk) == {}


async def test_the_deputy_is_the_first_in_the_chain_who_is_here(talk: Talk) -> None:
    now = talk.clock.now()
    week = now + timedelta(days=7)

    async def unit(tx: Tx) -> list[int]:
        return [
            (await coordinators.enrol(tx, name, "coordinator", now)).id
            for name in ("Anna", "Bert", "Cleo")
        ]

    anna, bert, cleo = await talk.app.database.write(unit)

    async def leaves(who: int, named: int) -> None:
        await talk.app.database.write(lambda tx: coordinators.leave(tx, who, week, named))

    async def stands_in(who: int) -> str:
        somebody = await deputy(talk, who)
        return somebody.name if somebody else ""

    await leaves(anna, bert)
    assert await stands_in(anna) == "Bert"
    await leaves(bert, cleo)
    assert await stands_in(anna) == "Cleo"
    await leaves(cleo, anna)
    assert [await stands_in(who) for who in (anna, bert, cleo)] == ["", "", ""]
    talk.clock.move(timedelta(days=8))
    assert await stands_in(anna) == "Bert"
    await talk.app.database.write(lambda tx: coordinators.revoke(tx, bert, now))
    assert await stands_in(anna) == ""

"""Groups about a topic get the announcements about it."""

from datetime import timedelta

import pytest

from storage import groups
from tests.fakes.world import Group, Message
from tests.support.announcing import (
    BEGINS,
    GRACE,
    TITLE,
    confirmed,
    drained,
    keep,
    member,
    passes,
    proposed,
    subscribed,
    write,
)
from tests.support.directory import calm, elsewhere
from tests.support.hotline import COORDINATOR, Talk, board

PLACE = -1009876543210


def group(talk: Talk, number: int = PLACE, title: str = "Verkehr auf dem Land") -> Group:
    return talk.api.group(number, title, forum=False)


async def says(talk: Talk, where: Group, text: str, words: str, who: int = COORDINATOR) -> Message:
    """Somebody writes it in the group, and this is what we answer there."""
    before = len(where.general)
    where.member(who, f"Mitglied {who}").says(text)

    def found() -> Message | None:
        return next((m for m in where.general[before:] if m.from_bot and words in m.text), None)

    answer: Message = await talk.api.wait_for(found)
    return answer


def heard(where: Group, words: str = TITLE) -> list[Message]:
    return [m for m in where.general if m.from_bot and words in m.text]


async def test_a_group_gets_what_is_about_its_topic(talk: Talk) -> None:
    await keep(talk)
    verkehr, wohnen = group(talk), group(talk, PLACE - 1, "Wohnen")
    await says(talk, verkehr, "/themengruppe Netzwerke", "Ankündigungen zu: Netzwerke")
    await says(talk, wohnen, "/themengruppe Leerstand", "Ankündigungen zu: Leerstand")
    asked = await proposed(talk)
    assert "Empfang: 1 (Gruppen: 1)" in asked.text
    member(talk).presses("Senden", asked)
    await board(talk, "In 10 Sekunden")
    await passes(talk, GRACE)
    await talk.api.wait_for(lambda: heard(verkehr))
    [copy] = heard(verkehr)
    assert "abonniert" not in copy.text
    assert [button.label for button in copy.buttons] == ["Veranstaltung ansehen"]
    await drained(talk)
    await passes(talk)
    await board(talk, "Zugestellt: 1 von 1")
    assert heard(wohnen) == []
    again = await proposed(talk)
    assert "Empfang: 0" in again.text


async def test_people_and_groups_are_counted_side_by_side(talk: Talk) -> None:
    await keep(talk)
    anna = talk.person()
    await subscribed(talk, anna)
    place = group(talk)
    await says(talk, place, "/themengruppe alle", "zu: allen Themen")
    asked = await proposed(talk)
    assert "Empfang: 2" in asked.text
    assert "Gruppen: 1" in asked.text
    await confirmed(talk, "/rundbrief alle: Guten Tag zusammen")
    await passes(talk, GRACE)
    await talk.api.wait_for(lambda: heard(place, "Guten Tag zusammen"))
    assert talk.api.copies("Guten Tag zusammen", anna.id, part=True) == 0


async def test_a_group_that_put_us_out_or_left_gets_nothing(talk: Talk) -> None:
    await keep(talk)
    place, other = group(talk), group(talk, PLACE - 1, "Busfreunde")
    for one in (place, other):
        await says(talk, one, "/themengruppe alle", "zu: allen Themen")
    place.remove_bot()
    await says(talk, other, "/themengruppe aus", "keine Ankündigungen mehr")
    await talk.settled()
    asked = await proposed(talk)
    assert "Empfang: 0" in asked.text


async def test_a_group_that_is_gone_without_a_word_is_reported_and_not_asked_again(
    talk: Talk,
) -> None:
    await keep(talk)
    place = group(talk)
    await says(talk, place, "/themengruppe alle", "zu: allen Themen")
    await confirmed(talk)
    talk.api.fault("sendMessage", 403, chat=PLACE, times=None)
    await passes(talk, GRACE)
    await drained(talk)
    await passes(talk)
    await board(talk, "Nicht zustellbar: 1")
    await keep(talk, starts=BEGINS + timedelta(days=1))
    assert "Empfang: 0" in (await proposed(talk)).text


async def test_a_group_that_becomes_a_supergroup_stays_a_topic_group(talk: Talk) -> None:
    await keep(talk)
    place = group(talk, -987654, "Kleine Gruppe")
    await says(talk, place, "/themengruppe alle", "zu: allen Themen")
    place.migrate(PLACE - 7)
    await talk.settled()
    await confirmed(talk)
    await passes(talk, GRACE)
    await talk.api.wait_for(lambda: heard(place))


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("/themengruppe", "So bekommt diese Gruppe Ankündigungen"),
        ("/themengruppe Raumfahrt", "Das Thema „Raumfahrt“ kenne ich nicht"),
        ("/themengruppe Netzwerke, Raumfahrt", "Das Thema „Raumfahrt“ kenne ich nicht"),
    ],
)
async def test_slips_are_explained(talk: Talk, command: str, words: str) -> None:
    await keep(talk)
    place = group(talk)
    await says(talk, place, command, words)
    assert await talk.rows("SELECT * FROM groups") == []


async def test_nobody_else_decides_about_a_group(talk: Talk) -> None:
    await keep(talk)
    place = group(talk)
    await says(talk, place, "/themengruppe alle", "eingetragen", who=6666)
    assert await talk.rows("SELECT * FROM groups") == []
    place.member(6666).says("Was ist ein Webtalk?")
    await talk.settled()
    assert len([m for m in place.general if m.from_bot]) == 1


async def test_announcements_and_the_directory_are_two_switches(talk: Talk) -> None:
    await keep(talk)
    place = group(talk)
    await says(talk, place, "/themengruppe Leerstand", "zu: Leerstand")
    [row] = await talk.rows("SELECT id, slug, matters, listed_at FROM groups")
    assert (row["slug"], row["matters"]) == ("verkehr-auf-dem-land", '["leerstand"]')
    assert row["listed_at"] is None
    await write(talk, lambda tx: groups.list_(tx, row["id"], talk.clock.now(), listed=True))
    await says(talk, place, "/themengruppe aus", "keine Ankündigungen mehr")
    await talk.ask(talk.person(), "/gruppen", "Verkehr auf dem Land")
    await says(talk, place, "/themengruppe", "So bekommt diese Gruppe")
    assert heard(place, "Diese Gruppe bekommt") == []
    await says(talk, place, "/themengruppe alle", "zu: allen Themen")
    [row] = await talk.rows("SELECT slug, listed_at FROM groups")
    assert row["slug"] == "verkehr-auf-dem-land"
    assert row["listed_at"] is not None


async def test_two_groups_of_one_name_are_two_groups(talk: Talk) -> None:
    await keep(talk)
    for number in (PLACE, PLACE - 1):
        await says(talk, group(talk, number), "/themengruppe alle", "zu: allen Themen")
    rows = await talk.rows("SELECT slug FROM groups ORDER BY id")
    assert [row["slug"] for row in rows] == ["verkehr-auf-dem-land", "verkehr-auf-dem-land-2"]


async def test_a_group_elsewhere_gets_no_announcements(talk: Talk) -> None:
    await keep(talk)
    await elsewhere(talk)
    assert "Empfang: 0" in (await proposed(talk)).text


async def test_a_group_that_comes_back_gets_announcements_again(talk: Talk) -> None:
    await keep(talk)
    place = group(talk)
    await says(talk, place, "/themengruppe alle", "zu: allen Themen")
    place.remove_bot()
    await calm(talk)
    assert "Empfang: 0" in (await proposed(talk)).text
    place.add_bot()
    await calm(talk)
    assert "Empfang: 1" in (await proposed(talk)).text

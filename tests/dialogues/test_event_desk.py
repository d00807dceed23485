"""Coordinators write and change events: question by question in a chat, or on a page."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from handlers.hours import BERLIN
from handlers.message import ACTION_BYTES, Incoming, Kind
from handlers.programme import event_desk, keeping
from handlers.programme.event_card import CODES
from handlers.programme.event_fields import NAMES
from knowledge.models import Character, Event
from storage import coordinators, events, people, subscriptions, web
from storage.database import Tx
from storage.events import Kept
from storage.moments import stamp
from tests.fakes.world import Member, Message, Person
from tests.support.clock import START
from tests.support.hotline import COLLEAGUE, COORDINATOR, DESK, Talk

ID = "webtalk-turmuhr"
TITLE = "Webtalk: Die Turmuhr geht wieder"
BEGINS = datetime(2026, 12, 4, 18, 30, tzinfo=BERLIN)
NEW_ID = "kaffee-im-rathaus-2027-03-12"
WHEN = "12.3.2027 18:30 bis 20:00"
LONG_AGO = datetime(2025, 3, 12, 18, 30, tzinfo=BERLIN)


def member(talk: Talk, who: int = COORDINATOR) -> Member:
    return talk.api.group(DESK).member(who)


async def hears(talk: Talk, words: str = "") -> Message:
    """What stands in the group next, for everybody who reads on there."""
    return await talk.hears(member(talk), words)  # type: ignore[arg-type]


async def says(talk: Talk, text: str, words: str = "", who: int = COORDINATOR) -> Message:
    member(talk, who).says(text)
    return await hears(talk, words)


async def presses(talk: Talk, button: str, words: str = "", who: int = COORDINATOR) -> Message:
    member(talk, who).presses(button)
    return await hears(talk, words)


async def enrolled(talk: Talk, name: str = "Erika Beispiel", role: str = "coordinator") -> Person:
    """Somebody of the coordination in their own chat with the hotline."""
    person = talk.person(name)
    bot = talk.api.token.split(":")[0]

    async def unit(tx: Tx) -> None:
        by = await coordinators.enrol(tx, name, role, talk.clock.now())
        await coordinators.link_account(tx, by.id, "telegram", bot, str(person.id))

    await write(talk, unit)
    return person


async def write(talk: Talk, unit: Callable[[Tx], Awaitable[Any]]) -> Any:
    return await talk.app.database.write(unit)  # type: ignore[arg-type]


def turmuhr(**changes: Any) -> Event:
    about = {
        "id": ID,
        "title": TITLE,
        "starts": BEGINS,
        "place": "Rathaus",
        "topics": ("netzwerke",),
        "description": "Wie eine Stadt ihre Uhr repariert.",
        "source": "Koordination",
        "checked_on": date(2026, 11, 1),
    }
    return Event.model_validate(about | changes)


async def keep(talk: Talk, *, draft: bool = False, **changes: Any) -> None:
    """The event is in the programme, or changes there."""
    now = talk.clock.now()
    await write(talk, lambda tx: keeping.keep(tx, turmuhr(**changes), "desk", now, draft=draft))
    await talk.app.programme.look()


async def marks(talk: Talk, *whom: Person) -> None:
    """These people want to be reminded of it."""
    for person in whom:
        await talk.ask(person, "Guten Tag", "Was möchten Sie wissen?")

        async def unit(tx: Tx, chat: str = str(person.chat.chat_id)) -> None:
            found = await tx.value("SELECT person_id FROM addresses WHERE chat = ?", chat)
            await events.mark(tx, int(found), ID, 0, talk.clock.now())

        await write(talk, unit)


async def kept(talk: Talk, event_id: str = ID) -> Kept:
    found = await talk.app.database.read(lambda tx: events.get(tx, event_id))
    assert found is not None
    return found


async def event(talk: Talk, event_id: str = ID) -> Event:
    return Event.model_validate_json((await kept(talk, event_id)).payload)


def labels(message: Message) -> list[str]:
    return [button.label for button in message.buttons]


async def half_way(talk: Talk, who: int = COORDINATOR) -> None:
    """A draft with title and time; the place is asked for."""
    await says(talk, "/veranstaltung Kaffee im Rathaus", "Wann ist sie?", who)
    await says(talk, WHEN, "Wo ist sie?", who)


# -- a new event ----------------------------------------------------------------------------


async def test_a_coordinator_writes_an_event_answer_by_answer(talk: Talk) -> None:
    asked = await says(talk, "/veranstaltung", "Wie heißt die Veranstaltung?")
    assert labels(asked) == ["Abbrechen"]
    asked = await says(talk, "Kaffee im Rathaus", "Wann ist sie?")
    assert "08.12.2026 18:30 bis 20:30" in asked.text
    assert asked.reply_to is not None
    assert asked.reply_to.text == "Kaffee im Rathaus"
    asked = await says(talk, WHEN, "Wo ist sie?")
    assert "Als Entwurf gespeichert" in asked.text
    assert labels(asked) == ["Überspringen", "Abbrechen"]
    await says(talk, "Rathaus, Saal 2 https://example.org/raum", "Worum geht es?")
    asked = await says(talk, "Wir trinken Kaffee.\nUnd reden.", "Welche Themen passen?")
    assert "☐ Netzwerke" in labels(asked)
    asked = await presses(talk, "☐ Netzwerke")
    assert "☑ Netzwerke (gewählt)" in labels(asked)
    card = await presses(talk, "Fertig", "Kaffee im Rathaus (Entwurf)")
    for words in (
        "Wann: 12. März 2027, 18:30 bis 20:00 Uhr",
        "Wo: Rathaus, Saal 2",
        "Mehr: https://example.org/raum",
        "Wir trinken Kaffee.\nUnd reden.",
        "Themen: Netzwerke",
        f"/desk/veranstaltungen/{NEW_ID}",
    ):
        assert words in card.text
    assert labels(card) == ["Veröffentlichen", "Ändern", "Löschen"]
    assert (await kept(talk, NEW_ID)).state == "draft"


async def test_what_may_be_left_out_is_skipped(talk: Talk) -> None:
    await half_way(talk)
    await presses(talk, "Überspringen", "Worum geht es?")
    await says(talk, "überspringen", "Welche Themen passen?")
    await presses(talk, "Überspringen", "(Entwurf)")
    written = await event(talk, NEW_ID)
    assert (written.place, written.topics) == (None, ())
    assert written.description == "Kaffee im Rathaus"


async def test_title_and_time_cannot_be_skipped(talk: Talk) -> None:
    await says(talk, "/veranstaltung", "Wie heißt")
    await says(talk, "Überspringen", "Diese Angabe braucht jede Veranstaltung")
    member(talk).presses("evd:skip:title", forged=True)
    await hears(talk, "Diese Frage ist nicht mehr offen")
    await says(talk, "Kaffee im Rathaus", "Wann ist sie?")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("12.3.2025 18:30", "ist schon vorbei"),
        ("12.3.2027 18:30 bis 12.3.2027 17:00", "liegt vor dem Anfang"),
        ("28.3.2027 2:30", "springt die Uhr"),
        ("irgendwann", "verstehe ich nicht"),
    ],
)
async def test_a_time_that_cannot_be_is_asked_for_again(
    talk: Talk, answer: str, sentence: str
) -> None:
    await says(talk, "/veranstaltung Kaffee im Rathaus", "Wann ist sie?")
    again = await says(talk, answer, sentence)
    assert labels(again) == ["Abbrechen"]
    assert await talk.rows("SELECT 1 FROM events WHERE state = 'draft'") == []
    await says(talk, WHEN, "Wo ist sie?")
    assert (await event(talk, NEW_ID)).title == "Kaffee im Rathaus"


async def test_an_hour_that_there_is_twice_is_pointed_out(talk: Talk) -> None:
    await says(talk, "/veranstaltung Nachtwache", "Wann ist sie?")
    asked = await says(talk, "31.10.2027 2:30 bis 5:00", "gibt es in dieser Nacht zweimal")
    assert "Gemeint ist das erste Mal" in asked.text
    await presses(talk, "Abbrechen", "Der Entwurf „Nachtwache“ bleibt")
    assert "zweimal" in (await presses(talk, "Veranstaltung zeigen", "(Entwurf)")).text


async def test_a_title_that_is_too_long_leaves_the_question_open(talk: Talk) -> None:
    await says(
        talk, f"/veranstaltung {'x' * 121}", "Das ist zu lang: 121 Zeichen, möglich sind 120"
    )
    await says(talk, "Kaffee im Rathaus", "Wann ist sie?")


async def test_two_of_one_name_on_one_day_are_two_events(talk: Talk) -> None:
    await half_way(talk)
    await half_way(talk)
    await presses(talk, "Abbrechen", "bleibt")
    assert (await kept(talk, NEW_ID)).state == "draft"
    assert (await kept(talk, f"{NEW_ID}-2")).state == "draft"
    asked = await says(talk, "/entwuerfe", "Noch nicht veröffentlicht: 2")
    assert labels(asked) == ["Kaffee im Rathaus, 12. März 2027"] * 2


async def test_stopping_before_there_is_a_draft_keeps_nothing(talk: Talk) -> None:
    await says(talk, "/veranstaltung Kaffee im Rathaus", "Wann ist sie?")
    await presses(talk, "Abbrechen", "Nichts wurde gespeichert")
    await says(talk, "/entwuerfe", "Es gibt keinen Entwurf")
    member(talk).says(WHEN)
    await talk.settled()
    assert await talk.rows("SELECT 1 FROM events WHERE state = 'draft'") == []


async def test_pictures_and_stickers_get_a_sentence_and_the_question_waits(talk: Talk) -> None:
    await half_way(talk)
    member(talk).sends_photo(b"\x89PNG\r\n\x1a\n", caption="Da ist es")
    await hears(talk, "Bitte antworten Sie mit Text")
    member(talk).sends_sticker()
    await hears(talk, "Bitte antworten Sie mit Text")
    await says(talk, "Marktplatz 1", "Worum geht es?")
    assert (await event(talk, NEW_ID)).place == "Marktplatz 1"


async def test_typed_topics_come_to_the_chosen_ones_and_new_ones_are_named(talk: Talk) -> None:
    await half_way(talk)
    for words in ("Worum geht es?", "Welche Themen passen?"):
        await presses(talk, "Überspringen", words)
    await presses(talk, "☐ Netzwerke")
    asked = await says(talk, "Betiligung, Hochwasser", "Neu ist: Hochwasser.")
    assert "☑ Netzwerke (gewählt)" in labels(asked)
    assert (await event(talk, NEW_ID)).topics == ("netzwerke", "beteiligung", "hochwasser")
    await presses(talk, "☑ Netzwerke (gewählt)")
    await says(talk, "fertig", "(Entwurf)")
    assert (await event(talk, NEW_ID)).topics == ("beteiligung", "hochwasser")


async def test_there_are_more_topics_than_fit_on_one_page(talk: Talk) -> None:
    await half_way(talk)
    for _ in range(2):
        await presses(talk, "Überspringen")
    first = set(labels(talk_last(talk)))
    second = set(labels(await presses(talk, "Weitere")))
    assert "Vorige" in second
    assert {label for label in first & second if label.startswith("☐")} == set()


def talk_last(talk: Talk) -> Message:
    return [m for m in talk.api.group(DESK).general if m.from_bot][-1]


# -- whose question it is -------------------------------------------------------------------


async def test_colleagues_may_talk_while_a_question_is_open(talk: Talk) -> None:
    await half_way(talk)
    member(talk, COLLEAGUE).says("Ich hole mir ein Brötchen.")
    await talk.settled()
    assert (await event(talk, NEW_ID)).place is None
    await says(talk, "Marktplatz 1", "Worum geht es?")
    assert (await event(talk, NEW_ID)).place == "Marktplatz 1"


async def test_a_colleague_cannot_press_the_buttons_of_somebody_elses_question(talk: Talk) -> None:
    await half_way(talk)
    await presses(talk, "Überspringen", "ging an jemand anderen", COLLEAGUE)
    await presses(talk, "Abbrechen", "ging an jemand anderen", COLLEAGUE)
    await says(talk, "Marktplatz 1", "Worum geht es?")


async def test_two_write_at_the_same_time_in_one_group(talk: Talk) -> None:
    await half_way(talk)
    await says(talk, "/veranstaltung Turmfest", "Wann ist sie?", COLLEAGUE)
    await says(talk, "Marktplatz 1", "Worum geht es?")
    await says(talk, "1.5.2027", "Wo ist sie?", COLLEAGUE)
    assert (await event(talk, NEW_ID)).place == "Marktplatz 1"
    assert (await event(talk, "turmfest-2027-05-01")).starts == date(2027, 5, 1)


async def test_a_question_waits_for_half_an_hour(talk: Talk) -> None:
    await half_way(talk)
    talk.clock.move(timedelta(minutes=31))
    member(talk).says("Marktplatz 1")
    await talk.settled()
    assert (await event(talk, NEW_ID)).place is None
    await presses(talk, "Überspringen", "Diese Frage ist nicht mehr offen")


async def test_an_answer_in_a_requests_topic_goes_to_the_person(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await half_way(talk)
    member(talk).says("Die Stadt zahlt die Hälfte.", thread=topic)
    await talk.hears(person, "Die Stadt zahlt die Hälfte.")
    assert (await event(talk, NEW_ID)).place is None
    member(talk).says("/offen")
    await hears(talk, "Offene Anfragen")
    await says(talk, "Marktplatz 1", "Worum geht es?")


async def test_old_buttons_of_a_question_have_no_effect(talk: Talk) -> None:
    await half_way(talk)
    await says(talk, "Marktplatz 1", "Worum geht es?")
    member(talk).presses("evd:skip:where")
    await hears(talk, "Diese Frage ist nicht mehr offen")
    for forged in ("pick:digital", "with:netzwerke", "page:1", "none:where", "none:description"):
        member(talk).presses(f"evd:{forged}", forged=True)
        if forged != "none:description":
            await hears(talk, "Diese Frage ist nicht mehr offen")
    assert (await event(talk, NEW_ID)).place == "Marktplatz 1"


# -- in one's own chat ------------------------------------------------------------------------


async def test_a_coordinator_writes_an_event_in_the_own_chat(talk: Talk) -> None:
    person = await enrolled(talk)
    await talk.ask(person, "/veranstaltung Kaffee im Rathaus", "Wann ist sie?")
    await talk.ask(person, WHEN, "Wo ist sie?")
    await talk.ask(person, "Was ist eine Kleinstadt?", "Worum geht es?")
    assert (await event(talk, NEW_ID)).place == "Was ist eine Kleinstadt?"
    person.presses("Abbrechen")
    await talk.hears(person, "bleibt")
    await talk.ask(person, "Was ist eine Kleinstadt?", "Stand:")


async def test_after_half_an_hour_a_question_is_a_question_again(talk: Talk) -> None:
    person = await enrolled(talk)
    await talk.ask(person, "/veranstaltung Kaffee im Rathaus", "Wann ist sie?")
    talk.clock.move(timedelta(minutes=31))
    await talk.ask(person, "Was ist eine Kleinstadt?", "Stand:")
    await talk.ask(person, WHEN)
    assert await talk.rows("SELECT 1 FROM events WHERE state = 'draft'") == []


async def test_ordinary_people_have_no_such_commands(talk: Talk) -> None:
    person = talk.person()
    await keep(talk, draft=True)
    await talk.ask(person, "Guten Tag", "Was möchten Sie wissen?")
    unknown = await talk.ask(person, "/gibtesnicht")
    for command in ("/veranstaltung Kaffee", f"/aendern {ID}", "/entwuerfe"):
        assert (await talk.ask(person, command)).text == unknown.text
    for action in (f"publish:{ID}", f"card:{ID}", f"delete:{ID}", f"ask:title:{ID}", "stop"):
        person.presses(f"evd:{action}", forged=True)
        assert TITLE not in (await talk.hears(person)).text
    assert (await kept(talk)).state == "draft"


async def test_experts_answer_requests_and_write_no_events(talk: Talk) -> None:
    expert = await enrolled(talk, "Fachperson", "expert")
    await keep(talk, draft=True)
    for command in ("/veranstaltung Kaffee", f"/aendern {ID}", "/entwuerfe"):
        await talk.ask(expert, command, "Veranstaltungen ändert nur die Koordination")
    expert.presses(f"evd:publish:{ID}", forged=True)
    await talk.hears(expert, "Veranstaltungen ändert nur die Koordination")
    assert (await kept(talk)).state == "draft"


async def test_outsiders_in_the_group_write_no_events(talk: Talk) -> None:
    guest = talk.api.group(DESK).member(9999, "Ein Gast")
    guest.says("/veranstaltung Kaffee")
    await talk.settled()
    assert await talk.rows("SELECT 1 FROM compositions") == []
    await half_way(talk)
    guest.presses("Überspringen")
    await talk.settled()
    await says(talk, "Marktplatz 1", "Worum geht es?")


# -- finding one ------------------------------------------------------------------------------


async def test_an_event_is_found_by_its_id_or_by_words_of_its_title(talk: Talk) -> None:
    await keep(talk)
    for words in (ID, ID.upper(), "turmuhr", "geht TURMUHR", "Turmur"):
        card = await says(talk, f"/aendern {words}", f"{TITLE} (veröffentlicht)")
        assert labels(card) == ["Ankündigen", "Ändern", "Absagen"]
    await says(talk, "/aendern Seifenkistenrennen", "habe ich nicht gefunden")


async def test_when_words_fit_several_one_is_chosen(talk: Talk) -> None:
    await keep(talk)
    await keep(talk, id="turmuhr-zwei", title="Turmuhr, zweiter Teil")
    asked = await says(talk, "/aendern Turmuhr", "Welche Veranstaltung?")
    assert len(labels(asked)) == 2
    await presses(talk, "Turmuhr, zweiter Teil, 4. Dezember 2026", "Turmuhr, zweiter Teil (ver")


async def test_without_words_what_is_to_come_is_offered(talk: Talk) -> None:
    await keep(talk)
    asked = await says(talk, "/aendern", "Welche Veranstaltung?")
    assert labels(asked) == [f"{TITLE}, 4. Dezember 2026"]


# -- changing ---------------------------------------------------------------------------------


async def change(talk: Talk, label: str, text: str, words: str = "✓ Gespeichert.") -> Message:
    """Open the card, choose the field, answer."""
    await says(talk, f"/aendern {ID}", "Nur für die Koordination")
    await presses(talk, "Ändern", "Was möchten Sie ändern?")
    await presses(talk, label)
    return await says(talk, text, words)


@pytest.mark.parametrize(
    ("label", "text", "field", "value"),
    [
        ("Titel", "Die Uhr steht", "title", "Die Uhr steht"),
        ("Beschreibung", "Kurz.", "description", "Kurz."),
        ("Art", "vor ort", "characters", (Character.ANALOG,)),
        ("Format", "Stammtisch", "format", "digitaler-stammtisch"),
        ("Region", "Sachsen", "region", "Sachsen"),
        ("Veranstaltet von", "Rathaus; Verein", "organisers", ("Rathaus", "Verein")),
        ("Plätze", "30 Plätze", "capacity", 30),
        ("Anmeldung bis", "1.12.2026", "registration_until", date(2026, 12, 1)),
    ],
)
async def test_every_field_is_changed_from_the_card(
    talk: Talk, label: str, text: str, field: str, value: object
) -> None:
    await keep(talk)
    card = await change(talk, label, text)
    assert "(veröffentlicht)" in card.text
    after = await event(talk)
    assert getattr(after, field) == value
    changed = {"sequence": 0, "updated_at": None, field: value}
    assert after.model_copy(update=changed) == turmuhr(**{field: value})
    assert (await kept(talk)).origin == "desk"


async def test_kind_and_format_are_one_press(talk: Talk) -> None:
    await keep(talk, format="webinar")
    await says(talk, f"/aendern {ID}", "Format: Webinar")
    await presses(talk, "Ändern")
    asked = await presses(talk, "Art", "digital, vor Ort oder beides")
    assert labels(asked)[:2] == ["digital", "vor Ort"]
    await presses(talk, "vor Ort", "Art: vor Ort")
    await presses(talk, "Ändern")
    assert "☑ vor Ort, gewählt" in labels(await presses(talk, "Art", "Bisher: vor Ort"))
    await presses(talk, "digital", "Art: digital")
    await presses(talk, "Ändern")
    asked = await presses(talk, "Format", "Bisher: Webinar")
    assert "☑ Webinar, gewählt" in labels(asked)
    await presses(talk, "Crashkurs", "Format: Crashkurs")
    await presses(talk, "Ändern")
    await presses(talk, "Format")
    card = await presses(talk, "Entfernen", "✓ Gespeichert")
    assert "Format:" not in card.text
    assert (await event(talk)).format is None


async def test_what_is_not_needed_can_be_taken_away_in_words(talk: Talk) -> None:
    await keep(talk, region="Sachsen")
    await change(talk, "Region", "entfernen")
    assert (await event(talk)).region is None
    await change(talk, "Titel", "Entfernen", "Da fehlt der Titel")
    assert (await event(talk)).title == TITLE


async def test_topics_of_a_published_event_are_changed_box_by_box(talk: Talk) -> None:
    await keep(talk)
    await says(talk, f"/aendern {ID}", "Themen: Netzwerke")
    await presses(talk, "Ändern")
    await presses(talk, "Themen", "Bisher: Netzwerke")
    asked = await presses(talk, "☑ Netzwerke (gewählt)", "Welche Themen passen?")
    assert labels(asked)[-1] == "Fertig"
    await presses(talk, "☐ Beteiligung")
    await presses(talk, "Fertig", "Themen: Beteiligung")
    assert (await kept(talk)).sequence == 0


async def test_an_answer_that_is_no_answer_changes_nothing(talk: Talk) -> None:
    await keep(talk)
    again = await change(talk, "Plätze", "ganz viele", "ist keine Zahl von Plätzen")
    assert labels(again) == ["Abbrechen"]
    await presses(talk, "Abbrechen", "Nichts wurde geändert")
    assert (await event(talk)).capacity is None


async def test_the_same_again_is_no_change(talk: Talk) -> None:
    await keep(talk)
    before = await kept(talk)
    await change(talk, "Titel", TITLE, "So steht es schon da")
    assert await kept(talk) == before


async def test_whoever_marked_it_learns_that_it_moves(talk: Talk) -> None:
    await keep(talk)
    one, two = talk.person(), talk.person()
    await marks(talk, one, two)
    card = await change(talk, "Zeit", "5.12.2026 18:30", "2 Menschen haben es sich gemerkt")
    assert f"{TITLE} (geändert)" in card.text
    await talk.passes(timedelta(seconds=1))
    await talk.hears(one, "5. Dezember 2026")
    await talk.hears(two, "5. Dezember 2026")
    assert (await kept(talk)).sequence == 1


async def test_a_change_that_concerns_nobodys_plans_is_told_to_nobody(talk: Talk) -> None:
    await keep(talk)
    person = talk.person()
    await marks(talk, person)
    await change(talk, "Beschreibung", "Jetzt mit Kuchen.")
    await talk.passes(timedelta(seconds=1))
    assert talk.silence(person) == []


async def test_what_came_with_the_content_stays_as_it_was_changed_here(talk: Talk) -> None:
    shipped = "sondierungsworkshop-2020"
    await says(talk, f"/aendern {shipped}", "(vorbei)")
    await presses(talk, "Ändern")
    await presses(talk, "Zum Nachlesen")
    card = await says(talk, "https://example.org/bericht", "✓ Gespeichert.")
    assert labels(card) == ["Ändern"]
    assert (await kept(talk, shipped)).origin == "desk"
    content = talk.app.content.knowledge.library.events.values()
    await write(talk, lambda tx: keeping.take_over(tx, content, talk.clock.now()))
    assert str((await event(talk, shipped)).documentation) == "https://example.org/bericht"


async def test_an_event_that_is_over_keeps_its_time_and_may_be_put_right(talk: Talk) -> None:
    await keep(talk, starts=LONG_AGO)
    await change(talk, "Zeit", "12.03.2025 18:30", "So steht es schon da")
    await change(talk, "Zeit", "12.03.2025 19:00")
    assert (await event(talk)).starts == LONG_AGO + timedelta(minutes=30)


async def test_a_coming_event_is_not_moved_into_the_past(talk: Talk) -> None:
    await keep(talk)
    await change(talk, "Zeit", "12.03.2025 18:30", "ist schon vorbei")
    assert (await event(talk)).starts == BEGINS


async def test_two_who_change_one_event_do_not_undo_each_other(talk: Talk) -> None:
    await keep(talk)
    for who in (COORDINATOR, COLLEAGUE):
        await says(talk, f"/aendern {ID}", "(veröffentlicht)", who)
    await presses(talk, f"evd:edit:{ID}", "Was möchten Sie ändern?")
    await presses(talk, f"evd:edit:{ID}", "Was möchten Sie ändern?", COLLEAGUE)
    await presses(talk, "Plätze", "Wie viele Plätze")
    await presses(talk, "Region", "Für welche Region", COLLEAGUE)
    await says(talk, "30", "✓ Gespeichert.")
    await says(talk, "Sachsen", "✓ Gespeichert.", COLLEAGUE)
    after = await event(talk)
    assert (after.capacity, after.region) == (30, "Sachsen")


async def test_a_draft_is_not_asked_about_after_it_was_deleted(talk: Talk) -> None:
    await half_way(talk)
    await says(talk, f"/aendern {NEW_ID}", "(Entwurf)", COLLEAGUE)
    await presses(talk, "Löschen", "wirklich löschen?", COLLEAGUE)
    await presses(talk, "Ja, löschen", "ist gelöscht", COLLEAGUE)
    member(talk).says("Marktplatz 1")
    await talk.settled()
    assert await talk.rows("SELECT 1 FROM compositions") == []
    await presses(talk, "Veröffentlichen", "gibt es nicht mehr")


# -- publishing, cancelling, deleting -----------------------------------------------------------


async def test_a_draft_is_published_once_and_for_all(talk: Talk) -> None:
    await keep(talk, draft=True)
    person = talk.person()
    await talk.ask(person, "Guten Tag", "Was möchten Sie wissen?")
    listed = await talk.ask(person, "/veranstaltungen")
    assert TITLE not in listed.text + "".join(labels(listed))
    await says(talk, f"/aendern {ID}", "(Entwurf)")
    card = await presses(talk, "Veröffentlichen", "ist veröffentlicht: ")
    assert f"/events/{ID}" in card.text
    assert labels(card) == ["Ankündigen", "Ändern", "Absagen"]
    await talk.app.programme.look()
    listed = await talk.ask(person, "/veranstaltungen")
    assert TITLE in listed.text + "".join(labels(listed))
    await presses(talk, "Veröffentlichen", "ist schon veröffentlicht")
    member(talk).presses(f"evd:delete:{ID}", forged=True)
    await hears(talk, "ist kein Entwurf mehr")
    assert (await kept(talk)).state == "published"


async def test_a_draft_whose_time_has_come_is_not_published(talk: Talk) -> None:
    await keep(talk, draft=True, starts=LONG_AGO)
    await says(talk, f"/aendern {ID}", "(Entwurf)")
    await presses(talk, "Veröffentlichen", "liegt in der Vergangenheit")
    assert (await kept(talk)).state == "draft"


async def test_cancelling_asks_once_more_and_says_who_will_know(talk: Talk) -> None:
    await keep(talk)
    crowd = [talk.person() for _ in range(2)]
    await marks(talk, *crowd)
    await says(talk, f"/aendern {ID}", "Gemerkt haben es sich: 2")
    asked = await presses(talk, "Absagen", "wirklich absagen? 2 Menschen haben es sich gemerkt")
    assert labels(asked) == ["Ja, absagen", "Nein"]
    await presses(talk, "Nein", "(veröffentlicht)")
    assert (await kept(talk)).state == "published"
    card = await presses(talk, "Ja, absagen", "ist abgesagt")
    assert labels(card) == ["Ändern", "Findet doch statt"]
    await talk.passes(timedelta(seconds=1))
    for person in crowd:
        await talk.hears(person, "Abgesagt")
    await presses(talk, "Ja, absagen", "ist schon abgesagt")
    await presses(talk, "Findet doch statt", "findet doch statt")
    await talk.passes(timedelta(seconds=1))
    for person in crowd:
        await talk.hears(person, TITLE)
    assert ((await kept(talk)).state, (await kept(talk)).sequence) == ("published", 2)


@pytest.mark.parametrize(("number", "words"), [(0, "Niemand"), (1, "Ein Mensch")])
async def test_the_question_speaks_german_for_few_people_too(
    talk: Talk, number: int, words: str
) -> None:
    await keep(talk)
    await marks(talk, *(talk.person() for _ in range(number)))
    await says(talk, f"/aendern {ID}")
    await presses(talk, "Absagen", f"wirklich absagen? {words}")


async def test_what_is_over_is_not_cancelled(talk: Talk) -> None:
    await keep(talk, starts=LONG_AGO)
    await says(talk, f"/aendern {ID}", "(vorbei)")
    member(talk).presses(f"evd:cancel:{ID}", forged=True)
    await hears(talk, "ist schon vorbei")
    assert (await kept(talk)).state == "published"


async def test_an_event_is_announced_from_its_card(talk: Talk) -> None:
    await keep(talk)
    await says(talk, f"/aendern {ID}")
    await presses(talk, "Ankündigen", "Ankündigung 1")


async def test_after_an_announcement_the_card_offers_to_tell_of_a_change(talk: Talk) -> None:
    await keep(talk)
    sql = """INSERT INTO announcements (event_id, text, audience, state, created_at, total)
             VALUES (?, '{}', '{}', 'done', ?, 5)"""
    await write(talk, lambda tx: tx.run(sql, ID, stamp(talk.clock.now())))
    await says(talk, f"/aendern {ID}")
    assert labels(talk_last(talk))[0] == "Ankündigen"
    card = await change(talk, "Zeit", "5.12.2026 18:30")
    assert labels(card)[0] == "Änderung ankündigen"
    await presses(talk, "Absagen")
    card = await presses(talk, "Ja, absagen", "ist abgesagt")
    assert labels(card)[0] == "Absage ankündigen"


def test_every_button_fits_for_the_longest_id() -> None:
    longest = "x" * 48
    actions = [f"evd:ask:{code}:{longest}" for code in CODES.values()]
    actions += [f"evd:{verb}:{longest}" for verb in event_desk._VERBS]
    actions += [f"evd:{verb}:{name}" for verb in ("skip", "none") for name in NAMES]
    actions += [f"evd:{verb}:{longest}" for verb in ("with", "less", "pick")]
    assert max(len(action) for action in actions) <= ACTION_BYTES
    assert set(CODES) == set(NAMES)
    assert len(set(CODES.values())) == len(CODES)


# -- on a page --------------------------------------------------------------------------------

_updates = count(1)


async def page(talk: Talk, action: str, who: int = 1, **form: str) -> web.Line:
    """A page hands an action over; the one notice that comes of it."""
    chat = f"desk:{who}"
    incoming = Incoming(
        channel="desk",
        bot="",
        update_id=f"{who}:{next(_updates)}",
        kind=Kind.BUTTON,
        chat=chat,
        sender=str(who),
        sender_name="Erika Beispiel",
        private=False,
        desk=True,
        action=action,
        form=form,
        at=talk.clock.now(),
    )
    before = await talk.app.database.read(lambda tx: web.lines(tx, chat))
    await talk.app.receiver([incoming])
    await talk.settled()
    after = await talk.app.database.read(lambda tx: web.lines(tx, chat))
    [line] = after[len(before) :]
    return line


async def test_a_page_makes_a_draft_and_leads_on_to_it(talk: Talk) -> None:
    line = await page(
        talk,
        "evd:new",
        title="Kaffee im Rathaus",
        when=WHEN,
        where="Rathaus",
        description="Wir trinken Kaffee.\r\nUnd reden.",
        topics="Netzwerke",
        capacity="",
    )
    assert "Als Entwurf gespeichert" in line.payload
    assert f"/desk/veranstaltungen/{NEW_ID}" in line.payload
    made = await event(talk, NEW_ID)
    assert (made.place, made.topics) == ("Rathaus", ("netzwerke",))
    assert made.description == "Wir trinken Kaffee.\nUnd reden."
    assert (await kept(talk, NEW_ID)).state == "draft"


async def test_a_page_that_is_wrong_hears_of_everything_at_once(talk: Talk) -> None:
    line = await page(talk, "evd:new", title="", when="12.3.2025", capacity="viele")
    for words in ("Nichts wurde gespeichert", "Titel: ", "Zeit: ", "Plätze: "):
        assert words in line.payload
    assert "/desk/veranstaltungen" not in line.payload
    assert await talk.rows("SELECT 1 FROM events WHERE state = 'draft'") == []


async def test_of_two_pages_the_second_does_not_undo_the_first(talk: Talk) -> None:
    await keep(talk)
    seen = (await kept(talk)).updated_at
    first = await page(talk, f"evd:save:{ID}", region="Sachsen", revision=seen)
    assert "✓ Gespeichert" in first.payload
    assert f"/desk/veranstaltungen/{ID}" in first.payload
    second = await page(talk, f"evd:save:{ID}", 2, region="Bayern", revision=seen)
    assert "inzwischen an anderer Stelle geändert" in second.payload
    assert (await event(talk)).region == "Sachsen"


async def test_a_page_saves_nothing_of_what_is_partly_wrong(talk: Talk) -> None:
    await keep(talk)
    before = await kept(talk)
    form = {"title": "Neu", "capacity": "viele", "revision": before.updated_at}
    assert "Plätze: " in (await page(talk, f"evd:save:{ID}", 1, **form)).payload
    assert await kept(talk) == before


async def test_a_page_publishes_cancels_revives_and_deletes(talk: Talk) -> None:
    await keep(talk, draft=True)
    for verb, state, words in (
        ("publish", "published", "ist veröffentlicht"),
        ("publish", "published", "ist schon veröffentlicht"),
        ("delete", "published", "ist kein Entwurf mehr"),
        ("cancel", "cancelled", "ist abgesagt"),
        ("revive", "published", "findet doch statt"),
    ):
        line = await page(talk, f"evd:{verb}:{ID}")
        assert words in line.payload
        assert f"/desk/veranstaltungen/{ID}" in line.payload
        assert (await kept(talk)).state == state
    await keep(talk, draft=True, id="noch-eines")
    line = await page(talk, "evd:delete:noch-eines")
    assert "ist gelöscht" in line.payload
    assert "/desk/veranstaltungen/noch-eines" not in line.payload
    assert await talk.rows("SELECT 1 FROM events WHERE id = 'noch-eines'") == []
    assert "gibt es nicht mehr" in (await page(talk, "evd:publish:noch-eines")).payload


async def test_what_belongs_to_a_chat_has_no_effect_from_a_page(talk: Talk) -> None:
    await keep(talk)
    for action in ("stop", f"ask:title:{ID}", "skip:where", "with:netzwerke", "unsinn"):
        assert "Diese Auswahl gilt nicht mehr" in (await page(talk, f"evd:{action}")).payload
    assert await talk.rows("SELECT 1 FROM compositions") == []


async def test_a_page_announces_an_event_and_leads_on(talk: Talk) -> None:
    await keep(talk)

    async def unit(tx: Tx) -> None:
        known = await people.meet(tx, "web", "", "wer-es-hoert", talk.clock.now())
        await subscriptions.subscribe(tx, known.id, "all", "", talk.clock.now())

    await write(talk, unit)
    line = await page(talk, f"evd:announce:{ID}")
    assert "/desk/ankuendigungen/1" in line.payload


async def test_an_hour_that_there_is_twice_is_pointed_out_on_a_page_too(talk: Talk) -> None:
    line = await page(talk, "evd:new", title="Nachtwache", when="31.10.2027 2:30 MEZ bis 5:00")
    assert "Gemeint ist das zweite Mal" in line.payload
    [row] = await talk.rows("SELECT starts FROM events WHERE state = 'draft'")
    assert row["starts"].startswith("2027-10-31T01:30")


def test_the_clock_of_these_tests_is_before_the_event() -> None:
    assert START < BEGINS

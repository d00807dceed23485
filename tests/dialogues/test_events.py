"""People look for events: in lists, by filters, in their own words; and keep one of them."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from handlers.hours import BERLIN
from handlers.message import ACTION_BYTES
from handlers.programme import event_words, keeping
from handlers.programme import events as handler
from handlers.programme.spans import Span
from handlers.turn import Turn
from knowledge.models import Character, Event
from knowledge.words import Words
from tests.fakes.world import Message, Person
from tests.support.hotline import Talk

OUTDATED = "Diese Auswahl gilt nicht mehr"
QUESTIONS = sorted((Path(__file__).parents[1] / "questions").glob("*.yaml"))


def event(name: str, starts: datetime | date, title: str = "", **facts: Any) -> Event:
    about = {
        "id": name,
        "title": title or name.replace("-", " ").title(),
        "starts": starts,
        "description": "Worum es geht.",
        "source": "Koordination",
        "checked_on": date(2026, 11, 1),
    }
    return Event.model_validate(about | facts)


def at(year: int, month: int, day: int, hour: int = 18) -> datetime:
    return datetime(year, month, day, hour, tzinfo=BERLIN)


# The clock of the tests begins on Tuesday, 24 November 2026. The content has ten past events.
COMING = (
    event("stammtisch", at(2026, 12, 1), topics=("netzwerke",), region="Sachsen"),
    event(
        "webtalk-verkehr",
        at(2026, 12, 3),
        "Webtalk Mobilität",
        ends=at(2026, 12, 3, 20),
        topics=("mobilitaet",),
        region="Bayern",
        characters=(Character.DIGITAL,),
        format="webinar",
    ),
    event("lesung", date(2027, 1, 15), topics=("beteiligung",), place="Eilenburg"),
    event("radtour", at(2027, 5, 4), topics=("mobilitaet",), region="Sachsen"),
    event(
        "workshop-leerstand",
        date(2027, 5, 20),
        ends=date(2027, 5, 22),
        topics=("leerstand",),
        characters=(Character.ANALOG,),
        cancelled=True,
    ),
    event("sommerfest", at(2027, 7, 1), topics=("netzwerke",), region="Sachsen"),
    event("herbsttagung", date(2027, 10, 1), topics=("mobilitaet",), region="Bayern"),
)


async def keep(talk: Talk, *found: Event) -> None:
    """These are in the programme from now on."""
    now = talk.clock.now()
    for one in found:
        await talk.app.database.write(lambda tx, one=one: keeping.keep(tx, one, "desk", now))
    await talk.app.programme.look()


@pytest.fixture
async def full(talk: Talk) -> Talk:
    await keep(talk, *COMING)
    return talk


def labels(message: Message) -> list[str]:
    return [button.label for button in message.buttons]


def actions(message: Message) -> list[str]:
    return [button.data or button.url or "" for button in message.buttons]


def listed(message: Message) -> list[str]:
    """The events of a list by their ids."""
    return [action[4:] for action in actions(message) if action.startswith("evt:")]


async def press(talk: Talk, person: Person, button: str, message: Message) -> Message:
    person.presses(button, message)
    return await talk.hears(person)


# -- lists ---------------------------------------------------------------------------


async def test_coming_events_come_soonest_first_and_past_ones_on_a_page_of_their_own(
    full: Talk,
) -> None:
    person = full.person()
    page = await full.ask(person, "/termine", "Veranstaltungen")
    assert listed(page) == [one.id for one in COMING[:6]]
    assert "• 3. Dezember 2026, 18:00 bis 20:00 Uhr: Webtalk Mobilität" in page.text
    page = await press(full, person, "Weitere", page)
    assert listed(page) == ["herbsttagung"]
    page = await press(full, person, "Vergangene Veranstaltungen", page)
    assert page.text.startswith("Vergangene Veranstaltungen")
    assert listed(page)[:3] == [
        "erfahrungswerkstatt-2022",
        "bundestagung-2022",
        "zukunft-kleinstadt-2021",
    ]
    page = await press(full, person, "Weitere", page)
    assert listed(page)[-1] == "sondierungsworkshop-2020"
    assert "Weitere" not in labels(page)
    page = await press(full, person, "Kommende Veranstaltungen", page)
    assert listed(page)[0] == "stammtisch"


async def test_without_coming_events_the_last_ones_are_shown(talk: Talk) -> None:
    person = talk.person()
    page = await talk.ask(person, "/veranstaltungen", "Zurzeit kenne ich keine neuen Termine")
    assert listed(page)[0] == "erfahrungswerkstatt-2022"
    page = await press(talk, person, "Weitere", page)
    assert listed(page)[-1] == "sondierungsworkshop-2020"


async def test_what_is_cancelled_says_so_before_anything_else(full: Talk) -> None:
    person = full.person()
    page = await full.ask(person, "/termine", "Veranstaltungen")
    assert "• Abgesagt: 20. Mai 2027 bis 22. Mai 2027: Workshop Leerstand" in page.text
    assert "Abgesagt: Workshop Leerstand" in labels(page)


async def test_what_lasts_several_days_is_coming_until_its_last_day_is_over(talk: Talk) -> None:
    await keep(talk, event("messe", date(2026, 11, 22), ends=date(2026, 11, 24)))
    person = talk.person()
    assert listed(await talk.ask(person, "/termine", "Veranstaltungen")) == ["messe"]
    await talk.passes(timedelta(days=1))
    await talk.ask(person, "/termine", "Zurzeit kenne ich keine neuen Termine")


async def test_filters_are_offered_where_there_is_something_to_choose(full: Talk) -> None:
    person = full.person()
    page = await full.ask(person, "/termine", "Veranstaltungen")
    ways = ["Nach Thema", "Nach Art", "Nach Monat", "Nach Region"]  # there is one format only
    assert labels(page)[6:] == ["Weitere", *ways, "Vergangene Veranstaltungen"]
    values = await press(full, person, "Nach Thema", page)
    assert values.text == "Welches Thema?"
    assert labels(values) == [
        "Beteiligung (1)", "Leerstand (1)", "Mobilität (3)", "Netzwerke (2)", "Zur Übersicht",
    ]  # fmt: skip
    page = await press(full, person, "Mobilität (3)", values)
    assert page.text.startswith("Veranstaltungen: Mobilität\n")
    assert listed(page) == ["webtalk-verkehr", "radtour", "herbsttagung"]
    values = await press(full, person, "Nach Region", page)
    page = await press(full, person, "Bayern (2)", values)
    assert page.text.startswith("Veranstaltungen: Mobilität, Bayern\n")
    assert listed(page) == ["webtalk-verkehr", "herbsttagung"]
    values = await press(full, person, "Nach Monat", page)
    assert labels(values)[:2] == ["Dezember 2026 (1)", "Oktober 2027 (1)"]
    page = await press(full, person, "Oktober 2027 (1)", values)
    assert listed(page) == ["herbsttagung"]
    assert labels(page) == ["Herbsttagung", "Zur Übersicht"]


async def test_past_events_can_be_narrowed_down_as_well(full: Talk) -> None:
    person = full.person()
    page = await full.ask(person, "/termine", "Veranstaltungen")
    page = await press(full, person, "Vergangene Veranstaltungen", page)
    values = await press(full, person, "Nach Thema", page)
    assert "Veranstaltungen (10)" not in labels(values)  # all have it, so it tells nothing
    page = await press(full, person, "Digitalisierung (2)", values)
    assert page.text.startswith("Vergangene Veranstaltungen: Digitalisierung")
    assert listed(page) == ["webtalk-arbeit", "sondierungsworkshop-2020"]


async def test_buttons_of_earlier_times_still_work_and_forged_ones_do_nothing(full: Talk) -> None:
    person = full.person()
    page = await full.ask(person, "/termine", "Veranstaltungen")
    for action, first in (
        ("evts:0", "stammtisch"),
        ("evts:1", "herbsttagung"),
        ("evts:2", "erfahrungswerkstatt-2022"),
        ("evts:3", "erfahrungswerkstatt-2021"),
        ("evts:t=mobilitaet", "webtalk-verkehr"),
    ):
        person.presses(action, page, forged=True)
        assert listed(await full.hears(person))[0] == first
    for value in ("9", "x=1", "d=20269999-20270101", "p=-1", "t=mobilitaet;p=7", "t=x;m=?", "²"):
        action = f"evts:{value}"
        person.presses(action, page, forged=True)
        await full.hears(person, OUTDATED)
    person.presses("evts:t=gibt-es-nicht", page, forged=True)
    await full.hears(person, "Dazu kenne ich keine Veranstaltung: gibt-es-nicht.")


slugs = st.from_regex(r"[a-z0-9]{1,12}(-[a-z0-9]{1,11}){0,3}", fullmatch=True)


choices = {
    "t": slugs,
    "c": st.sampled_from(["digital", "analog", "hybrid"]),
    "m": st.just("2027-05"),
    "r": slugs,
    "f": slugs,
}


@given(
    values=st.fixed_dictionaries({}, optional=choices),
    past=st.booleans(),
    page=st.integers(0, 999),
)
def test_any_choice_fits_into_a_button_and_comes_back(
    values: dict[str, str], past: bool, page: int
) -> None:
    wanted = handler._List(past=past, chosen=values, page=page)
    assert wanted.action
    assert len(wanted.action.encode()) <= ACTION_BYTES
    read = handler._List.read(wanted.action.removeprefix("evts").removeprefix(":"))
    assert read is not None
    assert (read.past, read.page, read.chosen.keys()) == (past, page, values.keys())
    assert all(handler._same(values[kind], value) for kind, value in read.chosen.items())


# -- in one's own words ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "heading", "found"),
    [
        ("Was steht nächste Woche an?", "vom 30. November bis 6. Dezember 2026",
         ["stammtisch", "webtalk-verkehr"]),
        ("was steht naechste woche an", "vom 30. November", ["stammtisch", "webtalk-verkehr"]),
        ("Termine im Mai", "im Mai 2027", ["radtour", "workshop-leerstand"]),
        ("Was ist im Mai los?", "im Mai 2027", ["radtour", "workshop-leerstand"]),
        ("Welche Veranstaltungen gibt es in den nächsten zwei Wochen?", "vom 24. November",
         ["stammtisch", "webtalk-verkehr"]),
        ("Was war im März 2021?", "im März 2021",
         ["webtalk-unterschaetzte-groesse", "erfahrungswerkstatt-2021", "webtalk-wohnen"]),
        ("Webtalks im März 2021", "im März 2021, „webtalks“",
         ["webtalk-unterschaetzte-groesse", "webtalk-wohnen"]),
        ("Welche Veranstaltungen zur Mobilität gibt es 2027?", "im Jahr 2027, „mobilität“",
         ["radtour", "herbsttagung"]),
        ("/termine mai", "im Mai 2027", ["radtour", "workshop-leerstand"]),
        ("/veranstaltungen mobilität", "„mobilität“",
         ["webtalk-verkehr", "radtour", "herbsttagung", "webtalk-mobilitaet"]),
        ("/veranstaltungen Sachsen", "„Sachsen“",
         ["stammtisch", "radtour", "sommerfest", "erfahrungswerkstatt-2022"]),
        ("/veranstaltungen webinar", "„webinar“", ["webtalk-verkehr"]),
        ("/termine Mobilität im Mai", "im Mai 2027, „Mobilität“", ["radtour"]),
    ],
)  # fmt: skip
async def test_people_find_events_by_days_and_words(
    full: Talk, said: str, heading: str, found: list[str]
) -> None:
    page = await full.ask(full.person(), said, heading)
    assert page.text.startswith("Veranstaltungen: ")
    assert listed(page) == found


async def test_long_lists_of_a_question_have_pages_too(full: Talk) -> None:
    person = full.person()
    page = await full.ask(
        person, "Welche Veranstaltungen gab es 2021 und 2022?", "Veranstaltungen: "
    )
    assert len(listed(page)) == 6
    page = await press(full, person, "Weitere", page)
    assert listed(page) == [
        "zukunft-kleinstadt-2021",
        "bundestagung-2022",
        "erfahrungswerkstatt-2022",
    ]


async def test_a_day_with_one_event_shows_it_at_once(full: Talk) -> None:
    person = full.person()
    answer = await full.ask(person, "Was ist am 3. Dezember?", "Webtalk Mobilität")
    assert "Worum es geht." in answer.text
    assert labels(answer) == ["Merken", "Kalendereintrag", "Weitersagen", "Zur Übersicht"]


async def test_where_there_is_nothing_the_next_event_is_named(full: Talk) -> None:
    person = full.person()
    answer = await full.ask(person, "Was ist diese Woche los?", "Ich kenne keine Veranstaltung")
    assert answer.text.startswith(
        "Ich kenne keine Veranstaltung vom 23. bis 29. November 2026. Das ist die nächste:"
    )
    assert listed(answer) == ["stammtisch"]
    answer = await full.ask(person, "Was war im Februar 2022?", "Ich kenne keine Veranstaltung")
    assert "Am nächsten liegen diese vergangenen" in answer.text
    assert set(listed(answer)) == {
        "bundestagung-2022",
        "erfahrungswerkstatt-2022",
        "zukunft-kleinstadt-2021",
    }


async def test_without_any_coming_event_the_nearest_past_ones_are_named(talk: Talk) -> None:
    answer = await talk.ask(talk.person(), "Was steht nächste Woche an?", "Ich kenne keine")
    assert listed(answer)[0] == "erfahrungswerkstatt-2022"


async def test_other_kinds_of_events_on_these_days_are_named_as_such(full: Talk) -> None:
    answer = await full.ask(full.person(), "Gibt es im Dezember einen Workshop?", "Zu „workshop“")
    assert answer.text.startswith(
        "Zu „workshop“ habe ich nichts gefunden. Das kenne ich im Dezember 2026:"
    )
    assert listed(answer) == ["stammtisch", "webtalk-verkehr"]


async def test_words_that_fit_no_event_get_an_honest_answer(full: Talk) -> None:
    person = full.person()
    answer = await full.ask(person, "/termine Kegelabend", "Dazu kenne ich keine Veranstaltung")
    assert labels(answer) == ["Zur Übersicht"]


async def test_the_question_can_be_handed_to_a_person_afterwards(full: Talk) -> None:
    person = full.person()
    await full.ask(person, "Was ist diese Woche los?", "Ich kenne keine Veranstaltung")
    await full.ask(person, "Mensch", "Soll ich weitergeben, was Sie")


async def test_a_yes_after_the_list_hands_nothing_over(full: Talk) -> None:
    person = full.person()
    await full.ask(person, "Wie hoch ist die Hundesteuer in Wurzen?", "Soll ich")
    await full.ask(person, "Termine im Mai", "im Mai 2027")
    await full.ask(person, "ja", "worauf sich Ihr Ja bezieht")
    assert await full.rows("SELECT id FROM requests") == []


@pytest.mark.parametrize(
    "said",
    [
        "Kann ich am Montag einen Termin haben?",
        "Haben Sie nächste Woche einen Termin für mich?",
        "Habt ihr am Wochenende offen?",
        "Wer hat die Tagung im Januar 2022 veranstaltet?",
        "Was kostet der Webtalk im Dezember?",
        "Impftermin nächste Woche",
        "Was gibt es heute zu essen?",
        "Ich kann nächste Woche nicht",
        "Was machen Sie heute?",
    ],
)
async def test_who_wants_to_know_something_else_gets_no_list(full: Talk, said: str) -> None:
    person = full.person()
    person.says(said)
    await full.settled()
    await full.hears(person, "Kurz vorab")
    answer = await full.hears(person)
    assert not answer.text.startswith(("Veranstaltungen:", "Ich kenne keine", "Zu „"))


async def test_of_all_our_questions_only_those_about_events_are_taken(talk: Talk) -> None:
    """Those who ask for something else must reach the search and not a list."""
    turn: Any = Talking(talk)
    asked = [
        row for file in QUESTIONS for row in yaml.safe_load(file.read_text()) if "question" in row
    ]
    taken = [row for row in asked if takes(turn, row["question"])]
    events = talk.app.content.knowledge.library.events
    about = {"veranstaltungen-kommende", "veranstaltungen-vergangene", "webtalks-reihe", *events}
    assert len(taken) > 3
    assert [row["question"] for row in taken if not about & set(row.get("expected", ()))] == []


class Talking:
    """As much of a turn as reading a question needs."""

    def __init__(self, talk: Talk) -> None:
        self.knowledge = talk.app.content.knowledge


def takes(turn: Turn, said: str) -> bool:
    days, rest = handler.read(Words(said), date(2026, 11, 24))
    return (
        len(said) <= handler.LONGEST
        and days is not None
        and event_words.sought(turn, rest) is not None
    )


# -- one event -------------------------------------------------------------------------


async def shown(talk: Talk, person: Person) -> Message:
    return await talk.ask(person, "Was ist am 3. Dezember?", "Webtalk Mobilität")


async def marks(talk: Talk) -> list[tuple[str, int]]:
    rows = await talk.rows("SELECT event_id, told FROM marks ORDER BY event_id")
    return [(row["event_id"], row["told"]) for row in rows]


async def test_marking_and_letting_go_again(full: Talk) -> None:
    person = full.person()
    answer = await shown(full, person)
    said = await press(full, person, "Merken", answer)
    assert "Webtalk Mobilität, 3. Dezember 2026, 18:00 bis 20:00 Uhr" in said.text
    assert "einen Tag und eine Stunde vorher" in said.text
    assert await marks(full) == [("webtalk-verkehr", 0)]
    await press(full, person, "Merken", answer)
    assert "schon gemerkt" in person.received[-1].text
    assert await marks(full) == [("webtalk-verkehr", 0)]
    assert labels(await shown(full, person))[0] == "Nicht mehr merken"
    said = await press(full, person, "Nicht mehr merken", said)
    assert said.text == "Gut, an Webtalk Mobilität erinnere ich Sie nicht mehr."
    assert labels(said) == ["Merken"]
    assert await marks(full) == []
    person.presses("unmark:webtalk-verkehr", said, forged=True)
    await full.hears(person, "hatten Sie nicht gemerkt")


async def test_a_reminder_is_promised_only_where_one_will_come(full: Talk) -> None:
    person = full.person()
    page = await full.ask(person, "/termine", "Veranstaltungen")
    person.presses("mark:lesung", page, forged=True)
    await full.hears(person, "Ich erinnere Sie einen Tag vorher.")
    await full.passes(at(2026, 12, 3, 15) - full.clock.now())
    answer = await shown(full, person)
    said = await press(full, person, "Merken", answer)
    assert "Ich erinnere Sie eine Stunde vorher." in said.text
    await press(full, person, "Nicht mehr merken", said)
    await full.passes(at(2026, 12, 3, 17) + timedelta(minutes=30) - full.clock.now())
    said = await press(full, person, "Merken", answer)
    assert "schon so bald" in said.text


async def test_what_is_over_or_cancelled_cannot_be_marked(full: Talk) -> None:
    person = full.person()
    page = await full.ask(person, "/termine", "Veranstaltungen")
    person.presses("mark:workshop-leerstand", page, forged=True)
    await full.hears(person, "ist abgesagt")
    person.presses("mark:bundestagung-2022", page, forged=True)
    await full.hears(person, "ist schon vorbei")
    for name in ("mark", "unmark", "ics", "share"):
        person.presses(f"{name}:gibt-es-nicht", page, forged=True)
        await full.hears(person, OUTDATED)
    assert await marks(full) == []


async def test_a_past_event_leads_to_its_documentation(talk: Talk) -> None:
    page = "https://example.org/nachlese"
    await keep(talk, event("vortrag", at(2026, 11, 20), documentation=page))
    answer = await talk.ask(talk.person(), "Was war am 20. November?", "Vortrag")
    assert list(zip(labels(answer), actions(answer), strict=True)) == [
        ("Zum Nachlesen", page),
        ("Zur Übersicht", "evts"),
    ]


async def test_an_event_goes_into_ones_own_calendar(full: Talk) -> None:
    person = full.person()
    answer = await shown(full, person)
    said = await press(full, person, "Kalendereintrag", answer)
    [file] = said.files
    entry = file.content.decode()
    assert entry.startswith("BEGIN:VCALENDAR\r\n")
    assert "UID:webtalk-verkehr@kleinstadt-hotline" in entry
    assert "DTSTART;TZID=Europe/Berlin:20261203T180000" in entry


async def test_a_text_to_pass_on_stands_alone(full: Talk) -> None:
    person = full.person()
    answer = await shown(full, person)
    person.presses("Weitersagen", answer)
    await full.hears(person, "kopieren oder weiterleiten")
    said = await full.hears(person, "Webtalk Mobilität")
    lines = said.text.split("\n")
    assert lines[:3] == [
        "Webtalk Mobilität",
        "Wann: 3. Dezember 2026, 18:00 bis 20:00 Uhr",
        "Wo: digital",
    ]
    assert lines[3].endswith("/events/webtalk-verkehr")
    person.presses("share:workshop-leerstand", answer, forged=True)
    await full.hears(person, "Abgesagt: Workshop Leerstand")


def test_midnight_belongs_to_the_day_before() -> None:
    one = event("nacht", at(2026, 12, 3), ends=datetime(2026, 12, 3, 23, tzinfo=UTC))
    assert Span(handler._first(one), handler._last(one)) == Span(
        date(2026, 12, 3), date(2026, 12, 3)
    )

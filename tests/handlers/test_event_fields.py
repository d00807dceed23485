"""Coordinators write the fields of an event as they would tell somebody."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.desk.unclear import Unclear
from handlers.hours import BERLIN
from handlers.programme import event_fields
from handlers.programme.event_fields import NAMES, begun, change, filled, written
from knowledge.load import Library, load, shipped
from knowledge.models import Character, Event

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LIBRARY: Library = load(shipped())
START = datetime(2027, 3, 12, 18, 30, tzinfo=BERLIN)


def webtalk(**changes: object) -> Event:
    about: dict[str, object] = {
        "id": "webtalk-mobilitaet",
        "title": "Webtalk Mobilität",
        "starts": START,
        "description": "Wie kommen alle hin?",
        "source": "Koordination",
        "checked_on": date(2026, 11, 1),
    }
    return Event.model_validate(about | changes)


def changed(name: str, text: str, event: Event | None = None) -> Event:
    return change(event or webtalk(), name, text, LIBRARY, NOW)


def refusal(name: str, text: str, event: Event | None = None) -> Unclear:
    with pytest.raises(Unclear) as caught:
        changed(name, text, event)
    said = LIBRARY.texts.say[caught.value.name]
    for field in caught.value.fields:
        said = said.replace(f"{{{field}}}", "x")
    assert "{" not in said  # the sentence has all that it needs
    return caught.value


# -- a new one ----------------------------------------------------------------------------


def test_a_title_and_a_time_are_enough() -> None:
    event = begun("Webtalk: Grüne Plätze", "12.3.2027 18:30 bis 20:00", LIBRARY, NOW)
    assert event.id == "webtalk-gruene-plaetze-2027-03-12"
    assert (event.starts, event.ends) == (START, START + timedelta(minutes=90))
    assert event.description == event.title == "Webtalk: Grüne Plätze"
    assert (event.source, event.checked_on) == ("Koordination", date(2026, 11, 24))
    assert event.format is None


def test_a_long_title_still_fits_into_the_id() -> None:
    event = begun("Ä" * 120, "12.3.2027", LIBRARY, NOW)
    assert len(event.id) <= 48
    assert event.id.endswith("-2027-03-12")


def test_a_title_without_letters_gets_an_id_too() -> None:
    assert begun("„…“", "12.3.2027", LIBRARY, NOW).id == "veranstaltung-2027-03-12"


@pytest.mark.parametrize("when", ["12.3.2025 18:30", "gestern 10 Uhr", "", "irgendwann mal"])
def test_no_new_event_without_a_time_to_come(when: str) -> None:
    with pytest.raises(Unclear):
        begun("Webtalk", when, LIBRARY, NOW)


def test_the_description_is_the_title_until_there_is_one() -> None:
    event = begun("Webtalk", "12.3.2027", LIBRARY, NOW)
    assert changed("title", "Stammtisch", event).description == "Stammtisch"
    told = changed("description", "Es geht um Busse.", event)
    assert changed("title", "Stammtisch", told).description == "Es geht um Busse."
    assert changed("description", "", told).description == "Webtalk"


# -- one field ------------------------------------------------------------------------------


def test_where_takes_a_place_an_address_or_both() -> None:
    place = changed("where", "Rathaus,  Großer Saal")
    assert (place.place, place.link) == ("Rathaus, Großer Saal", None)
    link = changed("where", "https://meet.example.org/rathaus", place)
    assert (link.place, str(link.link)) == (None, "https://meet.example.org/rathaus")
    both = changed("where", "Rathaus (www.example.org/anfahrt).")
    assert (both.place, str(both.link)) == ("Rathaus", "https://www.example.org/anfahrt")
    bare = changed("where", "Rathaus und meet.example.org/rathaus")
    assert (bare.place, str(bare.link)) == ("Rathaus und", "https://meet.example.org/rathaus")
    none = changed("where", "", both)
    assert (none.place, none.link) == (None, None)


@pytest.mark.parametrize("text", ["online", "Digital", "online: https://example.org/raum"])
def test_whoever_writes_only_online_means_how_it_takes_place(text: str) -> None:
    event = changed("where", text)
    assert event.characters == (Character.DIGITAL,)
    assert event.place is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("digital", ["digital"]),
        ("Onlein", ["digital"]),
        ("vor ort", ["analog"]),
        ("Präsenz", ["analog"]),
        ("hybird", ["hybrid"]),
        ("vor Ort und digital zugleich", ["hybrid"]),
        ("digital oder vor Ort", ["digital", "analog"]),
        ("analog, analog", ["analog"]),
        ("", []),
    ],
)
def test_the_character_is_understood_as_people_call_it(text: str, meant: list[str]) -> None:
    assert list(changed("character", text).characters) == meant


def test_a_format_is_found_by_its_name_or_most_of_it() -> None:
    stammtisch = LIBRARY.formats[str(changed("format", "Stammtisch").format)]
    assert stammtisch.name == "Digitaler Stammtisch"
    for form in LIBRARY.formats.values():
        assert changed("format", form.name.upper()).format == form.id
        assert changed("format", form.id).format == form.id
    assert changed("format", "", webtalk(format="webinar")).format is None
    assert refusal("format", "Kaffeekränzchen").name == "evd_format_unknown"
    several = refusal("format", "digital")
    assert several.name == "evd_format_several"
    assert "Digitaler Stammtisch" in str(several.fields["list"])


def test_topics_are_known_ones_also_mistyped_and_new_ones() -> None:
    event = changed("topics", "Förderung, foerderung; Digtalisierung\nHochwasserschutz")
    assert event.topics == ("foerderung", "digitalisierung", "hochwasserschutz")
    assert written(event, "topics") == "Förderung, Digitalisierung, Hochwasserschutz"
    assert refusal("topics", "Das weiß ich leider auch nicht so genau wie Sie")
    assert refusal("topics", "!!!").name == "evd_topic_unclear"


def test_a_topic_that_only_this_event_has_is_not_corrected_away() -> None:
    event = webtalk(topics=("foerderungen",))
    assert changed("topics", "Foerderungen, Jugend", event).topics == ("foerderungen", "jugend")


def test_addresses_may_be_typed_without_https() -> None:
    assert str(changed("registration", "example.org/an").registration) == "https://example.org/an"
    for text in ("am Empfang", "javascript:alert(1)", "https://", "localhost/x", "a@b"):
        assert refusal("documentation", text).name == "evd_address_unclear"


@pytest.mark.parametrize(
    ("text", "places"), [("30", 30), ("max. 30 Personen", 30), ("1.200", 1200), ("", None)]
)
def test_places_are_a_number(text: str, places: int | None) -> None:
    assert changed("capacity", text, webtalk(capacity=7)).capacity == places


@pytest.mark.parametrize("text", ["viele", "0", "-3", "20 bis 30", "9999999999", "½"])
def test_what_is_no_number_of_places_is_refused(text: str) -> None:
    assert refusal("capacity", text).name == "evd_capacity_unclear"


def test_a_deadline_is_a_day_or_a_time() -> None:
    day = changed("registration_until", "10. März 2027")
    assert day.registration_until == date(2027, 3, 10)
    time = changed("registration_until", "10.3.2027 18:00")
    assert time.registration_until == datetime(2027, 3, 10, 18, tzinfo=BERLIN)
    assert changed("registration_until", "", time).registration_until is None


def test_what_is_too_long_is_refused() -> None:
    for name, length in (("title", 121), ("description", 1501), ("region", 201), ("where", 201)):
        unclear = refusal(name, "x" * length)
        assert (unclear.name, unclear.fields["length"]) == ("evd_too_long", length)


def test_a_coming_event_cannot_be_moved_into_the_past_but_a_past_one_put_right() -> None:
    refusal("when", "12.3.2025 18:30")
    past = webtalk(starts=datetime(2025, 3, 12, 18, 30, tzinfo=BERLIN))
    right = changed("when", "12.3.2025 19:00", past)
    assert right.starts == datetime(2025, 3, 12, 19, tzinfo=BERLIN)


def test_an_end_before_the_start_changes_nothing() -> None:
    assert refusal("when", "12.3.2027 18:30 bis 12.3.2027 17:00 Uhr").name.startswith("when_")
    assert refusal("when", "28.3.2027 2:30").name.startswith("when_")


# -- as somebody would type it ------------------------------------------------------------


FULL = webtalk(
    ends=START + timedelta(days=1),
    place="Rathaus, Großer Saal",
    link="https://meet.example.org/rathaus?x=1",
    characters=("hybrid", "digital"),
    topics=("foerderung", "ki", "stadt-und-land", "veranstaltungen"),
    format="webinar",
    region="Sachsen",
    organisers=("Bundesinstitut für Bau-, Stadt- und Raumforschung (BBSR)", "Rathaus"),
    description="Erst Brötchen.\n\nDann Busse.",
    registration="https://example.org/anmeldung",
    registration_until=datetime(2027, 3, 10, 18, tzinfo=BERLIN),
    capacity=30,
    documentation="https://example.org/bericht",
)


@pytest.mark.parametrize(
    "event",
    [
        FULL,
        webtalk(),
        begun("Webtalk", "12.3.2027 bis 14.3.2027", LIBRARY, NOW),
        webtalk(starts=datetime(2020, 2, 14, 9, tzinfo=BERLIN)),
        *LIBRARY.events.values(),
    ],
    ids=lambda event: event.id,
)
def test_what_is_written_back_unchanged_changes_nothing(event: Event) -> None:
    for name in NAMES:
        assert changed(name, written(event, name), event) == event
    page = {name: written(event, name).replace("\n", "\r\n") for name in NAMES}
    assert filled(page, event, LIBRARY, NOW) == (event, {})


@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_is_understood_also_where_nothing_stood_before(name: str) -> None:
    again = changed(name, written(FULL, name))
    assert written(again, name) == written(FULL, name)


def test_the_second_of_two_equal_hours_stays_the_second() -> None:
    second = datetime(2027, 10, 31, 2, 30, tzinfo=BERLIN, fold=1)
    event = webtalk(starts=second)
    for before in (event, webtalk()):
        again = changed("when", written(event, "when"), before).starts
        assert isinstance(again, datetime)
        assert again.astimezone(UTC) == second.astimezone(UTC)


@given(st.sampled_from(NAMES), st.text(max_size=300))
def test_whatever_is_typed_is_taken_or_gets_a_sentence(name: str, text: str) -> None:
    said, event = "", webtalk()
    try:
        event = changed(name, text)
    except Unclear as unclear:
        said = unclear.name
    assert not said or said in LIBRARY.texts.say
    assert Event.model_validate_json(event.model_dump_json()) == event


# -- a whole page -----------------------------------------------------------------------------


def test_a_page_makes_an_event() -> None:
    page = dict.fromkeys(NAMES, "") | {
        "title": "Webtalk",
        "when": "12.3.2027 18:30",
        "where": "online",
        "topics": "Jugend",
    }
    event, wrong = filled(page, None, LIBRARY, NOW)
    assert wrong == {}
    assert event is not None
    assert (event.id, event.topics) == ("webtalk-2027-03-12", ("jugend",))
    # "online" is how it takes place, and the empty field beside it takes nothing back.
    assert event.characters == (Character.DIGITAL,)


def test_a_page_tells_everything_that_is_wrong_with_it_at_once() -> None:
    page = {"when": "12.3.2025", "capacity": "viele", "registration": "nein"}
    event, wrong = filled(page, None, LIBRARY, NOW)
    assert event is None
    assert set(wrong) == {"title", "when", "capacity", "registration"}


def test_the_required_fields_of_a_page_cannot_be_emptied() -> None:
    event, wrong = filled({"title": " ", "when": ""}, FULL, LIBRARY, NOW)
    assert event is None
    assert set(wrong) == {"title", "when"}


def test_what_is_not_on_the_page_stays() -> None:
    event, _ = filled({"title": "Neuer Titel", "revision": "x"}, FULL, LIBRARY, NOW)
    assert event == FULL.model_copy(update={"title": "Neuer Titel"})


def test_topics_that_events_have_are_offered_first() -> None:
    offered = [topic for topic, _ in event_fields.offered_topics(FULL, LIBRARY)]
    assert len(offered) == len(set(offered))
    assert offered.index("netzwerke") < offered.index("jugend")
    assert "stadt-und-land" in offered

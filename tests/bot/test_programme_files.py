"""Somebody brings the programme as a file: all of it arrives as meant, or nothing at all."""

import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app import STORE
from bot.programme_cli import export_file, import_file
from bot.programme_files import ProgrammeError, read, take_in
from bot.settings import Settings
from handlers.hours import BERLIN
from handlers.programme import keeping
from handlers.programme.calendars import calendar
from knowledge.load import load, shipped
from knowledge.models import Event
from storage import events
from storage.database import Database, StoreError
from tests.support.clock import MovableClock

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)

OFFICE_ZONE = """BEGIN:VTIMEZONE
TZID:Zeit im Amt
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE"""


def entry(*lines: str) -> str:
    return "\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT"])


def ics(*parts: str) -> bytes:
    lines = "\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *parts, "END:VCALENDAR", ""])
    return lines.replace("\n", "\r\n").encode()


def stammtisch(*lines: str) -> bytes:
    return ics(entry("UID:7f3a@stadt.example", "SUMMARY:Stammtisch", *lines))


def only(data: bytes, name: str = "termine.ics") -> Event:
    [event] = read(data, name, TODAY)
    return event


def problems(data: bytes, name: str = "termine.ics") -> tuple[str, ...]:
    with pytest.raises(ProgrammeError) as caught:
        read(data, name, TODAY)
    assert str(caught.value) == "\n".join(caught.value.problems)
    return caught.value.problems


def starts(value: str, *, zone: str = "", before: str = "") -> Any:
    parameter = f";TZID={zone}" if zone else ""
    parts = [entry("UID:1", "SUMMARY:Stammtisch", f"DTSTART{parameter}:{value}")]
    return only(ics(*filter(None, [before]), *parts)).starts


# -- what a calendar says ----------------------------------------------------------


def test_a_calendar_entry_becomes_an_event() -> None:
    event = only(
        ics(
            entry(
                "UID:7f3a@stadt.example",
                "SUMMARY:Stammtisch „Bürger\\, Rat & Kaffee“",
                "DTSTART;TZID=Europe/Berlin:20270325T183000",
                "DTEND;TZID=Europe/Berlin:20270325T200000",
                "LOCATION:Rathaus\\, Saal 2",
                "URL:https://stadt.example/stammtisch",
                "DESCRIPTION:Alle sind",
                "  willkommen.\\nAuch Sie.",
                "CATEGORIES:Bürgerbeteiligung,Leerstand",
                "CATEGORIES:leerstand",
                "SEQUENCE:3",
                "LAST-MODIFIED:20270201T080000Z",
            )
        )
    )
    assert event.id == "stammtisch-buerger-rat-kaffee-2027-03-25"
    assert event.calendar_uid == "7f3a@stadt.example"
    assert event.title == "Stammtisch „Bürger, Rat & Kaffee“"
    assert event.starts == datetime(2027, 3, 25, 18, 30, tzinfo=BERLIN)
    assert event.ends == datetime(2027, 3, 25, 20, tzinfo=BERLIN)
    assert event.place == "Rathaus, Saal 2"
    assert str(event.link) == "https://stadt.example/stammtisch"
    assert event.description == "Alle sind willkommen.\nAuch Sie."
    assert event.topics == ("buergerbeteiligung", "leerstand")
    assert (event.sequence, event.cancelled) == (3, False)
    assert event.updated_at == datetime(2027, 2, 1, 8, tzinfo=UTC)
    assert event.checked_on == TODAY
    assert "termine.ics" in event.source


def test_whole_days_end_with_their_last_day() -> None:
    one = only(stammtisch("DTSTART;VALUE=DATE:20270501", "DTEND;VALUE=DATE:20270502"))
    assert (one.starts, one.ends) == (date(2027, 5, 1), None)
    three = only(stammtisch("DTSTART;VALUE=DATE:20270501", "DTEND;VALUE=DATE:20270504"))
    assert (three.starts, three.ends) == (date(2027, 5, 1), date(2027, 5, 3))
    lasting = only(stammtisch("DTSTART;VALUE=DATE:20270501", "DURATION:P2D"))
    assert lasting.ends == date(2027, 5, 2)


def test_a_cancelled_event_arrives_as_cancelled() -> None:
    assert only(stammtisch("DTSTART:20270325T183000", "STATUS:CANCELLED")).cancelled
    assert not only(stammtisch("DTSTART:20270325T183000", "STATUS:CONFIRMED")).cancelled
    taken_back = entry("UID:1", "SUMMARY:Stammtisch", "DTSTART:20270325T183000")
    assert only(ics("METHOD:CANCEL", taken_back)).cancelled


def test_html_becomes_text_that_people_can_read() -> None:
    event = only(
        stammtisch(
            "DTSTART:20270325T183000",
            "DESCRIPTION:<p>Alle&nbsp;sind <b>willkommen</b>.<br>Auch Sie</p><ul><li>Kaffee</li>"
            '<li><a href="https://stadt.example/plan">Anfahrt</a></li></ul><script>x()</script>',
        )
    )
    assert event.description == (
        "Alle sind willkommen.\nAuch Sie\n• Kaffee\n• Anfahrt (https://stadt.example/plan)"
    )


def test_what_only_looks_like_html_stays() -> None:
    event = only(stammtisch("DTSTART:20270325T183000", "DESCRIPTION:1 < 2 <Ort folgt> & mehr"))
    assert event.description == "1 < 2 <Ort folgt> & mehr"


def test_without_a_description_the_title_stands_for_it() -> None:
    assert only(stammtisch("DTSTART:20270325T183000")).description == "Stammtisch"


def test_files_from_windows_with_folds_inside_letters_are_read() -> None:
    data = b"\xef\xbb\xbf" + ics(entry("SUMMARY:Gr\u00fc\u00dfe", "DTSTART:20270325T183000"))
    folded = data.replace("ü".encode(), b"\xc3\r\n \xbc")
    assert only(folded).title == "Grüße"


# -- when it is ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "zone"),
    [
        ("20270701T100000", "Europe/Berlin"),
        ("20270701T100000", "W. Europe Standard Time"),
        ("20270701T100000", "/mozilla.org/20050126_1/Europe/Berlin"),
        ("20270701T100000", "Zeit im Amt"),
        ("20270701T090000", "Europe/Lisbon"),
        ("20270701T040000", "America/New_York"),
        ("20270701T080000Z", ""),
        ("20270701T100000", ""),
    ],
)
def test_other_time_zones_mean_the_same_moment(value: str, zone: str) -> None:
    found = starts(value, zone=zone, before=OFFICE_ZONE)
    assert found == datetime(2027, 7, 1, 8, tzinfo=UTC)
    assert found.tzinfo is not None


def test_a_time_without_a_zone_is_that_of_the_calendar() -> None:
    found = starts("20270701T100000", before="X-WR-TIMEZONE:Europe/Lisbon")
    assert found == datetime(2027, 7, 1, 9, tzinfo=UTC)


def test_a_zone_may_be_described_after_the_event() -> None:
    one = entry("UID:1", "SUMMARY:Stammtisch", "DTSTART;TZID=Zeit im Amt:20270101T100000")
    assert only(ics(one, OFFICE_ZONE)).starts == datetime(2027, 1, 1, 9, tzinfo=UTC)


def test_one_file_does_not_change_what_another_means_by_a_zone() -> None:
    elsewhere = OFFICE_ZONE.replace("+0100", "+0500").replace("+0200", "+0600")
    assert starts("20270101T100000", zone="Zeit im Amt", before=elsewhere).hour == 5
    assert starts("20270101T100000", zone="Zeit im Amt", before=OFFICE_ZONE).hour == 9
    [sentence] = problems(stammtisch("DTSTART;TZID=Zeit im Amt:20270101T100000"))
    assert "Zeitzone „Zeit im Amt“" in sentence


@pytest.mark.parametrize("zone", ["", "Europe/Berlin", "Zeit im Amt"])
def test_in_the_nights_in_which_clocks_change_the_rule_decides(zone: str) -> None:
    """RFC 5545, 3.3.5."""
    skipped = starts("20270328T023000", zone=zone, before=OFFICE_ZONE)
    assert skipped == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)  # 03:30 on the wall
    twice = starts("20271031T023000", zone=zone, before=OFFICE_ZONE)
    assert twice == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)  # the first, in summer time
    assert starts("20270328T015900", zone=zone, before=OFFICE_ZONE).hour == 0
    assert starts("20270328T030000", zone=zone, before=OFFICE_ZONE).hour == 1
    assert starts("20271031T030000", zone=zone, before=OFFICE_ZONE).hour == 2


def test_an_event_through_such_a_night_is_as_long_as_it_is() -> None:
    hours = only(stammtisch("DTSTART:20271030T230000", "DURATION:PT5H"))
    assert hours.ends == datetime(2027, 10, 31, 2, tzinfo=UTC)
    until = only(stammtisch("DTSTART:20271030T230000", "DTEND:20271031T040000"))
    assert until.ends is not None
    assert until.ends - until.starts == timedelta(hours=6)
    a_day = only(stammtisch("DTSTART:20271030T200000", "DURATION:P1D"))
    assert a_day.ends == datetime(2027, 10, 31, 20, tzinfo=BERLIN)


# -- who is who ----------------------------------------------------------------------


def test_without_a_uid_title_and_beginning_make_one() -> None:
    first = only(ics(entry("SUMMARY:Stammtisch", "DTSTART:20270325T183000")))
    again = only(ics(entry("SUMMARY:Stammtisch", "DTSTART:20270325T173000Z", "LOCATION:Saal")))
    other = only(ics(entry("SUMMARY:Stammtisch", "DTSTART:20270326T183000")))
    assert first.calendar_uid == again.calendar_uid
    assert first.calendar_uid != other.calendar_uid


def test_two_with_the_same_title_on_a_day_have_ids_that_do_not_hang_on_their_order() -> None:
    one = entry("UID:1", "SUMMARY:Führung", "DTSTART:20270325T100000")
    two = entry("UID:2", "SUMMARY:Führung", "DTSTART:20270325T140000")
    ids = {event.calendar_uid: event.id for event in read(ics(one, two), "a.ics", TODAY)}
    turned = {event.calendar_uid: event.id for event in read(ics(two, one), "a.ics", TODAY)}
    assert ids == turned
    assert len(set(ids.values())) == 2
    assert all(name.startswith("fuehrung-2027-03-25-") for name in ids.values())


@given(st.text(max_size=100).filter(str.isprintable))
def test_any_title_makes_an_id(title: str) -> None:
    escaped = re.sub(r"([\\;,])", r"\\\1", f"Treffen {title}")
    event = only(ics(entry(f"SUMMARY:{escaped}", "DTSTART:20270325T183000")))
    assert len(event.id) <= 48
    assert event.id.startswith("treffen")
    assert event.id.endswith("-2027-03-25")


# -- what cannot be taken in -----------------------------------------------------------


@pytest.mark.parametrize("rule", ["RRULE:FREQ=WEEKLY", "RDATE:20270401T183000"])
def test_what_repeats_itself_is_refused_and_named(rule: str) -> None:
    [sentence] = problems(stammtisch("DTSTART:20270325T183000", rule))
    assert "„Stammtisch“" in sentence
    assert "einzelne Termine" in sentence


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["DTSTART:20270325T183000", "DTEND:20270325T173000"], "Das Ende liegt vor dem Beginn"),
        (["DTSTART:20270325T183000", "DURATION:-PT1H"], "Das Ende liegt vor dem Beginn"),
        (["DTSTART;VALUE=DATE:20270325", "DTEND:20270325T173000"], "nicht beide ein Tag oder"),
        (["DTSTART:20271325T183000"], "DTSTART ist nicht lesbar"),
        (["DTSTART:99990325T183000"], "Das Jahr 9999 kann nicht stimmen"),
        (["DTSTART:20270325T183000", "DTSTART:20270326T183000"], "DTSTART steht doppelt"),
        (["DTSTART;TZID=Mond/Krater:20270325T183000"], "Zeitzone „Mond/Krater“"),
        (["DTSTART;TZID=Europe:20270325T183000"], "Zeitzone „Europe“"),
        (["DTSTART;TZID=../../etc/passwd:20270325T183000"], "Zeitzone „../../etc/passwd“"),
        (["LOCATION:Saal"], "Der Beginn fehlt"),
        (["DTSTART:20270325T183000", "URL:javascript:alert(1)"], "keine gültige Adresse"),
        (["DTSTART:20270325T183000", f"DESCRIPTION:{'x' * 1501}"], "„Beschreibung“ ist zu lang"),
        (["DTSTART:20270325T183000", "SEQUENCE:viele"], "SEQUENCE ist nicht lesbar"),
        (["DTSTART:20270325T183000", f"SEQUENCE:{10**30}"], "SEQUENCE ist nicht lesbar"),
        (["DTSTART:20270325T183000", "CLASS:PRIVATE"], "als privat gekennzeichnet"),
        (["DTSTART:20270325T183000", "X-KLEINSTADT-HOTLINE:{"], "X-KLEINSTADT-HOTLINE"),
    ],
)
def test_a_sentence_names_the_event_and_what_is_wrong(lines: list[str], words: str) -> None:
    [sentence] = problems(stammtisch(*lines))
    assert sentence.startswith("„Stammtisch“ (")
    assert words in sentence


def test_a_zone_that_changes_every_second_is_not_reckoned_with() -> None:
    endless = OFFICE_ZONE.replace("FREQ=YEARLY;INTERVAL=1", "FREQ=SECONDLY")
    one = entry("SUMMARY:Stammtisch", "DTSTART;TZID=Zeit im Amt:20270325T183000")
    assert "Zeitzone „Zeit im Amt“" in problems(ics(endless, one))[0]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "Die Datei ist leer."),
        (b"Hallo", "keine Kalenderdatei"),
        (ics(), "keine Veranstaltung"),
        (ics(entry("SUMMARY:A", "kaputt", "DTSTART:20270325T183000")), "Zeile 5 "),
        (ics(entry("SUMMARY:Gr", "DTSTART:20270325")).replace(b"Gr", b"\xfc"), "kein UTF-8"),
        (ics("BEGIN:VEVENT", "SUMMARY:A", entry("SUMMARY:B")), "Zeile 5: BEGIN:VEVENT"),
        (ics(entry("SUMMARY:A")).partition(b"END:VEVENT")[0], "unvollständig"),
        (ics("END:VEVENT"), "gehört zu keinem BEGIN"),
    ],
)
def test_a_broken_file_is_refused_with_its_line(data: bytes, words: str) -> None:
    assert any(words in sentence for sentence in problems(data))


def test_one_wrong_entry_among_good_ones_and_nothing_is_taken() -> None:
    good = entry("UID:1", "SUMMARY:Gut", "DTSTART:20270325T183000")
    no_title = entry("UID:2", "DTSTART:20270325T183000")
    no_start = entry("UID:3", "SUMMARY:Wann")
    found = problems(ics(good, no_title, good, no_start))
    assert found == (
        "Der Eintrag in Zeile 8: Der Titel fehlt (SUMMARY).",
        "„Wann“ (Eintrag in Zeile 17): Der Beginn fehlt (DTSTART).",
        "„Gut“ steht mehrmals in der Datei (UID 1). Bitte nur einmal angeben.",
    )


def many(number: int) -> bytes:
    return ics(
        *(
            entry(f"UID:{n}", f"SUMMARY:Termin {n}", f"DTSTART;VALUE=DATE:202705{n % 28 + 1:02}")
            for n in range(number)
        )
    )


def test_ten_thousand_entries_are_read_and_no_more() -> None:
    assert len({event.id for event in read(many(10_000), "viele.ics", TODAY)}) == 10_000
    [sentence] = problems(many(10_001))
    assert "höchstens 10000" in sentence


def sentences(data: bytes, name: str) -> tuple[str, ...]:
    try:
        read(data, name, TODAY)
    except ProgrammeError as error:
        return error.problems
    return ()


@given(st.binary(max_size=300), st.sampled_from(["a.ics", "a.yaml", ""]))
def test_whatever_the_bytes_the_answer_is_events_or_sentences(data: bytes, name: str) -> None:
    one = entry("SUMMARY:A", "DTSTART:20270325", "X-KLEINSTADT-HOTLINE:A", "URL:A", "CATEGORIES:A")
    for given_data in (data, ics(one).replace(b":A", b":" + data)):
        assert all(sentence.endswith((".", "“.")) for sentence in sentences(given_data, name))


# -- YAML -----------------------------------------------------------------------------

LIST = """
- title: Stammtisch „Leerstand“
  starts: 2027-03-25T18:30:00+01:00
  ends: 2027-03-25T20:00:00+01:00
  description: Alle sind willkommen.
  source: Koordination
  checked_on: 2027-01-02
- id: tag-der-offenen-tuer
  title: Tag der offenen Tür
  starts: 2027-05-01
  description: Im Rathaus.
  source: Koordination
  checked_on: 2027-01-02
"""


def test_yaml_is_read_as_our_own_events_are() -> None:
    assert read((shipped() / "events.yaml").read_bytes(), "events.yaml", TODAY) == tuple(
        load(shipped()).events.values()
    )


def test_in_yaml_an_id_may_be_left_out() -> None:
    first, second = read(LIST.encode(), "termine.yaml", TODAY)
    assert first.id == "stammtisch-leerstand-2027-03-25"
    assert first.starts == datetime(2027, 3, 25, 17, 30, tzinfo=UTC)
    assert second.id == "tag-der-offenen-tuer"
    assert second.calendar_uid == "tag-der-offenen-tuer@kleinstadt-hotline"


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("T18:30:00+01:00", "T18:30:00", "Zeile 2: Eine Uhrzeit braucht ihre Zeitzone"),
        ("20:00:00+01:00", "10:00:00+01:00", "Zeile 2: „ends“ liegt vor „starts“"),
        ("  source: Koordination\n", "", "„source“ fehlt"),
        ("2027-05-01", "0001-05-01", "Das Jahr 1 kann nicht stimmen"),
        ("2027-05-01", "bald", "Zeile 10: „starts“ ist kein Datum"),
        ("- id:", "- farbe: rot\n  id:", "„farbe“ ist hier nicht vorgesehen"),
        ("- id: tag", "- id: Tag", "keine gültige Kennung"),
        ("\n- title", "\ntitle", "Zeile "),
    ],
)
def test_a_slip_in_yaml_is_named_with_its_line(before: str, after: str, words: str) -> None:
    found = problems(LIST.replace(before, after, 1).encode(), "termine.yaml")
    assert any(words in sentence for sentence in found)
    assert all(sentence.startswith("Zeile ") for sentence in found)


# -- into the store, and out again -------------------------------------------------------


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    database = await Database.open(tmp_path / STORE)
    await database.close()
    return Settings(data=tmp_path)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    opened = await Database.open(settings.data / STORE)
    yield opened
    await opened.close()


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Path]:
    def write(data: bytes, name: str = "termine.ics") -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


async def published(database: Database) -> dict[str, Event]:
    return await database.read(keeping.published)


async def test_the_same_file_again_changes_nothing(
    settings: Settings, database: Database, put: Callable[..., Path]
) -> None:
    clock = MovableClock()
    file = put(stammtisch("DTSTART:20270325T183000"))
    assert await import_file(settings, file, clock) == (
        "eingelesen: 1 Veranstaltung (neu: 1, geändert: 0, verlegt: 0, abgesagt: 0, unverändert: 0)"
    )
    version = await database.read(events.version)
    clock.move(timedelta(days=3))
    again = await import_file(settings, put(file.read_bytes(), "Kopie.ics"), clock)
    assert "unverändert: 1" in again
    assert await database.read(events.version) == version


async def test_a_moved_and_a_cancelled_event_keep_their_id_and_count_on(
    settings: Settings, database: Database, put: Callable[..., Path]
) -> None:
    clock = MovableClock()
    await import_file(settings, put(stammtisch("DTSTART:20270325T183000")), clock)
    moved = await import_file(settings, put(stammtisch("DTSTART:20270401T183000")), clock)
    assert "verlegt: 1" in moved
    cancelled = stammtisch("DTSTART:20270401T183000", "STATUS:CANCELLED")
    assert "abgesagt: 1" in await import_file(settings, put(cancelled), clock)
    [event] = (await published(database)).values()
    assert event.id == "stammtisch-2027-03-25"
    assert event.starts == datetime(2027, 4, 1, 18, 30, tzinfo=BERLIN)
    assert (event.cancelled, event.sequence) == (True, 2)


async def test_what_a_calendar_has_no_words_for_survives_an_import(
    settings: Settings, database: Database, put: Callable[..., Path]
) -> None:
    clock = MovableClock()
    [first] = read(stammtisch("DTSTART:20270325T183000"), "a.ics", TODAY)
    told = first.model_copy(update={"region": "Sachsen", "asked_as": ("Trifft man sich?",)})
    await database.write(lambda tx: keeping.keep(tx, told, "desk", clock.now()))
    file = put(stammtisch("DTSTART:20270325T183000", "LOCATION:Saal"))
    await import_file(settings, file, clock)
    [event] = (await published(database)).values()
    assert (event.place, event.region, event.asked_as) == (
        "Saal",
        "Sachsen",
        ("Trifft man sich?",),
    )


async def test_an_id_that_somebody_else_has_is_not_taken_away(database: Database) -> None:
    one = entry("UID:1", "SUMMARY:Führung", "DTSTART:20270325T100000")
    two = entry("UID:2", "SUMMARY:Führung", "DTSTART:20270325T140000")
    for data in (ics(one), ics(two), ics(two, one)):
        found = read(data, "a.ics", TODAY)
        await database.write(lambda tx, found=found: take_in(tx, found, NOW))
    kept = await published(database)
    assert {event.uid for event in kept.values()} == {"1", "2"}
    assert kept["fuehrung-2027-03-25"].uid == "1"


async def test_a_file_with_one_slip_leaves_the_store_as_it_was(
    settings: Settings, database: Database, put: Callable[..., Path]
) -> None:
    good = entry("UID:1", "SUMMARY:Gut", "DTSTART:20270325T183000")
    bad = entry("UID:2", "SUMMARY:Schlecht")
    with pytest.raises(ProgrammeError, match="Schlecht"):
        await import_file(settings, put(ics(good, bad)), MovableClock())
    unknown = LIST.replace("  source", "  format: gibt-es-nicht\n  source", 1)
    with pytest.raises(ProgrammeError, match="gibt-es-nicht"):
        await import_file(settings, put(unknown.encode(), "a.yaml"), MovableClock())
    assert await published(database) == {}


async def test_what_is_given_out_comes_back_as_it_was(
    settings: Settings, put: Callable[..., Path], tmp_path: Path
) -> None:
    clock = MovableClock()
    rich = LIST + (
        "  region: Sachsen\n  format: webinar\n  capacity: 20\n  characters: [hybrid]\n"
        "  organisers: ['Amt, das; \"eine\"']\n  registration: https://anmelden.example/\n"
        "  registration_until: 2027-04-20\n  documentation: https://nachlesen.example/\n"
    )
    shipped_events = (shipped() / "events.yaml").read_bytes()
    await import_file(settings, put(shipped_events + rich.encode(), "a.yaml"), clock)
    target = tmp_path / "alles.ics"
    assert await export_file(settings, target) == f"ausgegeben: 12 Veranstaltungen in {target}"
    assert await export_file(settings, None) == target.read_bytes().decode()
    assert "unverändert: 12" in await import_file(settings, target, clock)

    elsewhere = Settings(data=tmp_path / "anderswo")
    elsewhere.data.mkdir()
    other = await Database.open(elsewhere.data / STORE)
    here = await Database.open(settings.data / STORE)
    try:
        assert "neu: 12" in await import_file(elsewhere, target, clock)
        before, after = await published(here), await published(other)
    finally:
        await other.close()
        await here.close()
    unchanged = {"updated_at": None}
    assert {key: event.model_copy(update=unchanged) for key, event in after.items()} == {
        key: event.model_copy(update=unchanged) for key, event in before.items()
    }


async def test_who_moves_an_exported_event_in_their_calendar_moves_it_here(
    settings: Settings, database: Database, put: Callable[..., Path]
) -> None:
    clock = MovableClock()
    await import_file(settings, put(LIST.encode(), "a.yaml"), clock)
    text = await export_file(settings, None)
    assert "DTSTART;VALUE=DATE:20270501" in text
    moved = text.replace("DTSTART;VALUE=DATE:20270501", "DTSTART;VALUE=DATE:20270508")
    done = await import_file(settings, put(moved.encode()), clock)
    assert "verlegt: 1" in done
    assert "unverändert: 1" in done
    assert (await published(database))["tag-der-offenen-tuer"].starts == date(2027, 5, 8)


async def test_without_a_store_or_a_file_there_is_a_sentence(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "leer")
    with pytest.raises(ProgrammeError, match="nicht lesbar"):
        await import_file(settings, tmp_path / "gibt-es-nicht.ics", MovableClock())
    with pytest.raises(StoreError, match="noch kein Speicher"):
        await export_file(settings, None)


def test_our_own_feed_can_be_taken_in_by_another_hotline() -> None:
    library = load(shipped())
    found = read(calendar(library.events.values(), "Hotline", NOW), "events.ics", TODAY)
    assert {event.id: event.starts for event in found} == {
        event.id: event.starts for event in library.events.values()
    }

"""People name days in their own way, and we understand which ones they mean."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.programme.spans import Span, read, span
from knowledge.words import Words

TODAY = date(2026, 11, 24)  # a Tuesday
days = st.dates(date(2000, 1, 1), date(2090, 12, 31))


def of(first: str, last: str = "") -> Span:
    return Span(date.fromisoformat(first), date.fromisoformat(last or first))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("heute", of("2026-11-24")),
        ("Was ist heute Abend los?", of("2026-11-24")),
        ("morgen", of("2026-11-25")),
        ("übermorgen", of("2026-11-26")),
        ("uebermorgen", of("2026-11-26")),
        ("Was war gestern?", of("2026-11-23")),
        ("diese Woche", of("2026-11-23", "2026-11-29")),
        ("Was steht nächste Woche an?", of("2026-11-30", "2026-12-06")),
        ("naechste woche", of("2026-11-30", "2026-12-06")),
        ("in der kommenden Woche", of("2026-11-30", "2026-12-06")),
        ("letzte Woche", of("2026-11-16", "2026-11-22")),
        ("übernächste Woche", of("2026-12-07", "2026-12-13")),
        ("nächste Woche am Freitag", of("2026-12-04")),
        ("Freitag nächster Woche", of("2026-12-04")),
        ("am Wochenende", of("2026-11-28", "2026-11-29")),
        ("nächstes Wochenende", of("2026-11-28", "2026-11-29")),
        ("letztes Wochenende", of("2026-11-21", "2026-11-22")),
        ("Was war am Wochenende?", of("2026-11-21", "2026-11-22")),
        ("diesen Monat", of("2026-11-01", "2026-11-30")),
        ("nächsten Monat", of("2026-12-01", "2026-12-31")),
        ("letzten Monat", of("2026-10-01", "2026-10-31")),
        ("im Mai", of("2027-05-01", "2027-05-31")),
        ("Was war im Mai?", of("2026-05-01", "2026-05-31")),
        ("was gab es im mai", of("2026-05-01", "2026-05-31")),
        ("Ich hätte gern die Termine im Mai", of("2027-05-01", "2027-05-31")),
        ("im November", of("2026-11-01", "2026-11-30")),
        ("nächsten Dezember", of("2026-12-01", "2026-12-31")),
        ("letzten Dezember", of("2025-12-01", "2025-12-31")),
        ("Anfang Mai", of("2027-05-01", "2027-05-10")),
        ("Mitte Mai", of("2027-05-11", "2027-05-20")),
        ("Ende Mai", of("2027-05-21", "2027-05-31")),
        ("Ende Februar 2028", of("2028-02-21", "2028-02-29")),
        ("Anfang November", of("2027-11-01", "2027-11-10")),  # this year's is over
        ("Was war Anfang November?", of("2026-11-01", "2026-11-10")),
        ("2027 Mitte März", of("2027-03-11", "2027-03-20")),
        ("Mitte letzten März", of("2026-03-11", "2026-03-20")),
        ("Ende nächsten Monats", of("2026-12-21", "2026-12-31")),
        ("ab Mitte März", Span(date(2027, 3, 11), date.max)),
        ("bis Ende Januar", of("2026-11-24", "2027-01-31")),
        ("von Ende Mai bis Mitte Juni", of("2027-05-21", "2027-06-20")),
        # Seasons as the weather service counts them
        ("im Frühjahr", of("2027-03-01", "2027-05-31")),
        ("im Fruehling", of("2027-03-01", "2027-05-31")),
        ("Was ist im Sommer los?", of("2027-06-01", "2027-08-31")),
        ("im Herbst", of("2026-09-01", "2026-11-30")),
        ("im Winter", of("2026-12-01", "2027-02-28")),
        ("im Sommer 2028", of("2028-06-01", "2028-08-31")),
        ("Sommer 2028", of("2028-06-01", "2028-08-31")),
        ("2028 im Sommer", of("2028-06-01", "2028-08-31")),
        ("im Sommer '28", of("2028-06-01", "2028-08-31")),
        ("im Sommer nächsten Jahres", of("2027-06-01", "2027-08-31")),
        ("letztes Jahr im Winter", of("2025-12-01", "2026-02-28")),
        ("im Winter 2027", of("2027-12-01", "2028-02-29")),
        ("im Winter 2026/27", of("2026-12-01", "2027-02-28")),
        ("Winter 2026/2027", of("2026-12-01", "2027-02-28")),
        ("diesen Herbst", of("2026-09-01", "2026-11-30")),
        ("in diesem Sommer", of("2026-06-01", "2026-08-31")),
        ("nächsten Sommer", of("2027-06-01", "2027-08-31")),
        ("im kommenden Herbst", of("2027-09-01", "2027-11-30")),
        ("im vergangenen Herbst", of("2025-09-01", "2025-11-30")),
        ("letzten Winter", of("2025-12-01", "2026-02-28")),
        ("vorletzten Sommer", of("2025-06-01", "2025-08-31")),
        ("Was war im Sommer?", of("2026-06-01", "2026-08-31")),
        ("Was gab es im Winter?", of("2025-12-01", "2026-02-28")),
        ("ab Frühjahr 2027", Span(date(2027, 3, 1), date.max)),
        ("bis zum Sommer", of("2026-11-24", "2027-08-31")),
        ("seit dem Sommer", of("2026-06-01", "2026-11-24")),
        # Weeks as calendars count them
        ("KW 12", of("2027-03-22", "2027-03-28")),
        ("in KW12", of("2027-03-22", "2027-03-28")),
        ("Kalenderwoche 12", of("2027-03-22", "2027-03-28")),
        ("in der 12. Kalenderwoche 2028", of("2028-03-20", "2028-03-26")),
        ("12. KW", of("2027-03-22", "2027-03-28")),
        ("12te kalenderwoche", of("2027-03-22", "2027-03-28")),
        ("KW 12/2028", of("2028-03-20", "2028-03-26")),
        ("KW 12 im nächsten Jahr", of("2027-03-22", "2027-03-28")),
        ("KW 48", of("2026-11-23", "2026-11-29")),
        ("KW 47", of("2027-11-22", "2027-11-28")),
        ("Was war in KW 47?", of("2026-11-16", "2026-11-22")),
        ("KW 53", of("2026-12-28", "2027-01-03")),
        ("KW 12 bis 14", of("2027-03-22", "2027-04-11")),
        ("KW 12 bis KW 14", of("2027-03-22", "2027-04-11")),
        ("12. bis 14. KW", of("2027-03-22", "2027-04-11")),
        ("KW 52 bis KW 2", of("2026-12-21", "2027-01-17")),
        ("im März 2021", of("2021-03-01", "2021-03-31")),
        ("im maerz 2021", of("2021-03-01", "2021-03-31")),
        ("März 21", of("2021-03-01", "2021-03-31")),
        ("märz '21", of("2021-03-01", "2021-03-31")),
        ("03/2021", of("2021-03-01", "2021-03-31")),
        ("2021 im März", of("2021-03-01", "2021-03-31")),
        ("im Mai letzten Jahres", of("2025-05-01", "2025-05-31")),
        ("letztes Jahr im Mai", of("2025-05-01", "2025-05-31")),
        ("25. März 2021", of("2021-03-25")),
        ("am 25ten märz 2021", of("2021-03-25")),
        ("25.3.21", of("2021-03-25")),
        ("25. 03. 2021", of("2021-03-25")),
        ("2021-03-25", of("2021-03-25")),
        ("am 25. März", of("2027-03-25")),
        ("Was war am 25.3.?", of("2026-03-25")),
        ("am Donnerstag, dem 25. März 2021", of("2021-03-25")),
        ("29. Februar", of("2028-02-29")),
        ("2021", of("2021-01-01", "2021-12-31")),
        ("im Jahr 2021", of("2021-01-01", "2021-12-31")),
        ("dieses Jahr", of("2026-01-01", "2026-12-31")),
        ("nächstes Jahr", of("2027-01-01", "2027-12-31")),
        ("letztes Jahr", of("2025-01-01", "2025-12-31")),
        ("in den nächsten zwei Wochen", of("2026-11-24", "2026-12-08")),
        ("in den nächsten 14 Tagen", of("2026-11-24", "2026-12-08")),
        ("in den letzten drei Monaten", of("2026-08-24", "2026-11-24")),
        ("in zwei Wochen", of("2026-12-07", "2026-12-13")),
        ("vor drei Tagen", of("2026-11-21")),
        ("am Dienstag", of("2026-11-24")),
        ("nächsten Dienstag", of("2026-12-01")),
        ("am Freitag", of("2026-11-27")),
        ("Was war am Freitag?", of("2026-11-20")),
        ("vom 3. bis 5. Mai", of("2027-05-03", "2027-05-05")),
        ("3.-5. Mai 2021", of("2021-05-03", "2021-05-05")),
        ("vom 25.3. bis zum 4.4.", of("2027-03-25", "2027-04-04")),
        ("von Dezember bis Februar 2022", of("2021-12-01", "2022-02-28")),
        ("zwischen 2020 und 2022", of("2020-01-01", "2022-12-31")),
        ("bis Freitag", of("2026-11-24", "2026-11-27")),
        ("seit März", of("2026-03-01", "2026-11-24")),
        ("seit 2020", of("2020-01-01", "2026-11-24")),
        ("ab Mai", Span(date(2027, 5, 1), date.max)),
        # Slips of the fingers
        ("nächtse Woche", of("2026-11-30", "2026-12-06")),
        ("im septmber", of("2027-09-01", "2027-09-30")),
        ("im Frühjar", of("2027-03-01", "2027-05-31")),
        ("Kalendewoche 12", of("2027-03-22", "2027-03-28")),
        ("übermrogen", of("2026-11-26")),
        # The greeting is no day
        ("Guten Morgen, was ist heute los?", of("2026-11-24")),
        ("Morgen, was gibt es diese Woche?", of("2026-11-23", "2026-11-29")),
    ],
)
def test_the_days_that_somebody_means(said: str, meant: Span) -> None:
    assert span(said, TODAY) == meant


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Was steht an?",
        "Guten Morgen!",
        "5.000 Einwohner",
        "um 12.30 Uhr",
        "Liebe Leute",  # one letter from "heute"
        "31.2.2021",
        "am 30. Februar",
        "25.13.2021",
        "erste Woche",
        "99999999999 Wochen",
        "Platz 3 bis 5",
        "der 3. bis 5. Platz",
        "12. bis 14. Sitzung",
        "letzte Woche oder im Mai",  # which of them?
        "Wann ist das Frühlingsfest?",
        "Was kostet die Sommerakademie?",
        "Gibt es im Wintergarten Kaffee?",
        "im Sommer-Café",
        "Sommer-Akademie",
        "Was macht Frau Winter?",
        "Ist der Herbst eine gute Zeit für Bürgerdialoge?",
        "nach dem Sommer",
        "KW",
        "KW 0",
        "KW 54",
        "KW 53 2027",
        "eine Anlage mit 12 kW",
    ],
)
def test_no_days_are_read_into_other_words(said: str) -> None:
    assert span(said, TODAY) is None


@pytest.mark.parametrize(
    ("said", "rest"),
    [
        ("Was steht nächste Woche an?", ("Was", "steht", "an")),
        ("Mobilität März 21", ("Mobilität",)),
        ("Termine vom 3. bis 5. Mai", ("Termine", "vom")),
        ("Mai 15 Uhr", ("15", "Uhr")),
        ("am 31.2.2021 los", ("am", "31.2.2021", "los")),
        ("Lesungen im Sommer 2027", ("Lesungen",)),
        ("Webtalks in der KW 12", ("Webtalks", "in", "der")),
        ("Sommerfest im Sommer", ("Sommerfest",)),
    ],
)
def test_what_is_said_beside_the_days_is_kept(said: str, rest: tuple[str, ...]) -> None:
    assert read(Words(said), TODAY).rest == rest


@pytest.mark.parametrize(
    ("meant", "said"),
    [
        (of("2021-03-25"), "am 25. März 2021"),
        (of("2027-05-01", "2027-05-31"), "im Mai 2027"),
        (of("2021-01-01", "2021-12-31"), "im Jahr 2021"),
        (of("2027-03-01", "2027-05-31"), "im Frühjahr 2027"),
        (of("2027-12-01", "2028-02-29"), "im Winter 2027/28"),
        (of("2027-12-02", "2028-02-29"), "vom 2. Dezember 2027 bis 29. Februar 2028"),
        (of("2027-05-21", "2027-05-31"), "vom 21. bis 31. Mai 2027"),
        (of("2027-05-03", "2027-05-05"), "vom 3. bis 5. Mai 2027"),
        (of("2026-11-30", "2026-12-06"), "vom 30. November bis 6. Dezember 2026"),
        (of("2026-12-28", "2027-01-03"), "vom 28. Dezember 2026 bis 3. Januar 2027"),
        (Span(date(2027, 5, 1), date.max), "ab dem 1. Mai 2027"),
    ],
)
def test_days_are_said_as_people_say_them(meant: Span, said: str) -> None:
    assert str(meant) == said


@given(first=days, length=st.integers(0, 800), today=days)
def test_what_we_say_we_also_understand(first: date, length: int, today: date) -> None:
    meant = Span(first, first + timedelta(days=length))
    assert span(str(meant), today) == meant


@given(
    day=days, today=days, form=st.sampled_from(["%d.%m.%Y", "%d.%m.%y", "%Y-%m-%d", "%-d.%-m.%Y"])
)
def test_a_written_day_is_that_day_whenever_one_asks(day: date, today: date, form: str) -> None:
    assert span(f"Was war am {day.strftime(form)}?", today) == Span(day, day)


@given(today=days)
def test_weeks_begin_on_monday_and_lie_beside_each_other(today: date) -> None:
    last, this, coming = (span(f"{which} Woche", today) for which in ("letzte", "diese", "nächste"))
    assert None not in (last, this, coming)
    assert this.first.weekday() == 0
    assert this.first <= today <= this.last
    assert last.last + timedelta(days=1) == this.first
    assert this.last + timedelta(days=1) == coming.first


@given(today=days, name=st.sampled_from(["Januar", "Februar", "März", "Mai", "August", "Dezember"]))
def test_a_bare_month_is_the_next_one_and_in_the_past_the_last_one(today: date, name: str) -> None:
    ahead, back = span(f"im {name}", today), span(f"was war im {name}", today)
    assert None not in (ahead, back)
    assert today <= ahead.last <= today + timedelta(days=366)
    assert today - timedelta(days=366) <= back.first <= today
    assert (ahead == back) is (back.last >= today)


SEASONS = ["Frühjahr", "Sommer", "Herbst", "Winter"]


@given(today=days, name=st.sampled_from(SEASONS))
def test_a_bare_season_is_the_next_one_and_in_the_past_the_last_one(today: date, name: str) -> None:
    ahead, back = span(f"im {name}", today), span(f"was war im {name}", today)
    assert None not in (ahead, back)
    assert today <= ahead.last <= today + timedelta(days=366)
    assert today - timedelta(days=366) <= back.first <= today
    assert (ahead == back) is (ahead.first <= today)
    assert span(f"nächsten {name}", today).first > today
    assert span(f"letzten {name}", today).last < today


@given(today=days)
def test_every_day_is_in_one_season_of_a_year(today: date) -> None:
    found = [span(f"diesen {name}", today) for name in SEASONS]
    assert sum(one.first <= today <= one.last for one in found) == 1


@given(season=st.sampled_from([3, 6, 9, 12]), year=st.integers(1990, 2097), today=days)
def test_the_season_that_we_say_is_the_one_we_understand(
    season: int, year: int, today: date
) -> None:
    first = date(year, season, 1)
    after = first + timedelta(days=93)
    meant = Span(first, after.replace(day=1) - timedelta(days=1))
    assert str(meant).startswith("im ")
    assert span(str(meant), today) == meant


@given(day=days, today=days)
def test_a_calendar_week_is_the_one_of_its_year(day: date, today: date) -> None:
    year, week, _ = day.isocalendar()
    monday = date.fromisocalendar(year, week, 1)
    meant = Span(monday, monday + timedelta(days=6))
    assert span(f"KW {week} {year}", today) == span(f"KW {week}/{year}", today) == meant
    near = span(f"KW {week}", today)
    assert near is not None
    assert near.last >= today
    assert near.first.isocalendar().week == week


@given(today=days, said=st.text(alphabet="0123456789.-/ abmärzionsvdeutJhlwcg'„", max_size=60))
def test_noise_never_fails_and_never_runs_backwards(today: date, said: str) -> None:
    found = span(said, today)
    assert found is None or found.first <= found.last


@given(today=days)
def test_capitals_and_umlauts_play_no_part(today: date) -> None:
    for said in ("Nächste Woche", "Übermorgen", "Im März", "Letztes Wochenende"):
        typed = said.lower().replace("ä", "ae").replace("ü", "ue")
        assert span(typed, today) == span(said, today) == span(said.upper(), today)


# fmt: off
PIECES = (
    "KW", "12.", "53", "bis", "-", "im", "nächsten", "Winter", "2026/27", "2027", "Ende", "Anfang",
    "März", "3.", "ab", "seit", "dem", "letzten", "Jahr", "Woche", "und",
)
# fmt: on


@given(
    today=days,
    said=st.lists(
        st.sampled_from(PIECES),
        max_size=8,
    ).map(" ".join),
)
def test_words_in_any_order_never_fail_and_never_run_backwards(today: date, said: str) -> None:
    found = span(said, today)
    assert found is None or found.first <= found.last

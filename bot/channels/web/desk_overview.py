"""The hotline in figures at the desk: a page that can be printed, and a table for Excel."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.web import charts
from bot.channels.web.desk_door import Pages, Signed
from bot.channels.web.desk_words import RATINGS, count
from bot.channels.web.downloads import send_table
from handlers.desk import overview
from handlers.desk.overview import FEWEST, MOST, USUAL, Overview, lasting, per_cent
from handlers.desk.weeks import FEW, Cell, total
from storage.database import Tx

HOME = "/desk/uebersicht"
UNDER = f"unter {FEW}"
SPANS = (4, 12, 26, 52)  # weeks, to choose from
RANKED = 12  # bars of one picture; the table has all
OUTCOMES = {
    "answered": "Sofort beantwortet",
    "suggest": "Vorschläge gezeigt",
    "handover": "An Menschen verwiesen",
}
NO_PICTURE = Markup("")
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Table:
    """Figures as they are read. `note` says what they mean, `picture` shows them once more."""

    name: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    picture: Markup = NO_PICTURE


class Figures(Pages):
    def routes(self) -> list[Route]:
        shown = self._door.for_coordinators
        return [
            Route(HOME, shown(self.page)),
            Route(f"{HOME}.csv", shown(self.table)),
        ]

    async def page(self, request: Request, me: Signed) -> Response:
        found = await self._look(request)
        return self._door.page(
            me,
            "desk_overview.html",
            span=_span(found),
            number=len(found.weeks),
            spans=SPANS,
            fewest=FEWEST,
            most=MOST,
            facts=facts(found),
            tables=tables(found),
        )

    async def table(self, request: Request, me: Signed) -> Response:
        found = await self._look(request)
        name = f"hotline-{found.weeks[0]:%Y-%m-%d}-{len(found.weeks)}-wochen.csv"
        return send_table(sheet(found), name)

    async def _look(self, request: Request) -> Overview:
        number, site = _weeks(request), self._site
        library, calendar = site.knowledge().library, site.house().calendar
        now = site.clock.now()

        async def unit(tx: Tx) -> Overview:
            # On the store's thread, where much arithmetic holds nobody up.
            return await overview.look(tx, library, calendar, now, number)

        return await site.database.read(unit)


def _weeks(request: Request) -> int:
    given = request.query_params.get("wochen", "")
    if not (given.isascii() and given.isdecimal() and len(given) < 4):
        return USUAL
    return min(max(int(given), FEWEST), MOST)


def _span(found: Overview) -> str:
    last = found.weeks[-1] + timedelta(days=6)
    return f"{found.weeks[0]:%d.%m.%Y} bis {last:%d.%m.%Y}"


# -- figures in words -------------------------------------------------------------------


def facts(found: Overview) -> tuple[tuple[str, str], ...]:
    """What somebody wants to know who reads nothing else."""
    times = found.times_in_all
    return (
        ("Fragen", _shown(found.questions)),
        *((words, per_cent(found.share(one))) for one, words in OUTCOMES.items()),
        ("Anfragen an Menschen", _shown(total(found.requests))),
        ("Erste Antwort in Bürozeit, Median", lasting(times.median_work)),
        ("Erste Antwort in Bürozeit, 90 %", lasting(times.most_work)),
        ("Erste Antwort insgesamt, Median", lasting(times.median_all)),
        ("Erste Antwort insgesamt, 90 %", lasting(times.most_all)),
        ("Als gut bewertet", per_cent(found.rated("good"))),
        ("Ankündigungen", _shown(found.announcements)),
        ("Versendete Nachrichten dazu", _shown(found.copies)),
        ("Abos heute", _shown(sum(number for _, number in found.subscriptions) or None)),
    )


def tables(found: Overview) -> tuple[Table, ...]:
    return (
        _questions(found),
        _requests(found),
        _times(found),
        _topics(found),
        _unhelpful(found),
        _ratings(found),
        _subscriptions(found),
    )


def _questions(found: Overview) -> Table:
    rows = [(words, found.outcomes[one]) for one, words in OUTCOMES.items()]
    return Table(
        "fragen",
        "Fragen je Woche",
        ("Woche ab", *OUTCOMES.values()),
        _by_week(found, *(cells for _, cells in rows)),
        _TOGETHER,
        charts.columns(
            "fragen",
            "Fragen je Woche",
            "Säulen je Woche: wie viele Fragen sofort beantwortet wurden, zu wie vielen es "
            f"Vorschläge gab, wie viele an Menschen verwiesen wurden. {_BELOW}",
            _labels(found),
            [(words, [cell.number for cell in cells]) for words, cells in rows],
        ),
    )


def _requests(found: Overview) -> Table:
    return Table(
        "anfragen",
        "Anfragen an Menschen je Woche",
        ("Woche ab", "Anfragen"),
        _by_week(found, found.requests),
        _TOGETHER,
        charts.columns(
            "anfragen",
            "Anfragen an Menschen je Woche",
            f"Säulen je Woche: wie viele Anfragen an Menschen gingen. {_BELOW}",
            _labels(found),
            [("Anfragen", [cell.number for cell in found.requests])],
        ),
    )


def _times(found: Overview) -> Table:
    heads = ("Median, Bürozeit", "90 %, Bürozeit", "Median, insgesamt", "90 %, insgesamt")
    rows = [
        (
            f"{monday:%d.%m.%Y}",
            _shown(one.number),
            *map(lasting, (one.median_work, one.most_work, one.median_all, one.most_all)),
        )
        for monday, one in zip(found.weeks, found.times, strict=True)
    ]
    return Table(
        "dauer",
        "Zeit bis zur ersten Antwort eines Menschen",
        ("Woche ab", "Antworten", *heads),
        tuple(rows),
        "In der Woche der Antwort. Der Median steht hier ab 5 Antworten, die 90 % ab 10. "
        "Wochen mit weniger Antworten zählen mit der nächsten zusammen.",
        charts.lines(
            "dauer",
            "Zeit bis zur ersten Antwort, Median je Woche",
            "Zwei Linien je Woche in Stunden: die mittlere Dauer in Bürozeit und insgesamt. "
            f"{_BELOW}",
            _labels(found),
            [
                ("in Bürozeit", [_hours(one.median_work) for one in found.times]),
                ("insgesamt", [_hours(one.median_all) for one in found.times]),
            ],
            " h",
        ),
    )


def _topics(found: Overview) -> Table:
    return Table(
        "themen",
        "Themen der gezeigten Antworten",
        ("Thema", "Antworten"),
        tuple((name, count(number)) for name, number in found.topics),
        f"Auch aus Vorschlägen gewählte. Alle anderen Themen liegen {UNDER}.",
        _ranking("themen", "Themen der gezeigten Antworten", found.topics),
    )


def _unhelpful(found: Overview) -> Table:
    return Table(
        "hilfe",
        "Einträge, die nicht geholfen haben",
        ("Eintrag", "Hat nicht geholfen", "Hat geholfen"),
        tuple((one.title, count(one.not_helped), _shown(one.helped)) for one in found.unhelpful),
        f"Alle anderen Einträge liegen bei „hat nicht geholfen“ {UNDER}.",
        _ranking(
            "hilfe",
            "Einträge, die nicht geholfen haben",
            [(one.title, one.not_helped) for one in found.unhelpful],
        ),
    )


def _ratings(found: Overview) -> Table:
    shown = [(words, found.ratings[one]) for one, words in RATINGS.items()]
    return Table(
        "bewertung",
        "Zufriedenheit nach dem Abschluss",
        ("Bewertung", "Anzahl", "Anteil"),
        tuple(
            (words, _shown(found.ratings[one]), per_cent(found.rated(one)))
            for one, words in RATINGS.items()
        ),
        "In der Woche des Abschlusses. Anteile an den gezeigten Bewertungen.",
        _ranking(
            "bewertung",
            "Zufriedenheit nach dem Abschluss",
            [(words, number) for words, number in shown if number is not None],
        ),
    )


def _subscriptions(found: Overview) -> Table:
    return Table(
        "abos",
        "Abos, Stand heute",
        ("Abo", "Anzahl"),
        tuple((name, count(number)) for name, number in found.subscriptions),
        f"Wer mehreres abonniert hat, zählt mehrmals. Alle anderen liegen {UNDER}.",
        _ranking("abos", "Abos, Stand heute", found.subscriptions),
    )


_BELOW = "Die Zahlen stehen in der Tabelle darunter."
_TOGETHER = (
    f"„{UNDER}“: Diese Woche zählt mit der nächsten zusammen, bis es wenigstens "
    f"{FEW} sind. Ein Stern (*) zeigt, dass Wochen davor enthalten sind."
)


def _ranking(name: str, title: str, rows: Sequence[tuple[str, int]]) -> Markup:
    if not rows:
        return NO_PICTURE
    about = f"Ein Balken je Zeile, der größte zuerst. {_BELOW}"
    return charts.ranking(name, title, about, rows[:RANKED])


def _by_week(found: Overview, *series: tuple[Cell, ...]) -> tuple[tuple[str, ...], ...]:
    weeks = [
        (f"{monday:%d.%m.%Y}", *(_shown(cell.number) + "*" * cell.together for cell in cells))
        for monday, *cells in zip(found.weeks, *series, strict=True)
    ]
    return (*weeks, ("Zusammen", *(_shown(total(cells)) for cells in series)))


def _labels(found: Overview) -> list[str]:
    return [f"{monday.day}.{monday.month}." for monday in found.weeks]


def _shown(number: int | None) -> str:
    return UNDER if number is None else count(number)


def _hours(seconds: float | None) -> float | None:
    return None if seconds is None else seconds / 3600


# -- the table for Excel ------------------------------------------------------------------


def sheet(found: Overview) -> str:
    """All tables below each other, with semicolons as Excel wants them in Germany."""
    written = StringIO()
    to = csv.writer(written, delimiter=";", lineterminator="\r\n")

    def write(*cells: str) -> None:
        to.writerow([harmless(cell) for cell in cells])

    write("Zeitraum", _span(found))
    for name, value in facts(found):
        write(name, value)
    for table in tables(found):
        to.writerow([])
        write(table.title)
        write(*table.heads)
        for first, *cells in table.rows:
            # A star would make words of a number.
            starred = [
                head for head, cell in zip(table.heads[1:], cells, strict=True) if "*" in cell
            ]
            note = [f"mit Wochen davor: {', '.join(starred)}"] if starred else []
            write(first, *(cell.removesuffix("*") for cell in cells), *note)
        if table.note:
            write(table.note)
    return written.getvalue()


def harmless(cell: str) -> str:
    """A cell that a spreadsheet takes for words, whatever somebody called an entry."""
    return f"'{cell}" if cell.startswith(FORMULAS) or cell.lstrip().startswith(FORMULAS) else cell

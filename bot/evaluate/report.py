"""One round of questions with everything measured on it, as a table and as JSON."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TextIO

from bot.evaluate.asking import Asked, Outcome, ask
from bot.evaluate.compare import Change, Comparison
from bot.evaluate.figures import Figures, by_voice, measure, reliability
from bot.evaluate.noise import NOISES, noisy
from bot.evaluate.reading import Half, Question
from knowledge.search import Knowledge


@dataclass(frozen=True, slots=True)
class Report:
    """What there is to tell. The figures are in columns, the first one for everything asked."""

    asked: Sequence[Asked]
    columns: Mapping[str, Figures]
    noise: Mapping[str, Figures] = field(default_factory=dict)
    known_misses: Mapping[str, str] = field(default_factory=dict)  # question → why
    strange: Sequence[str] = ()  # expected, and no such entry exists
    comparison: Comparison | None = None

    def as_json(self) -> dict[str, Any]:
        """The figures of all that was asked, everything else under a name of its own."""
        total = next(iter(self.columns.values()))
        return total.as_json() | {
            "halves": {name: figures.as_json() for name, figures in self.columns.items()},
            "voices": {name: figures.as_json() for name, figures in by_voice(self.asked).items()},
            "noise": {name: figures.as_json() for name, figures in self.noise.items()},
            "reliability": [asdict(one) for one in reliability(self.asked)],
            "unknown_expected": list(self.strange),
            "compare": self.comparison.as_json() if self.comparison else None,
            "rows": [
                one.as_json() | {"known_miss": self.known_misses.get(one.question)}
                for one in self.asked
            ],
        }


def columns(asked: Sequence[Asked], half: Half | None, *, split: bool) -> dict[str, Figures]:
    """The figures of all, and of each half beside them when the questions are split."""
    found = {str(half or "alle"): measure(asked)}
    if half is None and split:
        found |= {part: measure(one for one in asked if one.half is part) for part in Half}
    return found


def under_noise(knowledge: Knowledge, questions: Sequence[Question]) -> dict[str, Figures]:
    """The figures of the same questions, typed worse."""
    found = {}
    for noise in NOISES:
        typed = [_replaced(question, noisy(question.question, noise)) for question in questions]
        found[noise] = measure(ask(knowledge, typed))
    return found


def strange(knowledge: Knowledge, questions: Sequence[Question]) -> list[str]:
    """What questions expect and nobody wrote; mostly a slip in an id."""
    library = knowledge.library
    exist = {*library.entries, *library.formats, *library.events}
    return sorted({entry for question in questions for entry in question.expected} - exist)


def show(report: Report, out: TextIO) -> None:
    """For a human at a terminal."""
    parts = [
        _overview(report.columns),
        _voices(report),
        _noise(report),
        _reliability(report),
        _wrong(report),
        _strange(report),
        _comparison(report),
    ]
    out.write("\n\n".join("\n".join(part) for part in map(list, parts) if part) + "\n")


# -- parts --------------------------------------------------------------------------


def _overview(columns: Mapping[str, Figures]) -> Iterator[str]:
    yield _line("", columns)
    for words, figure, form in _OVERVIEW:
        values = [form(figure(one)) for one in columns.values()]
        if not set(values) <= {"0", "–"}:  # nobody asked a question of this kind
            yield _line(words, values)
    yield ""
    yield "gelöst:    Die richtige Antwort kam sofort oder stand unter den Vorschlägen."
    yield "MRR:       1,000 heißt, der richtige Treffer steht immer vorn; 0,500, er steht im"
    yield "           Mittel auf Platz 2."
    if len(columns) > 1:
        yield "lernen:    Fragen, die beim Verbessern angesehen werden dürfen."
        yield "berichten: Fragen, an denen nur gemessen wird. Diese Zahlen zählen."


def _voices(report: Report) -> Iterator[str]:
    voices = by_voice(report.asked)
    if not voices:
        return
    yield "Nach der Art zu fragen"
    yield _row("", "bekannte", *_COLUMNS, "fremde", "falsch", "Plausch", "richtig")
    for name, one in voices.items():
        yield _row(
            _VOICES.get(name, name),
            str(one.in_scope),
            *_known(one),
            str(one.out_of_scope),
            _percent(one.wrong_out_of_scope),
            str(one.small_talk),
            _percent(one.understood),
        )
    yield _COLUMNS_EXPLAINED


def _noise(report: Report) -> Iterator[str]:
    if not report.noise:
        return
    clean = next(iter(report.columns.values()))
    yield "Schlechter getippt"
    yield _row("", *_COLUMNS, "fremde", "Plausch")
    for name, one in {"wie geschrieben": clean, **report.noise}.items():
        outside, chat = _percent(one.wrong_out_of_scope), _percent(one.understood)
        yield _row(_NOISES.get(name, name), *_known(one), outside, chat)
    yield _COLUMNS_EXPLAINED
    yield "fremde: trotzdem beantwortet, also falsch; Plausch: richtig verstanden"


def _reliability(report: Report) -> Iterator[str]:
    ece = next(iter(report.columns.values())).ece
    if ece is None:
        return
    yield "Wie sicher, und wie oft zu Recht"
    yield _row("", "Fragen", "sicher", "richtig")
    for one in reliability(report.asked):
        if one.count:
            span = f"{one.low * 100:3.0f} bis {one.high * 100:3.0f} %"
            yield _row(span, str(one.count), _percent(one.confidence), _percent(one.right))
    yield "Was zu 80 % sicher ist, soll in 80 von 100 Fällen richtig sein. Die mittlere Abweichung"
    yield f"davon (ECE) ist {_percent(ece)}. Bei fremden Fragen ist kein Eintrag richtig."


def _wrong(report: Report) -> Iterator[str]:
    known = report.known_misses
    for outcome, title in _LISTED.items():
        listed = [one for one in report.asked if one.outcome is outcome]
        if listed:
            yield f"{title}: {len(listed)}"
        for one in listed:
            mark = f" – bekannt: {known[one.question]}" if one.question in known else ""
            yield f"  „{one.question}“ → {_given(one)} (richtig: {_wanted(one)}){mark}"
    mended = [one.question for one in report.asked if one.question in known and one.good]
    if mended:
        yield "Nicht mehr falsch, bitte aus den bekannten Fehlern streichen:"
        yield from (f"  „{question}“" for question in mended)


def _strange(report: Report) -> Iterator[str]:
    if report.strange:
        yield f"Erwartete Kennungen, die es nicht gibt: {', '.join(report.strange)}"


def _comparison(report: Report) -> Iterator[str]:
    found = report.comparison
    if found is None:
        return
    figures = {"vorher": found.before, "jetzt": found.now}
    yield _line("Vergleich", figures)
    for words, figure, form in _OVERVIEW:
        before, now = (form(figure(one)) for one in figures.values())
        if before != now:
            yield _line(words, (before, now))
    same = len(found.changes) - found.better - found.worse
    yield f"besser: {found.better}, schlechter: {found.worse}, anders und gleich gut: {same}"
    if found.only_before or found.only_now:
        yield f"nur vorher gefragt: {found.only_before}, nur jetzt: {found.only_now}"
    for sign, title in ((-1, "Schlechter"), (0, "Anders und gleich gut"), (1, "Besser")):
        group = [change for change in found.changes if change.sign == sign]
        if group:
            yield f"{title}:"
        yield from map(_changed, group)


def _changed(change: Change) -> str:
    before, now = change.before, change.now
    step = f"{_OUTCOMES[before.outcome]} → {_OUTCOMES[now.outcome]}"
    return f"  {step}: „{now.question}“ ({_given(before)} → {_given(now)})"


# -- words --------------------------------------------------------------------------


def _given(asked: Asked) -> str:
    """What the person got."""
    if asked.taken_for is not None:
        return f"Plausch {asked.taken_for}"
    if asked.entries:
        return " + ".join(asked.entries)
    if asked.suggestions:
        return "Vorschlag " + " / ".join(asked.suggestions)
    return "weitergegeben"


def _wanted(asked: Asked) -> str:
    if asked.chat is not None:
        return f"Plausch {asked.chat}"
    return ", ".join(asked.expected) or "keine Antwort"


def _replaced(question: Question, text: str) -> Question:
    return Question(text, question.expected, question.voice, question.near, question.chat)


def _known(one: Figures) -> Iterator[str]:
    return map(_percent, (one.hit_at_1, one.direct, one.solved, one.wrong_in_scope))


def _line(words: str, values: Iterable[str]) -> str:
    return f"{words:<50}" + "".join(f" {value:>9}" for value in values)


def _row(words: str, *values: str) -> str:
    return f"  {words:<24}" + "".join(f" {value:>8}" for value in values)


def _percent(value: Any) -> str:
    return "–" if value is None else f"{value * 100:.1f} %".replace(".", ",")


def _plain(value: Any) -> str:
    return "–" if value is None else f"{value:.3f}".replace(".", ",")


_OVERVIEW: list[tuple[str, Callable[[Figures], Any], Callable[[Any], str]]] = [
    ("Fragen: bekannte", lambda one: one.in_scope, str),
    ("  erster Treffer richtig", lambda one: one.hit_at_1, _percent),
    ("  richtiger unter den ersten drei Treffern", lambda one: one.hit_at_3, _percent),
    ("  mittlerer Kehrwert des Platzes (MRR)", lambda one: one.mrr, _plain),
    ("  sofort beantwortet", lambda one: one.coverage, _percent),
    ("  sofort und richtig beantwortet", lambda one: one.direct, _percent),
    ("  gelöst", lambda one: one.solved, _percent),
    ("  falsch beantwortet", lambda one: one.wrong_in_scope, _percent),
    ("  an Menschen weitergegeben", lambda one: one.handed_over, _percent),
    ("Fragen: fremde", lambda one: one.out_of_scope, str),
    ("  trotzdem beantwortet, also falsch", lambda one: one.wrong_out_of_scope, _percent),
    ("    bei gleichen Wörtern, andere Sache (nah)", lambda one: one.wrong_near, _percent),
    ("    bei ganz anderem (fern)", lambda one: one.wrong_far, _percent),
    ("Plausch: Gruß, Dank, Wunsch nach einem Menschen", lambda one: one.small_talk, str),
    ("  richtig verstanden", lambda one: one.understood, _percent),
    ("Sicherheit: mittlere Abweichung (ECE)", lambda one: one.ece, _percent),
]

_COLUMNS = ("Platz 1", "sofort", "gelöst", "falsch")
_COLUMNS_EXPLAINED = "Platz 1: erster Treffer richtig; sofort: sofort und richtig beantwortet"

# As they are marked in the files, for those that are written differently.
_VOICES = {
    "ausfuehrlich": "ausführlich",
    "hoeflich": "höflich",
    "ueblich": "üblich",
    "veraergert": "verärgert",
}
_NOISES = {
    "tippfehler": "mit Tippfehlern",
    "umlaute": "ohne Umlaute",
    "klein": "klein, ohne Satzzeichen",
    "alles": "alles zusammen",
}
_LISTED = {
    Outcome.WRONG: "Falsch beantwortet",
    Outcome.MISUNDERSTOOD: "Plausch nicht verstanden",
}
_OUTCOMES = {
    Outcome.RIGHT: "richtig",
    Outcome.SUGGESTED: "Vorschlag",
    Outcome.HANDED_OVER: "weitergegeben",
    Outcome.BESIDE: "Vorschlag ohne das Richtige",
    Outcome.CHAT: "für Plausch gehalten",
    Outcome.WRONG: "falsch",
    Outcome.UNDERSTOOD: "verstanden",
    Outcome.MISUNDERSTOOD: "missverstanden",
}

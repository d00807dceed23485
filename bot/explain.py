"""Why a question was answered as it was: `hotline ask --explain`, for curators.

Everything is first found out as values, so that JSON and text tell the same.
"""

import math
import textwrap
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from difflib import SequenceMatcher
from typing import Any, TextIO

from knowledge import german, parts
from knowledge.confidence import Evidence
from knowledge.decide import (
    Answer,
    Chat,
    Costs,
    Decision,
    Doubt,
    HandOver,
    Several,
    Suggest,
    chances,
    decide,
    doubt,
    expected,
)
from knowledge.index import Found, Hit
from knowledge.reading import Reading
from knowledge.search import Knowledge
from knowledge.words import Words

SHOWN = 3


@dataclass(frozen=True, slots=True)
class Change:
    """A word as it was typed, and as it was taken."""

    typed: str
    meant: str


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of evidence, and what it contributes compared with an ordinary question."""

    name: str
    value: float
    usual: float
    contribution: float  # above 0 it speaks for the best hit; a step of 1 is much


@dataclass(frozen=True, slots=True)
class Explained:
    """One question: how it was read, what was found, and what follows."""

    question: str
    follows: str  # the title of what was talked about before, if the question goes on with it
    reading: Reading
    normalised: tuple[Change, ...]
    found: Found
    parts: tuple[Part, ...]  # nothing if the question is word for word in an item
    right: float
    near: float
    costs: Costs
    doubt: Doubt | None  # against answering, though that would cost least
    decision: Decision


@dataclass(frozen=True, slots=True)
class Explanation:
    """A message with its questions, and what is done in the end."""

    message: str
    chat: str | None  # the small talk it is, a name in the texts' `understand`
    questions: tuple[Explained, ...]  # the message as a whole, then each of its questions
    decision: Decision


def explain(known: Knowledge, message: str) -> Explanation:
    """Ask, and look over the hotline's shoulder."""
    message = message.encode("utf-8", "replace").decode("utf-8")  # halves of characters
    explained = [_explained(known, message, "")]
    topic = ""
    for question in parts.questions(message):
        part = _explained(known, question, topic)
        explained.append(part)
        topic = part.decision.hit.id if isinstance(part.decision, Answer) else ""
    return Explanation(message, known.hear(message).kind, tuple(explained), known.find(message))


def _explained(known: Knowledge, question: str, topic: str) -> Explained:
    reading, found = known.look_up(question)
    decision, follows = decide(reading, found), ""
    title = known.title(topic)
    if title and parts.goes_on(Words(question)):
        further = known.look_up(f"{title}: {question}")
        # The hotline itself knows whether going on helped.
        if known.find(question, topic) == decide(*further) != decision:
            reading, found = further
            decision, follows = decide(reading, found), title
    right, near = chances(reading, found) if found.hits else (0.0, 0.0)
    costs = expected(right, near)
    return Explained(
        question=question,
        follows=follows,
        reading=reading,
        normalised=tuple(_normalised(question)),
        found=found,
        parts=tuple(_evidence(reading, found)),
        right=right,
        near=near,
        costs=costs,
        doubt=doubt(reading, found, right) if found.hits and costs.answer_is_least else None,
        decision=decision,
    )


def _normalised(question: str) -> Iterator[Change]:
    """Dates and numbers that were brought into one spelling."""
    typed = [word.strip(_PUNCTUATION) for word in question.split()]
    taken = german.split(question)
    matcher = SequenceMatcher(
        None, list(map(_letters, typed)), list(map(_letters, taken)), autojunk=False
    )
    for kind, start, end, begin, stop in matcher.get_opcodes():
        change = Change(" ".join(typed[start:end]), " ".join(taken[begin:stop]))
        if kind != "equal" and _letters(change.typed) != _letters(change.meant):
            yield change


def _letters(words: str) -> str:
    return "".join(letter for letter in german.fold(words) if letter.isalnum())


def _evidence(reading: Reading, found: Found) -> Iterator[Part]:
    """What each piece of evidence adds, the weightiest first.

    The curve adds up its evidence, so what a piece contributes is the difference
    that it makes to have it as in an ordinary question.
    """
    if not found.hits or any(hit.score >= 1 for hit in found.hits):
        return
    evidence = Evidence.of(reading, found)
    all_parts = []
    for name, usual in _USUAL.items():
        value = getattr(evidence, name)
        without = replace(evidence, **{name: usual})  # type: ignore[arg-type]
        contribution = _logit(evidence.right()) - _logit(without.right())
        all_parts.append(Part(name, value, usual, contribution))
    yield from sorted(all_parts, key=lambda part: -abs(part.contribution))


def _logit(chance: float) -> float:
    kept = min(max(chance, 1e-9), 1 - 1e-9)
    return math.log(kept / (1 - kept))


def as_json(explanation: Explanation) -> dict[str, Any]:
    """The same for a program."""
    return {
        "question": explanation.message,
        "small_talk": explanation.chat,
        "decision": _decision_json(explanation.decision),
        "questions": [_question_json(question) for question in explanation.questions],
    }


def _question_json(it: Explained) -> dict[str, Any]:
    reading = it.reading
    joined = [added for added in reading.added if added.word == added.because]
    return {
        "question": it.question,
        "follows": it.follows or None,
        "words": {
            "telling": list(reading.telling),
            "small": _small(reading),
            "mended": [{"typed": typed, "meant": meant} for typed, meant in reading.mended],
            "added": [asdict(added) for added in reading.added if added not in joined],
            "joined": [added.word for added in joined],
            "normalised": [asdict(change) for change in it.normalised],
        },
        "hits": [_hit_json(hit) for hit in it.found.hits[:SHOWN]],
        "outside": _hit_json(it.found.outside) if it.found.outside else None,
        "like_small_talk": _hit_json(it.found.chat) if it.found.chat else None,
        "evidence": [_rounded(asdict(part)) for part in it.parts],
        "right": round(it.right, 4),
        "near": round(it.near, 4),
        "costs": _rounded(asdict(it.costs)),
        "doubt": it.doubt,
        "decision": _decision_json(it.decision),
    }


def _hit_json(hit: Hit) -> dict[str, Any]:
    return _rounded(asdict(hit)) | {"missing": list(hit.missing), "literal": hit.score >= 1}


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {k: round(v, 4) if isinstance(v, float) else v for k, v in values.items()}


def _decision_json(decision: Decision) -> dict[str, Any]:
    match decision:
        case Answer(hit=hit):
            return {"outcome": "answer", "entries": [hit.id]}
        case Several(answers=answers):
            return {"outcome": "answer", "entries": [answer.hit.id for answer in answers]}
        case Suggest(hits=hits):
            return {"outcome": "suggest", "entries": [hit.id for hit in hits]}
        case HandOver():
            return {"outcome": "handover", "entries": []}
        case Chat(kind=kind):
            return {"outcome": "chat", "entries": [], "kind": kind}


def show(explanation: Explanation, out: TextIO, width: int = 80) -> None:
    """For a human, in lines that fit a narrow terminal too."""
    for line in _told(explanation):
        indent = " " * (len(line) - len(line.lstrip()))
        hanging = indent + ("  " if line.lstrip().startswith("• ") else "")
        wrapped = textwrap.wrap(
            line.strip(),
            width=max(width, _NARROWEST),
            initial_indent=indent,
            subsequent_indent=hanging,
            break_on_hyphens=False,
        )
        out.write("\n".join(wrapped) + "\n")


def _told(explanation: Explanation) -> Iterator[str]:
    whole, *single = explanation.questions
    if not german.split(explanation.message):
        yield "Die Nachricht hat kein Wort. Darauf zeigt die Hotline ihre Hilfe."
        return
    if explanation.chat:
        yield (
            f"Das gilt als „{explanation.chat}“. So heißt in texts/ eine Gruppe von Sätzen, die "
            "keine Fragen sind: Gruß, Dank, der Wunsch nach einem Menschen."
        )
        if isinstance(explanation.decision, Chat):
            yield from _not_asked(whole.found)
            return
        yield "Ein Eintrag passt so gut, dass er den Vorrang bekommt."
        yield ""
    if not single:
        yield from _question(whole)
        return
    yield f"Die Nachricht stellt {len(single)} Fragen. Zuerst jede für sich:"
    for number, question in enumerate(single, start=1):
        yield ""
        yield f"FRAGE {number}: {question.question}"
        yield ""
        yield from _question(question)
    yield ""
    yield "ALLES ZUSAMMEN"
    if isinstance(explanation.decision, Several):
        yield f"→ {_decided(explanation.decision)}"
    elif not isinstance(explanation.decision, Chat):
        yield (
            "Nicht jede Frage hat für sich eine sichere eigene Antwort. Deshalb zählt die "
            "Nachricht als Ganzes:"
        )
        yield ""
        yield from _question(whole)


def _not_asked(found: Found) -> Iterator[str]:
    if found.chat:
        yield f"Am ähnlichsten ist dort „{found.chat.phrase}“, zu {_percent(found.chat.score)}."
    if found.hits:
        hit = found.hits[0]
        yield f"Der ähnlichste Eintrag wäre „{hit.title}“, zu {_percent(hit.score)}."
    yield "→ Die Hotline antwortet mit dem Satz für diese Gruppe."


def _question(it: Explained) -> Iterator[str]:
    yield "SO WURDE GELESEN"
    yield from _words(it)
    yield ""
    yield "DAS WURDE GEFUNDEN"
    yield from _hits(it.found)
    yield ""
    yield "SO SICHER IST DAS"
    yield from _sure(it)
    yield ""
    yield "DAS FOLGT DARAUS"
    yield from _costs(it)


def _words(it: Explained) -> Iterator[str]:
    reading = it.reading
    yield "Großschreibung, Umlaute und ß spielen keine Rolle: Aus „Gebühr“ wird „gebuhr“."
    if it.follows:
        yield f"Die Frage knüpft an „{it.follows}“ an; beides zusammen wurde gesucht."
    yield "Worum es geht: " + (", ".join(reading.telling) or "dazu sagt kein Wort etwas")
    if small := _small(reading):
        yield "Kleine Wörter, die wenig verraten: " + ", ".join(small)
    for typed, meant in reading.mended:
        yield f"Tippfehler: „{typed}“ → „{meant}“"
    for change in it.normalised:
        yield f"Datum oder Zahl einheitlich: „{change.typed}“ → „{change.meant}“"
    because: dict[str, list[str]] = {}
    for added in reading.added:
        if added.word == added.because:
            yield f"Getrenntes Zeitwort zusammengesetzt: „{added.word}“"
        elif added.word not in because.setdefault(added.because, []):
            because[added.because].append(added.word)
    for typed, words in because.items():
        yield f"Auch gesucht, weil man es für „{typed}“ sagt: {', '.join(words)}"


def _hits(found: Found) -> Iterator[str]:
    if not found.hits:
        yield "Nichts in unseren Inhalten hat etwas davon."
    for number, hit in enumerate(found.hits[:SHOWN], start=1):
        yield f"{number}. {hit.title}"
        yield f"   {_KINDS[hit.kind]} {hit.id}"
        if hit.score >= 1:
            yield f"   steht wörtlich so da: „{hit.phrase}“"
            continue
        yield f"   insgesamt ähnlich zu {_percent(hit.score)}"
        yield f"   • ganzer Text: {_percent(hit.whole)}"
        yield f"   • ähnlichste Art zu fragen: {_percent(hit.alike)}, „{hit.phrase}“"
        yield f"   • Nähe der Bedeutung: {_percent(hit.meant)}"
        yield f"   • Wörter, um die es geht, kommen vor zu {_percent(hit.explained)}"
        if hit.missing:
            yield f"   • es fehlt: {', '.join(hit.missing)}"
    if found.outside:
        yield (
            f"Ähnlichste Frage, für die wir nicht da sind: „{found.outside.title}“, "
            f"{_percent(found.outside.score)}"
        )
    if found.chat and found.chat.score >= _WORTH_TELLING:
        yield (
            f"Ähnlichster Satz, der keine Frage ist: „{found.chat.phrase}“ "
            f"({found.chat.title}), {_percent(found.chat.score)}"
        )


def _sure(it: Explained) -> Iterator[str]:
    if not it.found.hits:
        yield "Ohne Treffer gibt es nichts abzuwägen."
        return
    if not it.parts:
        literal = [hit for hit in it.found.hits if hit.score >= 1]
        if len(literal) == 1:
            yield "Die Frage steht Wort für Wort in den Inhalten. Das ist so gut wie sicher."
        else:
            yield (
                "Die Frage steht Wort für Wort in mehreren Einträgen. Welcher gemeint ist, lässt "
                "sich nicht sagen: " + ", ".join(f"„{hit.title}“" for hit in literal)
            )
    else:
        yield "Verglichen mit einer gewöhnlichen Frage (+ ein wenig, ++ deutlich, +++ stark):"
        for heading, sign in (("Für den ersten Treffer sprechen", 1), ("Dagegen sprechen", -1)):
            weighty = [part for part in it.parts if sign * part.contribution >= _STEPS[0]]
            if weighty:
                yield f"{heading}:"
                yield from (f"  • {_piece(part)}" for part in weighty)
    yield f"Der erste Treffer stimmt mit einer Wahrscheinlichkeit von {_percent(it.right)}."
    yield f"Einer der ersten drei stimmt zu {_percent(it.near)}."


def _piece(part: Part) -> str:
    label, shown = _LABELS[part.name]
    strength = sum(abs(part.contribution) >= step for step in _STEPS)
    sign = "+" if part.contribution > 0 else "−"
    return f"{sign * strength} {label}: {shown(part.value)} (sonst {shown(part.usual)})"


def _costs(it: Explained) -> Iterator[str]:
    yield "Was jeder Weg voraussichtlich kostet (100 wäre eine sicher falsche Antwort):"
    yield f"  • antworten: {100 * it.costs.answer:.0f}"
    yield f"  • vorschlagen: {100 * it.costs.suggest:.0f}"
    yield f"  • an Menschen weitergeben: {100 * it.costs.hand_over:.0f}"
    if it.doubt:
        yield f"Trotzdem keine Antwort: {_DOUBTS[it.doubt]}"
    yield f"→ {_decided(it.decision)}"


def _decided(decision: Decision) -> str:
    match decision:
        case Answer(hit=hit):
            return f"Die Hotline antwortet mit „{hit.title}“."
        case Several(answers=answers):
            titles = " und ".join(f"„{answer.hit.title}“" for answer in answers)
            return f"Die Hotline antwortet auf alle Fragen: {titles}."
        case Suggest(hits=hits):
            return "Die Hotline schlägt vor: " + ", ".join(f"„{hit.title}“" for hit in hits) + "."
        case HandOver():
            return "Die Hotline gibt die Frage an Menschen weiter."
        case Chat(kind=kind):
            return f"Die Hotline antwortet mit dem Satz für „{kind}“."


def _small(reading: Reading) -> list[str]:
    return list(dict.fromkeys(word for word in reading.words if word not in reading.telling))


def _percent(value: float) -> str:
    return f"{100 * value:.0f}\u00a0%"


def _points(value: float) -> str:
    points = round(100 * value)
    return f"{points}\u00a0Prozentpunkt{'' if abs(points) == 1 else 'e'}".replace("-", "−")


def _count(logarithm: float) -> str:
    return f"{math.expm1(logarithm):.0f}"


_DOUBTS = {
    Doubt.FOREIGN: "Fast ebenso ähnlich ist eine Frage, für die wir nicht da sind.",
    Doubt.STRANGE: "Der erste Treffer hat zu wenige der Wörter, um die es geht.",
    Doubt.TOPIC: "Ein einzelnes Wort nennt ein Thema, und dazu gibt es mehrere Einträge.",
    Doubt.RIVAL: "Fast mit denselben Worten wird nach einem anderen Treffer gefragt.",
}
_LABELS = {
    "lead": ("Vorsprung vor dem zweiten Treffer", _points),
    "wide_lead": ("Vorsprung vor dem dritten Treffer", _points),
    "over": ("Vorsprung vor Fragen, für die wir nicht da sind", _points),
    "whole": ("Ähnlichkeit mit dem ganzen Text", _percent),
    "alike": ("Ähnlichkeit mit einer Art zu fragen", _percent),
    "covered": ("von dieser Art zu fragen kommt in der Frage vor", _percent),
    "votes": ("der ähnlichsten Arten zu fragen gehören zum Treffer", _percent),
    "elsewhere": ("von ihnen gehören zu Fragen, für die wir nicht da sind", _percent),
    "length": ("Wörter, die sagen, worum es geht", _count),
    "strange": ("Dinge, die der Treffer nicht nennt", _count),
    "other": ("andere Wörter, die der Treffer nicht hat", _count),
    "meant": ("Nähe der Bedeutung, auf die Arten zu fragen verteilt", _percent),
    "closer": ("Vorsprung in der Bedeutung", _points),
    "size": ("Einträge, unter denen der beste gesucht wurde", _count),
}
# The middle of our own ways of asking, each asked while its item went without it.
_USUAL = {
    "lead": 0.04,
    "wide_lead": 0.07,
    "over": 0.2,
    "whole": 0.33,
    "alike": 0.34,
    "covered": 0.45,
    "votes": 0.43,
    "elsewhere": 0.06,
    "length": math.log1p(4),
    "strange": math.log1p(1),
    "other": 0.0,
    "meant": 0.02,
    "closer": 0.0,
    "size": math.log1p(189),
}
_KINDS = {
    "faq": "Eintrag",
    "format": "Format",
    "event": "Veranstaltung",
    "outside": "fremd:",
    "chat": "keine Frage:",
}
# What a contribution has to be for one, two or three signs.
_STEPS = (0.15, 0.75, 1.5)
_WORTH_TELLING = 0.3
_NARROWEST = 24
_PUNCTUATION = ".,;:!?…„“”\"'»«()[]–"

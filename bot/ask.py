"""One question, one answer, without store or network: `hotline ask`."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

from bot.clock import SystemClock, token
from bot.house import house_of
from bot.meaning import models
from bot.settings import Settings
from handlers import questions
from handlers.message import Incoming
from handlers.text import Text
from handlers.turn import Turn
from handlers.wording import SMALL_TALK, decided
from knowledge.decide import Answer, Chat, Decision, HandOver, Several, Suggest
from knowledge.load import load, load_plain, shipped
from knowledge.search import Knowledge
from storage import people
from storage.database import Tx, try_out

RANKED = 10


def knowledge(content: Path | None, entries: Path | None, *, semantik: bool = True) -> Knowledge:
    """What to answer from, by meaning too if wished and installed.

    Raises `ContentError` with every problem.
    """
    extra = models() if semantik else None
    if entries is not None:
        return Knowledge.plain(load_plain(entries), extra)
    return Knowledge(load(content or shipped()), extra)


def result(
    known: Knowledge, question: str, settings: Settings, *, ranked: bool = False
) -> dict[str, Any]:
    """The contract of `ask --json`. `ranked` is empty unless asked for; `entries` names all
    answers where there are several."""
    question = question.encode("utf-8", "replace").decode("utf-8")  # halves of characters
    decision = known.find(question)
    answer: dict[str, Any] = {
        "question": question,
        "outcome": "chat",
        "text": str(_read(known, question, decision, settings)),
        "entry": None,
        "suggestions": [],
        "confidence": 1.0,
        "ranked": [],
    }
    match decision:
        case Answer(hit=hit, confidence=confidence):
            answer |= {"outcome": "answer", "entry": hit.id, "confidence": round(confidence, 4)}
        case Several(answers=answers):
            lowest = min(each.confidence for each in answers)
            answer |= {
                "outcome": "answer",
                "entry": answers[0].hit.id,
                "entries": [each.hit.id for each in answers],
                "confidence": round(lowest, 4),
            }
        case Suggest(hits=hits, confidence=confidence):
            shown = [{"id": hit.id, "title": hit.title} for hit in hits]
            answer |= {
                "outcome": "suggest",
                "suggestions": shown,
                "confidence": round(confidence, 4),
            }
        case HandOver(confidence=confidence):
            answer |= {"outcome": "handover", "confidence": round(confidence, 4)}
        case Chat():
            pass
    if ranked:
        answer["ranked"] = [
            {"id": hit.id, "title": hit.title, "score": round(hit.score, 4)}
            for hit in known.search(question, limit=RANKED)
        ]
    return answer


def _read(known: Knowledge, question: str, decision: Decision, settings: Settings) -> Text:
    """What somebody whom we do not know reads."""
    if not isinstance(decision, Chat) or decision.kind in SMALL_TALK:
        return decided(known, decision)
    kind = decision.kind  # opens a dialogue: "Meine Anfragen"
    now = SystemClock().now()
    here = {"channel": "console", "bot": "", "chat": "here"}

    async def opened(tx: Tx) -> Text:
        turn = Turn(
            tx=tx,
            incoming=Incoming(**here, update_id="1", sender="here", text=question, at=now),
            now=now,
            person=await people.meet(tx, **here, now=now),
            house=house_of(settings, settings.public_url),
            knowledge=known,
            token=token,
        )
        if not await questions.small_talk(turn, kind):
            return decided(known, HandOver(0.0))
        return Text.joined([outgoing.text for outgoing, _ in turn.said])

    return try_out(opened)


def as_json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)


def answer_lines(
    known: Knowledge,
    lines: Iterable[str],
    out: TextIO,
    settings: Settings,
    *,
    ranked: bool = False,
) -> None:
    """One JSON object a line in, one result a line out, in the same order.

    A line that is no such object gets a result with `error` instead, so that
    the lines still belong to each other.
    """
    for line in lines:
        if not line.strip():
            continue
        try:
            question = json.loads(line)["question"]
            if not isinstance(question, str):
                raise TypeError
        except (ValueError, TypeError, KeyError, RecursionError):
            answer = {"error": 'Die Zeile ist kein JSON-Objekt {"question": "…"}.'}
        else:
            answer = result(known, question, settings, ranked=ranked)
        out.write(as_json(answer) + "\n")
        out.flush()


def show(
    known: Knowledge, question: str, out: TextIO, settings: Settings, *, ranked: bool = False
) -> None:
    """For a human at a terminal."""
    answer = result(known, question, settings, ranked=ranked)
    out.write(answer["text"] + "\n")
    for suggestion in answer["suggestions"]:
        out.write(f"  • {suggestion['title']}\n")
    for hit in answer["ranked"]:
        out.write(f"  {hit['score']:.3f}  {hit['id']}\n")

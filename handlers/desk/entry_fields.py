"""A page on which an entry is written: what its fields say, and what is wrong with them."""

import re
from collections.abc import Mapping
from datetime import date

from handlers.desk.unclear import Unclear
from knowledge import german
from knowledge.load import tells
from knowledge.models import Entry
from knowledge.search import Knowledge
from knowledge.slugs import slug
from knowledge.smalltalk import understand
from knowledge.words import Words

NAMES = ("title", "question", "asked_as", "answer", "plain", "topics")
SHORTEST_TITLE, LONGEST_TITLE = 3, 60
LONGEST_PHRASE = 200
MOST_PHRASES = 30
LONGEST_ANSWER = 3500
OWNERS = {"admin": "administration"}  # everybody else who writes entries is the coordination
SOURCE = "Antwort der Koordination"
OWN = "desk-"  # begins the id of every entry of the desk, and of no other
_LONGEST_ID = 44  # leaves room for a number


def filled(
    form: Mapping[str, str], knowledge: Knowledge, *, role: str, today: date
) -> tuple[Entry | None, dict[str, Unclear]]:
    """The entry that was written, or for each field what is wrong with it."""
    wrong: dict[str, Unclear] = {}
    given = {name: form.get(name, "").replace("\r\n", "\n").strip() for name in NAMES}
    title = " ".join(given["title"].split())
    if not SHORTEST_TITLE <= len(title) <= LONGEST_TITLE:
        wrong["title"] = Unclear("learn_title_length", number=len(title))
    asked = ways(given["question"] + "\n" + given["asked_as"])
    if len(asked) < 2:
        wrong["asked_as"] = Unclear("learn_two_ways")
    elif len(asked) > MOST_PHRASES:
        wrong["asked_as"] = Unclear("learn_too_many_ways", number=MOST_PHRASES)
    for phrase in asked:
        if (problem := unfit(phrase, knowledge)) is not None:
            wrong.setdefault("asked_as", problem)
    if not given["answer"]:
        wrong["answer"] = Unclear("learn_no_answer")
    for name in ("answer", "plain"):
        if len(given[name]) > LONGEST_ANSWER:
            excess = len(given[name]) - LONGEST_ANSWER
            wrong[name] = Unclear("learn_answer_too_long", number=excess)
    topics = topics_of(given["topics"])
    if not topics:
        wrong["topics"] = Unclear("learn_no_topic")
    if wrong:
        return None, wrong
    entry = Entry(
        id=made_id(title),
        title=title,
        asked_as=asked,
        answer=given["answer"],
        plain=given["plain"] or None,
        topics=topics,
        source=SOURCE,
        checked_on=today,
        owner=OWNERS.get(role, "koordination"),
    )
    return entry, {}


def unfit(phrase: str, knowledge: Knowledge) -> Unclear | None:
    """Why nobody could be led by this way of asking, if so."""
    if len(phrase) > LONGEST_PHRASE:
        return Unclear("learn_phrase_too_long", number=LONGEST_PHRASE)
    if not tells(phrase):
        return Unclear("learn_phrase_vague", words=phrase)
    if understand(knowledge.library.texts, Words(phrase)) is not None:
        return Unclear("learn_phrase_small_talk", words=phrase)
    return None


def ways(lines: str) -> tuple[str, ...]:
    """Ways of asking, one a line; what reads the same to the engine counts once."""
    found: dict[str, str] = {}
    for line in lines.splitlines():
        if phrase := " ".join(line.split()):
            found.setdefault(german.normalise(phrase), phrase)
    return tuple(found.values())


def topics_of(words: str) -> tuple[str, ...]:
    """Topics as the content writes them, from words with commas between them."""
    slugs = (slug(part, 48) for part in words.split(","))
    return tuple(dict.fromkeys(topic for topic in slugs if topic))


def made_id(title: str) -> str:
    """An id that may be somebody else's already."""
    return OWN + (slug(title, _LONGEST_ID - len(OWN)) or "eintrag")


def suggested(question: str) -> dict[str, str]:
    """What the fields may say at first, made of what somebody asked."""
    sentences = [" ".join(part.split()) for part in _SENTENCE.findall(question)]
    asked = next((part for part in sentences if part.endswith("?")), "")
    asked = _ungreeted(asked or next(iter(sentences), ""))[:LONGEST_PHRASE]
    telling = [
        word
        for word in _ANY_WORD.findall(asked)
        if len(word) > 1 and german.normalise(word) not in german.SMALL_WORDS
    ]
    title = asked if len(asked) <= LONGEST_TITLE else " ".join(telling)
    if len(title) > LONGEST_TITLE:
        title = title[:LONGEST_TITLE].rsplit(" ", 1)[0]
    others = [
        " ".join(telling),
        *(_ungreeted(part) for part in sentences if part.endswith("?")),
    ]
    known = german.normalise(asked)
    more = [way for way in ways("\n".join(others)) if german.normalise(way) != known]
    return {
        "title": title,
        "question": asked,
        "asked_as": "\n".join(way[:LONGEST_PHRASE] for way in more),
    }


def _ungreeted(asked: str) -> str:
    """The question without the greeting before it."""
    bare = _GREETING.sub("", asked)
    return bare[:1].upper() + bare[1:] if bare != asked else asked


_GREETING = re.compile(
    r"^(?:(?:einen )?(?:sch[oö]n(?:en)? )?guten (?:tag|morgen|abend)|hallo|hi|hey|moin(?: moin)?"
    r"|servus|gr[uü](?:ß|ss) gott|mahlzeit)(?: zusammen)?\s*[,:–-]?\s+(?=\S+ \S)",
    re.IGNORECASE,
)
_ANY_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]?")

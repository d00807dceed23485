"""What somebody wants of a format, read from their own words."""

from collections.abc import Iterable

from handlers.network.fitting import Question, Wish
from knowledge import german
from knowledge.models import Character, Effort, Group
from knowledge.words import Words


def read(text: str) -> Wish:
    """The answers that a text gives by itself; what it does not say stays open."""
    words = [german.fold(word) for word in german.split(text)[:MOST_WORDS]]
    wish = Wish()
    for question, answers in _SAID.items():
        meant = [answer for answer, starts in answers.items() if _says(words, starts)]
        refused = {answer for answer, starts in answers.items() if _says(words, starts, no=True)}
        left = [answer for answer in meant if answer not in refused]
        others = [answer for answer in answers if answer not in refused]
        if not meant and refused and len(others) == 1:
            left = others  # "nicht vor Ort" leaves one way
        if len(left) == 1:
            wish = wish.answering(question, left[0])
    return wish


def asks(said: Words) -> bool:
    """Whether a whole message asks which format fits whoever asks: "Was passt zu uns?" """
    words = set(said.folded[:MOST_WORDS])
    if not words <= _ASKING:
        return False
    about = {"format", "formate", "angebot", "angebote"} & words
    fits = any(
        word.startswith(("passt", "passen", "geeignet", "eign", "richtig")) for word in words
    )
    us = {"mir", "mich", "uns"} & words or any(word.startswith(("unser", "mein")) for word in words)
    return bool(fits and us and (about or {"was", "welches"} & words))


MOST_WORDS = 60

_NO = frozenset(("nicht", "kein", "keine", "keinen", "ohne", "statt"))
_REACH = 2  # words behind a "nicht" that it is about


def _says(words: list[str], starts: Iterable[str], *, no: bool = False) -> bool:
    """Whether one of the words is there (refused, if `no`). Several in one go: "vor ort"."""
    for start in starts:
        parts = start.split()
        for place in range(len(words) - len(parts) + 1):
            there = words[place : place + len(parts)]
            if all(_begins(word, part) for word, part in zip(there, parts, strict=True)):
                before = words[max(place - _REACH, 0) : place]
                if _NO.isdisjoint(before) is not no:
                    return True
    return False


def _begins(word: str, part: str) -> bool:
    return word == part.removesuffix("$") if part.endswith("$") else word.startswith(part)


# Beginnings of folded words; "$" ends one.
_SAID: dict[Question, dict[str, tuple[str, ...]]] = {
    "goal": {
        Group.LERNEN: (
            *("lern", "weiterbild", "fortbild", "schulung", "kurs$", "kurse$", "wissen", "ubung"),
            *("einarbeit", "qualifi", "zertifi", "erklar"),
        ),
        Group.AUSTAUSCH: (
            *("austausch", "auszutausch", "vernetz", "kennenlern", "kennenzulern", "gleichgesinn"),
            *("treffen$", "stammtisch", "diskut", "ins gesprach", "unterhalten"),
        ),
        Group.BERATUNG: (
            *("berat", "rat$", "ratschlag", "expert", "fachleut", "coach", "profi", "vertraulich"),
            *("unter vier augen",),
        ),
    },
    "effort": {
        Effort.KURZ: (
            *("kurz$", "kurze$", "kurzes$", "wenig zeit", "kaum zeit", "schnell$", "schnelle$"),
            *("zwischendurch", "minuten", "mittagspause", "kaffeepause", "nebenbei", "unterwegs"),
        ),
        Effort.EINMAL: (
            *("einmal$", "einmalig", "einen abend", "einen tag", "einen nachmittag"),
            *("an einem abend", "an einem tag", "an einem nachmittag", "einzelner termin"),
            *("einen termin", "eine veranstaltung"),
        ),
        Effort.BEFRISTET: (
            *(
                "eine zeit lang",
                "eine zeitlang",
                "ein paar wochen",
                "einige wochen",
                "mehrere woch",
            ),
            *("ein paar monate", "einige monate", "mehrere monate", "fur ein projekt", "befristet"),
        ),
        Effort.REGELMAESSIG: (
            *("regelmassig", "immer wieder", "jeden monat", "jede woche", "monatlich"),
            *("wochentlich", "dauerhaft", "laufend"),
        ),
    },
    "place": {
        Character.DIGITAL: (
            *("digital", "online", "internet", "video", "bildschirm", "zoom", "von zu hause"),
            *("zuhause", "daheim", "vom schreibtisch", "vom rathaus aus", "ohne reise", "netz$"),
        ),
        Character.ANALOG: (
            *("vor ort", "prasenz", "personlich", "analog", "von angesicht", "hinfahren"),
            *("besichtig", "exkursion", "saal$"),
        ),
    },
}

_ASKING = frozenset(
    german.fold(word)
    for word in [
        "was",
        "wie",
        "welches",
        "welcher",
        "welche",
        "welchen",
        "format",
        "formate",
        "angebot",
        "angebote",
        "passt",
        "passen",
        "passend",
        "passende",
        "passendes",
        "passenden",
        "geeignet",
        "geeignete",
        "eignet",
        "eignen",
        "richtige",
        "sich",
        "zu",
        "für",
        "mir",
        "mich",
        "uns",
        "mein",
        "meine",
        "meiner",
        "meinen",
        "unser",
        "unsere",
        "unserer",
        "unserem",
        "unseren",
        "finde",
        "ist",
        "sind",
        "das",
        "die",
        "der",
        "denn",
        "eigentlich",
        "da",
        "am",
        "besten",
        "bitte",
        "und",
        "hallo",
        "guten",
        "tag",
        "würde",
        "könnte",
        "wäre",
        "situation",
        "stadt",
        "ort",
        "gemeinde",
        "kleinstadt",
        "verein",
        "fall",
        "finden",
        "können",
        "sie",
        "sagen",
        "helfen",
        "herausfinden",
        "ich",
        "wir",
        "wissen",
        "möchten",
        "möchte",
    ]
)

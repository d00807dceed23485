"""How hard a German text is to read, by counting. It points at a text and proves nothing."""

import re
from collections.abc import Iterator

LONGEST_PLAIN_SENTENCE = 15  # words, in Einfache Sprache
LONGEST_SENTENCE = 25
LONGEST_PLAIN_WORD = 18  # letters
HARDEST = 30  # reading ease of specialist prose begins here


def sentences(text: str) -> list[str]:
    """The sentences; every line ends one, so that the items of a list are counted singly."""
    lines = (_ADDRESS.sub("Adresse", line) for line in text.splitlines())
    found = (part.strip(" •–-") for line in lines for part in _SENTENCE_END.split(line))
    return [sentence for sentence in found if words(sentence)]


def words(text: str) -> list[str]:
    """The words as written; "Lern- und Bürger:innen-Forum" has three."""
    return _WORD.findall(text)


def syllables(word: str) -> int:
    """About how many syllables a word has: its groups of vowels, diphthongs as one."""
    return max(1, len(_VOWELS.findall(word.lower().replace("qu", "q"))))


def ease(text: str) -> float:
    """The reading ease of a German text: below 30 very hard, 60 and more easy.

    Flesch's index as Toni Amstad fitted it to German ("Wie verständlich sind
    unsere Zeitungen?", Zürich 1978): 180 less the words of a sentence less 58.5
    times the syllables of a word.
    """
    parts = sentences(text)
    found = [word for sentence in parts for word in words(sentence)]
    if not found:
        return 180.0
    return 180 - len(found) / len(parts) - 58.5 * sum(map(syllables, found)) / len(found)


def hard(text: str) -> Iterator[str]:
    """What makes an answer hard to read, in German."""
    yield from _long_sentences(text, LONGEST_SENTENCE)
    # In a sentence or two a single long name decides the index.
    if len(words(text)) >= _ENOUGH_WORDS and (index := ease(text)) < HARDEST:
        yield f"Lesbarkeit {index:.0f}; unter {HARDEST} ist ein Text sehr schwer"


def hard_in_plain_language(text: str, answer: str) -> Iterator[str]:
    """What Einfache Sprache should not have, in German."""
    yield from _long_sentences(text, LONGEST_PLAIN_SENTENCE)
    found = sentences(text)
    for sentence in found:
        if passive := _passive(sentence):
            yield f"Leideform: „{passive}“"
        yield from (f"Möglichkeitsform: „{word}“" for word in _SUBJUNCTIVE.findall(sentence))
    if "(" in text:
        yield "Klammern"
    for word in dict.fromkeys(words(text)):
        if len(word) > LONGEST_PLAIN_WORD and word.isalpha() and not _is_explained(word, text):
            yield f"langes Wort ohne Bindestrich und ohne Erklärung: „{word}“"
    if _letters(text) > _letters(answer):
        yield "länger als die Antwort"


def _long_sentences(text: str, most: int) -> Iterator[str]:
    for sentence in sentences(text):
        count = len(words(sentence))
        if count > most:
            beginning = " ".join(sentence.split()[:4])
            yield f"ein Satz mit {count} Wörtern (höchstens {most}): „{beginning} …“"


def _passive(sentence: str) -> str:
    """A form of "werden" and a participle in one clause, as "wird … gefragt"; else nothing."""
    for clause in _CLAUSE_END.split(sentence):
        found = words(clause)
        auxiliary = next((word for word in found if word.lower() in _WERDEN), "")
        participle = next((word for word in found if _is_participle(word)), "")
        if auxiliary and participle:
            return f"{auxiliary} … {participle}"
    return ""


def _is_participle(word: str) -> bool:
    return bool(_PARTICIPLE.fullmatch(word)) and word not in _NO_PARTICIPLES


def _is_explained(word: str, text: str) -> bool:
    """Whether the text says what it is: "Eine Lernwerkstatt ist ein Treffen. So heißt …"."""
    if re.search(rf"\b{word}“?,? {_IS_SOMETHING}", text):
        return True
    _, _, after = text.partition(word)
    following = sentences(f"Wort{after}")[1:2]
    return bool(following and _SAYS_WHAT.match(following[0]))


def _letters(text: str) -> int:
    return len("".join(text.split()))


_ENOUGH_WORDS = 20

# All patterns are linear: no nested quantifier, no two that can take the same letters.
_WORD = re.compile(r"[^\W_]+(?:[-*:./'’][^\W_]+)*")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S*[^\s.,;:)“]")
# Not after an ordinal or an abbreviation: "am 25. März", "z. B.", "Dr. Muster", "bzw. Vereine".
_SENTENCE_END = re.compile(
    r"(?<=[.!?:])(?<!\d\.)(?<!\b[A-Za-zÄÖÜäöü]\.)(?<!\bDr\.)(?<!\bca\.)(?<!\bNr\.)(?<!\bSt\.)"
    r"(?<!\bbzw\.)(?<!\busw\.)[“”\"»)]*\s+(?=[„\"»(]?[A-ZÄÖÜ0-9])"
)
_CLAUSE_END = re.compile(r"[,;:–()]")
_VOWELS = re.compile(r"aa|a[iuy]|äu|ee|e[iuy]|ie|oo|[aeiouäöüy]")
_WERDEN = frozenset("wird werden werde werdet wirst wurde wurden worden".split())  # noqa: SIM905
_SUBJUNCTIVE = re.compile(
    r"\b(?:könnte|würde|hätte|wäre|müsste|dürfte|gäbe|käme|ginge|ließe|bräuchte|wüsste|bliebe)"
    r"(?:n|st|t)?\b",
    re.IGNORECASE,
)
_SEPARABLE = (
    "ab|an|auf|aus|bei|bereit|dar|ein|fest|fort|frei|her|herunter|hin|hoch|kennen|los|mit|nach|statt|"
    "teil|um|vor|weg|weiter|zu|zurück|zusammen"
)
_PARTICIPLE = re.compile(
    rf"(?:{_SEPARABLE})?ge[a-zäöüß]{{3,}}(?:t|en)|[a-zäöüß]{{3,}}iert"
    rf"|(?:{_SEPARABLE})?(?:be|emp|ent|er|miss|über|unter|ver|wider|zer)[a-zäöüß]{{3,}}t"
)
# What looks like one: adjectives, and the verbs that begin with "ge" anyway.
_NO_PARTICIPLES = frozenset(
    """
    gegen gehen geben gelten gehören gelingen genießen geschehen gewinnen gestalten genügen geraten
    gefallen gebrauchen gestehen gerecht gesamt gemeint bereit bekannt erst zuerst überhaupt
    angehen abgeben angeben ausgeben ausgehen eingeben eingehen weitergeben weitergehen mitgehen
    vorgehen zugeben zurückgeben zurückgehen aufgeben umgehen hingehen angehören vergehen
    unterwegs übernächst bewusst berühmt beliebt verrückt insgesamt
    """.split()  # noqa: SIM905
)
_IS_SOMETHING = r"(?:heißt|heißen|bedeute[tn]|(?:ist|sind|war|waren) (?:das |eine? |[A-ZÄÖÜ]))"
_SAYS_WHAT = re.compile(r"(?:Das|Dies|So|Damit)\b")

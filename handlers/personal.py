"""What in a text may belong to one person, and has no place in an entry for everybody.

It is found by its form, so it is a reason to look, not a proof: a human decides.
"""

import re
from collections.abc import Iterable

# All patterns are linear: no nested quantifier, no two that can take the same letters.
_NAME = r"[A-ZÄÖÜ][a-zäöüßéèA-ZÄÖÜ'’-]+"
_STREET = r"(?:[Ss]traße|[Ss]trasse|[Ss]tr\.|[Ww]eg|[Gg]asse|[Pp]latz|[Aa]llee|[Dd]amm|[Uu]fer)"
_NUMBER = r"\d{1,3}(?:\s?[a-h])?\b(?!\s?(?:Uhr|Euro|Prozent|%|€)|[.:]\d)"
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
        r"(?<![\w@])@\w{4,}",  # an account in a messenger
        r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b",  # IBAN
        r"\bK-\d{3,}\b",
        # A telephone number begins with 0 or +; dates and amounts don't, or have points.
        r"(?<![\w.,/-])(?:\+\d{2}|0[1-9])[\d /()-]{4,}\d\b(?!\.\d)",
        rf"\b[A-ZÄÖÜ][\w-]*{_STREET} {_NUMBER}",
        rf"\b(?:{_NAME} )?{_STREET} {_NUMBER}",
        rf"\b(?:Am|An der|Auf der|Im|In der|Zum|Zur) {_NAME} {_NUMBER}",
        rf"\b\d{{5}} (?!Einwohn|Menschen|Euro|Personen){_NAME}",  # a town with its post code
        rf"\b(?:Frau|Herrn?|Fr\.|Hr\.) (?:(?:Dr\.|Prof\.) ?){{0,2}}{_NAME}(?: {_NAME})?",
    )
)
_INTRODUCED = re.compile(
    r"(?:\b[Ii]ch heiße|\b[Mm]ein Name ist|[Gg]r(?:uß|üße|üßen)\b,?\s{1,3}) ?"
    rf"({_NAME}(?: {_NAME})?)"
)


def introduced(words: str) -> tuple[str, ...]:
    """The names by which people introduce themselves, or that they sign with."""
    return tuple(dict.fromkeys(_INTRODUCED.findall(words)))


def found(text: str, names: Iterable[str] = ()) -> tuple[str, ...]:
    """The passages that may belong to one person, in their order, each once.

    `names` are those of people who had to do with it.
    """
    spots: list[tuple[int, int]] = []
    for pattern in (*_PATTERNS, *_of_names(names)):
        spots += [hit.span() for hit in pattern.finditer(text)]
    spots += [hit.span(1) for hit in _INTRODUCED.finditer(text)]
    passages: list[str] = []
    end = 0
    for start, stop in sorted(spots, key=lambda spot: (spot[0], -spot[1])):
        if start >= end:
            passages.append(text[start:stop].strip())
            end = stop
    return tuple(dict.fromkeys(passages))


def marked(text: str, passages: Iterable[str]) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is one of the passages."""
    known = sorted(passages, key=len, reverse=True)
    if not known:
        return [(text, False)]
    pieces = re.split(f"({'|'.join(map(re.escape, known))})", text)
    return [(piece, piece in known) for piece in pieces if piece]


def _of_names(names: Iterable[str]) -> Iterable[re.Pattern[str]]:
    for name in names:
        if len(name) > 2:
            yield re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        parts = name.split()
        if len(parts) > 1 and len(parts[-1]) > 2 and not parts[-1].isdecimal():
            yield re.compile(rf"(?<!\w){re.escape(parts[-1])}(?!\w)")

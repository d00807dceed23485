"""What somebody types into their profile: taken as it is meant, or refused in one sentence."""

import re
import unicodedata
from collections.abc import Sequence

from handlers.desk.unclear import Unclear
from knowledge import german
from knowledge.towns import LONGEST as LONGEST_TOWN

TOPICS = 10  # in each of "ich biete" and "ich suche"
LONGEST_NAME = 60
LONGEST_CONTACT = 100

_PLACE = re.compile(r"[^\W\d_][^\W\d_ .,'’()/-]*(?:[ .,'’()/-]+[^\W\d_]+)*[.)]?")
_PERSON = re.compile(r"[^\W\d_]+[.]?(?:[ .,'’()-]+[^\W\d_]+[.]?)*\)?")
_ADDRESS = re.compile(r"://|www\.|@|\b[\w-]+\.(?:de|com|net|org|eu|info|me|io|ru|xyz|link)\b", re.I)
_LINK = re.compile(r"://|www\.|\bt\.me\b", re.I)


def clean(text: str) -> str:
    """On one line and without characters that nobody sees."""
    composed = unicodedata.normalize("NFC", " ".join(text.split()))
    return "".join(sign for sign in composed if unicodedata.category(sign)[0] != "C")


def town(text: str, insults: Sequence[str]) -> str:
    """The name of a place that is not on our list. Raises Unclear."""
    name = clean(text)
    if not 2 <= len(name) <= LONGEST_TOWN or not _PLACE.fullmatch(name) or _insults(name, insults):
        raise Unclear("profile_town_unclear")
    return name


def name(text: str, insults: Sequence[str]) -> str:
    """What somebody wants to be called. Raises Unclear."""
    called = clean(text)
    if _ADDRESS.search(called):
        raise Unclear("profile_name_link")
    if not 2 <= len(called) <= LONGEST_NAME or not _PERSON.fullmatch(called):
        raise Unclear("profile_name_unclear", longest=LONGEST_NAME)
    if _insults(called, insults):
        raise Unclear("profile_name_unclear", longest=LONGEST_NAME)
    return called


def is_like_name(text: str) -> bool:
    """Whether it can hardly be anything else than a name, or a link in its place: "E. Beispiel"."""
    words = clean(text).split()
    return bool(_ADDRESS.search(text)) or (
        2 <= len(words) <= 4 and all(word[:1].isupper() for word in words)
    )


def contact(text: str, insults: Sequence[str]) -> str:
    """A number or an address, as it was typed. Raises Unclear."""
    way = clean(text)
    reaches = any(sign.isdecimal() for sign in way) or "@" in way
    marked = any(unicodedata.combining(sign) for sign in way)
    if not 3 <= len(way) <= LONGEST_CONTACT or not reaches or marked or _insults(way, insults):
        raise Unclear("profile_contact_unclear", longest=LONGEST_CONTACT)
    if has_link(way):
        raise Unclear("profile_contact_link")
    return way


def has_link(text: str) -> bool:
    return bool(_LINK.search(text))


def _insults(text: str, insults: Sequence[str]) -> bool:
    """Whether one of its words is an insult or begins like one."""
    return any(german.fold(word).startswith(tuple(insults)) for word in german.split(text))

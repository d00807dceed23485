"""Words as addresses and ids have them."""

import re
import unicodedata

from knowledge import german

_PLAIN = re.compile(r"[a-z0-9]+")


def slug(text: str, longest: int) -> str:
    """Small letters, digits and single hyphens; empty where nothing of that is left.

    Umlauts are written as ae, all other letters without their accents.
    """
    typed = unicodedata.normalize("NFKC", text).casefold().translate(german.AS_TYPED)
    bare = (
        sign for sign in unicodedata.normalize("NFKD", typed) if not unicodedata.combining(sign)
    )
    return "-".join(_PLAIN.findall("".join(bare)))[:longest].rstrip("-")

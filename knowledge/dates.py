"""Dates and numbers as people write them, in one spelling.

"am 25.3.21", "25. März 2021" and "2021-03-25" become the same words, so that a
question finds an event by its day. A month without a day stays a word as it is.
"""

import re

MONTHS = (
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
)


def written_out(text: str) -> str:
    """The text with every date as "25März März 2021".

    The day is glued to its month: two dates of one month share the month only.
    """
    return _DATE.sub(_written, text)


def number(word: str) -> str | None:
    """The digits of a number word of 2 to 99, or of so many hundreds or thousands."""
    return _NUMBERS.get(word)


def _written(match: re.Match[str]) -> str:
    found = match.groupdict()
    day, year = found["day"] or found["iso_day"], found["year"] or found["iso_year"]
    if found["name"]:
        month = _BY_NAME[found["name"][:3].lower()]
    else:
        month = int(found["month"] or found["iso_month"])
    if not (1 <= int(day) <= 31 and 1 <= month <= 12):
        return match[0]
    name = MONTHS[month - 1]
    if year and len(year) == 2:
        year = f"20{year}"
    return f" {int(day)}{name} {name} {year or ''} "


def _number_words() -> dict[str, str]:
    units = ["ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"]
    small = dict(zip(units, range(1, 10), strict=True))
    small |= {"zehn": 10, "elf": 11, "zwölf": 12, "sechzehn": 16, "siebzehn": 17}
    small |= {f"{unit}zehn": 10 + small[unit] for unit in ("drei", "vier", "fünf", "acht", "neun")}
    tens = ["zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig"]
    for number, word in enumerate(tens, start=2):
        small[word] = 10 * number
        small |= {f"{unit}und{word}": 10 * number + small[unit] for unit in units}
    words = {word: str(value) for word, value in small.items() if value > 1}
    for word, value in small.items():
        words[f"{word}hundert"] = str(100 * value)
        words[f"{word}tausend"] = str(1000 * value)
    words |= {"hundert": "100", "tausend": "1000"}
    typed = {"ö": "oe", "ü": "ue", "ß": "ss"}
    for word in list(words):
        other = "".join(typed.get(letter, letter) for letter in word)
        words.setdefault(other, words[word])
    return words


_NUMBERS = _number_words()
_BY_NAME = {name[:3].lower(): number for number, name in enumerate(MONTHS, start=1)} | {
    "mae": 3,
    "mar": 3,
}

# All patterns are linear: no repeated group, bounded repetition only.
_DATE = re.compile(
    r"""\b(?:
        (?P<iso_year>\d{4})-(?P<iso_month>\d{2})-(?P<iso_day>\d{2})\b
      | (?P<day>\d{1,2})
        (?: \.\ ?(?P<month>\d{1,2})\.
          | (?:\.|ten|te)?\ ?
            (?P<name>jan(?:uar)?|feb(?:ruar)?|m(?:ä|ae|a)rz|apr(?:il)?|mai|juni?|juli?
              |aug(?:ust)?|sept?(?:ember)?|okt(?:ober)?|nov(?:ember)?|dez(?:ember)?)\b\.?
        )
        (?:\ ?(?P<year>20\d\d|\d\d)\b)?
    )""",
    re.IGNORECASE | re.VERBOSE,
)

"""A page for the notice board: the town's name, one sentence, and the codes that lead here.

The page is HTML that fills exactly one sheet of A4. Every browser prints it and makes a PDF
of it; a library that did the same would weigh more than the rest of what we need.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot import qr

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Code:
    """Where one gets to, and how it is called below the code."""

    label: str
    address: str

    @property
    def drawing(self) -> Markup:
        return Markup(qr.svg(self.address))  # noqa: S704 - drawn by us, from dots

    @property
    def readable(self) -> str:
        """As one types it who has no camera."""
        return self.address.removeprefix("https://").removeprefix("http://").rstrip("/")


@dataclass(frozen=True, slots=True)
class Sheet:
    town: str
    sentence: str
    codes: Sequence[Code]
    heading: str = ""
    facts: Sequence[str] = ()
    footer: str = ""

    @property
    def title(self) -> str:
        return self.heading or self.town

    @property
    def town_size(self) -> int:
        """Points, so that a long name stays on the sheet with everything else."""
        largest = 34 if self.heading else 60
        return _size(self.town, largest)

    @property
    def title_size(self) -> int:
        return _size(self.heading, 44)

    @property
    def code_width(self) -> int:
        """Millimetres."""
        return (80 if self.heading else 100) if len(self.codes) == 1 else 78


def page(sheet: Sheet) -> str:
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("poster.html").render(sheet=sheet)


def _size(words: str, largest: int) -> int:
    """Twenty letters fit at the largest; longer ones shrink, as far as one reads them from
    two steps away."""
    longest = max((len(word) for word in words.split()), default=0)
    by_length = largest * 20 / max(len(words), 20)
    by_word = largest * 13 / max(longest, 13)
    return round(max(min(max(by_length, largest * 0.5), by_word), 18))

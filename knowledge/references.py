"""What a text points to and nobody can follow: ids, formats and commands that do not help."""

import re
from collections.abc import Collection, Iterator

from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge import german


class References:
    """What there is to point to."""

    def __init__(
        self, ids: Collection[str], names: Collection[str], commands: Collection[str]
    ) -> None:
        """`names` are titles and names of items, `commands` what may follow a slash."""
        self._ids = frozenset(ids)
        self._names = {german.normalise(name): name for name in names}
        self._commands = frozenset(commands)

    def dead(self, text: str) -> Iterator[str]:
        """Each dead reference of a text, in German."""
        for match in _ID.finditer(text):
            prefixed, word = match.groups()
            # An id of one word is a word like others; with a hyphen it can only be an id.
            if prefixed or ("-" in word and word in self._ids):
                yield f"„{match[0]}“ ist eine Kennung; für Menschen bitte den Titel nennen"
        for match in _FORMAT.finditer(text):
            name = german.normalise(match[1])
            if name not in self._names:
                yield f"ein Format „{match[1]}“ gibt es nicht{self._nearest(name)}"
        for match in _COMMAND.finditer(text):
            if match[1] not in self._commands:
                near = process.extractOne(
                    match[1], sorted(self._commands), scorer=OSA.distance, score_cutoff=2
                )
                guess = f"; gemeint ist vielleicht „/{near[0]}“" if near else ""
                yield f"einen Befehl „/{match[1]}“ gibt es nicht{guess}"

    def _nearest(self, name: str) -> str:
        near = process.extractOne(name, self._names.keys(), scorer=OSA.distance, score_cutoff=3)
        return f"; gemeint ist vielleicht „{self._names[near[0]]}“" if near else ""


_ID = re.compile(r"(?<![\w/.:@-])(faq:|fmt:|evt:)?([a-z0-9]+(?:-[a-z0-9]+)*)(?![\w/@-]|\.\w)")
_FORMAT = re.compile(r"\bFormate?s? „([^“]+)“")
# Not a path, an address or an alternative: "/events.ics", "https://…", "und/oder".
_COMMAND = re.compile(r"(?<![\w/.:<-])/([a-zäöüß]+)(?![\w/-]|\.\w)")

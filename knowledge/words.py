"""The words of one message, taken apart and looked up once for everybody who reads it."""

from collections.abc import Sequence
from functools import cached_property

from knowledge import german


class Words:
    """Belongs to one message and is forgotten with it, like all that people write."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._forms: dict[str, german.Form] = {}

    @cached_property
    def typed(self) -> Sequence[str]:
        """As written, but for the spelling of dates, numbers and gender forms."""
        return german.split(self.text)

    @cached_property
    def folded(self) -> Sequence[str]:
        return german.fold(" ".join(self.typed)).split()

    def form(self, word: str) -> german.Form:
        """What the dictionary says of one of the words; of a very long one, of its beginning."""
        found = self._forms.get(word)
        if found is None:
            found = self._forms[word] = german.form(word[: german.LONGEST_WORD])
        return found

"""Everything the hotline knows, as one thing to ask."""

from collections.abc import Iterable
from types import MappingProxyType

from knowledge import german
from knowledge.decide import Answer, Chat, Decision, decide, understand
from knowledge.index import Hit, Index, Indexed
from knowledge.load import Library, shipped_texts
from knowledge.models import Entry

__all__ = ["Hit", "Index", "Indexed", "Knowledge"]

# Asking for one of these is a question too, which an entry may answer better than a menu.
_ALSO_QUESTIONS = frozenset({"formats", "events", "privacy"})


class Knowledge:
    """A library with its index. Immutable; new content is a new `Knowledge`."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._index = Index.of(library)

    @classmethod
    def plain(cls, entries: Iterable[Entry]) -> "Knowledge":
        """Another FAQ (see `load_plain`) with the shipped texts, without formats and events."""
        library = Library(
            entries=MappingProxyType({entry.id: entry for entry in entries}),
            formats=MappingProxyType({}),
            events=MappingProxyType({}),
            texts=shipped_texts(),
            fingerprint="",
        )
        return cls(library)

    def meaning(self, message: str) -> str | None:
        """The small talk that a message is, as a name in the texts' `understand`."""
        return understand(self.library.texts, message)

    def find(self, question: str) -> Decision:
        """What to do with a message: small talk first, else answer, suggest or hand over."""
        return self.decide(question, self.meaning(question))

    def decide(self, question: str, kind: str | None) -> Decision:
        """The same for a message whose meaning as small talk is known already."""
        if not german.split(question):
            # Only emoji or punctuation: nothing anybody could answer, least of all a person.
            return Chat("help")
        if kind is not None and kind not in _ALSO_QUESTIONS:
            return Chat(kind)
        decision = decide(question, self.search(question))
        if kind is not None and not isinstance(decision, Answer):
            return Chat(kind)
        return decision

    def search(self, question: str, limit: int = 10) -> tuple[Hit, ...]:
        """The best hits, best first, whatever they are worth."""
        return self._index.search(question, limit)

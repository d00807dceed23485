"""Everything the hotline knows, as one thing to ask."""

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

from knowledge import parts
from knowledge.decide import Answer, Chat, Decision, Several, Suggest, decide, small_talk
from knowledge.index import Build, Built, Found, Hit, Index, Indexed
from knowledge.load import Library, shipped_synonyms, shipped_texts
from knowledge.matters import Matters
from knowledge.models import Entry, Event
from knowledge.reading import Reading
from knowledge.semantic import Models
from knowledge.smalltalk import understand
from knowledge.words import Words

__all__ = ["Found", "Heard", "Hit", "Index", "Indexed", "Knowledge"]

# Asking for one of these is a question too: an entry that is asked for in just these
# words answers it better than a menu.
_ALSO_QUESTIONS = frozenset({"formats", "events", "privacy"})


def _literal(decision: Decision) -> bool:
    return isinstance(decision, Several) or (
        isinstance(decision, Answer) and decision.hit.score >= 1
    )


def _sure_of(part: Answer) -> bool:
    return part.confidence >= _SURE_OF_A_PART and not part.hit.missing


# Hits that a decision is made of.
_SHOWN = 3
# Hits that are looked through for one that goes on with the topic.
_FURTHER = 20
# A part of a message says less than the whole; two answers shall not mean one wrong.
_SURE_OF_A_PART = 0.94


@dataclass(frozen=True, slots=True)
class Heard:
    """A message as it was understood. What is plainly small talk was not looked up."""

    message: str
    words: Words
    kind: str | None  # of small talk, a name in the texts' `understand`
    reading: Reading | None = None
    found: Found | None = None
    guessed: bool = False  # the kind is only likely: nobody listed these words


class Knowledge:
    """A library with its index. Immutable; new content is a new `Knowledge`."""

    def __init__(
        self,
        library: Library,
        models: Models | None = None,
        *,
        build: Build = Built.of,
        built: Built | None = None,
    ) -> None:
        """With the models of the extra `semantik` questions are also compared by meaning.

        `build` makes an index of the library, and of every later one; `built` is this one's,
        where there is one already.
        """
        self.library = library
        self._models = models
        self._build = build
        self._index = Index.of(library, models, build if built is None else lambda *_: built)

    @classmethod
    def plain(cls, entries: Iterable[Entry], models: Models | None = None) -> "Knowledge":
        """Another FAQ (see `load_plain`) with the shipped texts, without formats and events."""
        library = Library(
            entries=MappingProxyType({entry.id: entry for entry in entries}),
            formats=MappingProxyType({}),
            events=MappingProxyType({}),
            texts=shipped_texts(),
            synonyms=shipped_synonyms(),
        )
        return cls(library, models)

    def with_events(self, events: Mapping[str, Event]) -> "Knowledge":
        """The same with other events. Half a second's work if they say something else."""
        library = replace(self.library, events=events)
        if Index.says_the_same(library, self.library):
            other = copy(self)
            other.library = library
            return other
        return Knowledge(library, self._models, build=self._build)

    @cached_property
    def matters(self) -> Matters:
        """The topics of the messenger network, to be found in what people say."""
        return Matters(self.library.network)

    def warm(self) -> None:
        """Make ready what the first question would have to wait for (about a second)."""
        self._index.warm()
        self.hear("Guten Tag")

    def hear(self, message: str) -> Heard:
        """The message read once, for everybody who wants to know something of it."""
        words = Words(message)
        kind = understand(self.library.texts, words)
        if kind is not None and kind not in _ALSO_QUESTIONS:
            return Heard(message, words, kind)
        reading, found = self._looked_up(words, _SHOWN)
        guess = None if kind else small_talk(self.library.texts, reading, found)
        return Heard(message, words, kind or guess, reading, found, guessed=guess is not None)

    def find(self, question: str, topic: str = "") -> Decision:
        """What to do with a message: small talk first, else answer, suggest or hand over."""
        return self.decide(self.hear(question), topic)

    def decide(self, heard: Heard, topic: str = "") -> Decision:
        """The same for a message that was read already.

        `topic` is the id of the item that was shown last, if any: "und was kostet
        das?" is about it.
        """
        if not heard.words.typed:
            # Only emoji or punctuation: nothing anybody could answer, least of all a person.
            return Chat("help")
        if heard.found is None or heard.reading is None:
            return Chat(heard.kind or "help")
        if heard.kind is not None and heard.kind not in _ALSO_QUESTIONS:
            return Chat(heard.kind)
        decision = self._several(heard.message) or self._about(
            heard.words, heard.reading, heard.found, topic
        )
        if heard.kind is not None and not _literal(decision):
            return Chat(heard.kind)
        return decision

    def search(self, question: str, limit: int = 10) -> tuple[Hit, ...]:
        """The best hits, best first, whatever they are worth."""
        return self._index.search(question, limit)

    def look_up(self, question: str, limit: int = 10) -> tuple[Reading, Found]:
        """How a question was read and what was found, for whoever explains a decision."""
        return self._looked_up(Words(question), limit)

    def _looked_up(self, words: Words, limit: int) -> tuple[Reading, Found]:
        reading = self._index.read(words)
        return reading, self._index.nearest(reading, limit)

    def title(self, item: str) -> str:
        """The title of an item; nothing for one that there is not (any more)."""
        library = self.library
        if entry := library.entries.get(item):
            return entry.title
        if form := library.formats.get(item):
            return form.name
        event = library.events.get(item)
        return event.title if event else ""

    def _about(self, question: Words, reading: Reading, found: Found, topic: str) -> Decision:
        """The decision on one question, which may go on with what was talked about."""
        decision = decide(reading, found)
        title = self.title(topic)
        if not title:
            return decision
        # "Und was ist ein Tutorial?" begins like that, too, and says what it is about.
        stands_alone = isinstance(decision, Answer) or not parts.goes_on(question)
        if stands_alone and not parts.points_back(question):
            return decision
        further = self._further(reading, f"{title}: {question.text}")
        if isinstance(further, Answer):
            return further
        # Of two lists the one that knows what was talked about is the better one.
        if isinstance(further, Suggest) and not isinstance(decision, Answer):
            return further
        return decision

    def _further(self, question: Reading, with_title: str) -> Decision:
        """The decision with the title of the topic before it, among what has the question's words.

        Otherwise the title would mostly find its own item again.
        """
        reading, found = self.look_up(with_title, _FURTHER)
        own = set(question.telling)
        hits = tuple([hit for hit in found.hits if not own & set(hit.missing)])
        return decide(reading, replace(found, hits=hits))

    def _several(self, message: str) -> Several | None:
        """The answers to two or three questions in one message, if all have one."""
        questions = parts.questions(message)
        if len(questions) < 2:
            return None
        answers: list[Answer] = []
        for question in questions:
            topic = answers[-1].hit.id if answers else ""
            words = Words(question)
            decision = self._about(words, *self._looked_up(words, _SHOWN), topic)
            if not isinstance(decision, Answer) or not _sure_of(decision):
                return None
            if decision.hit.id not in {answer.hit.id for answer in answers}:
                answers.append(decision)
        return Several(tuple(answers)) if len(answers) > 1 else None

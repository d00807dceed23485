"""The curated content, and its changes while we run: all of a change or nothing of it."""

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import structlog

from bot import memory
from handlers.desk import learning
from handlers.desk.learning import Taught
from knowledge import prepared
from knowledge.load import ContentError, fingerprint
from knowledge.models import Event
from knowledge.search import Knowledge
from knowledge.semantic import Models

log = structlog.get_logger()

LOOK_EVERY = 2.0  # seconds


class Content:
    """Holds what we know now. `problem` is '' or says why newer content was not taken."""

    def __init__(self, folder: Path, models: Models | None = None) -> None:
        """Load it; raises `ContentError` with every problem."""
        self.folder = folder
        self._models = models
        self.problem = ""
        self._fingerprint = fingerprint(folder)
        self._curated = _known(folder, self._fingerprint, models)
        self._events: Mapping[str, Event] | None = None  # of the store
        self._taught = Taught()
        # Events and entries of the store change on threads of their own.
        self._changing = threading.Lock()
        self.knowledge = self._curated

    @property
    def shipped_events(self) -> Mapping[str, Event]:
        """The events that stand in the folder."""
        return self._curated.library.events

    def use(self, events: Mapping[str, Event]) -> None:
        """From now on these are the events that we know. May take half a second."""
        with self._changing:
            self._events = events
            self.knowledge = self.knowledge.with_events(events)

    def learn(self, taught: Taught) -> None:
        """From now on this is what the desk adds to the content. May take half a second."""
        with self._changing:
            if (taught.entries, taught.phrasings) != (self._taught.entries, self._taught.phrasings):
                self._taught = taught
                self.knowledge = self._complete()

    def _complete(self) -> Knowledge:
        """The content with what the store adds to it."""
        if not self._taught.entries and not self._taught.phrasings:
            known = self._curated
            return known if self._events is None else known.with_events(self._events)
        library = self._curated.library
        entries = learning.merged(library.entries, self._taught)
        events = library.events if self._events is None else self._events
        library = replace(library, entries=entries, events=events)
        return Knowledge(library, self._models, build=prepared.index)

    async def refresh(self) -> bool:
        """Take changed content if it is sound; what we have stays otherwise."""
        seen = await asyncio.to_thread(fingerprint, self.folder)
        if seen == self._fingerprint:
            return False
        self._fingerprint = seen
        try:
            knowledge = await asyncio.to_thread(_known, self.folder, seen, self._models)
            await asyncio.to_thread(_warm, knowledge)
        except ContentError as error:
            self.problem = str(error)
            log.error("content.refused", problems=self.problem)
            return False
        await asyncio.to_thread(self._take, knowledge)
        self.problem = ""
        log.info("content.changed", entries=len(knowledge.library.entries))
        return True

    def _take(self, curated: Knowledge) -> None:
        with self._changing:
            self._curated = curated
            self.knowledge = self._complete()

    async def watch(self) -> None:
        """Look for changes until cancelled."""
        # The first question may come meanwhile: it waits no longer for that than alone.
        await asyncio.to_thread(_warm, self.knowledge)
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await self.refresh()
            except OSError as error:
                # A folder on a network drive may be away for a moment.
                log.warning("content.unreadable", error=type(error).__name__)


@lru_cache(maxsize=1)
def _known(folder: Path, state: str, models: Models | None) -> Knowledge:
    """What this state of the folder holds. It never changes, so whoever asks again shares it."""
    return prepared.known(folder, models)


def _warm(knowledge: Knowledge) -> None:
    knowledge.warm()
    memory.give_back()  # of what reading and indexing left behind

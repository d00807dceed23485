"""Somebody writes an answer in the browser: where that may be seen meanwhile.

A hint for the moment. It is kept nowhere, and whatever holds it up is a reason to leave it out.
"""

from dataclasses import dataclass
from datetime import datetime

from storage import blocks, house, people, requests, threads
from storage.database import Tx


@dataclass(frozen=True, slots=True)
class Place:
    channel: str
    bot: str
    chat: str
    topic: str = ""  # the network's id


async def places(tx: Tx, request_id: int, now: datetime) -> list[Place]:
    """The chat of the person and the request's topic; nowhere if no answer can go out now."""
    request = await requests.get(tx, request_id)
    if request is None or request.person_id is None or request.state == "closed":
        return []
    person = await people.known(tx, request.channel, request.bot, request.chat)
    if person is None or person.blocked or await blocks.get(tx, person.id, now):
        return []
    found = [Place(request.channel, request.bot, request.chat)]
    if desk := await house.desk(tx):
        thread = await threads.find(tx, *desk, request.thread)
        if thread and thread.topic:  # where there are none, nobody could tell what it is about
            found.append(Place(*desk, thread.topic))
    return found

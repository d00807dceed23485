"""The weekly letter: what is coming, for those who want to hear of it once a week."""

from datetime import datetime, time, timedelta

from handlers.hours import BERLIN
from handlers.message import Address, Button, Lane, Outgoing
from handlers.programme.events import lines
from handlers.programme.keeping import span
from handlers.programme.subscription_offers import is_coming, key, keys_of
from handlers.turn import Turn
from knowledge.models import Event
from storage import due, subscriptions
from storage.subscriptions import Recipient

DIGEST = "digest"
MONDAY, HOUR = 0, time(9)
AHEAD = timedelta(days=28)
MOST = 12  # events in one letter; the list in the chat shows all


def next_letter(now: datetime) -> datetime:
    """The next Monday morning in Berlin."""
    local = now.astimezone(BERLIN)
    days = (MONDAY - local.weekday()) % 7
    letter = datetime.combine(local.date() + timedelta(days=days), HOUR, BERLIN)
    if letter > now:
        return letter
    return datetime.combine(letter.date() + timedelta(days=7), HOUR, BERLIN)


async def send(turn: Turn) -> None:
    """Write to everybody for whom there is something, and come again in a week."""
    coming = sorted(
        (
            event
            for event in turn.knowledge.library.events.values()
            if is_coming(event, turn.now) and span(event)[0] <= turn.now + AHEAD
        ),
        key=lambda event: span(event)[0],
    )
    for recipient in await subscriptions.weekly(turn.tx) if coming else ():
        await _write(turn, recipient, coming)
    await due.plan(turn.tx, DIGEST, "", next_letter(turn.now))


async def _write(turn: Turn, recipient: Recipient, coming: list[Event]) -> None:
    held = await subscriptions.of(turn.tx, recipient.person_id)
    keys = {key(*each) for each in held}
    library = turn.knowledge.library
    found = [event for event in coming if not keys.isdisjoint(keys_of(library, event))][:MOST]
    if not found:
        return
    turn.send(
        Outgoing(
            to=Address(channel=recipient.channel, bot=recipient.bot, chat=recipient.chat),
            text=turn.words_for(recipient.plain, "digest", list=lines(turn, found)),
            buttons=(
                *(Button(label=event.title[:60], action=f"evt:{event.id}") for event in found[:3]),
                Button(label=turn.label("button_digest_all"), action="evts:0"),
                Button(label=turn.label("button_digest_end"), action="subs:end"),
            ),
            lane=Lane.ANNOUNCEMENT,
        )
    )

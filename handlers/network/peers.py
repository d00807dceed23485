"""Peers: who in other towns might help, or needs what somebody can tell.

What is compared is held in memory and brought in step with the store before it is used;
whoever is shown was looked up in the store in the same transaction.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from handlers.hours import BERLIN, day_of
from handlers.message import Button
from handlers.network import between, introductions
from handlers.network.between import button, me
from handlers.network.cards import Card, card
from handlers.network.matching import LIMIT, Match, Part, Pool, match
from handlers.network.profile import fields_of
from handlers.text import Text
from handlers.turn import Turn
from knowledge.towns import SIZES
from storage import exposures, house, profiles
from storage import peers as store

# Different people that somebody is shown on one day: enough to find help, too few to copy
# the directory.
MOST_A_DAY = 30
TIRED_FOR = timedelta(days=14)  # how long it counts that somebody was suggested
KEPT = timedelta(days=14)  # how long a suggestion can be answered

_BATCH = 20  # candidates looked up at once: some may not be asked at this moment
_BATCHES = 10
_MANY = 100  # changed profiles; more are read at once
_TOPICS = 3  # named in a reason


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Somebody to suggest. `token` is how buttons call them."""

    card: Card
    reason: str
    token: str


# -- finding ---------------------------------------------------------------------------


async def suggest(turn: Turn, topics: Sequence[str], limit: int = LIMIT) -> list[Suggestion]:
    """The best peers for whoever asks: for these topics, or for what their profile looks for.

    Without a profile of their own only topics find somebody. Nobody is suggested to whom the
    asker is not to be shown, nor anybody who does not want it at this moment.
    """
    if turn.person is None or await store.kept_out(turn.tx, turn.person.id, turn.now):
        return []
    own = await between.live_card(turn, turn.person.id)
    asker = own or Card(person_id=turn.person.id)
    if topics:
        asker = replace(asker, seeks=tuple(topics))
    elif own is None:
        return []
    pool = await _pool(turn)
    today = day_of(turn.now)
    shown = await store.shown_since(turn.tx, asker.person_id, _midnight(turn))
    without = await store.not_for(turn.tx, asker.person_id)
    found: list[Suggestion] = []
    new: list[int] = []
    # Who has seen enough for a day sees the same people again.
    among = shown if len(shown) >= MOST_A_DAY else None
    for _ in range(_BATCHES):
        batch = pool.ranked(asker, _BATCH, without=without, among=among, week=_week(today))
        for candidate in batch:
            known = candidate.person_id in shown
            if not known and len(shown) + len(new) >= MOST_A_DAY:
                continue
            fresh = await _fresh(turn, candidate.person_id)
            if fresh is None or _the_same(asker, fresh):
                continue
            found.append(await _suggestion(turn, asker, fresh))
            if not known:
                new.append(candidate.person_id)
            if len(found) == limit:
                break
        if len(batch) < _BATCH or len(found) == limit:
            break
        without |= {candidate.person_id for candidate in batch}
    for person_id in new:
        pool.shown(person_id)
    await exposures.count(turn.tx, new, today)
    return found


async def _suggestion(turn: Turn, asker: Card, other: Card) -> Suggestion:
    token = await store.suggested(turn.tx, turn.token(), asker.person_id, other.person_id, turn.now)
    return Suggestion(other, _reason(turn, match(asker, other)), token)


async def _fresh(turn: Turn, person_id: int) -> Card | None:
    """The card as it is at this moment; None if nobody may read it now."""
    if not await store.is_findable(turn.tx, person_id, turn.now):
        return None
    return await between.live_card(turn, person_id)


def _the_same(one: Card, other: Card) -> bool:
    """Whether both say openly that they are the same person, in two channels perhaps.

    What they keep back is not compared: else it could be guessed by trying.
    """
    return bool(one.name and one.town) and (
        (one.name.casefold(), one.town.casefold()) == (other.name.casefold(), other.town.casefold())
    )


def _midnight(turn: Turn) -> datetime:
    local = turn.now.astimezone(BERLIN)
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def _week(day: date) -> int:
    year, week, _ = day.isocalendar()
    return year * 53 + week


# -- what is held in memory ---------------------------------------------------------------


class _Held:
    """The pool of one store, and which state of the store it shows."""

    def __init__(self) -> None:
        self.pool = Pool(tuple(SIZES))
        self.print: tuple[object, ...] = ()
        self.known: Mapping[int, str] = {}
        self.day: date | None = None


_held: OrderedDict[str, _Held] = OrderedDict()
_STORES = 2  # in one process; more are there in tests alone


async def _pool(turn: Turn) -> Pool:
    """Everybody who may be suggested, as the store has it now."""
    key = await house.fact(turn.tx, "network")
    if not key:
        key = turn.token()
        await house.set_fact(turn.tx, "network", key)
    if key not in _held:
        _held[key] = _Held()
    held = _held[key]
    _held.move_to_end(key)
    if len(_held) > _STORES:
        _held.popitem(last=False)
    await _in_step(turn, held)
    return held.pool


async def _in_step(turn: Turn, held: _Held) -> None:
    """Read what changed since the last look, and once a day who was suggested how often."""
    seen = await store.print_of_all(turn.tx)
    if seen != held.print:
        findable = await store.findable(turn.tx)
        changed = [one for one, when in findable.items() if held.known.get(one) != when]
        for gone in held.known.keys() - findable.keys():
            held.pool.drop(gone)
        if len(changed) > _MANY:
            for profile in await profiles.shown(turn.tx):
                held.pool.keep(card(profile))
        else:
            for person_id in changed:
                if (fresh := await between.live_card(turn, person_id)) is not None:
                    held.pool.keep(fresh)
        held.print, held.known = seen, findable
    today = day_of(turn.now)
    if held.day != today:
        held.pool.set_exposure(await exposures.since(turn.tx, today - TIRED_FOR))
        held.day = today


# -- in words --------------------------------------------------------------------------


_PARTS = {
    Part.FUNCTION: "peer_because_function",
    Part.SIZE: "peer_because_size",
    Part.REGION: "peer_because_region",
    Part.OFFERS: "peer_because_offers",
    Part.SEEKS: "peer_because_seeks",
    Part.SAME: "peer_because_same",
}


def _reason(turn: Turn, found: Match) -> str:
    """Gleiche Aufgabe, ähnlich große Stadt, sucht, was Sie bieten: Leerstand."""
    names = turn.knowledge.library.network.topic_names
    parts = [
        str(
            turn.words(
                _PARTS[part],
                topics=", ".join(
                    names.get(topic, topic) for topic in found.topics.get(part, ())[:_TOPICS]
                ),
            )
        )
        for part in found.reason
    ]
    if turn.plain:
        return "\n".join(parts)
    text = ", ".join(parts)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


async def show(turn: Turn, suggestions: Sequence[Suggestion]) -> tuple[Text, tuple[Button, ...]]:
    """The cards one below the other, and what can be done with each."""
    cards = []
    buttons = []
    has_profile = turn.person and await between.live_card(turn, turn.person.id) is not None
    for number, one in enumerate(suggestions, 1):
        lines = Text.joined([await fields_of(turn, one.card), one.reason], by="\n")
        cards.append(turn.words("peer_card", number=number, card=lines))
        if has_profile:
            ask = turn.words("button_peer_ask", number=number)
            hide = turn.words("button_peer_hide", number=number)
            buttons.append(Button(label=str(ask), action=f"peer:ask:{one.token}"))
            buttons.append(Button(label=str(hide), action=f"peer:hide:{one.token}"))
    if not has_profile:
        cards.append(turn.words("peer_needs_profile"))
        buttons.append(button(turn, "button_peer_profile", "prof"))
    return Text.joined(cards), tuple(buttons)


# -- `/kontakte` -----------------------------------------------------------------------------


async def find(turn: Turn, rest: str = "") -> None:
    """`/kontakte`, with what it is about or without: whom one could ask."""
    turn.conversation = turn.conversation.but(expects="")
    if await between.out(turn):
        return
    network = turn.knowledge.library.network
    topics = turn.knowledge.matters.named_in(rest) if rest else ()
    if rest and not topics:
        some = ", ".join(topic.name for topic in network.topics[:6])
        turn.say("peer_which_topic", rest=rest[:60], topics=some)
        return
    own = await between.live_card(turn, me(turn))
    if own is None and not topics:
        turn.say("peer_no_profile", button(turn, "button_peer_profile", "prof"))
        return
    found = await suggest(turn, topics)
    if not found:
        shown = await store.shown_since(turn.tx, me(turn), _midnight(turn))
        enough = len(shown) >= MOST_A_DAY
        turn.say("peer_enough" if enough else "peer_nobody")
        return
    text, buttons = await show(turn, found)
    turn.reply(Text.joined([turn.words("peer_found"), text]), *buttons)


async def pressed(turn: Turn, value: str) -> bool:
    """The buttons `peer:…`; a token means nothing to anybody but the one who was shown it."""
    verb, _, token = value.partition(":")
    if turn.person is None:
        return False
    if verb == "":
        await find(turn)
        return True
    other_id = await store.meant(turn.tx, token, turn.person.id)
    if other_id is None:
        return False
    match verb:
        case "ask":
            await introductions.begin(turn, token, other_id)
        case "hide":
            await store.keep_apart(turn.tx, turn.person.id, other_id, "hidden", turn.now)
            turn.say("peer_hidden")
        case _:
            return False
    return True


async def forget(turn: Turn) -> None:
    """Housekeeping."""
    await store.forget(turn.tx, turn.now - KEPT, turn.now)
    await exposures.forget(turn.tx, day_of(turn.now - TIRED_FOR))

"""Who is suggested to whom in a country of small towns, how fast, and how fairly.

A generated network (seeded): towns with a size and a Bundesland, people with a function that
leans towards some topics. What many look for few can offer, as it is in life. Everybody asks
once, in a shuffled order, through the store like somebody in a chat. The baseline knows the
same profiles and ranks by how many topics two people have in common, whatever they want of
them.
"""

import asyncio
import random
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from handlers.network import peers
from handlers.network.cards import Card, card
from handlers.turn import Turn
from knowledge.load import load, shipped
from knowledge.towns import REGIONS, SIZES
from storage import consents, people, profiles
from storage.database import Tx
from storage.profiles import Profile
from tests.bench.figures import Figure, share
from tests.bench.size import Size
from tests.support.network import Square, square

NAME = "matching"
SEED = 20_261_122
LIMIT = 5
SLOWEST = 50.0  # ms
BETTER = 1.5  # times the baseline
MOST = 5.0  # per cent of all suggestions for the most suggested 1 % of people

_SIZES = (25, 30, 25, 15, 5)  # per cent of towns
_LEANS = 4.0  # how much likelier a topic of one's own function is
_POPULAR = 0.8  # Zipf's exponent
_SILENT = 0.1  # offer nothing yet


def matching(size: Size) -> list[Figure]:
    network = generated(size.profiles, size.towns)
    times, suggested = asyncio.run(_everybody_asks(network))
    ours = _mutual(network, suggested)
    theirs = _mutual(network, _by_overlap(network))
    return [
        Figure(NAME, "work for a suggestion, p50", "ms", (share(times.work, 0.5),)),
        Figure(
            NAME, "work for a suggestion, p99", "ms", (share(times.work, 0.99),), target=SLOWEST
        ),
        Figure(NAME, "the same by the clock, p99", "ms", (share(times.wall, 0.99),)),
        Figure(NAME, "both wishes are covered", "%", (100 * ours,)),
        Figure(NAME, "both wishes are covered, baseline", "%", (100 * theirs,)),
        Figure(
            NAME,
            "both wishes are covered",
            "×",
            (ours / max(theirs, 1e-9),),
            baseline="topic overlap alone",
            target=BETTER,
            bound="least",
        ),
        Figure(
            NAME, "suggestions for the top 1 %", "%", (100 * _top(network, suggested),), target=MOST
        ),
        Figure(NAME, "people who were suggested", "%", (100 * _reached(network, suggested),)),
    ]


@dataclass
class Times:
    """Milliseconds of each suggestion: of work (CPU), and by the clock, which on a busy machine
    says as much about the others."""

    work: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)


def generated(number: int, towns: int) -> list[Profile]:
    """People with the numbers 1 to `number`, the same each time."""
    chance = random.Random(SEED)
    network = load(shipped()).network
    topics = [topic.id for topic in network.topics]
    functions = [function.id for function in network.functions]
    sought, offered = _popularity(chance, topics), _popularity(chance, topics)
    leaning = {function: set(chance.sample(topics, 5)) for function in functions}
    places = [
        (chance.choices(tuple(SIZES), _SIZES)[0], chance.choice(tuple(REGIONS)))
        for _ in range(towns)
    ]
    found = []
    for person_id in range(1, number + 1):
        size, region = chance.choice(places)
        function = chance.choice(functions)
        seeks = _some(chance, sought, leaning[function], chance.randint(1, 3))
        most = 0 if chance.random() < _SILENT else chance.randint(1, 3)
        offers = _some(chance, offered, leaning[function], most, without=seeks)
        found.append(
            Profile(
                person_id,
                state="live",
                size=size,
                region=region,
                function=function,
                seeks=seeks,
                offers=offers,
            )
        )
    return found


def _popularity(chance: random.Random, topics: Sequence[str]) -> dict[str, float]:
    order = chance.sample(topics, len(topics))
    return {topic: 1 / (1 + rank) ** _POPULAR for rank, topic in enumerate(order)}


def _some(
    chance: random.Random,
    popular: dict[str, float],
    leaning: set[str],
    number: int,
    without: Sequence[str] = (),
) -> tuple[str, ...]:
    weights = {
        topic: weight * (_LEANS if topic in leaning else 1)
        for topic, weight in popular.items()
        if topic not in without
    }
    found: dict[str, None] = {}
    while len(found) < number:
        found[chance.choices(list(weights), list(weights.values()))[0]] = None
    return tuple(found)


# -- everybody asks -----------------------------------------------------------------------


async def _everybody_asks(network: Sequence[Profile]) -> tuple[Times, dict[int, list[int]]]:
    """How long each suggestion took, and who was suggested to whom."""
    order = [profile.person_id for profile in network]
    random.Random(SEED).shuffle(order)
    times = Times()
    suggested: dict[int, list[int]] = {}

    async def ask(turn: Turn) -> None:
        assert turn.person is not None
        began, worked = time.perf_counter(), time.thread_time()
        found = await peers.suggest(turn, (), LIMIT)
        times.work.append((time.thread_time() - worked) * 1000)
        times.wall.append((time.perf_counter() - began) * 1000)
        suggested[turn.person.id] = [one.card.person_id for one in found]

    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        async with square(Path(folder)) as town:
            await _move_in(town, network)
            await town.acts("1", ask)  # reads everybody once, as after a start
            times = Times()
            for person_id in order:
                await town.acts(str(person_id), ask)
    return times, suggested


async def _move_in(town: Square, network: Sequence[Profile]) -> None:
    async def unit(tx: Tx) -> None:
        for profile in network:
            known = await people.meet(tx, "web", "", str(profile.person_id), town.now)
            assert known.id == profile.person_id
            await profiles.keep(tx, profile, town.now)
            await consents.give(tx, known.id, "directory", "1", "web", town.now)

    await town.database.write(unit)


def _by_overlap(network: Sequence[Profile]) -> dict[int, list[int]]:
    """The most topics in common first; equals in a random order."""
    topics = sorted({topic for one in network for topic in (*one.seeks, *one.offers)})
    has = np.array(
        [[topic in (*one.seeks, *one.offers) for topic in topics] for one in network], np.float32
    )
    chance = np.random.default_rng(SEED)
    found: dict[int, list[int]] = {}
    for row, profile in enumerate(network):
        score = has @ has[row] + chance.random(len(network), np.float32) / 2
        score[row] = -1
        best = np.argsort(-score)[:LIMIT]
        found[profile.person_id] = [network[index].person_id for index in best]
    return found


# -- how good it was ------------------------------------------------------------------------


def _mutual(network: Sequence[Profile], suggested: dict[int, list[int]]) -> float:
    """The share of suggestions in which each offers something that the other looks for."""
    cards: dict[int, Card] = {one.person_id: card(one) for one in network}
    pairs = [(cards[one], cards[other]) for one, others in suggested.items() for other in others]
    covered = sum(
        not set(one.seeks).isdisjoint(other.offers) and not set(one.offers).isdisjoint(other.seeks)
        for one, other in pairs
    )
    return covered / len(pairs)


def _top(network: Sequence[Any], suggested: dict[int, list[int]]) -> float:
    counted = Counter(other for others in suggested.values() for other in others)
    top = max(len(network) // 100, 1)
    return sum(number for _, number in counted.most_common(top)) / counted.total()


def _reached(network: Sequence[Any], suggested: dict[int, list[int]]) -> float:
    return len({other for others in suggested.values() for other in others}) / len(network)

"""How large a bench is: the usual, and one so small that a test can run it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    rounds: int = 15  # of each competitor, taking turns; short, so that both meet the same load
    people: int = 50
    seconds: float = 1.2  # of each round
    messages: int = 10_000  # until the memory is read
    starts: int = 3
    questions: int = 200
    pages: int = 150
    queries: int = 1000  # of each FAQ, at the most
    timed: int = 300  # questions that an engine is timed with
    entries: int = 1000  # of a large FAQ
    many: int = 100_000  # of a very large one
    profiles: int = 10_000  # of the messenger network
    towns: int = 2100  # in which they live


TINY = Size(
    rounds=2,
    people=3,
    seconds=0.2,
    messages=20,
    starts=1,
    questions=30,
    pages=3,
    queries=40,
    timed=20,
    entries=20,
    many=50,
    profiles=200,
    towns=40,
)

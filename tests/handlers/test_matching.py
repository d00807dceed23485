"""Suggestions bring together those who can help each other, and give everybody a turn."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.network import matching
from handlers.network.cards import Card
from handlers.network.matching import Part, Pool, match, suggest
from knowledge.towns import SIZES

TOPICS = ["leerstand", "mobilitaet", "kultur", "jugend", "wohnen", "ehrenamt"]
CLASSES = tuple(SIZES)


def somebody(number: int, **said: object) -> Card:
    return Card(person_id=number, **said)  # type: ignore[arg-type]


def numbers(found: list[matching.Match]) -> list[int]:
    return [one.card.person_id for one in found]


ME = somebody(
    1,
    seeks=("leerstand",),
    offers=("kultur",),
    function="rat",
    size=CLASSES[2],
    region="BB",
)


def test_a_wish_covered_on_both_sides_counts_more_than_all_the_rest() -> None:
    alike = {"function": "rat", "size": CLASSES[2], "region": "BB"}
    both = somebody(2, seeks=("kultur",), offers=("leerstand",))
    one_sided = somebody(3, offers=("leerstand", "kultur"), **alike)
    same_wish = somebody(4, seeks=("leerstand",), **alike)
    stranger = somebody(5, seeks=("jugend",), offers=("wohnen",), **alike)
    assert numbers(suggest(ME, [same_wish, one_sided, stranger, both], {})) == [2, 3, 4]


@pytest.mark.parametrize(
    ("nearer", "farther"),
    [
        ({"function": "rat"}, {}),
        ({"size": CLASSES[2]}, {"size": CLASSES[4]}),
        ({"size": CLASSES[1]}, {"size": CLASSES[4]}),
        ({"region": "BB"}, {"region": "BY"}),
    ],
)
def test_of_two_who_offer_the_same_the_one_more_like_me_is_mostly_first(
    nearer: dict[str, str], farther: dict[str, str]
) -> None:
    """Mostly: equals take turns, and a little likeness does not change that for ever."""
    first = Counter(
        numbers(
            suggest(
                ME,
                [
                    somebody(2, offers=("leerstand",), **nearer),
                    somebody(3, offers=("leerstand",), **farther),
                ],
                {},
                week=week,
                sizes=CLASSES,
            )
        )[0]
        for week in range(200)
    )
    assert first[2] > 120


def test_topics_alone_find_those_who_offer_them_first() -> None:
    offers, seeks = somebody(2, offers=("leerstand",)), somebody(3, seeks=("leerstand",))
    assert numbers(suggest(["leerstand"], [seeks, offers], {})) == [2, 3]
    assert numbers(suggest(["wohnen"], [seeks, offers], {})) == []


def test_the_reason_says_what_both_cards_say() -> None:
    other = somebody(
        2, seeks=("kultur",), offers=("leerstand",), function="rat", size=CLASSES[2], region="BB"
    )
    found = match(ME, other)
    assert found.reason == (Part.FUNCTION, Part.SIZE, Part.REGION, Part.OFFERS, Part.SEEKS)
    assert found.topics == {Part.OFFERS: ("leerstand",), Part.SEEKS: ("kultur",)}
    # Two who keep the same back have nothing in common that anybody could read.
    assert match(replace(ME, function="", size="", region=""), somebody(3)).reason == ()


def test_nobody_is_suggested_to_themselves() -> None:
    assert suggest(ME, [ME, replace(ME, offers=("leerstand",))], {}) == []


def test_equals_take_turns_from_week_to_week_but_not_within_one() -> None:
    others = [somebody(number, offers=("leerstand",)) for number in range(2, 40)]
    weeks = [numbers(suggest(ME, others, {}, week=week)) for week in range(30)]
    assert numbers(suggest(ME, others, {}, week=7)) == weeks[7]
    assert len({number for found in weeks for number in found}) > 35


def test_whoever_was_suggested_to_many_lets_others_go_first() -> None:
    others = [somebody(number, offers=("leerstand",)) for number in range(2, 12)]
    shown = numbers(suggest(ME, others, dict.fromkeys(range(2, 7), 30)))
    assert shown
    assert set(shown) == set(range(7, 12))


def test_nobody_is_suggested_to_everybody() -> None:
    """One person fits all others best; they are not flooded."""
    pool = Pool()
    star = somebody(1, seeks=tuple(TOPICS), offers=tuple(TOPICS))
    everybody = [
        somebody(number, seeks=(TOPICS[number % 6],), offers=(TOPICS[(number + 1) % 6],))
        for number in range(2, 602)
    ]
    for card in (star, *everybody):
        pool.keep(card)
    counted: Counter[int] = Counter()
    for card in everybody:
        for found in pool.ranked(card, 5):
            pool.shown(found.person_id)
            counted[found.person_id] += 1
    assert counted[1] < 40
    assert max(counted.values()) < 60


cards = st.builds(
    Card,
    person_id=st.integers(1, 30),
    seeks=st.lists(st.sampled_from(TOPICS), max_size=4, unique=True).map(tuple),
    offers=st.lists(st.sampled_from(TOPICS), max_size=4, unique=True).map(tuple),
    function=st.sampled_from(["", "rat", "verein"]),
    size=st.sampled_from(["", *CLASSES]),
    region=st.sampled_from(["", "BB", "BY"]),
)


@given(st.lists(st.tuples(st.booleans(), cards), max_size=60), cards)
def test_a_pool_that_grew_and_shrank_ranks_like_a_new_one(
    steps: list[tuple[bool, Card]], asker: Card
) -> None:
    pool = Pool(CLASSES)
    there: dict[int, Card] = {}
    for keep, card in steps:
        if keep:
            pool.keep(card)
            there[card.person_id] = card
        else:
            pool.drop(card.person_id)
            there.pop(card.person_id, None)
    fresh = numbers(suggest(asker, there.values(), {}, limit=10, sizes=CLASSES))
    assert [card.person_id for card in pool.ranked(asker, 10)] == fresh
    assert all(there[number] in pool.ranked(asker, 30) for number in fresh)
    assert asker.person_id not in fresh


def test_many_people_and_many_topics_fit_into_one_pool() -> None:
    pool = Pool()
    for number in range(1, 1001):
        pool.keep(somebody(number, offers=(f"thema-{number % 200}",)))
    wide = somebody(5000, seeks=tuple(f"thema-{number}" for number in range(200)))
    assert len(pool.ranked(wide, 2000)) == 1000
    found = pool.ranked(somebody(5001, seeks=("thema-7",)), 50)
    assert len(found) == 5
    assert np.all([card.offers == ("thema-7",) for card in found])

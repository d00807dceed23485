"""Which formats fit: every answer leads somewhere, and every format can be reached."""

import itertools

import pytest

from handlers.network import needs
from handlers.network.finder import AT_ONCE
from handlers.network.fitting import ANSWERS, ANY, Wish, described, fitting
from knowledge.load import Library, load, shipped
from knowledge.search import Knowledge
from knowledge.words import Words

WISHES = [Wish(*answers) for answers in itertools.product(*((*a, ANY) for a in ANSWERS.values()))]


@pytest.fixture(scope="module")
def library() -> Library:
    return load(shipped())


@pytest.fixture(scope="module")
def knowledge(library: Library) -> Knowledge:
    return Knowledge(library)


def names(fits) -> list[str]:
    return [fit.form.id for fit in fits]


@pytest.mark.parametrize("wish", WISHES, ids=lambda wish: wish.code)
def test_every_combination_of_answers_leads_to_something(library: Library, wish: Wish) -> None:
    fits = fitting(library.formats.values(), wish)
    assert fits
    # What is shown together is equally right: nobody reads past a match to a makeshift.
    assert len({bool(fit.missed) for fit in fits}) == 1
    for fit in fits:
        assert {*fit.met, *fit.missed, *fit.silent} == set(wish.wanted)


def test_only_what_our_sources_do_not_offer_is_met_by_something_near(library: Library) -> None:
    near = [wish.code for wish in WISHES if fitting(library.formats.values(), wish)[0].missed]
    assert near == [
        "austausch.kurz.analog",
        "austausch.befristet.analog",
        "austausch.regelmaessig.analog",
    ]


def test_where_nothing_fits_people_choose_what_to_give_up(library: Library) -> None:
    def first(code: str) -> list[tuple[str, tuple[str, ...]]]:
        wish = Wish.read(code)
        assert wish
        return [(fit.form.id, fit.missed) for fit in fitting(library.formats.values(), wish)[:3]]

    assert first("austausch.regelmaessig.analog") == [
        ("impulsveranstaltung", ("effort",)),
        ("digitaler-stammtisch", ("place",)),
        ("kleinstadt-nachbarschaften", ("goal",)),
    ]
    assert ("digitale-arbeitskreise", ("place",)) in first("austausch.befristet.analog")
    assert {missed for _, missed in first("austausch.kurz.analog")} == {("effort",)}


def test_each_of_the_eighteen_formats_is_reached_by_answers(library: Library) -> None:
    reached = {name for wish in WISHES for name in names(fitting(library.formats.values(), wish))}
    assert reached == set(library.formats)
    assert len(reached) == 18
    # Most of them without turning a page.
    first = {n for wish in WISHES for n in names(fitting(library.formats.values(), wish)[:AT_ONCE])}
    assert len(first) >= 16


def test_somebody_who_can_only_come_online_is_sent_nowhere(library: Library) -> None:
    for wish in WISHES:
        if wish.place == "digital":
            for fit in fitting(library.formats.values(), wish):
                assert {"digital", "hybrid"} & set(fit.form.characters), wish.code


def test_where_our_sources_are_silent_about_time_nothing_is_claimed(library: Library) -> None:
    silent = {form.id for form in library.formats.values() if form.effort is None}
    assert silent == {
        "zertifizierte-weiterbildung",
        "social-media-plattformen",
        "expertinnen-pool",
        "peer-to-peer-coaching",
    }
    for wish in WISHES:
        for fit in fitting(library.formats.values(), wish):
            said = fit.form.id in silent and "effort" in wish.wanted
            assert ("effort" in fit.silent) is said


def test_a_button_carries_the_answers_and_nothing_else() -> None:
    for wish in WISHES:
        assert Wish.read(wish.code) == wish
        assert len(f"find:{wish.code}:99".encode()) <= 64
    for forged in ("", "a.b.c", "lernen.kurz", "lernen.kurz.hybrid", "lernen..digital.", "...."):
        assert Wish.read(forged) is None


@pytest.mark.parametrize(
    ("need", "read", "first"),
    [
        ("wir wollen uns mit Nachbarorten austauschen, aber nur online", "austausch..digital",
         "social-media-plattformen"),
        ("wir wollen uns mit Nachbarorten regelmäßig treffen", "austausch.regelmaessig.",
         "kleinstadt-nachbarschaften"),
        ("ich habe wenig Zeit und will schnell etwas lernen", "lernen.kurz.", "mikro-inputs"),
        ("nicht vor Ort, Rat von jemandem in gleicher Lage", "beratung..digital",
         "peer-to-peer-coaching"),
        ("keine Videos, lieber persönlich", "..analog", None),
        ("wir suchen eine Exkursion", "..analog", "exkursionen-talk-walks"),
        ("etwas Lustiges für den Abend", "..", "kleinstadt-slam"),
        ("Wir möchten gemeinsam eine Lösung für unseren leeren Laden erarbeiten", "..",
         "lernwerkstatt"),
    ],
)  # fmt: skip
def test_a_need_in_own_words_finds_its_format(
    library: Library, knowledge: Knowledge, need: str, read: str, first: str | None
) -> None:
    wish = needs.read(need)
    assert wish.code == read
    nearness = {h.id: h.score for h in knowledge.search(need, 400) if h.kind == "format"}
    found = names(described(library.formats.values(), wish, nearness))
    assert first is None or found[0] == first


def test_each_format_is_found_by_what_it_says_of_itself(
    library: Library, knowledge: Knowledge
) -> None:
    lost = []
    for form in library.formats.values():
        hits = knowledge.search(form.summary, 400)
        nearness = {hit.id: hit.score for hit in hits if hit.kind == "format"}
        fits = described(library.formats.values(), needs.read(form.summary), nearness)
        if form.id not in names(fits[:AT_ONCE]):
            lost.append(form.id)
    assert lost == []


@pytest.mark.parametrize(
    ("said", "asks"),
    [
        ("Welches Format passt zu mir?", True),
        ("Was passt zu uns?", True),
        ("welche formate passen zu unserer Stadt", True),
        ("Wie finde ich das passende Format für uns?", True),
        ("Was ist für uns geeignet?", True),
        ("Welches Bier passt zu mir?", False),
        ("Was passt zum Thema Leerstand?", False),
        ("Welches Format passt, wenn ich wenig Zeit habe?", False),
        ("Passt das zu uns oder ist der Zug abgefahren?", False),
        ("", False),
    ],
)
def test_only_a_message_that_asks_for_nothing_else_begins_the_questions(
    said: str, asks: bool
) -> None:
    assert needs.asks(Words(said)) is asks

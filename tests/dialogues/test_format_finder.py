"""People find the format that fits them: by three questions, or in their own words."""

from pathlib import Path

import pytest

from tests.channels.web_rig import house
from tests.fakes.world import Message, Person
from tests.support.hotline import Talk

BEGIN = "Drei kurze Fragen"
GOAL, EFFORT, PLACE = "Wozu suchen Sie", "Wie viel Zeit", "Vor Ort oder digital?"
FITS = "Das könnte passen:"
OUTDATED = "Diese Auswahl gilt nicht mehr"


def labels(message: Message) -> list[str]:
    return [button.label for button in message.buttons]


async def answers(talk: Talk, person: Person, *chosen: str) -> Message:
    """Begin, and press these one after the other."""
    await talk.ask(person, "/finder", BEGIN)
    for label, then in zip(chosen, (EFFORT, PLACE, ""), strict=True):
        person.presses(label)
        shown = await talk.hears(person, then)
    return shown


# -- three lookalike journeys, which end in different places -----------------------------------

JOURNEYS = {
    "a clerk between two calls": (
        ("Etwas lernen", "Nur zwischendurch", "Digital"),
        ["Tutorial", "Mikro-Inputs"],
        "Wie gewünscht zum Lernen, für zwischendurch und digital: Sie wissen, wie Sie die "
        "gezeigte Aufgabe erledigen.",
    ),
    "a clerk with a season for it": (
        ("Etwas lernen", "Eine Zeit lang", "Digital"),
        ["Crashkurs", "Zertifizierte Weiterbildung"],
        "Sie sind fachlich qualifiziert für Aufgaben aus der Praxis. "
        "Wie viel Zeit es braucht, sagen unsere Quellen nicht.",
    ),
    "a clerk who wants to meet the neighbours": (
        ("Etwas lernen", "Regelmäßig", "Vor Ort"),
        ["KleinstadtNachbarschaften", "Zertifizierte Weiterbildung"],
        "Wie gewünscht zum Lernen, regelmäßig und vor Ort: Sie kennen die Menschen, die nebenan "
        "an ähnlichen Aufgaben arbeiten.",
    ),
}


@pytest.mark.parametrize("journey", JOURNEYS)
async def test_lookalike_journeys_on_telegram(talk: Talk, journey: str) -> None:
    chosen, formats, why = JOURNEYS[journey]
    shown = await answers(talk, talk.person(), *chosen)
    assert FITS in shown.text
    assert why in shown.text
    there = [f"Ich wäre dabei: {name}" for name in formats]
    assert labels(shown) == [
        *formats, *there, "Noch einmal suchen", "Mit einem Menschen sprechen",
    ]  # fmt: skip


async def test_lookalike_journeys_in_the_browser(tmp_path: Path) -> None:
    async with house(tmp_path) as town:
        browser = await town.browser()
        await browser.say("Welches Format passt zu mir?")
        for chosen, formats, why in JOURNEYS.values():
            for label in chosen:
                await browser.press(label)
            assert why in browser.lines[-1]
            assert all(f">{name}</button>" in browser.page for name in formats)
            await browser.press("Noch einmal suchen")


# -- the questions ---------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["Welches Format passt zu mir?", "Was passt zu uns?", "/finder"])
async def test_the_questions_begin_in_words_too(talk: Talk, said: str) -> None:
    person = talk.person()
    shown = await talk.ask(person, said, BEGIN)
    assert GOAL in shown.text
    assert labels(shown) == [
        "Etwas lernen", "Mich austauschen", "Rat bekommen", "Egal", "In eigenen Worten",
    ]  # fmt: skip


@pytest.mark.parametrize("said", ["/formate", "/hilfe"])
async def test_the_finder_is_offered_where_people_look_for_formats_and_help(
    talk: Talk, said: str
) -> None:
    person = talk.person()
    await talk.ask(person, said, "Es gibt 18 Formate" if said == "/formate" else "So geht es")
    person.presses("Welches Format passt?")
    await talk.hears(person, BEGIN)


async def test_every_question_can_be_skipped_and_the_list_goes_on(talk: Talk) -> None:
    person = talk.person()
    shown = await answers(talk, person, "Egal", "Egal", "Egal")
    assert shown.text.count("Das haben Sie davon:") == 3
    seen = labels(shown)[:3]
    while "Andere, die passen" in labels(shown):
        person.presses("Andere, die passen", shown)
        shown = await talk.hears(person, FITS)
        number = len([label for label in labels(shown) if label.startswith("Ich wäre dabei:")])
        assert 1 <= number <= 3
        seen += labels(shown)[:number]
    names = [form.name for form in talk.app.content.knowledge.library.formats.values()]
    assert sorted(seen) == sorted(names)


async def test_what_does_not_exist_is_said_and_the_nearest_is_named(talk: Talk) -> None:
    shown = await answers(talk, talk.person(), "Mich austauschen", "Regelmäßig", "Vor Ort")
    assert shown.text.startswith(
        "Zum Austausch, regelmäßig und vor Ort: Alles zugleich gibt es nicht."
    )
    assert labels(shown)[2] == "KleinstadtNachbarschaften"
    for other in (
        "als einzelne Veranstaltung statt regelmäßig",
        "digital statt vor Ort",
        "zum Lernen statt zum Austausch",
    ):
        assert f"Der Unterschied: {other}." in shown.text
    assert "Andere, die nahe kommen" in labels(shown)


async def test_from_the_list_one_gets_to_the_text_and_to_a_person(talk: Talk) -> None:
    person = talk.person()
    await answers(talk, person, "Rat bekommen", "Egal", "Vor Ort")
    person.presses("Peer-to-Peer-Coaching")
    text = await talk.hears(person, "Das nehmen Sie mit:")
    assert {"Ich wäre dabei", "Weitersagen"} <= set(labels(text))
    person.presses("Mit einem Menschen sprechen")
    await talk.hears(person, "Worum geht es")


FORGED = ("lernen", "a.b.c", "lernen.kurz.mond", "lernen.kurz.digital:77", "egal.egal.egal:²",
          "egal.egal.egal:-1", "words:x", "....", "lernen.kurz.hybrid")  # fmt: skip


async def test_old_and_forged_buttons_get_one_sentence(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "/finder", BEGIN)
    for code in FORGED:
        person.presses(f"find:{code}", forged=True)
        assert labels(await talk.hears(person, OUTDATED)) == [], code


async def test_an_old_list_of_questions_still_works(talk: Talk) -> None:
    person = talk.person()
    first = await talk.ask(person, "/finder", BEGIN)
    person.presses("Rat bekommen", first)
    await talk.hears(person, EFFORT)
    person.presses("Etwas lernen", first)
    await talk.hears(person, EFFORT)
    person.presses("Nur zwischendurch")
    await talk.hears(person, PLACE)
    person.presses("Digital")
    assert labels(await talk.hears(person, FITS))[0] == "Tutorial"


# -- in one's own words ---------------------------------------------------------------------

NEED = "wir wollen uns mit Nachbarorten austauschen, aber nur online"


async def test_the_need_in_own_words(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "/finder", BEGIN)
    person.presses("In eigenen Worten")
    await talk.hears(person, "Schreiben Sie in ein, zwei Sätzen")
    shown = await talk.ask(person, NEED, FITS)
    assert shown.text.startswith("So habe ich Sie verstanden: zum Austausch und digital.")
    assert labels(shown)[:3] == [
        "Social Media Plattformen", "Interaktive Fachkonferenz", "Digitaler Stammtisch",
    ]  # fmt: skip
    # Asked once: what comes next is a question like any other.
    await talk.ask(person, "Ab wie vielen Einwohnern ist ein Ort eine Kleinstadt?", "5.000")


async def test_the_need_behind_the_command(talk: Talk) -> None:
    shown = await talk.ask(talk.person(), f"/finder {NEED}", FITS)
    assert labels(shown)[0] == "Social Media Plattformen"


async def test_whoever_was_asked_for_words_may_want_something_else(talk: Talk) -> None:
    person = talk.person()
    for said, answered in (
        ("Mensch", "Worum geht es"),
        ("/hilfe", "So geht es"),
        ("Danke", "Gern geschehen"),
    ):
        await talk.ask(person, "/finder", BEGIN)
        person.presses("In eigenen Worten")
        await talk.hears(person, "Schreiben Sie in ein, zwei Sätzen")
        await talk.ask(person, said, answered)
        if said == "Mensch":
            await talk.ask(person, "/neu")


async def test_words_that_fit_nothing_lead_on_and_to_a_person(talk: Talk) -> None:
    shown = await talk.ask(talk.person(), "/finder Bananenkuchen", "Dazu finde ich so kein Format")
    assert GOAL in shown.text
    assert labels(shown)[-1] == "Mit einem Menschen sprechen"


async def test_a_story_of_ten_thousand_words_is_cut_and_answered(talk: Talk) -> None:
    await talk.ask(talk.person(), f"/finder {NEED} {'und noch etwas ' * 200}", "")


async def test_in_einfache_sprache(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "/einfach", "Einfacher Sprache")
    await talk.ask(person, "/finder", "Ich stelle Ihnen drei Fragen.")
    person.presses("Etwas lernen")
    await talk.hears(person, "Wie viel Zeit haben Sie?")
    person.presses("Nur zwischendurch")
    await talk.hears(person, "Digital heißt: am Computer oder am Handy.")
    person.presses("Digital")
    await talk.hears(person, "Das passt, denn es ist zum Lernen, für zwischendurch und digital.")

"""A profile in two minutes: it shows what its owner allows, and goes when they say so."""

from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from handlers.network import presence
from handlers.network.profile_questions import ORDER
from knowledge.load import load, shipped
from storage import rights
from storage.database import Tx
from storage.moments import stamp
from tests.channels.web_rig import house
from tests.fakes.world import Message, Person
from tests.support.hotline import COORDINATOR, DESK, Talk

TOWN, FUNCTION = "Aus welchem Ort", "Was ist Ihre Aufgabe"
OFFERS, SEEKS, WAYS = "Ich biete:", "Ich suche:", "Wie möchten Sie sich austauschen"
NAME, CONTACT = "Wie möchten Sie genannt", "Wie erreicht man Sie"
VISIBLE, CONSENT = "Wer sieht was?", "Ihre Zustimmung"
OUTDATED = "Diese Auswahl gilt nicht mehr"
WAITS = "noch nicht fertig"
YEAR = timedelta(days=365)


def labels(message: Message) -> list[str]:
    return [button.label for button in message.buttons]


async def row(talk: Any) -> dict[str, Any]:
    [found] = await talk.rows("SELECT * FROM profiles")
    return found


async def presses(talk: Talk, person: Person, label: str, hears: str = "") -> Message:
    person.presses(label)
    return await talk.hears(person, hears)


async def until(talk: Talk, person: Person, step: str) -> Message:
    """A new profile, with an answer to every question before this one."""
    answers = [
        ("/profil", TOWN),
        ("Gransee", FUNCTION),
        ("☐ Kultur und Tourismus", OFFERS),
        ("☐ Leerstand", "Gewählt: Leerstand."),
        ("Weiter", SEEKS),
        ("☐ Bürgerbeteiligung", "Gewählt: Bürgerbeteiligung."),
        ("Weiter", WAYS),
        ("☐ am Telefon", "Gewählt: am Telefon."),
        ("Weiter", NAME),
        ("Erika Beispiel", CONTACT),
        ("erika@stadt.example", VISIBLE),
        ("Weiter", CONSENT),
    ]
    message = None
    for answer, question in answers:
        if answer[0] in "☐W":
            person.presses(answer)
        else:
            person.says(answer)
        message = await talk.hears(person, question)
        if step in question:
            return message
    assert message is not None
    return message


async def live(talk: Talk, person: Person, *, contact: bool = True) -> Message:
    """A profile that others find."""
    await until(talk, person, CONSENT)
    await presses(talk, person, "☐ Karte zeigen", "vermerkt")
    if contact:
        await presses(talk, person, "☐ Kontakt geben", "vermerkt")
    return await presses(talk, person, "Fertig", "jetzt zu sehen")


# -- writing one -----------------------------------------------------------------------


async def test_a_profile_is_written_in_nine_questions_and_then_shown(talk: Talk) -> None:
    person = talk.person()
    shown = await live(talk, person)
    assert shown.text == (
        "Geschafft: Ihr Profil ist jetzt zu sehen.\n\n"
        "Ihr Profil (zu sehen)\n\n"
        "So lesen andere Ihre Karte\n\n"
        "Bietet: Leerstand\n"
        "Sucht: Bürgerbeteiligung\n"
        "Aufgabe: Kultur und Tourismus\n"
        "Bundesland: Brandenburg\n"
        "Größe des Ortes: 5.000 bis 10.000 Menschen\n"
        "Austausch: am Telefon\n\n"
        "Erst wenn beide zustimmen\n"
        "Ort: Gransee\n"
        "Name: Erika Beispiel\n"
        "Kontakt: erika@stadt.example"
    )
    profile = await row(talk)
    assert (profile["state"], profile["town"], profile["region"]) == ("live", "Gransee", "BB")


async def test_every_question_can_be_skipped_and_asks_for_nothing(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "/profil", "Schritt 1 von 9")
    for number in range(2, len(ORDER) + 1):
        person.presses("Weiter" if number == 9 else "Überspringen")
        await talk.hears(person, f"Schritt {number} von 9")
    await presses(talk, person, "☐ Karte zeigen", "vermerkt")
    # Nobody would ever find it.
    await presses(talk, person, "Fertig", "wenigstens ein Thema")
    assert (await row(talk))["state"] == "draft"
    await presses(talk, person, "☐ Leerstand", "Gewählt")
    for _ in range(6):
        person.presses("Überspringen" if _ in (1, 2, 3, 4) else "Weiter")
        await talk.hears(person, "Schritt")
    done = await presses(talk, person, "Fertig", "jetzt zu sehen")
    assert "Bietet: Leerstand" in done.text
    assert "Ort:" not in done.text


async def test_whoever_goes_back_finds_what_they_said(talk: Talk) -> None:
    person = talk.person()
    await until(talk, person, OFFERS)
    chosen = await presses(talk, person, "Zurück", FUNCTION)
    assert "☑ Kultur und Tourismus (gewählt)" in labels(chosen)
    town = await presses(talk, person, "Zurück", TOWN)
    assert "Bisher: Gransee" in town.text
    await presses(talk, person, "Angabe löschen", FUNCTION)
    assert (await row(talk))["town"] == (await row(talk))["region"] == ""


async def test_it_goes_on_where_somebody_stopped(talk: Talk) -> None:
    person = talk.person()
    await until(talk, person, WAYS)
    await talk.passes(timedelta(days=20))
    again = await talk.ask(person, "/profil", "stehen geblieben")
    assert WAYS in again.text
    await presses(talk, person, "☐ im Chat", "Gewählt: im Chat.")


async def test_words_do_as_well_as_buttons(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "/profil", TOWN)
    await talk.ask(person, "überspringen", FUNCTION)
    await talk.ask(person, "zurück", TOWN)
    await talk.ask(person, "Weiter", FUNCTION)
    await talk.ask(person, "Bauen und Planen", OFFERS)
    await talk.ask(person, "Leerstand, Bürgerbus", "Gewählt: Leerstand, Mobilität.")
    await talk.ask(person, "später", "wartet, bis Sie")
    # It is an answer no longer.
    assert "Wählen Sie" not in (await talk.ask(person, "Leerstand")).text


async def test_a_question_in_the_middle_is_answered_and_the_profile_waits(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "/profil", TOWN)
    for question in ("Was ist eine Kleinstadt?", "Danke", "Hilfe"):
        await talk.ask(person, question)
        await talk.hears(person, WAITS)
    await talk.ask(person, "Wer zahlt die Kirchturmuhr?", "Soll ich")
    waiting = await talk.hears(person, WAITS)
    assert (await row(talk))["town"] == ""
    person.presses("Weiter mit dem Profil", waiting)
    await talk.hears(person, TOWN)
    await talk.ask(person, "Gransee", FUNCTION)


async def test_an_hour_later_a_word_is_a_question_again(talk: Talk) -> None:
    person = talk.person()
    await until(talk, person, NAME)
    await talk.passes(timedelta(hours=1))
    await talk.ask(person, "Kleinstadtakademie")
    assert (await row(talk))["name"] == ""


async def test_what_is_said_to_a_coordinator_never_becomes_part_of_it(talk: Talk) -> None:
    person = talk.person()
    await until(talk, person, NAME)
    topic = await talk.request(person)
    talk.api.group(DESK).member(COORDINATOR).says("Wie heißen Sie denn?", thread=topic)
    await talk.hears(person, "Wie heißen")
    person.says("Erika Beispiel")
    await talk.api.wait_for(lambda: any(m.text == "Erika Beispiel" for m in topic.messages))
    assert (await row(talk))["name"] == ""


async def test_in_danger_the_numbers_come_first(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "/profil", TOWN)
    await talk.ask(person, "Es brennt", "112")


async def test_the_wish_for_it_is_understood_in_words(talk: Talk) -> None:
    for words in ("Ich möchte ein Profil anlegen", "mein Profil", "Profil bearbeiten"):
        await talk.ask(talk.person(), words, TOWN)


async def test_politeness_and_refusal_are_no_names(talk: Talk) -> None:
    person = talk.person()
    await until(talk, person, NAME)
    await talk.ask(person, "Vielen Dank", "Gern geschehen")
    await talk.hears(person, WAITS)
    await talk.ask(person, "Nein danke", CONTACT)
    await talk.ask(person, "keine Angabe", VISIBLE)
    profile = await row(talk)
    assert (profile["name"], profile["contact"]) == ("", "")


# -- towns -----------------------------------------------------------------------------


async def test_a_name_that_several_towns_have_is_asked_back(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "/profil", TOWN)
    which = await talk.ask(person, "Naumburg", "Welchen Ort meinen Sie?")
    assert labels(which) == [
        "Naumburg (Sachsen-Anhalt)",
        "Naumburg (Hessen)",
        "Mein Ort heißt anders",
    ]
    for _ in range(2):  # an impatient finger
        person.presses("Naumburg (Hessen)", which)
        await talk.hears(person, FUNCTION)
    profile = await row(talk)
    assert (profile["town"], profile["region"], profile["size"]) == ("Naumburg", "HE", "bis-10000")


async def test_a_slip_is_no_hindrance_and_no_decision(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "/profil", TOWN)
    which = await talk.ask(person, "Luckenwlade", "Welchen Ort meinen Sie?")
    assert (await row(talk))["town"] == ""
    person.presses("Luckenwalde (Brandenburg)", which)
    await talk.hears(person, FUNCTION)
    assert (await row(talk))["town"] == "Luckenwalde"


async def test_a_town_that_nobody_listed_is_taken_as_it_is_typed(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "/profil", TOWN)
    asked = await talk.ask(person, "Hintertupfingen", "In welchem Bundesland")
    assert len([label for label in labels(asked) if label in ("Bayern", "Saarland")]) == 2
    assert (await row(talk))["town"] == ""
    await presses(talk, person, "Thüringen", "Wie viele Menschen")
    await presses(talk, person, "unter 5.000 Menschen", FUNCTION)
    profile = await row(talk)
    found = (profile["town"], profile["region"], profile["size"], profile["typed"])
    assert found == ("Hintertupfingen", "TH", "unter-5000", "")
    await presses(talk, person, "Zurück", TOWN)
    await talk.ask(person, "Hintertupfingen", "In welchem Bundesland")
    await talk.ask(person, "Bayern", "Wie viele Menschen")
    assert (await row(talk))["region"] == "BY"


async def test_whoever_means_another_town_than_the_suggested_says_so(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "/profil", TOWN)
    await talk.ask(person, "Gransse", "Welchen Ort")
    await presses(talk, person, "Mein Ort heißt anders", "„Gransse“ steht nicht")
    await presses(talk, person, "Ort anders schreiben", TOWN)
    await talk.ask(person, "Gransee", FUNCTION)


async def test_what_is_no_name_of_a_place_is_refused_in_one_sentence(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "/profil", TOWN)
    for typed in (
        *("Scheißkaff", "x", "Ort 17", "https://ort.example", "🙂🙂"),
        *("Arschloch-Stadt", "a" * 61, "!!"),
    ):
        refused = await talk.ask(person, typed, "Das kann ich nicht als Ort annehmen")
        assert TOWN in refused.text, typed
    assert (await row(talk))["town"] == ""


# -- what is typed -----------------------------------------------------------------------


async def test_nothing_invisible_is_kept_of_what_is_typed(talk: Talk) -> None:
    person = talk.person()
    await until(talk, person, NAME)
    await talk.ask(person, "Erika\u202e \u200bBei\x07spiel\n", CONTACT)
    await talk.ask(person, "0331 / 12\u200b34 56", VISIBLE)
    profile = await row(talk)
    assert (profile["name"], profile["contact"]) == ("Erika Beispiel", "0331 / 1234 56")


NO_NAMES = {
    "ohne Adresse und ohne Link": (
        *("www.beispiel.example", "Erika https://x.example", "erika@stadt.example", "Erika.de"),
    ),
    "nicht als Namen": ("4711", "E" * 61, "Vollidiot", "Z̴̖͊a̶̡͝l̸"),
}
NO_CONTACTS = {
    "Links nehme ich": ("https://bit.example/x@y", "www.beispiel.example 4711", "t.me/erika 4711"),
    "nicht als Kontakt": ("frag mich einfach", "1" * 101, "Arschloch 4711"),
}


async def test_a_name_is_a_name_and_a_contact_reaches_somebody(talk: Talk) -> None:
    person = talk.person()
    await until(talk, person, NAME)
    for refused, names in NO_NAMES.items():
        for typed in names:
            await talk.ask(person, typed, refused)
    assert (await row(talk))["name"] == ""
    await talk.ask(person, "Dr. Erika O’Brien-Müller", CONTACT)
    for refused, contacts in NO_CONTACTS.items():
        for typed in contacts:
            await talk.ask(person, typed, refused)
    profile = await row(talk)
    assert (profile["name"], profile["contact"]) == ("Dr. Erika O’Brien-Müller", "")


async def test_cards_with_contacts_places_and_files_are_not_kept(talk: Talk) -> None:
    person = talk.person()
    await until(talk, person, CONTACT)
    person.sends_contact("+491701234567", "Erika")
    await talk.hears(person, "Bitte schreiben Sie das als Text")
    assert (await row(talk))["contact"] == ""


async def test_two_hundred_topics_are_refused_in_one_sentence(talk: Talk) -> None:
    person = talk.person()
    await until(talk, person, OFFERS)
    many = ", ".join(f"Thema {number}" for number in range(200))
    await talk.ask(person, many, "Mehr als 10 Themen gehen nicht")
    every = load(shipped()).network.topics
    await talk.ask(person, ", ".join(topic.name for topic in every), "Mehr als 10 Themen")
    assert (await row(talk))["offers"] == "[]"
    for topic in every[:10]:
        person.presses(f"prof:offers:{topic.id}", forged=True)
        await talk.hears(person, "Gewählt")
    person.presses(f"prof:offers:{every[10].id}", forged=True)
    await talk.hears(person, "Mehr als 10 Themen gehen nicht")
    assert (await row(talk))["offers"].count(",") == 9


async def test_topics_have_pages_and_check_marks(talk: Talk) -> None:
    person = talk.person()
    first = await until(talk, person, OFFERS)
    assert len([label for label in labels(first) if label.startswith("☐")]) == 8
    second = await presses(talk, person, "Weitere", OFFERS)
    assert "☐ Leerstand" not in labels(second)
    person.presses("☐ Mobilität", second)
    ticked = await talk.hears(person, "Gewählt: Mobilität.")
    assert "☑ Mobilität (gewählt)" in labels(ticked)
    assert "Vorige" in labels(ticked)
    for _ in range(2):
        person.presses("☐ Mobilität", second)
        await talk.hears(person, "Gewählt: Mobilität.")
    person.presses("☑ Mobilität (gewählt)", ticked)
    await talk.hears(person, "Nichts gewählt")
    assert (await row(talk))["offers"] == "[]"


# -- who sees what -----------------------------------------------------------------------


async def test_people_decide_field_by_field_and_see_at_once_what_others_read(talk: Talk) -> None:
    person = talk.person()
    before = await until(talk, person, VISIBLE)
    assert "Ort: erst wenn beide zustimmen" in labels(before)
    assert "Erst wenn beide zustimmen\nOrt: Gransee" in before.text
    await presses(talk, person, "Ort: erst wenn beide zustimmen", "Ort: Wer darf das lesen?")
    shown = await presses(talk, person, "☐ auf der Karte", "Geändert")
    card, _, after = shown.text.partition("Erst wenn beide zustimmen")
    assert "Ort: Gransee" in card
    assert "Ort: Gransee" not in after
    await presses(talk, person, "Name: erst wenn beide zustimmen", "Name: Wer darf")
    hidden = await presses(talk, person, "☐ niemand", "Niemand liest: Name")
    assert "Erika" not in hidden.text


async def test_a_contact_never_stands_on_a_card(talk: Talk) -> None:
    person = talk.person()
    await until(talk, person, VISIBLE)
    asked = await presses(talk, person, "Kontakt: erst wenn beide zustimmen", "Kontakt: Wer darf")
    assert labels(asked) == ["☑ erst wenn beide zustimmen (gewählt)", "☐ niemand", "Zurück"]
    person.presses("prof:see:contact:card", forged=True)
    await talk.hears(person, OUTDATED)


# -- consent -----------------------------------------------------------------------------


async def consents(talk: Talk) -> list[tuple[str, bool]]:
    rows = await talk.rows("SELECT purpose, withdrawn_at FROM consents ORDER BY id")
    return [(row["purpose"], row["withdrawn_at"] is None) for row in rows]


async def test_nothing_is_ticked_and_nothing_is_shown_without_it(talk: Talk) -> None:
    person = talk.person()
    asked = await until(talk, person, CONSENT)
    assert labels(asked) == ["☐ Karte zeigen", "☐ Kontakt geben", "Zurück", "Fertig"]
    await presses(talk, person, "☐ Kontakt geben", "vermerkt")
    await presses(talk, person, "Fertig", "Ohne „Karte zeigen“ bleibt Ihr Profil unsichtbar")
    assert (await row(talk))["state"] == "draft"
    assert await consents(talk) == [("contact", True)]


async def test_a_consent_is_explained_where_it_can_be_given(talk: Talk) -> None:
    """Whoever left no contact reads nothing about giving one."""
    person = talk.person()
    await live(talk, person)
    shown = await presses(talk, person, "Zustimmung ändern", CONSENT)
    assert "Kontakt geben:" in shown.text
    await presses(talk, person, "☑ Kontakt geben (gewählt)", "Zurückgenommen.")
    await talk.ask(person, "/profil", "Kontakt")
    await presses(talk, person, "Kontakt ändern", CONTACT)
    await presses(talk, person, "Angabe löschen", "Geändert")
    shown = await presses(talk, person, "Zustimmung ändern", CONSENT)
    assert "Karte zeigen:" in shown.text
    assert "Kontakt geben" not in shown.text
    assert "☐ Kontakt geben" not in labels(shown)


async def test_each_consent_is_kept_with_version_time_and_channel(talk: Talk) -> None:
    await live(talk, talk.person())
    kept = await talk.rows("SELECT purpose, version, channel, given_at, withdrawn_at FROM consents")
    given = talk.clock.now().isoformat(timespec="milliseconds")
    about = {"version": presence.VERSION, "channel": "telegram", "withdrawn_at": None}
    assert [row["given_at"][:16] for row in kept] == [given[:16]] * 2
    assert [{key: row[key] for key in about} for row in kept] == [about, about]


async def test_one_press_takes_a_consent_back_and_hides_the_profile(talk: Talk) -> None:
    person = talk.person()
    await live(talk, person)
    await presses(talk, person, "Zustimmung ändern", CONSENT)
    await presses(talk, person, "☑ Kontakt geben (gewählt)", "Zurückgenommen.")
    assert (await row(talk))["state"] == "live"
    await presses(talk, person, "☑ Karte zeigen (gewählt)", "ab sofort nicht mehr zu sehen")
    assert (await row(talk))["state"] == "paused"
    assert await consents(talk) == [("directory", False), ("contact", False)]
    await talk.ask(person, "/profil", "pausiert")
    await presses(talk, person, "Wieder zeigen", "Ohne „Karte zeigen“")
    await presses(talk, person, "☐ Karte zeigen", "vermerkt")
    await presses(talk, person, "Fertig", "pausiert")
    await presses(talk, person, "Wieder zeigen", "wieder zu sehen")
    assert await consents(talk) == [("directory", False), ("contact", False), ("directory", True)]


async def test_a_contact_that_comes_later_is_not_given_without_being_asked(talk: Talk) -> None:
    person = talk.person()
    await live(talk, person)
    await presses(talk, person, "Kontakt ändern", CONTACT)
    await presses(talk, person, "Angabe löschen", "Geändert")
    assert await consents(talk) == [("directory", True), ("contact", False)]
    await presses(talk, person, "Kontakt ändern", CONTACT)
    asked = await talk.ask(person, "0331 123456", CONSENT)
    assert "☐ Kontakt geben" in labels(asked)
    assert await consents(talk) == [("directory", True), ("contact", False)]


def test_other_words_of_the_consent_are_another_version() -> None:
    """Whoever changes a sentence raises `presence.VERSION`, and only then the figure here."""
    say = load(shipped()).texts.say
    words = "".join(
        say[name]
        for name in (
            "profile_ask_consent",
            "profile_ask_consent_einfach",
            "profile_ask_consent_contact",
            "profile_ask_consent_contact_einfach",
            "profile_consent_directory",
            "profile_consent_contact",
        )
    )
    seen = (presence.VERSION, sha256(words.encode()).hexdigest()[:12])
    assert seen == ("2026-11b", "49d21e324d82")


# -- afterwards ----------------------------------------------------------------------------


async def test_single_fields_are_changed_in_one_step_each(talk: Talk) -> None:
    person = talk.person()
    await live(talk, person)
    changes = [
        ("Aufgabe ändern", "☐ Rat oder Ortsbeirat", "Aufgabe: Rat oder Ortsbeirat"),
        ("Ort ändern", "Prenzlau", "Ort: Prenzlau"),
        ("Name ändern", "E. Beispiel", "Name: E. Beispiel"),
        ("Kontakt ändern", "0331 123456", "Kontakt: 0331 123456"),
    ]
    for button, answer, shown in changes:
        asked = await presses(talk, person, button)
        assert "Schritt" not in asked.text
        if answer.startswith("☐"):
            person.presses(answer)
        else:
            person.says(answer)
        assert shown in (await talk.hears(person, "Geändert")).text
    await presses(talk, person, "Ich biete ändern", OFFERS)
    await presses(talk, person, "☐ Wohnen und Bauen", "Gewählt: Leerstand, Wohnen und Bauen.")
    assert "Bietet: Leerstand, Wohnen und Bauen" in (await presses(talk, person, "Fertig")).text
    assert (await row(talk))["state"] == "live"


async def test_the_last_topic_stays_while_others_find_it(talk: Talk) -> None:
    person = talk.person()
    await live(talk, person)
    await presses(talk, person, "Ich biete ändern", OFFERS)
    await presses(talk, person, "☑ Leerstand (gewählt)", "Nichts gewählt")
    await talk.ask(person, "/profil", "zu sehen")
    await presses(talk, person, "Ich suche ändern", SEEKS)
    await presses(talk, person, "☑ Bürgerbeteiligung (gewählt)", "wenigstens ein Thema")
    assert (await row(talk))["seeks"] == '["beteiligung"]'


async def test_pausing_and_coming_back_are_one_press_each(talk: Talk) -> None:
    person = talk.person()
    page = await live(talk, person)
    for _ in range(2):
        person.presses("Pausieren", page)
        await talk.hears(person, "Ihr Profil ist pausiert")
    assert (await row(talk))["state"] == "paused"
    assert await talk.rows("SELECT * FROM due WHERE kind LIKE 'profile-%'") == []
    await presses(talk, person, "Wieder zeigen", "wieder zu sehen")
    assert (await row(talk))["state"] == "live"


async def test_deleting_is_asked_once_more_and_leaves_nothing(talk: Talk) -> None:
    person = talk.person()
    page = await live(talk, person)
    person.presses("Profil löschen", page)
    asked = await talk.hears(person, "Soll ich Ihr Profil löschen?")
    await presses(talk, person, "Nein, behalten", "zu sehen")
    assert (await row(talk))["state"] == "live"
    person.presses("Ja, Profil löschen", asked)
    await talk.hears(person, "Ihr Profil ist gelöscht")
    for table in ("profiles", "consents"):
        assert await talk.rows(f"SELECT * FROM {table}") == []  # noqa: S608
    assert await talk.rows("SELECT * FROM due WHERE kind LIKE 'profile-%'") == []
    person.presses("Pausieren", page)
    await talk.hears(person, OUTDATED)
    await talk.ask(person, "/profil", "Schritt 1 von 9")


async def test_a_draft_that_nobody_finished_goes_after_a_month(talk: Talk) -> None:
    person = talk.person()
    await until(talk, person, WAYS)
    await talk.passes(timedelta(days=29))
    assert (await row(talk))["state"] == "draft"
    await talk.passes(timedelta(days=1, hours=1))
    assert await talk.rows("SELECT * FROM profiles") == []
    assert talk.silence(person) == []


FORGED = (
    *("x", "at", "at:", "at:nirgends", "at:region", "town", "town:BB", "town:BB:Atlantis"),
    *("town:XX:Gransee", "typed", "typed:x", "region:BB", "region:none", "size:unter-5000"),
    *("function:koenigin", "function:no:", "offers:gold", "offers:no:no:leerstand", "ways:brief"),
    *("page:offers:9", "page:offers:-1", "page:name:0", "page:offers:²", "clear:offers", "clear:"),
    *("see:offers", "see:person_id", "see:town:alle", "see:contact:card", "yes:", "yes:alles"),
    *("yes:no:no:directory", "pause:x", "done:x", "del:no", "right:x"),
)


async def test_forged_buttons_have_no_effect(talk: Talk) -> None:
    person, stranger = talk.person(), talk.person()
    await live(talk, person)
    before = await row(talk), await consents(talk)
    for code in FORGED:
        person.presses(f"prof:{code}", forged=True)
        await talk.hears(person, OUTDATED)
    assert (await row(talk), await consents(talk)) == before
    await talk.ask(stranger, "Hallo", "Guten Tag")
    for code in ("done", "pause", "back", "right", "del:yes", "yes:directory", "at:town"):
        stranger.presses(f"prof:{code}", forged=True)
        await talk.hears(stranger, OUTDATED)
    assert (await row(talk), await consents(talk)) == before


async def test_whoever_steps_back_leaves_their_introductions(talk: Talk) -> None:
    person, other = talk.person(), talk.person()
    await live(talk, person)
    await live(talk, other)
    for label, answer in (("Pausieren", "pausiert"), ("Ja, Profil löschen", "gelöscht")):

        async def introduce(tx: Tx) -> None:
            now = stamp(talk.clock.now())
            await tx.run("DELETE FROM introductions")
            await tx.run(
                """INSERT INTO introductions
                     (asker_id, asked_id, low_id, high_id, words, state, created_at)
                   SELECT MAX(person_id), MIN(person_id), MIN(person_id), MAX(person_id), '',
                     'asked', ? FROM profiles""",
                now,
            )

        await talk.app.database.write(introduce)
        if label.startswith("Ja"):
            await presses(talk, person, "Profil löschen", "Soll ich")
        await presses(talk, person, label, answer)
        assert len([text for text in talk.silence(other) if "V-" in text]) == 1
        [row] = await talk.rows("SELECT state FROM introductions")
        assert row["state"] == "withdrawn"
        await talk.hears(other, "V-")


# -- once a year -----------------------------------------------------------------------------


async def test_after_eleven_months_one_button_says_that_it_is_right(talk: Talk) -> None:
    person = talk.person()
    await live(talk, person)
    await talk.passes(timedelta(days=334))
    assert talk.silence(person) == []
    await talk.passes(timedelta(days=1))
    asked = await talk.hears(person, "Stimmt es noch?")
    assert labels(asked) == ["Stimmt noch", "Ansehen und ändern"]
    await presses(talk, person, "Stimmt noch", "bleibt zu sehen")
    await talk.passes(timedelta(days=40))
    assert (await row(talk))["state"] == "live"
    await talk.passes(timedelta(days=295))
    await talk.hears(person, "Stimmt es noch?")


async def test_whoever_says_nothing_for_a_year_is_hidden_and_told_once(talk: Talk) -> None:
    person = talk.person()
    await live(talk, person)
    await talk.passes(timedelta(days=335))
    await talk.hears(person, "Stimmt es noch?")
    await talk.passes(timedelta(days=29))
    assert (await row(talk))["state"] == "live"
    await talk.passes(timedelta(days=1))
    told = await talk.hears(person, "Ihr Profil ruht jetzt")
    assert (await row(talk))["state"] == "asleep"
    await talk.passes(YEAR)
    assert talk.silence(person) == []
    person.presses("Profil wecken", told)
    await talk.hears(person, "bleibt zu sehen")
    assert (await row(talk))["state"] == "live"


async def test_somebody_who_cannot_come_back_to_the_web_chat_is_not_suggested(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as place:
        browser = await place.browser()
        for answer in ("/profil", *["Weiter"] * 2, "Leerstand", *["weiter"] * 6):
            await browser.say(answer)
        for label in ("☐ Karte zeigen", "Fertig"):
            await browser.press(label)
        assert "Rückkehr-Code" in browser.lines[-1]
        assert (await row(place))["state"] == "live"
        for days, state in ((29, "live"), (3, "asleep")):
            place.clock.move(timedelta(days=days))
            await place.app.schedule.tick()
            place.app.worker.nudge()
            await place.until("SELECT COUNT(*) FROM inbox WHERE state = 'waiting'", 0)
            assert (await row(place))["state"] == state


async def test_whoever_was_asked_late_has_a_month_all_the_same(talk: Talk) -> None:
    person = talk.person()
    await live(talk, person)
    await talk.passes(2 * YEAR)
    await talk.hears(person, "Stimmt es noch?")
    await talk.passes(timedelta(days=29))
    assert (await row(talk))["state"] == "live"
    await talk.passes(timedelta(days=2))
    await talk.hears(person, "Ihr Profil ruht jetzt")


async def test_a_change_counts_as_an_answer(talk: Talk) -> None:
    person = talk.person()
    page = await live(talk, person)
    await talk.passes(timedelta(days=300))
    person.presses("Name ändern", page)
    await talk.hears(person, NAME)
    await talk.ask(person, "Max Muster", "Geändert")
    await talk.passes(timedelta(days=100))
    assert talk.silence(person) == []


# -- rights ------------------------------------------------------------------------------------


async def test_people_read_their_profile_among_what_we_hold_of_them(talk: Talk) -> None:
    person = talk.person()
    await live(talk, person)
    shown = (await talk.ask(person, "/meinedaten", "Was wir über Sie")).text
    for line in (
        "Ihr Profil im Messenger-Netzwerk (zu sehen)",
        "Bietet: Leerstand",
        "Name: Erika Beispiel",
        "Kontakt: erika@stadt.example",
        "Zugestimmt, die Karte zu zeigen: am 24. November 2026.",
    ):
        assert line in shown
    assert "Profil" not in (await talk.ask(talk.person(), "/meinedaten", "Was wir")).text


async def test_erasing_everything_takes_the_profile_along(talk: Talk) -> None:
    person = talk.person()
    await live(talk, person)
    await talk.ask(person, "/loeschen", "Soll ich alles löschen")
    await presses(talk, person, "Ja, alles löschen", "Alles gelöscht")
    for table in ("profiles", "consents", "people"):
        assert await talk.rows(f"SELECT * FROM {table}") == []  # noqa: S608
    assert await talk.rows("SELECT * FROM due WHERE kind LIKE 'profile-%'") == []


async def test_what_is_handed_out_is_in_words_that_its_owner_knows(talk: Talk) -> None:
    person = talk.person()
    page = await live(talk, person)
    person.presses("Wer sieht was", page)
    await talk.hears(person, VISIBLE)
    await presses(talk, person, "Ort: erst wenn beide zustimmen", "Ort: Wer")
    await presses(talk, person, "☐ auf der Karte", "Geändert")

    async def hand_out(tx: Tx) -> dict[str, list[dict[str, Any]]]:
        return await rights.export(tx, await rights.find(tx, f"telegram:{person.id}") or 0)

    handed = await talk.app.database.read(hand_out)
    [profile] = handed["Ihr Profil im Messenger-Netzwerk"]
    assert profile["ich biete"] == ["leerstand"]
    assert profile["wer was sieht"] == {"Ort": "auf der Karte"}
    assert profile["Stand"] == "sichtbar"
    assert [row["wofür"] for row in handed["Ihre Einwilligungen"]] == [
        "Karte zeigen",
        "Kontakt geben",
    ]


# -- in other words, in other places ---------------------------------------------------------


async def test_somebody_with_einfache_sprache_reads_it(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "/einfach", "Einfacher Sprache")
    await talk.ask(person, "/profil", "Wie heißt Ihr Ort?")
    await talk.ask(person, "Scheißkaff", "Das ist kein Name von einem Ort.")
    await talk.ask(person, "Gransee", "Was machen Sie in Ihrem Ort?")
    await presses(talk, person, "Überspringen", "Wobei können Sie anderen helfen?")


async def test_the_same_dialogue_in_the_web_chat(tmp_path: Path) -> None:
    async with house(tmp_path) as place:
        browser = await place.browser()
        await browser.say("/profil")
        assert TOWN in browser.lines[-1]
        for answer in ("Neustadt an der Aisch", "☐ Kultur und Tourismus", "☐ Leerstand", "Weiter"):
            await (browser.press(answer) if answer[0] in "☐W" else browser.say(answer))
        assert SEEKS in browser.lines[-1]
        await browser.say("Was ist eine Kleinstadt?")
        assert WAITS in browser.lines[-1]
        await browser.press("Weiter mit dem Profil")
        assert SEEKS in browser.lines[-1]
        for label in ("Überspringen", "☐ im Chat", "Weiter", "Überspringen"):
            await browser.press(label)
        await browser.say("<b>erika</b>@stadt.example")
        for label in ("Weiter", "☐ Karte zeigen", "Fertig"):
            await browser.press(label)
        assert "jetzt zu sehen" in browser.lines[-1]
        profile = await row(place)
        assert (profile["town"], profile["state"]) == ("Neustadt an der Aisch", "live")
        assert profile["contact"] == "<b>erika</b>@stadt.example"
        assert await place.rows("SELECT purpose, channel FROM consents") == [
            {"purpose": "directory", "channel": "web"}
        ]
        await browser.press("Pausieren")
        assert "pausiert" in browser.lines[-1]

"""People of different towns are brought together, and nobody reads more than was released."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from handlers.network import introductions, peers
from storage import blocks, consents, coordinators, people, profiles
from storage import peers as pairs
from storage.database import Tx
from tests.channels.web_rig import house
from tests.support.hotline import Talk
from tests.support.network import HELPER, SEEKER, Square, has_profile, square, texts

OUTDATED = "Diese Auswahl gilt nicht mehr"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Square]:
    """Anna looks for help that Bruno can give, and the other way round."""
    async with square(tmp_path) as place:
        await place.profile("anna", **SEEKER, name="Anna Ahorn", town="Adorf", contact="a@adorf.de")
        await place.profile("bruno", **HELPER, name="Bruno Buche", town="Beeskow", contact="0331 1")
        yield place


async def states(town: Square) -> list[str]:
    return [row["state"] for row in await town.rows("SELECT state FROM introductions ORDER BY id")]


# -- suggestions ---------------------------------------------------------------------------


async def test_whoever_fits_is_suggested_with_a_reason_and_without_a_name(town: Square) -> None:
    said = texts(await town.writes("anna", "/kontakte"))
    assert "Gleiche Aufgabe, ähnlich große Stadt, gleiches Bundesland" in said
    assert "bietet, was Sie suchen (Leerstand), sucht, was Sie bieten (Mobilität)." in said
    assert "Nr. 1 anfragen" in said
    assert "Nr. 1 nicht vorschlagen" in said
    for secret in ("Buche", "Beeskow", "0331"):
        assert secret not in said


async def test_in_plain_language_the_reasons_are_short_sentences(town: Square) -> None:
    await town.writes("anna", "/einfach")
    said = texts(await town.writes("anna", "/kontakte"))
    assert "Dieser Mensch kann Ihnen helfen bei: Leerstand." in said


async def test_without_a_profile_topics_find_somebody_but_asking_needs_one(town: Square) -> None:
    assert "/profil" in texts(await town.writes("carla", "/kontakte"))
    said = await town.writes("carla", "/kontakte leere Läden")
    assert "brauchen Sie ein sichtbares Profil" in texts(said)
    assert not any(b.action.startswith("peer:") for b in said[-1].buttons)
    carla = await town.id_of("carla")
    shown = await town.rows("SELECT token FROM suggestions WHERE asker_id = ?", carla)
    assert shown
    for row in shown:
        asked = await town.presses("carla", f"peer:ask:{row['token']}")
        assert "sichtbares Profil" in texts(asked)
    assert await states(town) == []


async def test_an_unknown_topic_is_answered_with_topics_that_there_are(town: Square) -> None:
    assert "Leerstand" in texts(await town.writes("anna", "/kontakte Quantenphysik"))


async def test_buttons_say_nothing_of_anybody_and_mean_nothing_to_others(town: Square) -> None:
    await town.writes("anna", "/kontakte")
    action = town.action("anna", "peer:ask:")
    bruno = await town.id_of("bruno")
    assert action.rsplit(":", 1)[1] != str(bruno)
    await town.profile("carla", **SEEKER)
    assert OUTDATED in texts(await town.presses("carla", action))
    assert OUTDATED in texts(await town.presses("anna", f"peer:ask:{bruno}"))
    assert await states(town) == []


async def leaves(town: Square, how: str) -> None:
    bruno, anna = await town.id_of("bruno"), await town.id_of("anna")

    async def unit(tx: Tx) -> None:
        now = town.now
        boss = await coordinators.enrol(tx, "Erika", "admin", now)
        match how:
            case "paused":
                await profiles.set_state(tx, bruno, "paused", now)
            case "gone":
                await profiles.forget(tx, bruno)
            case "no consent":
                await consents.withdraw(tx, bruno, "directory", now)
            case "blocked the bot":
                await people.set_blocked(tx, "web", "", "bruno", now, blocked=True)
            case "blocked by the desk":
                await blocks.add(tx, bruno, now + timedelta(days=3), "stört", boss.id, now)
            case "out of the network":
                await pairs.keep_out(tx, bruno, now + timedelta(days=3), boss.id, now)
            case "declined me":
                await pairs.keep_apart(tx, bruno, anna, "declined", now)
            case _:
                await pairs.keep_apart(tx, anna, bruno, "hidden", now)

    await town.database.write(unit)


GONE = (
    "paused",
    "gone",
    "no consent",
    "blocked the bot",
    "blocked by the desk",
    "out of the network",
    "declined me",
    "was declined by me",
)


@pytest.mark.parametrize("how", GONE)
async def test_whoever_must_not_be_suggested_is_not_and_cannot_be_asked(
    town: Square, how: str
) -> None:
    """At once, also by a button that was shown before."""
    await town.writes("anna", "/kontakte")
    old = town.action("anna", "peer:ask:")
    await leaves(town, how)
    assert "finden wir niemanden" in texts(await town.writes("anna", "/kontakte"))
    assert "gerade nicht anfragen" in texts(await town.presses("anna", old))
    assert await states(town) == []
    assert "bruno" not in town.told


async def test_whoever_comes_back_is_suggested_again(town: Square) -> None:
    await leaves(town, "out of the network")
    assert "finden wir niemanden" in texts(await town.writes("anna", "/kontakte"))
    town.now += timedelta(days=4)
    assert "Vorschlag 1" in texts(await town.writes("anna", "/kontakte"))


async def test_somebody_in_two_channels_who_says_so_is_not_suggested_to_themselves(
    town: Square,
) -> None:
    open_name = {"name": "Dora Dorn", "town": "Döbeln", "visible": {"name": "card", "town": "card"}}
    topics = {"seeks": ("kultur",), "offers": ("ehrenamt",)}
    await town.profile("dora", **topics, **open_name)
    await town.profile("dora am Telefon", **topics, **open_name)
    assert "finden wir niemanden" in texts(await town.writes("dora", "/kontakte"))


async def test_somebody_with_two_channels_is_asked_where_they_still_read(town: Square) -> None:
    bruno = await town.id_of("bruno")

    async def moves(tx: Tx) -> None:
        await tx.run(
            """INSERT INTO addresses (person_id, channel, bot, chat)
               VALUES (?, 'telegram', '1', '7')""",
            bruno,
        )
        await people.set_blocked(tx, "web", "", "bruno", town.now, blocked=True)

    await town.database.write(moves)
    await town.writes("anna", "/kontakte")
    await town.presses("anna", town.action("anna", "peer:ask:"))
    await town.presses("anna", town.action("anna", "intro:bare:"))
    assert "möchte Sie kennenlernen" in texts(town.told["7"])
    assert "bruno" not in town.told


async def test_nobody_can_find_out_a_name_by_taking_it(town: Square) -> None:
    """What is kept back is not compared, so pretending to be somebody changes nothing."""
    before = texts((await town.writes("anna", "/kontakte"))[-1:])
    await town.profile("anna", **SEEKER, name="Bruno Buche", town="Beeskow", contact="0331 1")
    assert texts(await town.writes("anna", "/kontakte")) == before


async def test_not_suggesting_somebody_works_both_ways(town: Square) -> None:
    await town.writes("anna", "/kontakte")
    await town.presses("anna", town.action("anna", "peer:hide:"))
    assert "niemanden" in texts(await town.writes("anna", "/kontakte"))
    assert "niemanden" in texts(await town.writes("bruno", "/kontakte"))


async def test_the_directory_cannot_be_copied_in_a_day(town: Square) -> None:
    for number in range(60):
        await town.profile(f"helferin {number}", **HELPER)
    for _ in range(10):
        said = await town.writes("anna", "/kontakte")
        assert texts(said).count("Vorschlag ") <= 5
        for one in said[-1].buttons:
            if one.action.startswith("peer:hide:"):
                await town.presses("anna", one.action)
    rows = await town.rows("SELECT COUNT(*) AS n FROM suggestions")
    assert rows[0]["n"] == peers.MOST_A_DAY
    assert "genug Vorschläge" in texts(await town.writes("anna", "/kontakte"))
    town.now += timedelta(days=1)
    assert "Vorschlag 5" in texts(await town.writes("anna", "/kontakte"))


async def test_after_enough_for_a_day_the_same_people_are_shown_again(town: Square) -> None:
    anna = await town.id_of("anna")
    for number in range(40):
        await town.profile(f"helferin {number}", **HELPER)
    for number in range(peers.MOST_A_DAY):
        other = await town.id_of(f"helferin {number}")
        token = f"alt{number}"
        await town.database.write(
            lambda tx, other=other, token=token: pairs.suggested(tx, token, anna, other, town.now)
        )
    said = await town.writes("anna", "/kontakte")
    asks = [b.action for b in said[-1].buttons if b.action.startswith("peer:ask:")]
    assert len(asks) == 5
    assert all(action.startswith("peer:ask:alt") for action in asks)


async def test_a_profile_that_changed_is_shown_as_it_is_now(town: Square) -> None:
    await town.writes("anna", "/kontakte")
    town.now += timedelta(minutes=1)
    await town.profile("bruno", seeks=("mobilitaet",), offers=("leerstand",), function="rat")
    said = texts(await town.writes("anna", "/kontakte"))
    assert "Rat oder Ortsbeirat" in said
    assert "Gleiche Aufgabe" not in said


# -- asking and answering ------------------------------------------------------------------


async def test_two_people_find_each_other(town: Square) -> None:
    await town.writes("anna", "/kontakte")
    asked = await town.presses("anna", town.action("anna", "peer:ask:"))
    assert "Höchstens 500 Zeichen" in texts(asked)
    shown = texts(await town.writes("anna", "Wie füllen Sie leere Läden?"))
    assert "So kommt es an" in shown
    assert "bruno" not in town.told
    await town.presses("anna", town.action("anna", "intro:send:"))
    request = texts(town.told["bruno"])
    assert "Wie füllen Sie leere Läden?" in request
    assert "Leerstand" in request
    assert "Ahorn" not in request
    assert "Adorf" not in request
    await town.presses("bruno", "intro:yes:1")
    assert "einig" in texts(town.told["anna"][-1:])
    assert "Bruno Buche" in texts(town.told["anna"][-1:])
    assert "Adorf" in texts(town.told["bruno"][-1:])
    for who in ("anna", "bruno"):
        assert "a@adorf.de" not in texts(town.told[who])
        assert "0331" not in texts(town.told[who])


async def test_contact_details_are_given_by_choice_and_by_each_for_themselves(
    town: Square,
) -> None:
    await town.agreed("anna", "bruno")
    really = texts(await town.presses("anna", "intro:contact:1"))
    assert "a@adorf.de" in really
    assert "a@adorf.de" not in texts(town.told["bruno"])
    await town.presses("anna", "intro:give:1")
    assert "a@adorf.de" in texts(town.told["bruno"])
    assert "0331" not in texts(town.told["anna"])
    assert "a@adorf.de" in texts(await town.writes("bruno", "/vermittlungen"))
    again = texts(await town.presses("anna", "intro:give:1"))
    assert "hat Ihr Gegenüber schon" in again
    assert texts(town.told["bruno"]).count("gibt Ihnen Kontaktdaten") == 1


@pytest.mark.parametrize("missing", ["consent", "contact", "never"])
async def test_without_consent_or_contact_nothing_is_given(town: Square, missing: str) -> None:
    said: dict[str, Any] = {"contact": "" if missing == "contact" else "a@adorf.de"}
    if missing == "never":
        said["visible"] = {"contact": "never"}
    anna = await town.profile("anna", **SEEKER, **said)
    if missing == "consent":
        await town.database.write(lambda tx: consents.withdraw(tx, anna, "contact", town.now))
    await town.agreed("anna", "bruno")
    for verb in ("contact", "give"):
        assert "/profil" in texts(await town.presses("anna", f"intro:{verb}:1"))
    assert "adorf.de" not in texts(town.told["bruno"])


async def test_a_contact_given_is_not_shown_again_once_the_consent_is_gone(town: Square) -> None:
    await town.agreed("anna", "bruno")
    await town.presses("anna", "intro:give:1")
    anna = await town.id_of("anna")
    await town.database.write(lambda tx: consents.withdraw(tx, anna, "contact", town.now))
    assert "a@adorf.de" not in texts(await town.writes("bruno", "/vermittlungen"))


async def test_declining_is_said_kindly_and_is_for_good(town: Square) -> None:
    await town.introduced("anna", "bruno")
    await town.presses("bruno", "intro:no:1")
    assert "möchte gerade keinen Kontakt" in texts(town.told["anna"][-1:])
    assert "Buche" not in texts(town.told["anna"])
    for who in ("anna", "bruno"):
        assert "niemanden" in texts(await town.writes(who, "/kontakte"))
    assert OUTDATED in texts(await town.presses("bruno", "intro:yes:1"))
    assert await states(town) == ["declined"]


async def test_later_is_reminded_of_once_and_then_it_expires(town: Square) -> None:
    await town.introduced("anna", "bruno", "Haben Sie Zeit?")
    assert "erinnern Sie am 1. Dezember 2026" in texts(await town.presses("bruno", "intro:later:1"))
    assert "erinnern nur einmal" in texts(await town.presses("bruno", "intro:later:1"))
    reminded = await town.passes(timedelta(days=7, minutes=1))
    assert "Zur Erinnerung" in texts(reminded)
    assert "Haben Sie Zeit?" in texts(reminded)
    assert await town.passes(timedelta(days=8)) == []
    told = texts(await town.passes(timedelta(days=7)))
    assert "kam in drei Wochen keine Antwort" in told
    assert "ist abgelaufen" in told
    assert await states(town) == ["expired"]
    assert OUTDATED in texts(await town.presses("bruno", "intro:yes:1"))


async def test_whoever_asked_for_time_can_still_answer(town: Square) -> None:
    await town.introduced("anna", "bruno")
    await town.presses("bruno", "intro:later:1")
    await town.presses("bruno", "intro:yes:1")
    assert await states(town) == ["agreed"]
    assert await town.passes(timedelta(days=30)) == []


# -- bad input -----------------------------------------------------------------------------


async def test_asking_twice_has_no_effect(town: Square) -> None:
    await town.writes("anna", "/kontakte")
    old = town.action("anna", "peer:ask:")
    await town.presses("anna", old)
    send = town.action("anna", "intro:bare:")
    await town.presses("anna", send)
    told = len(town.told["bruno"])
    assert "schon gefragt" in texts(await town.presses("anna", old))
    assert OUTDATED in texts(await town.presses("anna", send))
    assert len(town.told["bruno"]) == told
    assert await states(town) == ["asked"]


async def test_both_asking_each_other_at_once_is_an_agreement(town: Square) -> None:
    for who in ("anna", "bruno"):
        await town.writes(who, "/kontakte")
        await town.presses(who, town.action(who, "peer:ask:"))
        await town.writes(who, f"Grüße von {who}")
    await town.presses("anna", town.action("anna", "intro:send:"))
    await town.presses("bruno", town.action("bruno", "intro:send:"))
    assert await states(town) == ["agreed"]
    assert "Grüße von bruno" in texts(town.told["anna"][-1:])
    assert "Grüße von anna" in texts(town.told["bruno"])


async def test_asking_somebody_who_asked_me_is_an_agreement(town: Square) -> None:
    await town.writes("bruno", "/kontakte")
    old = town.action("bruno", "peer:ask:")
    await town.introduced("anna", "bruno")
    assert "einig" in texts(await town.presses("bruno", old))
    assert await states(town) == ["agreed"]


async def test_nobody_asks_themselves(town: Square) -> None:
    anna = await town.id_of("anna")
    await town.database.write(lambda tx: pairs.suggested(tx, "selbst", anna, anna, town.now))
    assert "gerade nicht anfragen" in texts(await town.presses("anna", "peer:ask:selbst"))
    assert await states(town) == []


async def test_five_in_a_week_and_no_more(town: Square) -> None:
    for number in range(6):
        await town.profile(f"helferin {number}", **HELPER)
    said = await town.writes("anna", "/kontakte")
    asks = [b.action for b in said[-1].buttons if b.action.startswith("peer:ask:")]
    await town.presses("anna", "peer")
    asks += [b.action for b in town.last("anna").buttons if b.action.startswith("peer:ask:")]
    for ask in dict.fromkeys(asks):
        await town.presses("anna", ask)
        if town.last("anna").buttons:
            send = f"intro:bare:{ask.removeprefix('peer:ask:')}"
            await town.presses("anna", send)
    assert len(await states(town)) == introductions.A_WEEK
    town.now += timedelta(days=8)
    await town.writes("anna", "/kontakte")
    await town.presses("anna", town.action("anna", "peer:ask:"))
    await town.presses("anna", town.action("anna", "intro:bare:"))
    assert len(await states(town)) == introductions.A_WEEK + 1


async def test_a_sixth_one_is_refused_in_one_sentence(town: Square) -> None:
    anna = await town.id_of("anna")
    for number in range(5):
        other = await town.profile(f"helferin {number}", **HELPER)
        await town.database.write(
            lambda tx, other=other: introductions.store.create(tx, anna, other, "", town.now)
        )
    await town.writes("anna", "/kontakte")
    said = texts(await town.presses("anna", town.action("anna", "peer:ask:")))
    assert (
        said == "Sie haben in dieser Woche schon 5 Menschen gefragt. Mehr geht erst nächste Woche."
    )


async def test_a_sentence_that_is_too_long_or_no_text_goes_nowhere(town: Square) -> None:
    await town.writes("anna", "/kontakte")
    await town.presses("anna", town.action("anna", "peer:ask:"))
    assert "501 Zeichen" in texts(await town.writes("anna", "x" * 501))
    contact = {"name": "Anna", "phone": "0331"}
    assert "geht nur Text" in texts(await town.writes("anna", "", contact=contact))
    assert "bruno" not in town.told
    assert "So kommt es an" in texts(await town.writes("anna", "x" * 500))
    assert "nichts gesendet" in texts(await town.presses("anna", "intro:cancel"))
    assert await states(town) == []


async def test_without_a_sentence_means_without_one_whatever_was_typed_before(
    town: Square,
) -> None:
    await town.writes("anna", "/kontakte")
    await town.presses("anna", town.action("anna", "peer:ask:"))
    await town.writes("anna", "Kanariensatz")
    await town.presses("anna", town.action("anna", "intro:bare:"))
    assert "Kanariensatz" not in texts(town.told["bruno"])
    assert (await town.rows("SELECT words FROM introductions"))[0]["words"] == ""


async def test_declining_after_accepting_ends_it(town: Square) -> None:
    await town.agreed("anna", "bruno")
    assert "für immer beenden" in texts(await town.presses("bruno", "intro:stop:1"))
    await town.presses("bruno", "intro:no:1")
    assert "hat die Vermittlung V-1 beendet" in texts(town.told["anna"][-1:])
    assert await states(town) == ["ended"]
    assert OUTDATED in texts(await town.presses("bruno", "intro:no:1"))
    assert "niemanden" in texts(await town.writes("anna", "/kontakte"))


async def test_taking_a_question_back(town: Square) -> None:
    await town.introduced("anna", "bruno")
    await town.presses("anna", "intro:no:1")
    assert "zurückgezogen" in texts(town.told["bruno"][-1:])
    assert await states(town) == ["withdrawn"]


@pytest.mark.parametrize("agreed", [False, True])
async def test_leaving_in_the_middle_is_told_without_a_name(town: Square, agreed: bool) -> None:
    await (town.agreed if agreed else town.introduced)("anna", "bruno")
    anna = await town.id_of("anna")
    await town.acts("anna", lambda turn: introductions.withdrawn(turn, anna))
    assert str(town.last("bruno").text) == (
        "Die Vermittlung V-1 wurde zurückgezogen. Sie müssen nichts tun."
    )
    assert OUTDATED in texts(await town.presses("bruno", "intro:yes:1"))
    assert "Ahorn" not in texts(await town.writes("bruno", "/vermittlungen"))


async def test_whoever_is_erased_leaves_nothing_with_the_other(town: Square) -> None:
    await town.agreed("anna", "bruno", "Kanariensatz")
    await town.writes("anna", "/loeschen")
    await town.presses("anna", "erase:yes")
    assert await town.rows("SELECT * FROM introductions") == []
    assert OUTDATED in texts(await town.presses("bruno", "intro:yes:1"))
    assert "keine Vermittlungen" in texts(await town.writes("bruno", "/vermittlungen"))


async def test_foreign_old_and_forged_buttons_do_nothing(town: Square) -> None:
    await town.introduced("anna", "bruno")
    await town.profile("carla")
    for verb in ("yes", "no", "later", "contact", "give", "stop"):
        assert OUTDATED in texts(await town.presses("carla", f"intro:{verb}:1"))
        assert OUTDATED in texts(await town.presses("anna", f"intro:{verb}:99999999999999999999"))
    for action in ("intro:yes:1", "intro:later:1", "intro:give:1", "intro:weg:1", "intro:send:x"):
        assert OUTDATED in texts(await town.presses("anna", action))
    assert await states(town) == ["asked"]


async def test_somebody_the_desk_blocked_asks_nobody_and_accepts_nothing(town: Square) -> None:
    await town.introduced("anna", "bruno")
    await leaves(town, "blocked by the desk")
    for said in (
        await town.writes("bruno", "/kontakte"),
        await town.presses("bruno", "intro:yes:1"),
    ):
        assert "gesperrt, bis 27. November 2026" in texts(said)
    assert await states(town) == ["asked"]


async def test_a_profile_hidden_meanwhile_has_to_be_visible_to_accept(town: Square) -> None:
    await town.introduced("anna", "bruno")
    bruno = await town.id_of("bruno")
    await town.database.write(lambda tx: profiles.set_state(tx, bruno, "asleep", town.now))
    assert "/profil" in texts(await town.presses("bruno", "intro:yes:1"))
    assert await states(town) == ["asked"]


async def test_old_words_and_introductions_are_forgotten_but_who_stays_apart_is_not(
    town: Square,
) -> None:
    await town.introduced("anna", "bruno", "Kanariensatz")
    await town.presses("bruno", "intro:no:1")
    town.now += timedelta(days=31)
    await town.tidies()
    assert (await town.rows("SELECT words FROM introductions"))[0]["words"] == ""
    town.now += timedelta(days=60)
    await town.tidies()
    assert await town.rows("SELECT * FROM introductions") == []
    assert await town.rows("SELECT * FROM suggestions") == []
    for who, said in (("anna", SEEKER), ("bruno", HELPER)):
        await town.profile(who, **said)  # they were silent for so long that nobody saw them
    assert "niemanden" in texts(await town.writes("anna", "/kontakte"))


# -- in the channels -------------------------------------------------------------------------


async def test_in_telegram_two_people_are_introduced(talk: Talk) -> None:
    anna, bruno = talk.person("Anna"), talk.person("Bruno")
    bot = talk.api.token.split(":")[0]
    for person, said in ((anna, SEEKER), (bruno, HELPER)):
        await talk.ask(person, "/start", "Guten Tag")

        async def unit(tx: Tx, person: Any = person, said: Any = said) -> None:
            known = await people.known(tx, "telegram", bot, str(person.id))
            assert known is not None
            await has_profile(tx, known.id, talk.clock.now(), **said, name=f"Name{person.id}")

        await talk.app.database.write(unit)
    shown = await talk.ask(anna, "/kontakte", "Vorschlag 1")
    anna.presses("Nr. 1 anfragen", shown)
    question = await talk.hears(anna, "einen Satz")
    anna.presses("Ohne Satz anfragen", question)
    asked = await talk.hears(bruno, "möchte Sie kennenlernen")
    assert [b.label for b in asked.buttons] == ["Annehmen", "Ablehnen", "Später", "Melden"]
    bruno.presses("Annehmen", asked)
    agreed = await talk.hears(anna, "einig")
    assert f"Name{bruno.id}" in agreed.text
    assert str(bruno.id) not in agreed.text.replace(f"Name{bruno.id}", "")
    anna.presses("Geschützt schreiben", agreed)
    await talk.hears(anna, "Geschütztes Gespräch V-1")
    await talk.hears(bruno, "einig")
    anna.says("Guten Tag aus Adorf")
    line = await talk.hears(bruno, "Guten Tag aus Adorf")
    assert "Was Sie sonst schreiben, geht an die Hotline" in line.text


async def test_in_the_web_chat_the_same_buttons_do_the_same(tmp_path: Path) -> None:
    async with house(tmp_path) as place:
        anna, bruno = await place.browser(ip="198.51.100.8"), await place.browser(ip="198.51.100.9")
        for browser, said in ((anna, SEEKER), (bruno, HELPER)):
            await browser.say("Hallo")
            (row,) = await place.rows("SELECT MAX(id) AS id FROM people")

            async def unit(tx: Tx, row: Any = row, said: Any = said) -> None:
                await has_profile(tx, row["id"], place.clock.now(), **said)

            await place.app.database.write(unit)
        await anna.say("/kontakte")
        await anna.press("Nr. 1 anfragen")
        await anna.say("Wie machen Sie das?")
        await anna.press("So senden")
        await place.until("SELECT COUNT(*) FROM introductions", 1)
        await place.until("SELECT COUNT(*) FROM outbox WHERE state <> 'sent'", 0)
        await bruno.open()
        assert "Wie machen Sie das?" in bruno.page
        await bruno.press("Annehmen")
        await bruno.press("Geschützt schreiben")
        await bruno.say("Mit Zwischennutzung.")
        await place.until("SELECT COUNT(*) FROM outbox WHERE state <> 'sent'", 0)
        await anna.open()
        assert "Mit Zwischennutzung." in anna.page
        # Whoever is erased is gone from the page of the other as well.
        await bruno.say("/loeschen")
        await bruno.press("Ja, alles löschen")
        await anna.open()
        assert "Mit Zwischennutzung." not in anna.page

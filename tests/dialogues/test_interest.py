""" "Ich wäre dabei": people wait for a format, and are told once when it begins."""

from datetime import timedelta

import pytest

from handlers.message import Incoming, Kind
from storage import interests, people, profiles
from storage.database import Tx
from storage.profiles import Profile
from tests.fakes.world import Message, Person
from tests.support.announcing import (
    GRACE,
    ID,
    TITLE,
    confirmed,
    drained,
    keep,
    member,
    passes,
    proposed,
    write,
)
from tests.support.hotline import COLLEAGUE, Talk

NOTED = "wären Sie dabei"
OUTDATED = "Diese Auswahl gilt nicht mehr"


def labels(message: Message) -> list[str]:
    return [button.label for button in message.buttons]


async def kept(talk: Talk) -> list[tuple[str, str, bool]]:
    rows = await talk.rows("SELECT format_id, region, told_at FROM interests ORDER BY format_id")
    return [(row["format_id"], row["region"], row["told_at"] is not None) for row in rows]


async def waits(talk: Talk, format_id: str = "webinar", region: str = "") -> Person:
    """Somebody new who waits for a format."""
    person = talk.person()
    await talk.ask(person, f"/start format_{format_id}", "Das nehmen Sie mit")
    person.presses("Ich wäre dabei")
    await talk.hears(person, "In welchem Bundesland")
    person.presses(region or "Überspringen")
    await talk.hears(person, "Sie warten")
    return person


async def crowd(talk: Talk, number: int, format_id: str = "webinar", region: str = "BB") -> None:
    """So many wait in the web chat."""

    async def unit(tx: Tx) -> None:
        now = talk.clock.now()
        for one in range(number):
            known = await people.meet(tx, "web", "", f"waits-{region}-{one}", now)
            await interests.wait(tx, known.id, format_id, region, now)

    await write(talk, unit)


# -- waiting ---------------------------------------------------------------------------------


async def test_whoever_would_be_there_says_so_with_one_tap(talk: Talk) -> None:
    person = talk.person()
    shown = await talk.ask(person, "/start format_webinar", "Das nehmen Sie mit")
    assert "Ich wäre dabei" in labels(shown)
    person.presses("Ich wäre dabei")
    noted = await talk.hears(person, NOTED)
    assert "nicht, wer" in noted.text
    assert "In welchem Bundesland" in noted.text
    assert labels(noted)[0] == "Überspringen"
    assert len(labels(noted)) == 17
    assert await kept(talk) == [("webinar", "", False)]
    person.presses("Brandenburg")
    placed = await talk.hears(person, "Sie warten in Brandenburg auf Webinar")
    assert labels(placed) == ["Bundesland ändern", "Nicht mehr dabei"]
    assert await kept(talk) == [("webinar", "BB", False)]


async def test_the_place_is_asked_once(talk: Talk) -> None:
    person = await waits(talk, region="Sachsen")
    await talk.ask(person, "/start format_crashkurs", "Das nehmen Sie mit")
    person.presses("Ich wäre dabei")
    second = await talk.hears(person, "(Sachsen)")
    assert "In welchem Bundesland" not in second.text
    assert await kept(talk) == [("crashkurs", "SN", False), ("webinar", "SN", False)]
    person.presses("Bundesland ändern")
    await talk.hears(person, "In welchem Bundesland")
    person.presses("Berlin")
    await talk.hears(person, "Sie warten in Berlin")
    assert {place for _, place, _ in await kept(talk)} == {"BE"}


async def test_whoever_skipped_it_is_not_asked_again(talk: Talk) -> None:
    person = await waits(talk)
    await talk.ask(person, "/start format_crashkurs", "Das nehmen Sie mit")
    person.presses("Ich wäre dabei")
    assert "Bundesland sind Sie" not in (await talk.hears(person, NOTED)).text


async def test_a_profile_says_where_somebody_is(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "/start format_webinar", "Das nehmen Sie mit")
    [row] = await talk.rows("SELECT id FROM people")
    profile = Profile(person_id=row["id"], region="TH")
    await write(talk, lambda tx: profiles.keep(tx, profile, talk.clock.now()))
    person.presses("Ich wäre dabei")
    noted = await talk.hears(person, "(Thüringen)")
    assert "In welchem Bundesland" not in noted.text
    assert await kept(talk) == [("webinar", "TH", False)]


async def test_it_is_given_up_as_easily(talk: Talk) -> None:
    person = await waits(talk)
    talk.clock.move(timedelta(minutes=1))
    again = await talk.ask(person, "/start format_webinar", "Das nehmen Sie mit")
    assert "Nicht mehr dabei" in labels(again)
    assert "Ich wäre dabei" not in labels(again)
    person.presses("Nicht mehr dabei", again)
    gone = await talk.hears(person, "nicht mehr vorgemerkt")
    assert await kept(talk) == []
    person.presses("Doch wieder dabei", gone)
    await talk.hears(person, NOTED)


async def test_twice_is_once_and_old_buttons_do_what_they_say(talk: Talk) -> None:
    person = talk.person()
    old = await talk.ask(person, "/start format_webinar", "Das nehmen Sie mit")
    person.presses("Ich wäre dabei", old)
    places = await talk.hears(person, "In welchem Bundesland")
    person.presses("Ich wäre dabei", old)
    await talk.hears(person, "Das habe ich schon notiert")
    person.presses("Bayern", places)
    placed = await talk.hears(person, "Bayern")
    for _ in range(2):
        person.presses("Nicht mehr dabei", placed)
    await talk.hears(person, "nicht mehr vorgemerkt")
    await talk.hears(person, "sind Sie nicht vorgemerkt")
    person.presses("Hessen", places)
    await talk.hears(person, "sind Sie nicht vorgemerkt")
    assert await kept(talk) == []


@pytest.mark.parametrize(
    "action",
    ["wait:mond", "wait:", "wait:webinar:XX", "wait:webinar:", "unwait:mond", "unwait:",
     "where:webinar", "where:mond", "wait:webinar:BB:x"],
)  # fmt: skip
async def test_forged_buttons_have_no_effect(talk: Talk, action: str) -> None:
    person = talk.person()
    await talk.ask(person, "/start", "Guten Tag")
    person.presses(action, forged=True)
    await talk.hears(person, OUTDATED)
    assert await kept(talk) == []


async def test_people_read_what_they_wait_for_and_erasing_ends_it(talk: Talk) -> None:
    person = await waits(talk, region="Hessen")
    await talk.ask(person, "/meinedaten", "Bei diesen Formaten wären Sie dabei: Webinar (Hessen).")
    await talk.ask(person, "/loeschen", "")
    person.presses("Ja, alles löschen")
    await talk.hears(person, "gelöscht")
    assert await kept(talk) == []


async def test_in_einfache_sprache(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "/einfach", "Einfacher Sprache")
    await talk.ask(person, "/start format_webinar", "Das nehmen Sie mit")
    person.presses("Ich wäre dabei")
    await talk.hears(person, "Niemand sieht Ihren Namen.")


# -- beginning -------------------------------------------------------------------------------


async def test_the_desk_reads_how_many_wait_and_where_and_nobodys_name(talk: Talk) -> None:
    await waits(talk, region="Brandenburg")
    await waits(talk, region="Brandenburg")
    await waits(talk, "crashkurs")
    erika = member(talk)
    erika.says("/interesse")
    group = talk.api.group(erika.chat.chat_id)
    await talk.api.wait_for(lambda: any("So viele Menschen" in m.text for m in group.messages))
    [told] = [m.text for m in group.messages if "So viele Menschen" in m.text]
    assert "• Webinar (webinar): 2, davon Brandenburg 2" in told
    assert "• Crashkurs (crashkurs): 1, davon ohne Angabe 1" in told
    assert "Ein Mensch" not in told


async def test_when_it_begins_those_who_wait_there_are_told_once(talk: Talk) -> None:
    here, there, nowhere = (
        await waits(talk, region="Brandenburg"),
        await waits(talk, region="Bayern"),
        await waits(talk),
    )
    other = await waits(talk, "crashkurs", region="Brandenburg")
    await confirmed(talk, "/losgehts webinar BB: Der erste Termin ist am Montag.")
    await passes(talk, GRACE)
    heard = await talk.hears(here, "Es geht los: Webinar")
    assert "Der erste Termin ist am Montag." in heard.text
    assert "weil Sie bei diesem Format dabei sein wollten" in heard.text
    assert labels(heard) == ["Nicht mehr dabei"]
    for somebody in (there, nowhere, other):
        assert not [said for said in talk.silence(somebody) if "Es geht los" in said]
    # The second time for everybody: whoever was told is not told again.
    await passes(talk)
    await confirmed(talk, "/losgehts webinar: Jetzt überall.")
    await passes(talk, GRACE)
    await talk.hears(there, "Jetzt überall.")
    await talk.hears(nowhere, "Jetzt überall.")
    assert not [said for said in talk.silence(here) if "Jetzt überall" in said]
    assert [told for _, _, told in await kept(talk)] == [False, True, True, True]


async def test_with_an_event_it_is_remembered_from_there(talk: Talk) -> None:
    await keep(talk)
    await talk.app.programme.look()
    person = await waits(talk)
    await crowd(talk, 1)
    await desk_fills(talk, text="Kommen Sie!", event=ID)
    heard = await talk.hears(person, "Es geht los: Webinar")
    assert TITLE in heard.text
    assert labels(heard) == ["Merken", "Nicht mehr dabei"]


async def desk_fills(talk: Talk, **fields: str) -> None:
    """What the page of the desk sends, and the confirmation."""
    [row] = await talk.rows("SELECT MIN(id) AS id FROM coordinators")
    form = {"format": "webinar", "region": "", "text": "", "plain": "", "event": ""} | fields

    def click(action: str, form: dict[str, str]) -> Incoming:
        return Incoming(
            channel="desk",
            bot="",
            update_id=action,
            kind=Kind.BUTTON,
            chat=f"desk:{row['id']}",
            sender=str(row["id"]),
            private=False,
            desk=True,
            action=action,
            form=form,
            at=talk.clock.now(),
        )

    await talk.app.receiver([click("ann:begin", form)])
    await talk.until(
        lambda: talk.rows("SELECT COUNT(*) AS n FROM announcements WHERE state = 'draft'"),
        [{"n": 1}],
    )
    [found] = await talk.rows("SELECT id FROM announcements WHERE state = 'draft'")
    await talk.app.receiver([click(f"ann:ok:{found['id']}", {})])
    await talk.until(
        lambda: talk.rows("SELECT COUNT(*) AS n FROM announcements WHERE state = 'waiting'"),
        [{"n": 1}],
    )
    await passes(talk, GRACE)


async def test_whoever_gave_up_in_time_is_not_told(talk: Talk) -> None:
    stays, leaves = await waits(talk), await waits(talk)
    await confirmed(talk, "/losgehts webinar: Jetzt.")
    leaves.presses("Nicht mehr dabei")
    await talk.hears(leaves, "nicht mehr vorgemerkt")
    await passes(talk, GRACE)
    await talk.hears(stays, "Es geht los")
    assert not [said for said in talk.silence(leaves) if "Es geht los" in said]


async def test_giving_up_while_it_is_sent_takes_back_what_was_not_sent_yet(talk: Talk) -> None:
    person = await waits(talk)
    talk.api.fault("sendMessage", 429, times=None, chat=person.id, retry_after=60)
    await confirmed(talk, "/losgehts webinar: Jetzt.")
    talk.clock.move(GRACE)
    await talk.app.schedule.tick()
    waiting = "SELECT COUNT(*) AS n FROM announcement_recipients WHERE person_id IS NOT NULL"
    await talk.until(lambda: talk.rows(waiting), [{"n": 1}])
    person.presses("unwait:webinar", forged=True)
    ended = "SELECT COUNT(*) AS n FROM outbox WHERE reason = 'withdrawn'"
    await talk.until(lambda: talk.rows(ended), [{"n": 1}])
    assert await kept(talk) == []


async def test_changing_an_abo_does_not_take_back_what_one_waits_for(talk: Talk) -> None:
    person = await waits(talk)
    await talk.ask(person, "/abo", "Ihr Abo")
    for box in ("☐ Alle neuen Termine", "☐ Beteiligung"):
        person.presses(box)
        await talk.hears(person, "Abonniert:")
    talk.api.fault("sendMessage", 429, times=1, chat=person.id, retry_after=3)
    await confirmed(talk, "/losgehts webinar: Jetzt.")
    talk.clock.move(GRACE)
    await talk.app.schedule.tick()
    waiting = "SELECT COUNT(*) AS n FROM announcement_recipients WHERE person_id IS NOT NULL"
    await talk.until(lambda: talk.rows(waiting), [{"n": 1}])
    person.presses("☑ Beteiligung (abonniert)")
    await talk.passes(timedelta(seconds=5))
    await talk.hears(person, "Es geht los")


async def test_above_a_hundred_a_second_coordinator_confirms(talk: Talk) -> None:
    await crowd(talk, 101)
    preview = await proposed(talk, "/losgehts webinar BB: Jetzt.")
    erika, colleague = member(talk), member(talk, COLLEAGUE)
    erika.presses("Senden", preview)
    group = talk.api.group(erika.chat.chat_id)
    await talk.api.wait_for(lambda: any("zweite" in m.text.lower() for m in group.messages))
    colleague.presses("Senden", preview)
    await talk.until(
        lambda: talk.rows("SELECT COUNT(*) AS n FROM announcements WHERE state = 'waiting'"),
        [{"n": 1}],
    )
    await passes(talk, GRACE)
    await drained(talk)
    rows = await talk.rows("SELECT COUNT(*) AS n FROM interests WHERE told_at IS NOT NULL")
    assert rows == [{"n": 101}]


async def test_whoever_was_told_may_wait_anew(talk: Talk) -> None:
    person = await waits(talk)
    await confirmed(talk, "/losgehts webinar: Jetzt.")
    await passes(talk, GRACE)
    await talk.hears(person, "Es geht los")
    assert await kept(talk) == [("webinar", "", True)]
    shown = await talk.ask(person, "/start format_webinar", "Das nehmen Sie mit")
    person.presses("Ich wäre dabei", shown)
    await talk.hears(person, NOTED)
    assert await kept(talk) == [("webinar", "", False)]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("/losgehts", "So geht ein Format los"),
        ("/losgehts webinar", "So geht ein Format los"),
        ("/losgehts mond: Jetzt.", "So geht ein Format los"),
        ("/losgehts webinar Atlantis: Jetzt.", "„Atlantis“ kenne ich nicht"),
        ("/losgehts webinar BB:", "Bitte schreiben Sie eine Zeile dazu"),
        ("/losgehts webinar BB: " + "x" * 1001, "Der Text ist zu lang"),
        ("/losgehts webinar BB: Jetzt.", "Niemand würde diese Nachricht bekommen"),
        ("/interesse", "wartet zurzeit niemand"),
    ],
)
async def test_slips_at_the_desk_are_explained(talk: Talk, command: str, words: str) -> None:
    erika = member(talk)
    erika.says(command)
    group = talk.api.group(erika.chat.chat_id)
    await talk.api.wait_for(lambda: any(words in m.text for m in group.messages))
    assert await talk.rows("SELECT * FROM announcements WHERE state IN ('waiting', 'done')") == []


async def test_for_everybody_else_these_commands_do_not_exist(talk: Talk) -> None:
    await waits(talk)
    person = talk.person()
    for command in ("/interesse", "/losgehts webinar: Jetzt."):
        await talk.ask(person, command, "Diesen Befehl kenne ich nicht")

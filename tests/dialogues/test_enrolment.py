"""Who becomes a coordinator, which group is the desk, and who is neither."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.app import invite
from storage import coordinators
from storage.database import Tx
from tests.fakes.botapi import FakeBotApi
from tests.fakes.world import Person
from tests.support.hotline import COLLEAGUE, COORDINATOR, DESK, Talk, board, hotline

WAITS = "wartet auf Bestätigung"


async def code_for(talk: Talk, role: str) -> str:
    return await invite(talk.app.database, talk.clock, role)


async def admin(talk: Talk, name: str = "Frau Chefin", by: Person | None = None) -> Person:
    """Somebody who is an admin and has written to the bot; the second one is confirmed."""
    person = talk.person(name)
    person.says(f"/desk {await code_for(talk, 'admin')}")
    if by:
        by.presses("Bestätigen", await talk.hears(by, f"{name} möchte"))
        await talk.hears(by, "gehört jetzt zum Team")
    await talk.hears(person, "Willkommen")
    return person


async def applies(talk: Talk, name: str, role: str = "coordinator") -> Person:
    """Somebody redeemed a code and waits."""
    person = talk.person(name)
    await talk.ask(person, f"/desk {await code_for(talk, role)}", WAITS)
    return person


async def team(talk: Talk) -> dict[str, str]:
    """Names and roles of all who may act."""
    everybody = await talk.app.database.read(coordinators.everybody)
    return {somebody.name: somebody.role for somebody in everybody}


async def number(talk: Talk, name: str) -> int:
    rows = await talk.rows("SELECT id FROM coordinators WHERE name = ?", name)
    return int(rows[0]["id"])


async def deeds(talk: Talk) -> list[str]:
    rows = await talk.rows("SELECT verb FROM audit ORDER BY id")
    return [row["verb"] for row in rows]


async def test_a_code_and_somebody_enrolled_make_a_group_the_desk(
    tmp_path: Path, api: FakeBotApi
) -> None:
    async with hotline(tmp_path, api, telegram_coordinators=str(COORDINATOR)) as talk:
        code = await invite(talk.app.database, talk.clock, "coordinator")
        group = api.group(DESK)
        stranger = group.member(6666, "Fremd")
        stranger.says(f"/desk {code}")
        await api.wait_for(lambda: any("eingetragen" in m.text for m in group.general))
        group.member(COORDINATOR).says("/desk FALSCH")
        await api.wait_for(lambda: any("gilt nicht" in m.text for m in group.general))
        group.member(COORDINATOR).says(f"/desk {code.lower()}")
        await api.wait_for(
            lambda: any("ist jetzt der Schreibtisch" in m.text for m in group.general)
        )
        await talk.request(talk.person())


async def test_a_code_enrols_once_and_not_after_ten_minutes(talk: Talk) -> None:
    code = await invite(talk.app.database, talk.clock, "expert")
    first, second = talk.person("Frau Erste"), talk.person("Herr Zweiter")
    await talk.ask(first, f"/desk {code}", "Willkommen in der Koordination, Frau Erste")
    await talk.ask(second, f"/desk {code}", "gilt nicht")
    late = await invite(talk.app.database, talk.clock, "coordinator")
    talk.clock.move(timedelta(minutes=11))
    await talk.ask(second, f"/desk {late}", "gilt nicht")
    await talk.ask(first, "/desk", "/desk/anmelden/")
    await talk.ask(second, "/desk", "Diesen Befehl kenne ich nicht")


async def test_whoever_is_no_longer_named_in_the_settings_is_no_coordinator(
    tmp_path: Path, api: FakeBotApi
) -> None:
    both = {"telegram_desk_chat": DESK, "telegram_coordinators": f"{COORDINATOR},{COLLEAGUE}"}
    async with hotline(tmp_path, api, **both) as talk:
        person = talk.person()
        topic = await talk.request(person)
    async with hotline(tmp_path, api, **{**both, "telegram_coordinators": str(COLLEAGUE)}) as talk:
        group = api.group(DESK)
        group.member(COORDINATOR).says("Ich bin noch da", thread=topic)
        await api.wait_for(lambda: any("eingetragen" in m.text for m in topic.messages))
        group.member(COLLEAGUE).says("Ich auch", thread=topic)
        await api.wait_for(lambda: any("Ich auch" in m.text for m in person.received))
        assert not any("Ich bin noch da" in m.text for m in person.received)


async def test_a_code_typed_in_the_web_or_by_a_stranger_in_a_topic_is_nothing(talk: Talk) -> None:
    topic = await talk.request(talk.person())
    guest = talk.api.group(DESK).member(6666, "Gast")
    guest.says("/nehmen", thread=topic)
    await talk.api.wait_for(lambda: any("eingetragen" in m.text for m in topic.messages))
    rows = await talk.rows("SELECT state, claimed_by FROM requests")
    assert rows == [{"state": "open", "claimed_by": None}]


# -- waiting for an admin ----------------------------------------------------------------------


async def test_whoever_redeems_a_code_waits_for_the_admin_and_may_do_nothing_until_then(
    talk: Talk,
) -> None:
    chief = await admin(talk)
    person = talk.person()
    topic = await talk.request(person)
    new = await applies(talk, "Frau Neu")
    asked = await talk.hears(chief, "Frau Neu möchte in die Koordination")
    assert "Rolle: Koordination" in asked.text
    await talk.ask(new, "/desk", WAITS)
    talk.api.group(DESK).member(new.id).says("Ich antworte schon mal", thread=topic)
    await talk.api.wait_for(lambda: any("eingetragen" in m.text for m in topic.messages))
    assert "Frau Neu" not in await team(talk)
    chief.presses("Bestätigen", asked)
    await talk.hears(chief, "Frau Neu gehört jetzt zum Team")
    await talk.hears(new, "Willkommen in der Koordination, Frau Neu")
    talk.api.group(DESK).member(new.id).says("Die Stadt zahlt.", thread=topic)
    await talk.hears(person, "Die Stadt zahlt.")
    assert not any("Ich antworte schon mal" in m.text for m in person.received)
    assert [verb for verb in await deeds(talk) if verb.startswith("team-")] == [
        "team-joined",
        "team-waits",
        "team-confirmed",
    ]


async def test_whoever_is_declined_hears_it_and_nothing_of_them_stays(talk: Talk) -> None:
    chief = await admin(talk)
    new = await applies(talk, "Herr Unbekannt", "admin")
    asked = await talk.hears(chief, "Herr Unbekannt")
    chief.presses("Ablehnen", asked)
    await talk.hears(chief, "wurde nicht aufgenommen")
    await talk.hears(new, "wurde nicht bestätigt")
    assert await talk.rows("SELECT id FROM coordinators WHERE name = 'Herr Unbekannt'") == []
    await talk.ask(new, "/desk", "Diesen Befehl kenne ich nicht")
    chief.presses("Bestätigen", asked)
    await talk.hears(chief, "wartet niemand mehr")
    assert "Herr Unbekannt" not in await team(talk)


async def test_a_confirmation_that_comes_too_late_admits_nobody(talk: Talk) -> None:
    chief = await admin(talk)
    new = await applies(talk, "Frau Spät")
    asked = await talk.hears(chief, "Frau Spät")
    talk.clock.move(timedelta(hours=13))
    chief.presses("Bestätigen", asked)
    await talk.hears(chief, "die Zeit ist um")
    assert "Frau Spät" not in await team(talk)
    await talk.ask(new, "/desk", "Diesen Befehl kenne ich nicht")
    await talk.ask(new, f"/desk {await code_for(talk, 'expert')}", WAITS)
    again = await talk.hears(chief, "Rolle: Fachperson")
    chief.presses("Bestätigen", again)
    await talk.hears(new, "Willkommen")
    assert (await team(talk))["Frau Spät"] == "expert"


async def test_of_two_admins_who_press_at_once_one_decides(talk: Talk) -> None:
    first = await admin(talk, "Frau Eins")
    second = await admin(talk, "Frau Zwei", by=first)
    new = await applies(talk, "Frau Neu")
    asked = [await talk.hears(chief, "Frau Neu möchte") for chief in (first, second)]
    first.presses("Bestätigen", asked[0])
    second.presses("Ablehnen", asked[1])
    await talk.settled()
    told = [m.text for chief in (first, second) for m in chief.received]
    assert sum("wartet niemand mehr" in text for text in told) == 1
    decided = [verb for verb in await deeds(talk) if verb in ("team-confirmed", "team-declined")]
    decided = decided[1:]  # the second admin was confirmed before
    assert len(decided) == 1
    assert ("Frau Neu" in await team(talk)) == (decided == ["team-confirmed"])
    assert len([m for m in new.received if "Willkommen" in m.text or "nicht best" in m.text]) == 1


async def test_of_two_who_use_one_code_at_once_one_waits(talk: Talk) -> None:
    await admin(talk)
    code = await code_for(talk, "coordinator")
    both = [talk.person("Frau Schnell"), talk.person("Herr Langsam")]
    for somebody in both:
        somebody.says(f"/desk {code}")
    answers = await asyncio.gather(*(talk.hears(somebody, "") for somebody in both))
    await talk.settled()
    heard = [" ".join(m.text for m in somebody.received) for somebody in both]
    assert sum(WAITS in words for words in heard) == 1
    assert sum("gilt nicht" in words for words in heard) == 1
    assert len(answers) == 2


async def test_without_an_admin_in_a_private_chat_the_group_is_asked(talk: Talk) -> None:
    async def unit(tx: Tx) -> None:
        me = await coordinators.by_account(
            tx, "telegram", talk.api.token.split(":")[0], str(COORDINATOR)
        )
        assert me
        await coordinators.set_role(tx, me.id, "admin")

    await talk.app.database.write(unit)
    await applies(talk, "Frau Neu")
    asked = await board(talk, "Frau Neu möchte in die Koordination")
    group = talk.api.group(DESK)
    group.member(6666, "Gast").presses("Bestätigen", asked)
    await board(talk, "eingetragen")
    group.member(COLLEAGUE).presses("Bestätigen", asked)
    await board(talk, "nur die Verwaltung")
    assert "Frau Neu" not in await team(talk)
    group.member(COORDINATOR).presses("Bestätigen", asked)
    await board(talk, "gehört jetzt zum Team")
    assert (await team(talk))["Frau Neu"] == "coordinator"


async def test_the_operator_gets_back_in_when_no_admin_can_act(talk: Talk) -> None:
    async def unit(tx: Tx) -> None:
        await coordinators.enrol(tx, "Verschollen", "admin", talk.clock.now())

    await talk.app.database.write(unit)
    await applies(talk, "Frau Neu", "coordinator")
    chief = talk.person("Frau Chefin")
    await talk.ask(chief, f"/desk {await code_for(talk, 'admin')}", "Willkommen")
    assert (await team(talk))["Frau Chefin"] == "admin"
    await applies(talk, "Frau Zwei", "admin")


async def test_an_expert_chooses_no_group(talk: Talk) -> None:
    expert = talk.person("Fachfrau")
    await talk.ask(expert, f"/desk {await code_for(talk, 'expert')}", "Willkommen")
    other = talk.api.group(-100777, "Verein")
    other.member(expert.id).says(f"/desk {await code_for(talk, 'coordinator')}")
    await talk.api.wait_for(lambda: any("eingetragen" in m.text for m in other.general))
    desk = await talk.rows("SELECT value FROM facts WHERE name = 'desk'")
    assert desk[0]["value"].endswith(str(DESK))


# -- forged steps ------------------------------------------------------------------------------


async def test_forged_buttons_about_colleagues_change_nothing(talk: Talk) -> None:
    chief = await admin(talk)
    new = await applies(talk, "Frau Neu")
    asked = await talk.hears(chief, "Frau Neu")
    waiting, boss = await number(talk, "Frau Neu"), await number(talk, "Frau Chefin")
    standing = "SELECT id, role, revoked_at, waits_until, away_until FROM coordinators"
    before = await talk.rows(standing)
    await talk.ask(new, "/hilfe")
    new.presses(f"team:confirm:{waiting}", forged=True)
    await talk.hears(new, "gilt nicht mehr")
    topic = await talk.request(talk.person())
    opening = next(m for m in topic.messages if m.buttons)
    expert = talk.api.group(DESK).member(COLLEAGUE)
    for action in (
        f"team:confirm:{waiting}",
        f"team:role:{boss}:expert",
        f"team:remove:{boss}",
        f"team:asks:{waiting}",
        f"presence:away:{boss}",
    ):
        expert.presses(action, opening, forged=True)
        talk.api.group(DESK).anonymous_admin().presses(action, opening, forged=True)
    for action in (
        f"team:role:{boss}:expert",
        f"team:remove:{boss}",
        f"team:role:{waiting}:king",
        "team:role:999:expert",
        "team:confirm:99999999999999999999",
        "team:confirm:²",
        "team:",
        "team:melt:1",
    ):
        chief.presses(action, asked, forged=True)
    await talk.settled()
    assert await talk.rows(standing) == before
    assert "team-confirmed" not in await deeds(talk)


async def test_an_anonymous_admin_and_a_forwarded_command_enrol_nobody(talk: Talk) -> None:
    await admin(talk)
    code = await code_for(talk, "coordinator")
    group = talk.api.group(DESK)
    group.anonymous_admin().says(f"/desk {code}")
    group.member(COORDINATOR).says(f"/desk {code}", forwarded_from="Jemand")
    await talk.settled()
    rows: list[dict[str, Any]] = await talk.rows(
        "SELECT COUNT(*) AS n FROM invitations WHERE used_at IS NULL"
    )
    assert rows == [{"n": 1}]
    await applies(talk, "Frau Neu")


# -- roles -------------------------------------------------------------------------------------


async def test_a_removed_colleague_is_refused_at_the_next_step(talk: Talk) -> None:
    chief = await admin(talk)
    person = talk.person()
    topic = await talk.request(person)
    asked = await talk.ask(chief, "/desk", "anmelden")
    member = talk.api.group(DESK).member(COLLEAGUE)
    member.says("/nehmen", thread=topic)
    await talk.api.wait_for(lambda: any("kümmert sich um" in m.text for m in topic.messages))
    chief.presses(f"team:remove:{await number(talk, 'Max Muster')}", asked, forged=True)
    await talk.hears(chief, "keinen Zugang mehr")
    member.says("Ich schreibe trotzdem", thread=topic)
    await talk.api.wait_for(lambda: any("eingetragen" in m.text for m in topic.messages))
    await talk.settled()
    assert not any("trotzdem" in m.text for m in person.received)
    assert "team-removed" in await deeds(talk)


async def test_a_demoted_admin_confirms_nobody(talk: Talk) -> None:
    first = await admin(talk, "Frau Eins")
    second = await admin(talk, "Frau Zwei", by=first)
    await applies(talk, "Frau Neu")
    asked = [await talk.hears(chief, "Frau Neu möchte") for chief in (first, second)]
    one, two = await number(talk, "Frau Eins"), await number(talk, "Frau Zwei")
    first.presses(f"team:role:{two}:coordinator", asked[0], forged=True)
    await talk.hears(first, "Frau Zwei hat jetzt die Rolle: Koordination")
    second.presses("Bestätigen", asked[1])
    await talk.hears(second, "nur die Verwaltung")
    second.presses(f"team:role:{one}:coordinator", asked[1], forged=True)
    await talk.hears(second, "nur die Verwaltung")
    first.presses(f"team:role:{one}:coordinator", asked[0], forged=True)
    await talk.hears(first, "nur jemand anders")
    roles = await team(talk)
    assert (roles["Frau Eins"], roles["Frau Zwei"]) == ("admin", "coordinator")
    assert "Frau Neu" not in roles

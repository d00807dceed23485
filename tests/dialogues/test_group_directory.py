"""People find groups about their topic, and come in through the hotline."""

from datetime import timedelta
from pathlib import Path

import pytest

from storage import groups, rights
from storage.database import Tx
from tests.fakes.botapi import FakeBotApi
from tests.fakes.rules import Refused
from tests.support.clock import START, MovableClock
from tests.support.directory import (
    PLACE,
    RULES,
    agreed,
    calm,
    elsewhere,
    link_in,
    listed,
    write,
)
from tests.support.hotline import Talk, hotline

ALARM = "SELECT kind, subject FROM alarms WHERE kind = 'group-trouble' AND resolved_at IS NULL"


# -- finding ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "Gibt es eine Gruppe zu Mobilität?",
        "Welche Gruppen gibt es zum Rufbus?",
        "Ich suche eine Themengruppe für Bus und Bahn",
        "/gruppen mobilität",
        "/gruppen Bus und Bahn",
    ],
)
async def test_a_group_is_found_by_its_topic(talk: Talk, words: str) -> None:
    _, number = await listed(talk)
    await elsewhere(talk)
    anna = talk.person()
    found = await talk.ask(anna, words, "Das passt (1)")
    assert [button.data for button in found.buttons] == [f"grp:see:{number}"]
    assert "Leerstand" not in found.text


async def test_the_whole_directory_is_shown_with_ten_groups_at_the_most(talk: Talk) -> None:
    for number in range(12):
        await elsewhere(talk, f"Gruppe {number:02}", slug=f"gruppe-{number:02}")
    shown = await talk.ask(talk.person(), "/gruppen", "Themengruppen")
    assert len(shown.buttons) == 10
    assert "Und 2 weitere" in shown.text
    assert "Gruppe 10" not in shown.text


async def test_without_groups_the_directory_says_so_and_questions_go_their_way(
    talk: Talk,
) -> None:
    anna = talk.person()
    await talk.ask(anna, "/gruppen", "noch keine Themengruppen")
    anna.says("Gibt es eine Gruppe zu Mobilität?")
    await calm(talk)
    assert not any("Themengruppe" in text for text in talk.silence(anna))


async def test_a_topic_without_a_group_is_admitted_and_the_others_are_offered(talk: Talk) -> None:
    await listed(talk)
    anna = talk.person()
    await talk.ask(anna, "Gibt es eine Gruppe zu Glasfaser?", "noch keine Themengruppe")
    anna.presses("Alle Gruppen")
    await talk.hears(anna, "Mobilität auf dem Land")
    await talk.ask(anna, "/gruppen Raumfahrt", "Zu „Raumfahrt“ steht keine Gruppe")


@pytest.mark.parametrize(
    "words",
    [
        "Was ist eine Zielgruppe?",
        "Unsere Gruppe streitet sich",
        "Welche Arbeitsgruppen hat der Bundestag?",
    ],
)
async def test_not_every_group_is_one_of_the_directory(talk: Talk, words: str) -> None:
    await listed(talk)
    anna = talk.person()
    anna.says(words)
    await calm(talk)
    assert talk.silence(anna)
    assert not any("Themengruppe" in text for text in talk.silence(anna))


async def test_a_group_elsewhere_is_shown_with_its_link(talk: Talk) -> None:
    number = await elsewhere(talk)
    anna = talk.person()
    await talk.ask(anna, "/gruppen leerstand", "Das passt")
    anna.presses(f"grp:see:{number}")
    shown = await talk.hears(anna, "Leere Läden")
    assert "Wo: Signal" in shown.text
    assert [(b.label, b.url) for b in shown.buttons] == [
        ("Zur Gruppe (Signal)", "https://signal.group/#abc"),
        ("Weitersagen", None),
    ]


async def test_two_groups_of_one_name_are_told_apart(talk: Talk) -> None:
    await listed(talk, "Leerstand", matters=["leerstand"], region="Brandenburg")
    await elsewhere(talk, "Leerstand")
    shown = await talk.ask(talk.person(), "/gruppen leerstand", "Das passt")
    labels = [button.label for button in shown.buttons]
    assert len(set(labels)) == 2
    assert "Leerstand (Brandenburg)" in labels


@pytest.mark.parametrize(
    "action", ["grp:see:999", "grp:join:x", "grp:yes:1:00000000", "grp:", "grp:see:-1", "grp:no:²"]
)
async def test_forged_buttons_have_no_effect(talk: Talk, action: str) -> None:
    await listed(talk, shown=False)
    anna = talk.person()
    await talk.ask(anna, "/start", "Guten Tag")
    anna.presses(action, forged=True)
    await talk.hears(anna, "gilt nicht mehr")
    assert await talk.rows("SELECT * FROM group_joins") == []
    assert talk.api.calls_to("createChatInviteLink") == []


# -- joining ----------------------------------------------------------------------------------


async def test_the_way_in_is_rules_a_yes_and_a_link_for_one(talk: Talk) -> None:
    place, number = await listed(talk)
    anna, bob = talk.person("Anna"), talk.person("Bob")
    await talk.ask(anna, "/gruppen", "Mobilität")
    anna.presses(f"grp:see:{number}")
    await talk.hears(anna, "Bus und Bahn")
    anna.presses("Beitreten")
    await talk.hears(anna, RULES)
    assert talk.api.calls_to("createChatInviteLink") == []
    anna.presses("Ich stimme zu")
    message = await talk.hears(anna, "nur einmal")
    [call] = talk.api.calls_to("createChatInviteLink")
    assert call.params["member_limit"] == 1
    assert call.params["expire_date"] > talk.clock.now().timestamp()
    assert "Anna" not in call.params["name"]
    anna.follows(link_in(message))
    assert anna.id in place.members
    with pytest.raises(Refused, match="INVITE_HASH_EXPIRED"):
        bob.follows(link_in(message))
    await calm(talk)
    anna.presses("Der Link geht nicht")
    await talk.hears(anna, "schon benutzt")
    [row] = await talk.rows("SELECT state, link FROM group_joins")
    assert row == {"state": "joined", "link": ""}


async def test_who_declines_gets_no_link(talk: Talk) -> None:
    _, number = await listed(talk)
    anna = talk.person()
    await talk.ask(anna, "/gruppen", "Themengruppen")
    anna.presses(f"grp:join:{number}", forged=True)
    await talk.hears(anna, "Regeln")
    anna.presses("Nein, danke")
    await talk.hears(anna, "treten nicht bei")
    assert talk.api.calls_to("createChatInviteLink") == []


async def test_nobody_agrees_to_rules_that_were_not_shown_or_are_others_by_now(talk: Talk) -> None:
    _, number = await listed(talk)
    anna = talk.person()
    await talk.ask(anna, "/start", "Guten Tag")
    anna.presses(f"grp:yes:{number}:deadbeef", forged=True)
    await talk.hears(anna, RULES)
    await write(talk, lambda tx: groups.write(tx, number, {"rules": "Keine Werbung."}))
    anna.presses("Ich stimme zu")
    await talk.hears(anna, "inzwischen geändert")
    await talk.hears(anna, "Keine Werbung.")
    assert talk.api.calls_to("createChatInviteLink") == []
    anna.presses("Ich stimme zu")
    await talk.hears(anna, "nur einmal")


async def test_pressing_twenty_times_makes_one_link(talk: Talk) -> None:
    _, number = await listed(talk)
    anna = talk.person()
    await talk.ask(anna, "/start", "Guten Tag")
    anna.presses(f"grp:join:{number}", forged=True)
    await talk.hears(anna, "Regeln")
    for _ in range(20):
        anna.presses("Ich stimme zu")
    await calm(talk)
    assert len(talk.api.calls_to("createChatInviteLink")) == 1


async def test_a_broken_link_is_replaced_only_after_a_while(talk: Talk) -> None:
    _, number = await listed(talk)
    anna = talk.person()
    await agreed(talk, anna, number)
    anna.presses("Der Link geht nicht")
    await talk.hears(anna, "gilt nur einmal")
    await talk.passes(timedelta(hours=2))
    anna.presses("Der Link geht nicht")
    await talk.hears(anna, "nur für Sie")
    assert len(talk.api.calls_to("createChatInviteLink")) == 2


async def test_a_group_that_gives_us_no_right_is_reported_and_people_hear_it(talk: Talk) -> None:
    place, number = await listed(talk)
    anna, bob = talk.person(), talk.person()
    await talk.ask(anna, "/start", "Guten Tag")
    anna.presses(f"grp:join:{number}", forged=True)
    await talk.hears(anna, "Regeln")
    place.bot_may_invite = False  # and nobody tells us
    anna.presses("Ich stimme zu")
    await talk.hears(anna, "darf ich zurzeit niemanden einladen")
    assert await talk.rows(ALARM) == [{"kind": "group-trouble", "subject": str(number)}]
    await talk.ask(bob, "/start", "Guten Tag")
    bob.presses(f"grp:join:{number}", forged=True)
    await talk.hears(bob, "kann ich zurzeit niemanden einladen")
    place.let_bot_invite(True)
    await calm(talk)
    assert await talk.rows(ALARM) == []
    bob.presses(f"grp:join:{number}", forged=True)
    await talk.hears(bob, RULES)


async def test_the_right_to_invite_is_missed_as_soon_as_it_is_taken(talk: Talk) -> None:
    place, number = await listed(talk)
    place.let_bot_invite(False)
    await calm(talk)
    assert await talk.rows(ALARM) == [{"kind": "group-trouble", "subject": str(number)}]
    assert await talk.rows("SELECT trouble FROM groups") == [{"trouble": "invite"}]


async def test_a_group_without_us_is_nobodys_to_find(talk: Talk) -> None:
    place, number = await listed(talk)
    anna = talk.person()
    await talk.ask(anna, "/gruppen", "Mobilität")
    place.remove_bot()
    await calm(talk)
    assert len(await talk.rows(ALARM)) == 1
    anna.presses(f"grp:see:{number}")
    await talk.hears(anna, "gibt es nicht mehr")
    await talk.ask(anna, "/gruppen", "noch keine Themengruppen")
    place.add_bot()
    await calm(talk)
    await talk.ask(anna, "/gruppen", "Mobilität")


async def test_a_group_that_is_gone_without_a_word_is_found_out_while_inviting(talk: Talk) -> None:
    place, number = await listed(talk)
    anna = talk.person()
    await talk.ask(anna, "/start", "Guten Tag")
    anna.presses(f"grp:join:{number}", forged=True)
    await talk.hears(anna, "Regeln")
    place.bot_removed = True
    anna.presses("Ich stimme zu")
    await talk.hears(anna, "gibt es nicht mehr")
    assert len(await talk.rows(ALARM)) == 1
    assert await talk.rows("SELECT trouble FROM groups") == [{"trouble": "gone"}]


async def test_a_lost_answer_costs_nothing_but_a_link_that_nobody_has(talk: Talk) -> None:
    _, number = await listed(talk)
    anna = talk.person()
    talk.api.fault("createChatInviteLink", "drop_after")
    await talk.ask(anna, "/start", "Guten Tag")
    anna.presses(f"grp:join:{number}", forged=True)
    await talk.hears(anna, "Regeln")
    anna.presses("Ich stimme zu")
    message = await talk.hears(anna, "nur einmal")
    assert len(talk.api.groups[PLACE].links) == 2
    anna.follows(link_in(message))


async def test_a_link_that_was_promised_comes_after_a_restart(
    tmp_path: Path, api: FakeBotApi
) -> None:
    async with hotline(tmp_path, api) as talk:
        _, number = await listed(talk)
        anna = talk.person()
        await talk.ask(anna, "/start", "Guten Tag")
        anna.presses(f"grp:join:{number}", forged=True)
        await talk.hears(anna, "Regeln")
        trouble = api.fault("createChatInviteLink", 502, times=None)
        anna.presses("Ich stimme zu")
        await talk.hears(anna, "kommt gleich")
        await api.wait_for(lambda: trouble.hits)
    trouble.cancel()
    async with hotline(tmp_path, api, MovableClock(START + timedelta(hours=1))) as again:
        message = await again.hears(anna, "nur einmal")
    anna.follows(link_in(message))


async def test_a_group_takes_so_many_an_hour(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.network.joining_groups.MOST_AN_HOUR", 1)
    _, number = await listed(talk)
    anna, bob = talk.person(), talk.person()
    await agreed(talk, anna, number)
    await talk.ask(bob, "/start", "Guten Tag")
    bob.presses(f"grp:join:{number}", forged=True)
    await talk.hears(bob, "Regeln")
    bob.presses("Ich stimme zu")
    await talk.hears(bob, "in einer Stunde")
    await talk.passes(timedelta(hours=1, minutes=1))
    bob.presses("Ich stimme zu")
    await talk.hears(bob, "nur einmal")


# -- knocking ---------------------------------------------------------------------------------


async def test_who_knocks_reads_the_rules_and_is_let_in_after_a_yes(talk: Talk) -> None:
    place, _ = await listed(talk)
    anna = talk.person()
    anna.knocks_at(place)
    shown = await talk.hears(anna, RULES)
    assert "nach drei Tagen" in shown.text
    assert anna.id not in place.members
    anna.presses("Ich stimme zu")
    await talk.hears(anna, "Sie sind jetzt in der Gruppe")
    assert anna.id in place.members


async def test_who_never_agrees_is_declined_after_three_days_and_forgotten(talk: Talk) -> None:
    place, _ = await listed(talk)
    spam = talk.person("Gewinn!!!")
    spam.knocks_at(place)
    await talk.hears(spam, RULES)
    await talk.passes(timedelta(days=2))
    assert spam.id in place.knocking
    await talk.passes(timedelta(days=1, minutes=1))
    assert place.knocking == set()
    assert spam.id not in place.members
    assert await talk.rows("SELECT * FROM people") == []
    assert await talk.rows("SELECT * FROM group_joins") == []


async def test_who_knocks_and_says_no_waits_no_longer(talk: Talk) -> None:
    place, _ = await listed(talk)
    anna = talk.person()
    anna.knocks_at(place)
    await talk.hears(anna, RULES)
    anna.presses("Nein, danke")
    await talk.hears(anna, "treten nicht bei")
    await talk.api.wait_for(lambda: not place.knocking)
    assert anna.id not in place.members


async def test_a_request_that_was_taken_back_ends_in_a_link(talk: Talk) -> None:
    place, _ = await listed(talk)
    anna = talk.person()
    anna.knocks_at(place)
    await talk.hears(anna, RULES)
    place.knocking.clear()
    anna.presses("Ich stimme zu")
    await talk.hears(anna, "nur einmal")


async def test_a_moderator_who_was_faster_is_no_problem(talk: Talk) -> None:
    place, _ = await listed(talk)
    anna = talk.person()
    anna.knocks_at(place)
    await talk.hears(anna, RULES)
    place.lets_in(anna)
    await calm(talk)
    await talk.passes(timedelta(days=4))
    assert talk.api.calls_to("declineChatJoinRequest") == []
    assert await talk.rows("SELECT state FROM group_joins") == [{"state": "joined"}]


async def test_a_group_outside_of_the_directory_has_its_own_door(talk: Talk) -> None:
    place, _ = await listed(talk, shown=False)
    anna = talk.person()
    anna.knocks_at(place)
    await calm(talk)
    assert anna.received == []
    assert await talk.rows("SELECT * FROM people") == []


async def test_a_flood_of_accounts_at_the_door_is_left_to_the_moderators(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.network.joining_groups.MOST_AN_HOUR", 3)
    place, _ = await listed(talk)
    crowd = [talk.person() for _ in range(6)]
    for one in crowd:
        one.knocks_at(place)
    await calm(talk)
    assert sum(bool(one.received) for one in crowd) == 3
    assert len(await talk.rows(ALARM)) == 1
    assert not any(one.id in place.members for one in crowd)


# -- what is kept -----------------------------------------------------------------------------


async def test_whoever_is_erased_in_the_middle_leaves_nothing_and_hears_nothing(
    talk: Talk,
) -> None:
    place, number = await listed(talk)
    anna = talk.person()
    anna.knocks_at(place)
    await talk.hears(anna, RULES)
    talk.api.fault("approveChatJoinRequest", 429, retry_after=600, times=None)
    anna.presses("Ich stimme zu")
    await talk.api.wait_for(lambda: talk.api.calls_to("approveChatJoinRequest"))

    async def erase(tx: Tx) -> None:
        person = await rights.find(tx, f"telegram:{anna.id}")
        assert person
        await rights.erase(tx, person, talk.clock.now())

    await write(talk, erase)
    kept = await talk.rows("SELECT * FROM outbox WHERE payload LIKE ?", f"%{anna.id}%")
    assert kept == []
    assert await talk.rows("SELECT * FROM group_joins") == []
    assert number


async def test_what_is_handed_out_names_the_group_and_the_state(talk: Talk) -> None:
    _, number = await listed(talk)
    anna = talk.person()
    message = await agreed(talk, anna, number)

    async def look(tx: Tx) -> object:
        person = await rights.find(tx, f"telegram:{anna.id}")
        assert person
        return (await rights.export(tx, person))["Ihr Weg in Themengruppen"]

    [row] = await write(talk, look)
    assert row["Stand"] == "eingeladen"
    assert row["Ihr Einladungslink"] == link_in(message)


async def test_the_way_in_is_forgotten_after_a_month(talk: Talk) -> None:
    _, number = await listed(talk)
    anna = talk.person()
    anna.follows(link_in(await agreed(talk, anna, number)))
    await calm(talk)
    await talk.passes(timedelta(days=31))
    assert await talk.rows("SELECT * FROM group_joins") == []


async def test_in_simple_language_the_rules_come_in_short_sentences(talk: Talk) -> None:
    _, number = await listed(talk)
    anna = talk.person()
    await talk.ask(anna, "/einfach", "Einfach")
    anna.presses(f"grp:join:{number}", forged=True)
    await talk.hears(anna, "Sind Sie mit den Regeln einverstanden?")
    anna.presses("Ich stimme zu")
    await talk.hears(anna, "Der Link ist nur für Sie.")

"""Who becomes a coordinator, which group is the desk, and who is neither."""

from datetime import timedelta
from pathlib import Path

from bot.app import invite
from tests.fakes.botapi import FakeBotApi
from tests.support.hotline import COLLEAGUE, COORDINATOR, DESK, Talk, hotline


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

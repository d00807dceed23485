"""While a coordinator writes in the browser, whoever waits for the answer sees it."""

from datetime import timedelta

from tests.dialogues.test_desk_work import clicked, member, told, web_request
from tests.support.hotline import DESK, Talk


def shown(talk: Talk) -> list[tuple[int, int | None]]:
    """Where it was shown that somebody writes: chats, and topics in them."""
    calls = talk.api.calls_to("sendChatAction")
    assert all(call.params["action"] == "typing" for call in calls)
    return [(call.params["chat_id"], call.params.get("message_thread_id")) for call in calls]


async def writes(talk: Talk, number: int = 1001) -> None:
    """An open page says so every five seconds while somebody types."""
    talk.app.somebody_writes(number)

    async def over() -> bool:
        return number in talk.app._hinting

    await talk.until(over, wanted=False)


async def test_the_person_and_the_topic_see_that_somebody_writes(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await talk.settled()
    await writes(talk)
    assert shown(talk) == [(person.id, None), (DESK, topic.thread_id)]
    said = len(person.received)
    await writes(talk)
    assert len(person.received) == said


async def test_nothing_is_shown_where_no_answer_can_arrive(talk: Talk) -> None:
    person = talk.person()
    await talk.request(person)
    await clicked(talk, "desk:block:1001", days="7", reason="Beleidigungen")
    await writes(talk)
    await clicked(talk, "desk:unblock:1001")
    await clicked(talk, "desk:close:1001")
    await talk.settled()
    await writes(talk)
    await writes(talk, 9999)
    await clicked(talk, "desk:reopen:1001")
    person.blocks_bot()

    async def blocked() -> int:
        return len(await talk.rows("SELECT * FROM addresses WHERE blocked_at IS NOT NULL"))

    await talk.until(blocked, 1)
    await writes(talk)
    assert shown(talk) == []


async def test_in_a_web_chat_only_the_topic_is_on_telegram(talk: Talk) -> None:
    topic = await web_request(talk)
    await talk.settled()
    await writes(talk)
    assert shown(talk) == [(DESK, topic.thread_id)]
    [row] = await talk.rows("SELECT chat FROM requests")
    assert talk.app.hub.is_written_to(row["chat"], talk.clock.now()) > 0
    await clicked(talk, "desk:answer:1001", text="Die Stadt.")
    assert talk.app.hub.is_written_to(row["chat"], talk.clock.now()) == 0


async def test_it_passes_by_itself(talk: Talk) -> None:
    await web_request(talk)
    await writes(talk)
    [row] = await talk.rows("SELECT chat FROM requests")
    await talk.passes(timedelta(seconds=13))
    assert talk.app.hub.is_written_to(row["chat"], talk.clock.now()) == 0


async def test_a_hint_that_the_network_refuses_harms_nobody(talk: Talk) -> None:
    person = talk.person()
    topic = await talk.request(person)
    await talk.settled()
    talk.api.fault("sendChatAction", 400, times=None)
    await writes(talk)
    member(talk).says("Die Stadt.", thread=topic)
    await talk.hears(person, "Die Stadt.")
    await told(talk, topic, "gesendet")
    await talk.settled()
    assert await talk.rows("SELECT * FROM alarms") == []
    assert all(row["state"] == "sent" for row in await talk.rows("SELECT state FROM outbox"))


async def test_when_the_network_asks_for_rest_nothing_is_shown_meanwhile(talk: Talk) -> None:
    person = talk.person()
    await talk.request(person)
    await talk.settled()
    talk.api.fault("sendChatAction", 429, chat=person.id, retry_after=30)
    await writes(talk)
    assert (await talk.rows("SELECT scope FROM pauses")) == [{"scope": f"chat:{person.id}"}]
    before = len(shown(talk))
    await writes(talk)
    assert [chat for chat, _ in shown(talk)[before:]] == [DESK]
    await talk.passes(timedelta(seconds=31))
    await writes(talk)
    assert shown(talk)[-2][0] == person.id

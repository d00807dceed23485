"""The desk teaches the hotline: what one coordinator proposes and another approves is answered."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from bot.content import Content
from bot.learned import Learned
from handlers.desk import learning
from handlers.message import Incoming, Kind
from knowledge.load import shipped
from knowledge.models import Entry
from storage import coordinators, desk_entries, web
from storage.database import Tx
from tests.fakes.world import Member, Message, Topic
from tests.support.hotline import COLLEAGUE, COORDINATOR, DESK, Talk

ANSWER = "Die Kirchturmuhr zahlt meist die Stadt, auch wenn der Turm der Kirche gehört."
ENTRY = "desk-wer-zahlt-die-kirchturmuhr"
FILLED = {
    "title": "Wer zahlt die Kirchturmuhr?",
    "question": "Wer zahlt die Kirchturmuhr?",
    "asked_as": "Kosten der Kirchturmuhr\nWer bezahlt die Uhr am Kirchturm?",
    "answer": ANSWER,
    "topics": "grundlagen",
}
ERIKA, MAX = 1, 2  # the coordinators of the settings, in their order
clicks = count()


def member(talk: Talk, who: int = COORDINATOR) -> Member:
    return talk.api.group(DESK).member(who)


async def in_group(talk: Talk, words: str) -> Message:
    """Something that stands in the group, in any topic or in none."""
    group = talk.api.group(DESK)

    def found() -> Message | None:
        return next((m for m in group.messages if words in m.text), None)

    message: Message = await talk.api.wait_for(found)
    return message


async def write(talk: Talk, unit: Callable[[Tx], Awaitable[Any]]) -> Any:
    return await talk.app.database.write(unit)  # type: ignore[arg-type]


async def clicks_on(talk: Talk, who: int, action: str, form: dict[str, str] | None = None) -> str:
    """A coordinator does something in the browser; the notice that answers it."""
    chat = f"desk:{who}"

    async def lines(tx: Tx) -> list[web.Line]:
        return await web.lines(tx, chat)

    before = len(await talk.app.database.read(lines))
    await talk.app.receiver(
        [
            Incoming(
                channel="desk",
                bot="",
                update_id=f"click-{next(clicks)}",
                kind=Kind.BUTTON,
                chat=chat,
                sender=str(who),
                private=False,
                desk=True,
                action=action,
                form=form or {},
                at=talk.clock.now(),
            )
        ]
    )

    async def number() -> int:
        return len(await talk.app.database.read(lines))

    await talk.until(number, before + 1)
    payload = (await talk.app.database.read(lines))[-1].payload
    return str(payload)


async def proposed(talk: Talk, who: int = ERIKA, **changes: str) -> str:
    return await clicks_on(talk, who, "learn:propose:", FILLED | changes)


async def state(talk: Talk, entry_id: str = ENTRY) -> str:
    kept = await talk.app.database.read(lambda tx: desk_entries.get(tx, entry_id))
    return kept.state if kept else ""


def knows(talk: Talk, entry_id: str = ENTRY) -> bool:
    return entry_id in talk.app.content.knowledge.library.entries


async def learnt(talk: Talk, entry_id: str = ENTRY) -> None:
    async def look() -> bool:
        return knows(talk, entry_id)

    await talk.until(look, wanted=True, within=30)  # on a machine that does much else


async def live(talk: Talk, **changes: Any) -> Entry:
    """An entry of the desk that is live."""
    entry = Entry.model_validate(
        {
            "id": ENTRY,
            "title": FILLED["title"],
            "asked_as": ["Wer zahlt die Kirchturmuhr?", "Kosten der Kirchturmuhr"],
            "answer": ANSWER,
            "topics": ["grundlagen"],
            "source": "Antwort der Koordination",
            "checked_on": talk.clock.now().date(),
        }
        | changes
    )
    now = talk.clock.now()
    payload = entry.model_dump_json()
    await write(talk, lambda tx: desk_entries.put_live(tx, entry.id, payload, now))
    await learnt(talk, entry.id)
    return entry


async def test_what_a_colleague_approves_in_the_group_answers_the_next_person(talk: Talk) -> None:
    said = await proposed(talk)
    assert "muss den Eintrag freigeben" in said
    waiting = await in_group(talk, "Vorschlag für die FAQ")
    assert ANSWER in waiting.text
    assert not knows(talk)
    member(talk).presses("Freigeben", waiting)
    await in_group(talk, "muss ihn jemand anderes")
    assert await state(talk) == "proposed"
    member(talk, COLLEAGUE).presses("Freigeben", waiting)
    await in_group(talk, "steht jetzt in der FAQ")
    await learnt(talk)
    person = talk.person()
    await talk.ask(person, "Wer bezahlt die Uhr am Kirchturm?", ANSWER)


async def test_of_two_who_approve_at_once_one_does_it_and_the_other_is_told(talk: Talk) -> None:
    await proposed(talk)
    code = await coordinator(talk, "Dritte")
    said = await asyncio.gather(
        clicks_on(talk, MAX, f"learn:approve:{ENTRY}"),
        clicks_on(talk, code, f"learn:approve:{ENTRY}"),
    )
    assert sorted("steht jetzt in der FAQ" in one for one in said) == [False, True]
    assert any("schon freigegeben" in one for one in said)
    rows = await talk.rows("SELECT revision FROM desk_entries")
    assert rows == [{"revision": 2}]


async def coordinator(talk: Talk, name: str, role: str = "coordinator") -> int:
    by = await write(talk, lambda tx: coordinators.enrol(tx, name, role, talk.clock.now()))
    return int(by.id)


async def test_names_and_numbers_are_refused_until_somebody_confirms_them(talk: Talk) -> None:
    said = await proposed(talk, answer=ANSWER + " Rufen Sie Frau Muster an: 03521 12345.")
    assert "Frau Muster" in said
    assert "03521 12345" in said
    assert await state(talk) == ""
    await proposed(talk, answer=ANSWER + " Die Stadt hilft: 03521 12345.", confirmed="yes")
    assert await state(talk) == "proposed"


async def test_the_name_with_which_a_person_signed_is_noticed(talk: Talk) -> None:
    person = talk.person()
    await talk.request(person, "Ich heiße Erna Schmidt. Wer zahlt die Kirchturmuhr?")
    number = (await talk.rows("SELECT id FROM requests"))[0]["id"]
    form = FILLED | {"answer": ANSWER + " Danke, liebe Schmidt!"}
    said = await clicks_on(talk, ERIKA, f"learn:propose:{number}", form)
    assert "„Schmidt“" in said
    assert await state(talk) == ""


async def test_a_broken_form_is_refused_with_all_its_reasons(talk: Talk) -> None:
    said = await proposed(talk, title="X", question="Hallo", asked_as="", topics="")
    assert "3 bis 60 Zeichen" in said
    assert "mindestens ein Thema" in said
    assert await talk.rows("SELECT * FROM desk_entries") == []


async def test_what_another_entry_answers_is_refused_until_somebody_says_it_differs(
    talk: Talk,
) -> None:
    await live(talk, id="desk-turmuhr")
    said = await proposed(talk)
    assert "Das klingt nach Einträgen, die es schon gibt: „Wer zahlt die Kirchturmuhr?“" in said
    assert await state(talk) == ""
    await proposed(talk, distinct="yes")
    assert await state(talk) == "proposed"


async def deeds(talk: Talk) -> list[tuple[str, str]]:
    rows = await talk.rows("SELECT verb, subject FROM audit WHERE verb LIKE 'learn-%' ORDER BY id")
    return [(row["verb"].removeprefix("learn-"), row["subject"]) for row in rows]


async def test_the_log_holds_who_taught_what_and_no_words(talk: Talk) -> None:
    await proposed(talk)
    await clicks_on(talk, ERIKA, f"learn:approve:{ENTRY}")  # refused: it is their own
    await clicks_on(talk, MAX, f"learn:approve:{ENTRY}")
    await learnt(talk)
    await clicks_on(talk, MAX, f"learn:checked:{ENTRY}")
    form = {"entry": "kleinstadt-definition", "words": "Ab wann ist ein Nest ein Städtchen?"}
    await clicks_on(talk, MAX, "learn:phrasing:", form)
    await clicks_on(talk, MAX, "learn:unphrase:", form)
    await clicks_on(talk, MAX, "learn:canned:", {"title": "Gruß", "text": "Gern geschehen."})
    await clicks_on(talk, MAX, "learn:uncan:1")
    await clicks_on(talk, MAX, f"learn:withdraw:{ENTRY}")
    await proposed(talk, title="Wer stellt die Kirchturmuhr?", distinct="yes")
    await clicks_on(talk, MAX, "learn:reject:desk-wer-stellt-die-kirchturmuhr")
    await clicks_on(talk, MAX, "learn:advice:1")
    assert await deeds(talk) == [
        ("proposed", ENTRY),
        ("approved", ENTRY),
        ("checked", ENTRY),
        ("phrased", "kleinstadt-definition"),
        ("unphrased", "kleinstadt-definition"),
        ("canned", "canned:1"),
        ("uncanned", "canned:1"),
        ("withdrawn", ENTRY),
        ("proposed", "desk-wer-stellt-die-kirchturmuhr"),
        ("rejected", "desk-wer-stellt-die-kirchturmuhr"),
    ]


# -- a live entry is changed -----------------------------------------------------------------

OTHER = "Die Kirchturmuhr zahlt die Stadt, seit es sie gibt."


async def test_a_changed_entry_is_read_once_a_colleague_agrees(talk: Talk) -> None:
    await live(talk)
    form = FILLED | {"answer": OTHER}
    assert "muss den Eintrag freigeben" in await clicks_on(
        talk, ERIKA, f"learn:change:{ENTRY}", form
    )
    waiting = await in_group(talk, "Änderung in der FAQ")
    assert OTHER in waiting.text
    person = talk.person()
    await talk.ask(person, "Wer zahlt die Kirchturmuhr?", ANSWER)
    member(talk).presses("Freigeben", waiting)
    await in_group(talk, "muss ihn jemand anderes")
    member(talk, COLLEAGUE).presses("Freigeben", waiting)
    await in_group(talk, "ist geändert und steht so in der FAQ")

    async def look() -> str:
        return talk.app.content.knowledge.library.entries[ENTRY].answer

    await talk.until(look, wanted=OTHER)
    await talk.ask(person, "Kosten der Kirchturmuhr", OTHER)
    rows = await talk.rows("SELECT id, state, proposed_by, approved_by FROM desk_entries")
    assert rows == [{"id": ENTRY, "state": "live", "proposed_by": ERIKA, "approved_by": MAX}]
    assert [deed for deed, _ in await deeds(talk)] == ["changed", "approved"]


async def test_in_the_group_an_entry_is_looked_up_and_gets_a_new_answer(talk: Talk) -> None:
    await live(talk)
    await live(talk, id="desk-glocke", title="Wer zahlt die Kirchturmglocke?")
    member(talk).says("/eintrag Orgelpfeifen")
    await in_group(talk, "Diesen Eintrag der Koordination gibt es nicht.")
    member(talk).says("/eintrag kirchturm")
    await in_group(talk, "Das passt auf mehrere Einträge.")
    member(talk).says("/eintrag Kirchturmuhr")
    shown = await in_group(talk, f"/eintrag {ENTRY} Neue Antwort")
    assert ANSWER in shown.text
    member(talk).says(f"/eintrag {ENTRY} {ANSWER}")
    await in_group(talk, "steht schon genau so in der FAQ")
    member(talk).says(f"/eintrag {ENTRY} Fragen Sie Frau Muster: 03521 12345.")
    await in_group(talk, "könnte zu einem Menschen gehören")
    assert len(await talk.rows("SELECT * FROM desk_entries")) == 2
    member(talk).says(f"/eintrag {ENTRY} {OTHER}")
    waiting = await in_group(talk, "Änderung in der FAQ")
    member(talk, COLLEAGUE).presses("Ablehnen", waiting)
    await in_group(talk, "Der Eintrag bleibt, wie er ist.")
    member(talk, COLLEAGUE).presses("Freigeben", waiting)
    await in_group(talk, "Diesen Vorschlag gibt es nicht mehr.")
    assert talk.app.content.knowledge.library.entries[ENTRY].answer == ANSWER


async def test_one_change_waits_at_a_time(talk: Talk) -> None:
    await live(talk)
    await clicks_on(talk, ERIKA, f"learn:change:{ENTRY}", FILLED | {"answer": OTHER})
    again = await clicks_on(talk, MAX, f"learn:change:{ENTRY}", FILLED | {"answer": "Anders."})
    assert "wartet schon eine Änderung" in again
    assert len(await talk.rows("SELECT * FROM desk_entries")) == 2


async def test_of_two_who_approve_a_change_at_once_one_does_it(talk: Talk) -> None:
    await live(talk)
    third = await coordinator(talk, "Dritte")
    await clicks_on(talk, ERIKA, f"learn:change:{ENTRY}", FILLED | {"answer": OTHER})
    said = await asyncio.gather(
        clicks_on(talk, MAX, f"learn:approve:{ENTRY}+"),
        clicks_on(talk, third, f"learn:approve:{ENTRY}+"),
    )
    assert sorted("ist geändert" in one for one in said) == [False, True]


async def test_what_was_withdrawn_cannot_be_changed(talk: Talk) -> None:
    await live(talk)
    form = FILLED | {"answer": OTHER}
    await clicks_on(talk, ERIKA, f"learn:change:{ENTRY}", form)
    await clicks_on(talk, MAX, f"learn:withdraw:{ENTRY}")
    assert "gibt es nicht mehr" in await clicks_on(talk, MAX, f"learn:approve:{ENTRY}+")
    for entry_id in (ENTRY, "desk-nie-gewesen", f"{ENTRY}+", "kleinstadt-definition"):
        said = await clicks_on(talk, ERIKA, f"learn:change:{entry_id}", form)
        assert "steht nicht in der FAQ" in said
    rows = await talk.rows("SELECT state FROM desk_entries")
    assert [row["state"] for row in rows] == ["rejected"]


async def test_an_expert_changes_no_entry(talk: Talk) -> None:
    await live(talk)
    expert = await coordinator(talk, "Fachfrau", "expert")
    said = await clicks_on(talk, expert, f"learn:change:{ENTRY}", FILLED | {"answer": OTHER})
    assert "nur die Koordination" in said
    assert len(await talk.rows("SELECT * FROM desk_entries")) == 1


async def test_nobody_but_the_coordination_teaches(talk: Talk) -> None:
    expert = await coordinator(talk, "Fachfrau", "expert")
    assert "nur die Koordination" in await proposed(talk, expert)
    await proposed(talk)
    waiting = await in_group(talk, "Vorschlag für die FAQ")
    guest = talk.api.group(DESK).member(6666, "Koordination")
    guest.presses("Freigeben", waiting)
    await in_group(talk, "eingetragen")
    await write(
        talk, lambda tx: tx.run("UPDATE coordinators SET role = 'expert' WHERE id = ?", MAX)
    )
    assert "nur die Koordination" in await clicks_on(talk, MAX, f"learn:approve:{ENTRY}")
    assert await state(talk) == "proposed"


@pytest.mark.parametrize(
    "action",
    [
        "learn:",
        "learn:zaubern:1",
        "learn:approve:x",
        "learn:1001:f:x",
        "learn:advice:999999",
        "learn:from:x",
    ],
)
async def test_a_forged_button_gets_one_sentence_and_has_no_effect(talk: Talk, action: str) -> None:
    said = await clicks_on(talk, ERIKA, action)
    assert "gilt nicht mehr" in said or "gibt es nicht mehr" in said
    assert await talk.rows("SELECT * FROM desk_entries") == []


async def test_what_is_rejected_or_withdrawn_answers_nobody(talk: Talk) -> None:
    await proposed(talk)
    assert "kommt nicht in die FAQ" in await clicks_on(talk, MAX, f"learn:reject:{ENTRY}")
    assert "gibt es nicht mehr" in await clicks_on(talk, MAX, f"learn:approve:{ENTRY}")
    other = await live(talk, id="desk-turmuhr")
    assert "nicht mehr in der FAQ" in await clicks_on(talk, MAX, f"learn:withdraw:{other.id}")

    async def look() -> bool:
        return knows(talk, other.id)

    await talk.until(look, wanted=False)


async def test_another_way_of_asking_leads_to_an_entry_at_once(talk: Talk) -> None:
    words = "Ab wann darf sich unser Nest Städtchen nennen?"
    form = {"entry": "kleinstadt-definition", "words": words}
    assert "So fragt man ab jetzt auch" in await clicks_on(talk, ERIKA, "learn:phrasing:", form)

    async def look() -> bool:
        known = talk.app.content.knowledge.library.entries["kleinstadt-definition"]
        return words in known.asked_as

    await talk.until(look, wanted=True)
    await talk.ask(talk.person(), words, "5.000")
    assert "So findet man" in await clicks_on(talk, ERIKA, "learn:phrasing:", form)
    taken = {"entry": "hotline-was", "words": words}
    assert "führt schon zu" in await clicks_on(talk, ERIKA, "learn:phrasing:", taken)
    greeting = {"entry": "hotline-was", "words": "Ich möchte mit einem Menschen sprechen"}
    assert "gilt als Gruß" in await clicks_on(talk, ERIKA, "learn:phrasing:", greeting)


async def test_another_process_learns_it_too(talk: Talk) -> None:
    content = Content(shipped())
    other = Learned(talk.app.database, content)
    await other.look()
    running = asyncio.create_task(other.run())
    try:
        await live(talk)

        async def look() -> bool:
            return ENTRY in content.knowledge.library.entries

        await talk.until(look, wanted=True)
    finally:
        running.cancel()


async def test_a_broken_entry_is_left_out_and_the_others_are_answered(talk: Talk) -> None:
    now = talk.clock.now()
    for entry_id, payload in (
        ("desk-kaputt", "{kein JSON"),
        ("desk-leer", "{}"),
        ("kleinstadt-definition", "{}"),
    ):
        await write(talk, lambda tx, i=entry_id, p=payload: desk_entries.put_live(tx, i, p, now))
    await live(talk)
    assert not knows(talk, "desk-kaputt")
    await talk.ask(talk.person(), "Was ist eine Kleinstadt?", "5.000")
    await talk.ask(talk.person(), "Wer zahlt die Kirchturmuhr?", ANSWER)


async def test_new_content_keeps_what_the_desk_taught(talk: Talk) -> None:
    await live(talk)
    talk.app.content._fingerprint = "another one"
    assert await talk.app.content.refresh()
    assert knows(talk)
    assert talk.app.content.knowledge.library.events


async def test_after_a_year_somebody_shall_look_again(talk: Talk) -> None:
    now = talk.clock.now()
    read = talk.app.database.read
    await live(talk, checked_on=now.date() - timedelta(days=364))
    assert await read(lambda tx: learning.overdue(tx, now)) == []
    await live(talk, checked_on=now.date() - timedelta(days=366))
    assert [one.id for one in await read(lambda tx: learning.overdue(tx, now))] == [ENTRY]
    assert "ist geprüft" in await clicks_on(talk, ERIKA, f"learn:checked:{ENTRY}")
    assert await read(lambda tx: learning.overdue(tx, now)) == []


async def test_words_of_the_web_chat_are_not_shown_in_the_group(talk: Talk) -> None:
    """A proposal that was made of them is read in the browser."""

    async def unit(tx: Tx) -> int:
        person = await tx.value(
            "INSERT INTO people (created_at, seen_at) VALUES ('2026', '2026') RETURNING id"
        )
        request = await tx.value(
            """INSERT INTO requests (person_id, channel, bot, chat, topic, created_at, updated_at)
               VALUES (?, 'web', '', 'c', '', '2026', '2026') RETURNING id""",
            person,
        )
        await tx.run(
            """INSERT INTO request_messages (request_id, author, text, at)
               VALUES (?, 'person', 'Wer zahlt die Kirchturmuhr?', '2026')""",
            request,
        )
        return int(request)

    number = await write(talk, unit)
    await clicks_on(talk, ERIKA, f"learn:propose:{number}", FILLED)
    told = await in_group(talk, f"Aus K-{number}")
    assert ANSWER not in told.text
    assert "Turmuhr" not in told.text
    assert told.buttons == []


async def test_in_a_topic_suggestions_are_drafts_that_the_person_never_gets(talk: Talk) -> None:
    before = await talk.request(talk.person())
    member(talk).says(ANSWER, thread=before)
    await talk.api.wait_for(lambda: any("gesendet" in m.text for m in before.messages))
    person = talk.person("Zweite")
    topic = await talk.request(person, "Wer bezahlt die Uhr am Kirchturm?")
    opening = next(m for m in topic.messages if "Neue Anfrage" in m.text)
    member(talk).presses("learn:advice:1002", opening, forged=True)
    help_ = await stands(talk, topic, "Vorschläge zu K-1002")
    assert "Ähnliche Anfragen mit Antwort" in help_.text
    assert ANSWER not in help_.text
    button = next(b for b in help_.buttons if b.label.startswith("K-1001"))
    assert button.data is not None
    member(talk).presses(button.data, help_)
    draft = await stands(talk, topic, ANSWER)
    assert draft.text.startswith("Entwurf zum Kopieren")
    await talk.settled()
    assert talk.silence(person) == []


async def stands(talk: Talk, topic: Topic, words: str) -> Message:
    def found() -> Message | None:
        return next((m for m in topic.messages if words in m.text), None)

    message: Message = await talk.api.wait_for(found)
    return message

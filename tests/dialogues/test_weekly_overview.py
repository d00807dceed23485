"""On Monday morning the coordinators' group reads how the week before went."""

from datetime import UTC, datetime, timedelta

from handlers.desk.overview import OVERVIEW
from handlers.hours import BERLIN
from handlers.programme.digest import next_letter
from storage import due, people, requests
from storage.database import Tx
from storage.moments import moment
from tests.support.announcing import write
from tests.support.hotline import DESK, Talk, board

KNOWN = "Ab wann ist ein Ort eine Kleinstadt?"


async def planned(talk: Talk) -> datetime:
    async def unit(tx: Tx) -> str | None:
        return await due.planned(tx, OVERVIEW, "")

    at = await talk.app.database.read(unit)
    assert at is not None
    return moment(at)


async def to_monday(talk: Talk) -> None:
    await talk.passes(next_letter(talk.clock.now()) - talk.clock.now() + timedelta(seconds=1))


async def busy(talk: Talk, number: int) -> None:
    """So many requests, answered by somebody after two hours of work each."""
    now = talk.clock.now()

    async def unit(tx: Tx) -> None:
        for one in range(number):
            person = await people.meet(tx, "web", "", f"busy-{one}", now)
            request = await requests.create(
                tx,
                person_id=person.id,
                channel="web",
                bot="",
                chat=f"busy-{one}",
                topic="",
                urgent=False,
                promised_at=None,
                now=now,
            )
            await requests.set_state(tx, request.id, "answered", now + timedelta(hours=2))

    await write(talk, unit)


async def test_the_group_reads_five_lines_with_a_link(talk: Talk) -> None:
    for _ in range(5):
        await talk.ask(talk.person(), KNOWN, "5.000")
    await busy(talk, 10)
    await to_monday(talk)
    letter = await board(talk, "Die Hotline vom 23.11. bis 29.11.2026")
    lines = letter.text.splitlines()
    assert len(lines) == 5
    assert "Fragen: 5, sofort beantwortet: 100 %" in lines
    assert "Anfragen an Menschen: 10, als gut bewertet: –" in lines
    times = "für die Hälfte nach höchstens 2 Std., für 90 % nach höchstens 2 Std."
    assert f"Erste Antwort, in Bürozeit: {times}" in lines
    assert lines[-1].endswith("/desk/uebersicht")


async def test_a_quiet_week_names_no_number_that_points_at_somebody(talk: Talk) -> None:
    for _ in range(4):
        await talk.ask(talk.person(), KNOWN, "5.000")
    await busy(talk, 3)
    await to_monday(talk)
    letter = await board(talk, "Die Hotline vom")
    assert "Fragen: unter 5, sofort beantwortet: –" in letter.text
    assert "Anfragen an Menschen: unter 5" in letter.text
    assert "Erste Antwort: zu wenige Anfragen für eine Angabe" in letter.text


async def test_it_comes_every_monday_and_once(talk: Talk) -> None:
    assert (await planned(talk)).astimezone(BERLIN).strftime("%A %H:%M") == "Monday 09:00"
    await to_monday(talk)
    await board(talk, "23.11. bis 29.11.")
    assert await planned(talk) == datetime(2026, 12, 7, 8, tzinfo=UTC)
    await to_monday(talk)
    await board(talk, "30.11. bis 06.12.")
    told = [m for m in talk.api.group(DESK).general if "Die Hotline vom" in m.text]
    assert len(told) == 2


async def test_a_restart_leaves_the_plan_as_it_was(talk: Talk) -> None:
    before = await planned(talk)
    talk.clock.move(timedelta(hours=30))
    await write(talk, talk.app._prepare)
    assert await planned(talk) == before


async def test_without_a_group_nobody_is_told_and_the_next_week_is_planned(talk: Talk) -> None:
    await write(talk, lambda tx: tx.run("DELETE FROM facts WHERE name = 'desk'"))
    await to_monday(talk)
    assert await planned(talk) == datetime(2026, 12, 7, 8, tzinfo=UTC)
    assert not [m for m in talk.api.group(DESK).general if "Die Hotline vom" in m.text]


async def test_a_question_counts_once_and_on_the_day_of_berlin(talk: Talk) -> None:
    talk.clock.move(timedelta(hours=14, minutes=30))  # half past midnight there
    await talk.ask(talk.person(), "Was ist eine Kleinstadt und was ist der Crashkurs?")
    await talk.ask(talk.person(), "Welche Veranstaltungen gibt es am 3. März?")
    counted = await talk.rows("SELECT day, number FROM tallies WHERE what = 'answered'")
    assert counted == [{"day": "2026-11-25", "number": 2}]

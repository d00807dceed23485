"""Coordinators teach the hotline at the desk in the browser."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import pytest

from bot.channels.web.desk_door import Signed
from bot.channels.web.desk_learning import help_for
from knowledge.models import Entry
from storage import coordinators, desk_entries, house
from storage.requests import get as request_of
from tests.channels.web_rig import Browser, House
from tests.channels.web_rig import house as running_house

HOME = "/desk/lernen"
QUESTION = "Wer zahlt die Kirchturmuhr?"
ANSWER = "Die Kirchturmuhr zahlt meist die Stadt, auch wenn der Turm der Kirche gehört."
FILLED: dict[str, Any] = {
    "title": "Wer zahlt die Kirchturmuhr?",
    "question": QUESTION,
    "asked_as": "Kosten der Kirchturmuhr\nWer bezahlt die Uhr am Kirchturm?",
    "answer": ANSWER,
    "topic": ["grundlagen"],
    "distinct": "yes",
}


@pytest.fixture
async def town(tmp_path) -> AsyncIterator[House]:
    async with running_house(tmp_path) as running:
        yield running


async def propose(desk: Browser, query: str = "", **filled: Any) -> httpx.Response:
    """Open the page of a new entry, fill it in, and send it."""
    await desk.open(f"{HOME}/neu{query}")
    hidden = {name: desk.field(name, 'class="card sheet"') for name in ("token", "id", "request")}
    return await desk.post(f"{HOME}/neu", **hidden, **filled)


async def press(desk: Browser, verb: str, subject: str = "", **fields: str) -> httpx.Response:
    await desk.open(HOME)
    token, nonce = desk.field("token"), desk.field("id", "vorschlaege")
    return await desk.post(
        f"{HOME}/{verb}", token=token, id=nonce or "x" * 22, subject=subject, **fields
    )


async def entries(town: House) -> list[dict[str, Any]]:
    return await town.rows("SELECT * FROM desk_entries ORDER BY created_at, id")


async def answered(town: House, desk: Browser, text: str = QUESTION) -> int:
    """Somebody's request with an answer of the desk."""
    _, number = await town.request(text)
    await desk.open(f"/desk/anfrage/{number}")
    await desk.post(
        f"/desk/anfrage/{number}/answer", text=ANSWER, token=desk.field("token"), id="a" * 22
    )
    await town.until("SELECT MAX(answered_at) IS NOT NULL FROM requests", 1)
    return number


def notice(desk: Browser) -> str:
    found = re.search(r'id="meldung"[^>]*>(.*?)</p>', desk.page, re.DOTALL)
    return unescape(found[1]) if found else ""


async def test_an_answer_becomes_an_entry_that_answers_the_next_person(town):
    erika, max_ = await town.coordinator(), await town.coordinator("Max")
    number = await answered(town, erika)
    await erika.open(f"{HOME}/neu?anfrage={number}")
    assert ANSWER in unescape(erika.page)
    assert f'value="{QUESTION}"' in erika.page
    await propose(erika, f"?anfrage={number}", **FILLED)
    assert "muss den Eintrag freigeben" in notice(erika)
    await press(erika, "approve", "desk-wer-zahlt-die-kirchturmuhr")
    assert "jemand anderes" in notice(erika)
    await press(max_, "approve", "desk-wer-zahlt-die-kirchturmuhr")
    assert "steht jetzt in der FAQ" in notice(max_)
    await town.app.learned.look()
    somebody = await town.browser(ip="198.51.100.9")
    await somebody.say("Wer bezahlt die Uhr am Kirchturm?")
    assert any(ANSWER in line for line in somebody.lines)
    assert (await entries(town))[0]["request_id"] == number


async def test_a_live_entry_is_changed_on_its_page_once_a_colleague_agrees(town):
    erika, max_ = await town.coordinator(), await town.coordinator("Max")
    entry = "desk-wer-zahlt-die-kirchturmuhr"
    await propose(erika, **FILLED)
    await press(max_, "approve", entry)
    await town.app.learned.look()
    await max_.open(HOME)
    assert f'href="{HOME}/neu?aendern={entry}"' in max_.page
    await max_.open(f"{HOME}/neu?aendern={entry}")
    assert "<h1>Eintrag ändern</h1>" in max_.page
    assert ANSWER in unescape(max_.page)
    names = ("token", "id", "request", "changes")
    hidden = {name: max_.field(name, 'class="card sheet"') for name in names}
    other = {name: value for name, value in FILLED.items() if name != "distinct"}
    other["answer"] = "Die Kirchturmuhr zahlt die Stadt."
    await max_.post(f"{HOME}/neu", **hidden, **other)
    assert "muss den Eintrag freigeben" in notice(max_)
    await erika.open(HOME)
    assert '<span class="badge">Änderung</span>' in erika.page
    await press(erika, "approve", f"{entry}+")
    assert "ist geändert" in notice(erika)
    await town.app.learned.look()
    somebody = await town.browser(ip="198.51.100.9")
    await somebody.say("Wer bezahlt die Uhr am Kirchturm?")
    assert any("Die Kirchturmuhr zahlt die Stadt." in line for line in somebody.lines)
    assert [row["id"] for row in await entries(town)] == [entry]
    gone = await max_.open(f"{HOME}/neu?aendern=desk-nie-gewesen")
    assert gone.status_code == 404


async def test_what_may_belong_to_one_person_is_marked_and_has_to_be_confirmed(town):
    desk = await town.coordinator()
    answer = f"{ANSWER} Fragen Sie Frau Muster, 03521 12345."
    response = await propose(desk, **FILLED | {"answer": answer})
    assert response.status_code == 422
    assert "<mark>Frau Muster</mark>" in desk.page
    assert "<mark>03521 12345</mark>" in desk.page
    assert await entries(town) == []
    await propose(desk, **FILLED | {"answer": answer, "confirmed": "yes"})
    assert len(await entries(town)) == 1


async def test_whoever_overlooks_a_field_is_told_beside_it_and_loses_nothing(town):
    desk = await town.coordinator()
    response = await propose(desk, title="X", question="Hallo", asked_as="", answer=ANSWER)
    assert response.status_code == 422
    assert "mindestens zwei verschiedene" in desk.page
    assert "mindestens ein Thema" in desk.page
    assert ANSWER in unescape(desk.page)
    assert await entries(town) == []


async def test_an_entry_that_is_there_gets_another_way_of_asking_instead(town):
    desk = await town.coordinator()
    response = await propose(
        desk,
        title="Was ist eine Kleinstadt?",
        question="Was ist eine Kleinstadt?",
        asked_as="Ab wie vielen Leuten heißt es Kleinstadt?",
        answer="Ein Ort mit 5.000 bis 20.000 Menschen.",
        topic=["grundlagen"],
    )
    assert response.status_code == 422
    assert 'name="entry" value="kleinstadt-definition"' in desk.page
    assert "So fragt man das auch" in desk.page
    words = "Ab wann darf sich unser Nest Städtchen nennen?"
    await press(desk, "phrasing", entry="kleinstadt-definition", words=words)
    assert "So fragt man ab jetzt auch" in notice(desk)
    await town.app.learned.look()
    known = town.app.content.knowledge.library.entries["kleinstadt-definition"]
    assert words in known.asked_as
    await press(desk, "unphrase", entry="kleinstadt-definition", words=words)
    await town.app.learned.look()
    known = town.app.content.knowledge.library.entries["kleinstadt-definition"]
    assert words not in known.asked_as


async def test_questions_without_an_entry_are_listed_by_likeness(town):
    desk = await town.coordinator()
    _, first = await town.request(QUESTION)
    _, second = await town.request("Wer bezahlt eigentlich die Uhr am Kirchturm?")
    await town.request("Darf ich im Stadtpark grillen?")
    await desk.open(HOME)
    assert "2 ähnliche" in desk.page
    assert f"{HOME}/neu?anfrage={second}" in desk.page
    assert f"{HOME}/neu?anfrage={first}" not in desk.page
    assert "Stadtpark grillen" in desk.page


async def test_an_entry_that_did_not_help_is_listed_with_a_way_to_write_a_better_one(town):
    desk = await town.coordinator()

    async def unit(tx):
        for _ in range(3):
            day = town.clock.now().date()
            await house.tally(tx, day, "not_helped", "kleinstadt-definition")

    await town.app.database.write(unit)
    await desk.open(HOME)
    assert "3-mal „Nein“" in desk.page
    await desk.open(f"{HOME}/neu?eintrag=kleinstadt-definition")
    assert "5.000" in desk.page


async def test_an_old_entry_is_marked_until_somebody_has_looked_at_it(tmp_path):
    async with running_house(tmp_path, learn_alone=True) as town:
        desk = await town.coordinator()
        await propose(desk, **FILLED)
        entry_id = (await entries(town))[0]["id"]
        await press(desk, "approve", entry_id)
        assert "steht jetzt in der FAQ" in notice(desk)
        await desk.open(HOME)
        assert "bitte prüfen" not in desk.page
        entry = Entry.model_validate_json((await entries(town))[0]["payload"])
        old = entry.model_copy(update={"checked_on": entry.checked_on - timedelta(days=366)})

        async def unit(tx):
            now, payload = town.clock.now(), old.model_dump_json()
            await desk_entries.keep_checked(tx, entry_id, payload, now)

        await town.app.database.write(unit)
        await desk.open(HOME)
        assert "bitte prüfen" in desk.page
        await press(desk, "checked", entry_id)
        assert "bitte prüfen" not in desk.page
        await press(desk, "withdraw", entry_id)
        await town.app.learned.look()
        assert entry_id not in town.app.content.knowledge.library.entries


async def test_experts_guests_and_those_who_were_demoted_change_nothing(town):
    desk = await town.coordinator()
    expert = await town.coordinator("Fachfrau", "expert")
    await propose(desk, **FILLED)
    entry_id = (await entries(town))[0]["id"]
    assert (await expert.open(HOME)).status_code == 403
    refused = await expert.post(
        f"{HOME}/approve", token=desk.field("token"), id="x" * 22, subject=entry_id
    )
    assert refused.status_code in (401, 403)
    guest = await town.browser()
    await guest.open(HOME)
    assert ANSWER not in unescape(guest.page)
    max_ = await town.coordinator("Max")
    await max_.open(HOME)
    token = max_.field("token")

    async def unit(tx):
        await tx.run("UPDATE coordinators SET role = 'expert' WHERE name = 'Max'")

    await town.app.database.write(unit)
    response = await max_.post(f"{HOME}/approve", token=token, id="y" * 22, subject=entry_id)
    assert response.status_code == 403
    assert (await entries(town))[0]["state"] == "proposed"


async def test_a_page_of_yesterday_and_an_unknown_verb_have_no_effect(town):
    desk = await town.coordinator()
    await press(desk, "approve", "desk-gibt-es-nicht")
    assert "gibt es nicht mehr" in notice(desk)
    assert (await press(desk, "zaubern")).status_code == 404
    await press(desk, "phrasing", entry="gibt-es-nicht", words="Wie geht das mit der Turmuhr?")
    assert "gibt es nicht mehr" in notice(desk)


async def test_help_stands_beside_a_request_and_canned_answers_are_filled_in(town):
    desk = await town.coordinator()
    before = await answered(town, desk)
    await press(desk, "canned", title="Gruß", text="Guten Tag {name}, zu {nummer}:")
    await press(desk, "canned", title="Kaputt", text="Guten Tag {vorname}")
    assert "Platzhalter" in notice(desk)
    _, number = await town.request("Ich heiße Erna Schmidt. Wer bezahlt die Uhr am Kirchturm?")

    async def unit(tx):
        found = await coordinators.everybody(tx)
        return found[0], await request_of(tx, number)

    by, request = await town.app.database.read(unit)
    assert request is not None
    site = _site(town)
    me = Signed(by, "secret")
    shown = await help_for(site, number, me, f"r:{before}")
    advice = shown["advice"]
    assert shown["inserted"] == ANSWER
    assert [one.key for one in advice.answered] == [f"r:{before}"]
    own = next(one for one in advice.canned if one.title == "Gruß")
    assert own.text == f"Guten Tag Erna Schmidt, zu K-{number}:"
    assert all("{" not in one.text for one in advice.canned)
    page = site.render("desk_request_help.html", me=me, row=_Row(request), **shown)
    assert f'data-insert="{ANSWER}"' in page
    assert f"?einfuegen=r%3A{before}" in page or f"?einfuegen=r:{before}" in page
    await desk.open(f"/desk/anfrage/{number}")
    assert 'id="hilfe"' in desk.page
    assert f'data-insert="{ANSWER}"' in desk.page
    expert = Signed(coordinators.Coordinator(by.id, "Fachfrau", "expert"), "secret")
    assert (await help_for(site, number, expert, f"r:{before}"))["inserted"] == ""


class _Row:
    """What the page of a request calls `row`."""

    def __init__(self, case: Any) -> None:
        self.case = case


def _site(town: House) -> Any:
    """The parts of the pages, taken from a route of the desk."""
    for route in town.web.routes:
        owner = getattr(getattr(route, "endpoint", None), "__self__", None)
        if hasattr(owner, "_door"):
            return owner._door.site
    raise AssertionError("no desk")


async def test_a_draft_that_is_hard_to_read_gets_a_gentle_hint(town):
    desk = await town.coordinator()
    await desk.open(HOME)
    hard = (
        "Die Zuständigkeit für die Instandhaltungsverpflichtung des kommunalen Kirchturmuhrwerks "
        "ergibt sich aus verwaltungsrechtlichen Vereinbarungen zwischen Kirchengemeinde und "
        "Stadtverwaltung sowie gegebenenfalls aus Denkmalschutzbestimmungen."
    )
    said = await desk.post(f"{HOME}/lesbarkeit", token=desk.field("token"), text=hard)
    assert re.fullmatch(r"Schwer zu lesen \(Stufe \d+\)\. Kürzere Sätze helfen\.", said.text)
    await desk.open(HOME)
    easy = "Die Stadt zahlt die Uhr. Die Kirche zahlt den Turm. Fragen Sie gern noch einmal nach."
    said = await desk.post(f"{HOME}/lesbarkeit", token=desk.field("token"), text=easy)
    assert said.text == ""

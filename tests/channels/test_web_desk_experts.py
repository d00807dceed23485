"""Coordinators keep the pool of experts in the browser, and experts their own entry."""

import re
from collections.abc import AsyncIterator
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest

from knowledge.models import Consent, Expert
from storage import coordinators, experts
from storage.database import Tx
from tests.channels.web_rig import Browser, House
from tests.channels.web_rig import house as running_house

HOME = "/desk/fachleute"
FILLED: dict[str, Any] = {
    "name": "Fachstelle Wärme",
    "summary": "Hilft bei der Wärmeplanung.",
    "keywords": "Wärmeplanung\nFernwärme, Wärmeplanung",
    "topic": ["klima-energie"],
    "region": ["Sachsen", "Thüringen"],
    "languages": "Deutsch, Sorbisch",
    "availability": "dienstags",
}


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[House]:
    async with running_house(tmp_path) as running:
        yield running


@pytest.fixture
async def desk(town: House) -> Browser:
    return await town.coordinator()


async def write(desk: Browser, slug: str = "neu", **filled: Any) -> httpx.Response:
    """Open the page of an expert, fill it in, and send it."""
    await desk.open(f"{HOME}/{slug}")
    form = 'class="card sheet"'
    hidden = {name: desk.field(name, form) for name in ("token", "id", "revision")}
    return await desk.post(f"{HOME}/{slug}", **hidden, **filled)


async def act(desk: Browser, verb: str, slug: str, page: str = "", **fields: str) -> httpx.Response:
    await desk.open(page or f"{HOME}/{slug}")
    return await desk.post(
        f"{HOME}/{slug}/{verb}", token=desk.field("token"), id=f"{verb:x<22}", **fields
    )


async def kept(town: House, slug: str = "waermeplanung") -> Expert:
    [row] = await town.rows("SELECT payload FROM experts WHERE slug = ?", slug)
    return Expert.model_validate_json(row["payload"])


async def found(town: House, words: str = "/fachleute Wärme") -> str:
    """What somebody in the chat hears who looks for such an expert."""
    person = await town.browser()
    await person.say(words)
    return " ".join(person.lines)


def notice(desk: Browser) -> str:
    shown = re.search(r'id="meldung"[^>]*>(.*?)</p>', desk.page, re.DOTALL)
    return unescape(shown[1]) if shown else ""


async def enrolled(town: House, name: str = "Fatma") -> tuple[Browser, int]:
    """An expert who is signed in, and their number in the team."""
    browser = await town.coordinator(name, role="expert")
    [row] = await town.rows("SELECT id FROM coordinators WHERE name = ?", name)
    return browser, row["id"]


# -- writing ---------------------------------------------------------------------------------


async def test_a_new_expert_is_found_in_the_chat_once_they_agreed(
    town: House, desk: Browser
) -> None:
    await write(desk, **FILLED)
    assert "erst, wenn die Zustimmung eingetragen ist" in notice(desk)
    assert "Zustimmung fehlt" in desk.page
    expert = await kept(town)
    assert expert.keywords == ("Wärmeplanung", "Fernwärme")
    assert expert.regions == ("Sachsen", "Thüringen")
    assert "Fachstelle Wärme" not in await found(town)
    await act(desk, "zugestimmt", "waermeplanung", on="2026-11-20")
    assert "erscheint jetzt im Chat" in notice(desk)
    assert (await kept(town)).consent == Consent(on=date(2026, 11, 20), noted_by="Erika")
    assert "Fachstelle Wärme" in await found(town)
    assert "Zustimmung vom 20. November 2026, eingetragen von" in desk.page


async def test_consent_that_is_taken_back_hides_an_expert_at_once(
    town: House, desk: Browser
) -> None:
    await write(desk, **FILLED)
    await act(desk, "zugestimmt", "waermeplanung", on="2026-11-24")
    assert "Fachstelle Wärme" in await found(town)
    await act(desk, "zurueckziehen", "waermeplanung")
    assert "ab sofort nicht mehr" in notice(desk)
    assert "Fachstelle Wärme" not in await found(town)
    rows = await town.rows("SELECT verb, subject FROM audit ORDER BY id")
    done = [row["verb"] for row in rows if row["subject"] == "waermeplanung"]
    assert done == ["expert-new", "expert-consent", "expert-withdraw"]


async def test_a_pause_hides_an_expert_until_it_ends(town: House, desk: Browser) -> None:
    await write(desk, **FILLED)
    await act(desk, "zugestimmt", "waermeplanung", on="2026-11-24")
    await act(desk, "pausieren", "waermeplanung", until="2026-12-01")
    assert "bis einschließlich 1. Dezember 2026" in notice(desk)
    assert "Fachstelle Wärme" not in await found(town)
    await act(desk, "fortsetzen", "waermeplanung")
    assert "Fachstelle Wärme" in await found(town)
    await act(desk, "pausieren", "waermeplanung", until="")
    assert (await kept(town)).paused
    assert "pausiert" in desk.page


async def test_changing_an_entry_keeps_consent_and_pause(town: House, desk: Browser) -> None:
    await write(desk, **FILLED)
    await act(desk, "zugestimmt", "waermeplanung", on="2026-11-24")
    await act(desk, "pausieren", "waermeplanung", until="2026-12-01")
    await write(desk, "waermeplanung", **{**FILLED, "name": "Büro für Wärme"})
    assert "Büro für Wärme" in notice(desk)
    expert = await kept(town)
    assert (expert.name, expert.paused_until) == ("Büro für Wärme", date(2026, 12, 1))
    assert expert.consent is not None


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": "  "}, "Bitte ausfüllen."),
        ({"name": "x" * 81}, "Das sind 1 zu viel."),
        ({"summary": ""}, "Bitte ausfüllen."),
        ({"keywords": " , "}, "Bitte ausfüllen."),
        ({"keywords": "und was"}, "passt auf alles"),
        ({"keywords": "x" * 61}, "ist zu lang: höchstens 60 Zeichen"),
        ({"keywords": ",".join(f"Wort{n}" for n in range(41))}, "Höchstens 40 Angaben."),
        ({"topic": ["mars"]}, "Das gibt es hier nicht: mars"),
        ({"region": ["Atlantis"]}, "Das gibt es hier nicht: Atlantis"),
        ({"format": ["nichts"]}, "Das gibt es hier nicht: nichts"),
        ({"page": "javascript:alert(1)"}, "keine Adresse im Netz"),
        ({"colleague": "1"}, "als Fachperson im Team"),
        ({"colleague": "abc"}, "als Fachperson im Team"),
        ({"availability": "x" * 161}, "Höchstens 160 Zeichen."),
        ({"summary": "x" * 70_000}, "viel zu lang"),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(
    town: House, desk: Browser, changed: dict[str, Any], sentence: str
) -> None:
    answer = await write(desk, **{**FILLED, **changed})
    assert answer.status_code == 422
    assert sentence in unescape(desk.page)
    assert "Sorbisch" in desk.page
    assert await town.rows("SELECT * FROM experts") == []


async def test_two_experts_of_the_same_name_are_two(town: House, desk: Browser) -> None:
    await write(desk, **FILLED)
    await write(desk, **FILLED)
    await write(desk, **{**FILLED, "keywords": "Neu"})
    rows = await town.rows("SELECT slug FROM experts ORDER BY slug")
    assert [row["slug"] for row in rows] == ["neu-2", "waermeplanung", "waermeplanung-2"]


async def test_who_is_overtaken_by_a_colleague_keeps_what_they_wrote(
    town: House, desk: Browser
) -> None:
    await write(desk, **FILLED)
    await desk.open(f"{HOME}/waermeplanung")
    form = 'class="card sheet"'
    hidden = {name: desk.field(name, form) for name in ("token", "id", "revision")}
    other = await town.coordinator("Max")
    await write(other, "waermeplanung", **{**FILLED, "summary": "Anders."})
    filled = {**FILLED, "summary": "Meine Fassung."}
    answer = await desk.post(f"{HOME}/waermeplanung", **hidden, **filled)
    assert answer.status_code == 409
    assert "Meine Fassung." in desk.page
    assert "hat jemand anderes diesen Eintrag geändert" in desk.page
    assert (await kept(town)).summary == "Anders."


@pytest.mark.parametrize(
    ("verb", "fields"),
    [
        ("zugestimmt", {"on": "2026-12-24"}),
        ("zugestimmt", {"on": "gestern"}),
        ("pausieren", {"until": "2026-11-01"}),
        ("pausieren", {"until": "bald"}),
    ],
)
async def test_a_day_that_cannot_be_changes_nothing(
    town: House, desk: Browser, verb: str, fields: dict[str, str]
) -> None:
    await write(desk, **FILLED)
    await act(desk, verb, "waermeplanung", **fields)
    assert "Das ist kein Tag, der geht." in notice(desk)
    expert = await kept(town)
    assert expert.consent is None
    assert not expert.pauses(date(2026, 11, 24))


async def test_an_entry_is_deleted_after_asking_once_more(town: House, desk: Browser) -> None:
    await write(desk, **FILLED)
    await desk.open(f"{HOME}/waermeplanung/loeschen")
    assert "Eintrag wirklich löschen?" in desk.page
    assert len(await town.rows("SELECT * FROM experts")) == 1
    await act(desk, "loeschen", "waermeplanung", f"{HOME}/waermeplanung/loeschen")
    assert "ist gelöscht" in notice(desk)
    assert await town.rows("SELECT * FROM experts") == []
    assert (await desk.open(f"{HOME}/waermeplanung")).status_code == 404


async def test_the_list_is_searched_by_name_and_by_keyword(town: House, desk: Browser) -> None:
    await write(desk, **FILLED)
    await write(desk, **{**FILLED, "name": "Büro Leerstand", "keywords": "Leerstand"})
    for words, seen, unseen in (
        ("fernwaerme", "Fachstelle Wärme", "Büro Leerstand"),
        ("büro", "Büro Leerstand", "Fachstelle Wärme"),
    ):
        await desk.open(f"{HOME}?suche={words}")
        assert seen in desk.page
        assert unseen not in desk.page
    await desk.open(f"{HOME}?suche=<script>alert(1)</script>")
    assert "Dazu steht niemand im Pool." in desk.page
    assert "<script>alert" not in desk.page


# -- the content ----------------------------------------------------------------------------------


CONTENT = """\
- id: waerme
  name: Fachperson Wärme
  summary: Aus den Inhalten.
  keywords: [Wärmeplanung]
  consent: {on: 2026-01-02, noted_by: Koordination}
"""
FAQ = """\
- id: turmuhr
  title: Wer zahlt die Turmuhr?
  asked_as: [Wer zahlt die Kirchturmuhr?, Kosten der Turmuhr]
  answer: Die Stadt.
  topics: [grundlagen]
  source: Rathaus
  checked_on: 2026-11-01
"""


async def test_an_expert_of_the_content_is_changed_and_hidden_but_not_deleted(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "inhalt"
    (folder / "faq").mkdir(parents=True)
    (folder / "experts.yaml").write_text(CONTENT, encoding="utf-8")
    (folder / "faq" / "eins.yaml").write_text(FAQ, encoding="utf-8")
    async with running_house(tmp_path / "daten", content=folder) as town:
        assert "Aus den Inhalten." in await found(town)
        desk = await town.coordinator()
        await desk.open(f"{HOME}/waerme")
        assert "Dieser Eintrag steht auch in den Inhalten" in desk.page
        assert (await desk.open(f"{HOME}/waerme/loeschen")).status_code == 404
        await act(desk, "loeschen", "waerme")
        assert "lässt sich hier nicht löschen" in notice(desk)
        await write(desk, "waerme", **{**FILLED, "name": "Fachperson Wärme", "region": []})
        assert "Hilft bei der Wärmeplanung." in await found(town)
        await act(desk, "zurueckziehen", "waerme")
        assert "Fachperson Wärme" not in await found(town)


# -- experts themselves ---------------------------------------------------------------------------


async def test_an_expert_sees_and_pauses_their_own_entry_alone(town: House, desk: Browser) -> None:
    fatma, number = await enrolled(town)
    await write(desk, **FILLED, colleague=str(number))
    await write(desk, **{**FILLED, "name": "Andere Fachstelle"})
    await fatma.open(HOME)
    assert "Mein Eintrag" in fatma.page
    assert "Fachstelle Wärme" in fatma.page
    assert "Andere Fachstelle" not in fatma.page
    await act(fatma, "zugestimmt", "waermeplanung", HOME, on="2026-11-24")
    assert "erscheint jetzt im Chat" in notice(fatma)
    await act(fatma, "pausieren", "waermeplanung", HOME, until="2026-12-01")
    await act(fatma, "fortsetzen", "waermeplanung", HOME)
    await act(fatma, "zurueckziehen", "waermeplanung", HOME)
    assert (await kept(town)).consent is None
    for path in ("neu", "waermeplanung", "waermeplanung-2"):
        assert (await fatma.open(f"{HOME}/{path}")).status_code == 403
    await fatma.open(HOME)
    token = fatma.field("token")
    for path, fields in (
        ("waermeplanung", FILLED),
        ("waermeplanung/loeschen", {}),
        ("waermeplanung-2/pausieren", {"until": ""}),
        ("waermeplanung-2/zugestimmt", {"on": "2026-11-24"}),
        ("neu", FILLED),
    ):
        answer = await fatma.post(f"{HOME}/{path}", token=token, id="x" * 22, **fields)
        assert answer.status_code == 403, path
    assert (await kept(town, "waermeplanung-2")).consent is None


async def test_an_expert_without_an_entry_is_told_whom_to_ask(town: House) -> None:
    fatma, _ = await enrolled(town)
    await fatma.open(HOME)
    assert "Für Sie steht noch kein Eintrag" in fatma.page


async def test_one_colleague_is_one_expert(town: House, desk: Browser) -> None:
    _, number = await enrolled(town)
    await write(desk, **FILLED, colleague=str(number))
    answer = await write(desk, **{**FILLED, "name": "Zweite"}, colleague=str(number))
    assert answer.status_code == 422
    assert "schon mit einem anderen Eintrag verbunden: „Fachstelle Wärme“" in desk.page


# -- beside a request -------------------------------------------------------------------------


async def agreed(town: House, name: str, *keywords: str, colleague: int | None = None) -> None:
    one = Expert(
        id=name.lower(),
        name=name,
        summary="Hilft.",
        keywords=keywords,
        consent=Consent(on=date(2026, 1, 2), noted_by="Koordination"),
    )

    async def unit(tx: Tx) -> None:
        await experts.keep(
            tx,
            one.id,
            one.model_dump_json(),
            town.clock.now(),
            coordinator_id=colleague,
            withdrawn_on=None,
        )

    await town.app.database.write(unit)


async def test_beside_a_request_one_press_hands_it_to_an_expert(town: House, desk: Browser) -> None:
    fatma, number = await enrolled(town)
    await agreed(town, "Turmstelle", "Kirchturm", "Kirchturmuhr", colleague=number)
    await agreed(town, "Uhrenfreunde", "Kirchturmuhr")
    await agreed(town, "Wasserstelle", "Regenwasser")
    _, request = await town.request()
    await desk.open(f"/desk/anfrage/{request}")
    offered = desk.page[desk.page.index('id="fachleute"') :]
    assert "Wasserstelle" not in offered
    # Who is not enrolled is named with what has to be done first, and has no button.
    assert offered.count("abgeben</button>") == 1
    assert f'href="{HOME}/uhrenfreunde"' in offered
    await desk.post(
        f"/desk/anfrage/{request}/give",
        token=desk.field("token"),
        id="g" * 22,
        to=desk.field("to", 'id="fachleute"'),
    )
    assert "an Fatma übergeben" in notice(desk)
    assert "Hat diese Anfrage." in desk.page
    await fatma.open(f"/desk/anfrage/{request}")
    assert "Wer zahlt die Kirchturmuhr?" in fatma.page
    # Experts see what was handed to them, not whom it could be handed to.
    assert 'id="fachleute"' not in fatma.page
    [row] = await town.rows("SELECT subject FROM due WHERE kind = 'expert-silent'")
    assert row["subject"] == str(request)


async def test_whom_the_person_wished_for_stands_first_and_is_marked(
    town: House, desk: Browser
) -> None:
    await agreed(town, "Allerlei", "Kirchturmuhr")
    await agreed(town, "Wasserstelle", "Regenwasser")
    person = await town.browser()
    await person.say("/fachleute Regenwasser")
    await person.press("Fachperson fragen")
    await person.say("Wer zahlt die Kirchturmuhr?")
    await town.until("SELECT COUNT(*) FROM expert_wishes", 1)
    [row] = await town.rows("SELECT id FROM requests")
    await desk.open(f"/desk/anfrage/{row['id']}")
    offered = desk.page[desk.page.index('id="fachleute"') :]
    assert offered.index("Wasserstelle") < offered.index("Allerlei")
    assert "von der Person gewünscht" in offered


async def test_who_was_removed_from_the_team_is_not_offered_a_request(
    town: House, desk: Browser
) -> None:
    _, number = await enrolled(town)
    await agreed(town, "Turmstelle", "Kirchturmuhr", colleague=number)
    _, request = await town.request()
    await town.app.database.write(lambda tx: coordinators.revoke(tx, number, town.clock.now()))
    await desk.open(f"/desk/anfrage/{request}")
    assert "Turmstelle" in desk.page
    assert "abgeben</button>" not in desk.page

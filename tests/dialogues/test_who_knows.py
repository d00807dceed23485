"""Somebody asks for people, and gets what we know of the matter together with who is at it."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from knowledge.models import Consent, Expert
from storage import experts, groups
from storage.database import Tx
from tests.support.network import HELPER, SEEKER, Square, square, texts
from tests.support.seats import Seat, in_telegram, in_web, read

ASKED = "Wer kennt sich mit Leerstand aus?"
SECRETS = ("Bruno", "Buche", "Beeskow", "0331", "Dora", "Dahme")


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Square]:
    """Two people who know about empty houses, a group and an expert for it."""
    async with square(tmp_path) as place:
        await place.profile("bruno", **HELPER, name="Bruno Buche", town="Beeskow", contact="0331 1")
        await place.profile("dora", **HELPER, name="Dora Dahme", town="Dahme")
        await place.profile("emil", seeks=("jugend",), offers=("ehrenamt",))
        await group(place, "leerstand-im-norden", "Leerstand im Norden", "leerstand")
        await group(place, "bus-und-bahn", "Bus und Bahn", "mobilitaet")
        await expert(place)
        yield place


async def group(town: Square, slug: str, title: str, matter: str) -> None:
    async def unit(tx: Tx) -> None:
        number = await groups.add_elsewhere(tx, slug, title, town.now)
        link = "https://signal.group/#abc"
        await groups.write(tx, number, {"network": "Signal", "link": link, "matters": [matter]})
        await groups.list_(tx, number, town.now, listed=True)

    await town.database.write(unit)


async def expert(town: Square) -> None:
    known = Expert(
        id="fachstelle",
        name="Fachstelle Leerstand",
        summary="Hilft bei leeren Häusern.",
        keywords=("Leerstand",),
        topics=("leerstand",),
        consent=Consent(on=date(2026, 1, 2), noted_by="Koordination"),
    )

    async def unit(tx: Tx) -> None:
        payload = known.model_dump_json()
        await experts.keep(tx, known.id, payload, town.now, coordinator_id=None, withdrawn_on=None)

    await town.database.write(unit)


@pytest.mark.parametrize("seat", [in_web("anna"), in_telegram("anna", 88_000_001)])
async def test_one_question_brings_the_entry_the_group_two_peers_and_the_expert(
    town: Square, seat: Seat
) -> None:
    town.seats["anna"] = (seat,)
    await town.profile("anna", **SEEKER)
    said = await town.writes("anna", ASKED)
    assert {town.reader(one) for one in said} == {"anna"}
    whole = "\n".join(read(one) for one in said)
    assert "Menschen und Gruppen zu: Leerstand" in whole
    assert "Leerstand im Norden" in whole
    assert "Bus und Bahn" not in whole
    assert whole.count("Vorschlag ") == 2
    assert "Fachstelle Leerstand" in whole
    actions = [button.action or button.url for one in said for button in one.buttons]
    assert "https://signal.group/#abc" in actions
    assert sum(action.startswith("peer:ask:") for action in actions) == 2
    assert "exp:ask:fachstelle" in actions
    assert "ok:yes:leerstand-beleben" in actions
    assert actions[-1] == "human"
    assert not [secret for secret in SECRETS if secret in whole]


async def test_entries_that_are_only_near_come_after_the_people(town: Square) -> None:
    await group(town, "foerdern", "Geld für Ideen", "foerderung")
    said = await town.writes("anna", "Wer kennt sich mit Fördermitteln aus?")
    assert "Geld für Ideen" in str(said[-2].text)
    assert str(said[-1].text) == "Vielleicht hilft auch eine dieser Antworten:"
    assert all(button.action.startswith("faq:") for button in said[-1].buttons)


@pytest.mark.parametrize(
    "words",
    [
        "hat jemand erfahrung mit leerstnad",
        "Ich brauche jemanden zum Thema Leerstand",
        "Hat jemand Ahnung von Leerstand?",
        "Ich suche jemanden, der sich mit Leerstandsmanagement beschäftigt",
        "Mit wem kann ich mich über leere Läden austauschen?",
    ],
)
async def test_it_is_understood_in_other_words_too(town: Square, words: str) -> None:
    assert "Fachstelle Leerstand" in texts(await town.writes("carla", words))


async def test_whoever_has_no_profile_sees_suggestions_and_how_to_ask(town: Square) -> None:
    said = await town.writes("carla", ASKED)
    assert texts(said).count("Vorschlag ") == 2
    assert "/profil" in texts(said)
    assert not any(b.action.startswith("peer:ask:") for one in said for b in one.buttons)


async def test_where_nobody_is_known_it_is_a_question_like_any_other(town: Square) -> None:
    asked = "Wer kennt sich mit Wärmeplanung aus?"
    said = texts(await town.writes("carla", asked))
    assert "Menschen und Gruppen" not in said
    assert said


async def test_who_asks_for_facts_gets_facts_alone(town: Square) -> None:
    said = texts(await town.writes("carla", "Was hilft gegen Leerstand?"))
    assert "Menschen und Gruppen" not in said
    assert said


async def test_in_plain_language_everything_is_said_simply(town: Square) -> None:
    await town.writes("carla", "/einfach")
    said = texts(await town.writes("carla", ASKED))
    assert "Erst müssen beide Ja sagen." in said

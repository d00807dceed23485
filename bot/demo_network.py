"""The messenger network of the example: profiles, a report, groups, experts, and who waits."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from handlers.network.presence import VERSION
from knowledge.load import Library
from knowledge.models import Area, Consent, Expert
from knowledge.towns import SIZES
from storage import (
    consents,
    experts,
    groups,
    interests,
    introductions,
    people,
    profiles,
    reports,
)
from storage.database import Tx
from storage.profiles import Profile

PROFILES = 24
REGIONS = ("BB", "SN", "NI", "BY", "TH", "MV")
NAMES = ("Ada", "Ben", "Cem", "Dana", "Elif", "Finn", "Greta", "Hanno")
WAYS = ("chat", "telefon", "video", "besuch")

# Slug, title, network, region, topics, what it is about.
GROUPS = (
    ("beispiel-leerstand", "Leerstand im Norden (Beispiel)", "Signal", "Niedersachsen",
     ("leerstand", "ortskern"), "Wer Läden und Häuser wieder füllt, fragt hier andere."),
    ("beispiel-jugend", "Jugend redet mit (Beispiel)", "Matrix", "",
     ("jugend", "beteiligung"), "Aus Jugendräten und Jugendzentren kleiner Städte."),
    ("beispiel-busse", "Bürgerbusse (Beispiel)", "E-Mail-Verteiler", "Brandenburg",
     ("mobilitaet",), "Fahrpläne, Versicherung, Menschen am Steuer."),
)  # fmt: skip
RULES = "Freundlich bleiben, keine Werbung, nichts weitertragen."

# Slug, name, summary, keywords, topics, where.
EXPERTS = (
    ("beispiel-leerstand", "Fachperson für Leerstand (Beispiel)",
     "Hilft, leere Häuser zu erfassen und Eigentümer anzusprechen.",
     ("Leerstand", "Zwischennutzung", "Leerstandskataster"), ("leerstand", "ortskern"),
     (Area.EVERYWHERE,)),
    ("beispiel-waerme", "Beratung Wärmeplanung (Beispiel)",
     "Erklärt die ersten Schritte zur kommunalen Wärmeplanung.",
     ("Wärmeplanung", "Fernwärme"), ("klima-energie",), (Area.BB, Area.SN)),
    ("beispiel-jugend", "Fachstelle Jugendbeteiligung (Beispiel)",
     "Begleitet Jugendräte beim Anfangen.",
     ("Jugendrat", "Jugendbeteiligung"), ("jugend", "beteiligung"), (Area.EVERYWHERE,)),
)  # fmt: skip


async def bring_together(tx: Tx, library: Library, now: datetime, chance: random.Random) -> None:
    """Fill the network. Everybody in it is invented, writes on the console and says so."""
    met = await _people(tx, library, now, chance)
    await _report(tx, met[0], met[1], now)
    await _groups(tx, now)
    await _experts(tx, now)


async def _people(tx: Tx, library: Library, now: datetime, chance: random.Random) -> list[int]:
    """Who has a profile, and what they wait for."""
    functions = [function.id for function in library.network.functions]
    topics = [topic.id for topic in library.network.topics]
    formats = sorted(library.formats)
    met = []
    for number in range(PROFILES):
        person = await people.meet(tx, "console", "", f"beispiel-netz-{number}", now)
        name = NAMES[number % len(NAMES)]
        profile = Profile(
            person_id=person.id,
            state="live",
            town=f"Beispielstadt {number + 1}",
            region=REGIONS[number % len(REGIONS)],
            size=chance.choice(list(SIZES)[:3]),  # small towns
            function=chance.choice(functions),
            offers=tuple(chance.sample(topics, 3)),
            seeks=tuple(chance.sample(topics, 2)),
            ways=tuple(chance.sample(WAYS, 2)),
            name=f"{name} Beispiel",
            contact=f"{name.lower()}@beispiel.invalid",
        )
        await profiles.keep(tx, profile, now)
        await consents.give(tx, person.id, "directory", VERSION, "console", now)
        await consents.give(tx, person.id, "contact", VERSION, "console", now)
        # Most wait for the same few formats, so that there is something to begin.
        for format_id in chance.sample(formats[:5], 2):
            await interests.wait(tx, person.id, format_id, REGIONS[number % 3], now)
        met.append(person.id)
    return met


async def _report(tx: Tx, one: int, other: int, now: datetime) -> None:
    """Two were brought together, and it did not go well."""
    met = await introductions.create(tx, one, other, "Können wir sprechen? (Beispiel)", now)
    assert met is not None  # noqa: S101 - nobody was brought together before
    await reports.add(
        tx,
        introduction_id=met.id,
        reporter_id=other,
        reported_id=one,
        words=["Kaufen Sie jetzt unsere Parkbänke! (Beispiel)"],
        reason="Werbung (Beispiel)",
        now=now,
    )
    await introductions.end(tx, met.id, "ended", other, now)


async def _groups(tx: Tx, now: datetime) -> None:
    for slug, title, network, region, matters, about in GROUPS:
        group = await groups.add_elsewhere(tx, slug, title, now)
        link = f"https://{slug}.beispiel.invalid/"
        said: dict[str, str | Sequence[str]] = {"network": network, "link": link, "region": region}
        said |= {"matters": matters, "about": about, "rules": RULES}
        await groups.write(tx, group, said)
        await groups.list_(tx, group, now, listed=True)


async def _experts(tx: Tx, now: datetime) -> None:
    for slug, name, summary, keywords, matters, areas in EXPERTS:
        expert = Expert(
            id=slug,
            name=name,
            summary=summary,
            keywords=keywords,
            topics=matters,
            regions=areas,
            consent=Consent(on=(now - timedelta(days=40)).date(), noted_by="Koordination"),
        )
        payload = expert.model_dump_json()
        await experts.keep(tx, slug, payload, now, coordinator_id=None, withdrawn_on=None)

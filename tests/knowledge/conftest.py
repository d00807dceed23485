"""A small town's own content, written into a temporary folder."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from knowledge import load

FAQ = """\
- id: kleinstadt-definition
  title: Was ist eine Kleinstadt?
  asked_as:
    - Ab wie vielen Einwohnern ist ein Ort eine Kleinstadt?
    - Kleinstadt Definition
    - Wie groß ist eine Kleinstadt?
  answer: |
    Orte mit 5.000 bis 20.000 Menschen gelten als Kleinstadt.
  topics: [grundlagen]
  links:
    - {title: Mehr dazu, url: "https://example.org/kleinstadt"}
  source: Eigene Angaben
  checked_on: 2026-11-22

- id: foerderung
  title: Welche Förderung gibt es?
  asked_as:
    - Wo bekommen wir Fördermittel?
    - Zuschuss beantragen
  answer: Fragen Sie die Förderstelle in Wurzen.
  topics: [geld]
  source: Eigene Angaben
  checked_on: 2026-11-22

- id: leerstand
  title: Was hilft gegen Leerstand?
  asked_as:
    - Leere Läden in der Innenstadt
    - Wie beleben wir leere Gebäude?
  answer: Zwischennutzungen helfen, zum Beispiel ein Laden auf Zeit.
  topics: [leerstand]
  source: Eigene Angaben
  checked_on: 2026-11-22
"""

FORMATS = """\
- id: crashkurs
  name: Crashkurs
  group: lernen
  characters: [digital]
  summary: Eine schnelle Weiterbildung zu einem Thema.
  description: Sie lernen erst allein und danach gemeinsam.
  for_whom: Alle, die schnell etwas wissen müssen.
  time_needed: Dazu sagen die Quellen nichts.
  takeaway: Grundwissen zu einem Thema.
  asked_as: [Was ist ein Crashkurs?, Schnelle Weiterbildung]
  source: Eigene Angaben
  checked_on: 2026-11-22

- id: expertinnen-pool
  name: Expert:innen-Pool
  group: beratung
  characters: [digital]
  summary: Eine Datenbank mit Fachleuten.
  description: Sie suchen nach einem Stichwort und schreiben jemanden an.
  for_whom: Alle, die Rat suchen.
  time_needed: Dazu sagen die Quellen nichts.
  takeaway: Ein Gespräch mit Fachleuten.
  asked_as: [Wo finde ich Fachleute?, Datenbank mit Expertinnen und Experten]
  source: Eigene Angaben
  checked_on: 2026-11-22
"""

EVENTS = """\
- id: stadtfest
  title: Stadtfest
  starts: 2026-06-12T18:30:00+02:00
  ends: 2026-06-12T22:00:00+02:00
  place: Marktplatz
  characters: [analog]
  description: Ein Fest mit Musik.
  asked_as: [Wann ist das Stadtfest?]
  source: Eigene Angaben
  checked_on: 2026-11-22
"""

TEXTS = """\
say:
  greeting: Guten Tag!
  received: Ihre Anfrage {number} ist da.
understand:
  emergency:
    contains: [es brennt, bewusstlos]
  human:
    phrases: [Mensch]
    contains: [mit einem Menschen]
  greeting:
    phrases: [Hallo, Guten Tag]
  thanks:
    phrases: [Vielen Dank]
  formats:
    phrases: [Welche Formate gibt es]
"""


@pytest.fixture(scope="session", autouse=True)
def what_is_shipped_is_read_once() -> Iterator[None]:
    """A folder that lacks something has ours; reading that takes longer than all of the folder."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in vars(load) if name.startswith("shipped_")]:
            patch.setattr(load, name, cache(getattr(load, name)))
        yield


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A content folder with a file of every kind."""
    for name, text in {
        "faq/grundlagen.yaml": FAQ,
        "formats.yaml": FORMATS,
        "events.yaml": EVENTS,
        "texts/texte.yaml": TEXTS,
    }.items():
        file = tmp_path / "content" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path / "content"

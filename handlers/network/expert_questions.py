"""Whether somebody asks for experts on something: "Gibt es Fachleute für Wärmeplanung?".

Only what plainly does is taken. A question about the pool itself, about fees, or about a
matter that merely mentions experts is one for our answers.
"""

import re

from knowledge import german
from knowledge.words import Words

_LONGEST = 200  # characters
_MOST_WORDS = 6  # of what they shall know about


def subject(said: Words) -> str:
    """What the experts shall know about; empty if the message asks for something else."""
    if len(said.text) > _LONGEST or _EXPERTS.isdisjoint(said.folded):
        return ""
    clauses = map(german.split, _CLAUSE_END.split(_RELATIVE.sub(" ", said.text)))
    telling = [words for words in clauses if {german.fold(word) for word in words} - _POLITE]
    return _of_clause(telling[0]) if len(telling) == 1 else ""


def _of_clause(words: list[str]) -> str:
    folded = [german.fold(word) for word in words]
    place = next((place for place, word in enumerate(folded) if word in _EXPERTS), None)
    if place is None or not set(folded[:place]) <= _BEFORE | _POLITE:
        return ""
    while len(folded) > place + 2 and folded[place + 2] in _EXPERTS:
        place += 2  # "Expertinnen und Experten"
    words, folded = words[place + 1 :], folded[place + 1 :]
    asks = tuple(folded[:2]) in _ASKS  # "Welche Fachleute haben Sie für …"
    if not folded or not (folded[0] in _BEGINS or asks):
        return ""
    if folded[0] in _FIELD_BEGINS and not _FIELDS & set(folded[1:3]):
        return ""
    first = next((place for place, word in enumerate(folded) if word not in _LINKS), len(folded))
    if asks and not (_BEGINS | {"uber"}) & set(folded[2:first]):
        return ""
    last = len(folded)
    while last > first and folded[last - 1] in _AFTER | _POLITE:
        last -= 1
    about = folded[first:last]
    if not 0 < len(about) <= _MOST_WORDS or set(about) & _ELSE:
        return ""
    telling = [word for word in about if word not in german.SMALL_WORDS]
    if all(word in _VAGUE for word in telling) or not set(about) <= {*telling, *_JOINTS}:
        return ""
    return " ".join(words[first:last])


def _folded(listed: str) -> frozenset[str]:
    return frozenset(german.normalise(listed).split())


_RELATIVE = re.compile(r",(?=\s*(?:der|die|das)\s+sich\b)", re.IGNORECASE)
_CLAUSE_END = re.compile(r"[.!?,;:()\n–]+(?:\s|$)")

_EXPERTS = _folded(
    """Fachleute Fachleuten Fachmann Fachfrau Fachfrauen Fachperson Fachpersonen Experte Experten
    Expertin Expertinnen Spezialist Spezialisten Spezialistin Spezialistinnen Profi Profis
    Sachverständige Sachverständigen Sachverständiger Sachkundige Sachkundigen"""
)
_POLITE = _folded(
    "hallo guten Tag Morgen Abend moin servus grüß Gott bitte danke vielen Dank liebes Team Hotline"
)
# What stands before them in a wish or in a question whether there are some.
_BEFORE = _folded(
    """gibt gibts es gäbe ich wir brauche brauchen bräuchte bräuchten benötige benötigen suche
    suchen suchten such haben habt hat hätte hätten Sie ihr kennen kennt kenne jemand man wer ist
    wo finden finde welche welchen welcher welche sind wen wissen können könnten kann könnte mir uns
    einen eine ein einer gute guten guter guten gerne gern auch hier bei Ihnen euch da denn im Pool
    dringend zurzeit nach als mit an die den der möchte möchten will wollen fragen sprechen reden
    einem einer welcher Ihrem eurem dem s dazu noch irgendwelche
    irgendeinen irgendeine eigentlich Ihrer in Liste and und"""
)
_BEGINS = _folded("für zu zum zur rund im in auf mit die der gibt ums")
_ASKS = {("haben", "sie"), ("habt", "ihr"), ("kann", "ich"), ("konnen", "wir")}
# "Fachleute im Bereich Wärme", but not "Fachleute im Saal".
_FIELD_BEGINS = _folded("im in auf")
_FIELDS = _folded("Sachen Bereich Gebiet Fachgebiet Themenfeld Thema Fragen")
_LINKS = _BEGINS | _folded(
    """um Sachen Bereich Thema Themen Stichwort Fragen Frage Fachgebiet Gebiet Themenfeld dem den
    das des ein eine einen einer unsere unseren unser unserem meine meinen mein sich es hier Sie bei
    Ihnen euch Erfahrung Erfahrungen Kenntnissen von vom haben habt ihr kann ich können wir über"""
)
_AFTER = _folded(
    """auskennt auskennen gibt geben haben hier bei Ihnen euch Sie uns mir vermitteln vermittelt
    nennen empfehlen im Pool in der Liste da es an befasst befassen beschäftigt beschäftigen
    erreichbar gesucht gesprochen gefragt helfen weiterhelfen beraten reden
    wen ich fragen kann könnte sprechen zurzeit"""
)
# What may stand between the words of a matter.
_JOINTS = _folded("und in im am an auf bei der die das des den dem für von vom zu zur zum ohne mit")
# With one of these it is a question about formats, fees or choices.
_ELSE = _folded(
    """oder Forum Expertenforum Expertenpool Pool Coaching Vortrag Vorträge Podium Publikum Honorar
    eingeladen dabei Webtalk Tagung Konferenz Werkstatt Kosten Fragestunde Datenbank Verzeichnis
    Liste Sprechstunde Sprechen Reden nicht kein keine"""
)
# Nobody can be found by these alone.
_VAGUE = _folded(
    """Thema Themen Frage Fragen Problem Probleme Fall Anliegen Sache Kleinstadt Kleinstädte
    Kleinstädten Stadt Städte Ort Orte Gemeinde Kommune Kommunen Projekt Vorhaben Beratung Hilfe
    Rat Gespräch Termin Veranstaltung Workshop Webinar allem alles Stichwort Stichworten
    Stichworte"""
)

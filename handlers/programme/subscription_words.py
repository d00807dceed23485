"""What people write who want to hear of something, or of nothing any more."""

import re
from collections.abc import Set as AbstractSet
from typing import Literal

from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge import german

# "stop" is what may be meant for something else: it counts for those who have a subscription.
Wish = Literal["begin", "end", "stop", ""]


def wish(text: str, named: AbstractSet[str] = frozenset()) -> Wish:
    """What a message plainly means. One word that we do not expect makes it something else.

    `named` are the words for what one can subscribe to.
    """
    if "?" in text or len(text) > _LONGEST_WISH:
        return ""
    wishes: set[Wish] = set()
    for clause in _CLAUSE_END.split(text):
        words = set()
        for typed in german.split(clause):
            word = _mended(typed)
            if word not in _EXPECTED and word not in named:
                return ""
            words.add(word)
        wishes.add(_clause(words, specific=not words <= _EXPECTED))
    wishes.discard("")
    return wishes.pop() if len(wishes) == 1 else ""


def _clause(words: AbstractSet[str], *, specific: bool) -> Wish:
    """`specific`: it names a topic or a region. Then the list serves best, either way."""
    about = bool(words & (_SUBSCRIPTION | _NEWS))
    clearly_ends = bool(words & _CLEARLY_ENDS)
    ends = clearly_ends or bool(words & _ENDS) or bool(words & _AWAY and words & _HALVES)
    refuses = bool(words & _NOT)
    # "Ich bekomme keine Nachrichten mehr" is a complaint, "ich möchte keine bekommen" is not,
    # and "wir haben Neuigkeiten" is something else again.
    tells = bool(words & _GETS and not words & _WANTS)
    if tells or (refuses and (ends or not words & _MORE)):
        return ""
    if ends or refuses:
        if about or clearly_ends:
            return "begin" if specific else "end"
        vague = words & _SENDS if refuses else words & (_STOPS | _AWAY)
        return "stop" if vague and not specific else ""
    begins = words & (_SUBSCRIPTION | _CLEARLY_BEGINS) or (about and words & _BEGINS)
    return "begin" if begins else ""


def _mended(word: str) -> str:
    """The word folded; a single slip in a longer one is put right."""
    folded = german.fold(word)
    if folded in _EXPECTED or len(folded) < _MENDABLE or german.form(word).known:
        return folded
    meant = process.extractOne(folded, _LONG_WORDS, scorer=OSA.distance, score_cutoff=1)
    return folded if meant is None else str(meant[0])


def _folded(listed: str) -> frozenset[str]:
    return frozenset(german.normalise(listed).split())


_LONGEST_WISH = 200  # characters
_MENDABLE = 7  # letters
_CLAUSE_END = re.compile(r"[.!,;:()\n]+")

_SUBSCRIPTION = _folded("Abo Abos Abonnement Abonnements Newsletter Newsletters subscription")
_NEWS = _folded(
    """Ankündigung Ankündigungen Benachrichtigung Benachrichtigungen Mitteilungen Meldungen
    Nachrichten Neuigkeiten Infos Infobrief Infobriefe Rundbrief Rundbriefe Rundschreiben Rundmail
    Rundmails Verteiler announcements notifications messages updates"""
)
_EVENTS = _folded("Termin Termine Terminen Veranstaltung Veranstaltungen events")
_CLEARLY_BEGINS = _folded("abonnieren abonniere abonnier subscribe")
_BEGINS = _CLEARLY_BEGINS | _folded(
    "bestellen bestelle anmelden eintragen einschalten anfordern bekommen erhalten kriegen haben"
)
_CLEARLY_ENDS = _folded("abbestellen abbestelle abbestell Abbestellung unsubscribe")
_STOPS = _folded("stop stopp stoppen abmelden Abmeldung austragen aufhören raus")
_ENDS = _STOPS | _folded(
    """kündigen kündige Kündigung beenden beende stornieren storniere stoppe abschalten ausschalten
    loswerden widerrufen widerrufe cancel end"""
)
_AWAY = _folded("ab aus")
_HALVES = _folded("bestelle bestellen bestellt melde melden schalte schalten trage tragen nehmen")
_NOT = _folded("kein keine keinen keinem keinerlei nichts nicht no not")
_MORE = _folded("mehr more")
_SENDS = _folded("schicken schicke schick senden sende schreiben schreibe schreib send")
_GETS = _folded("bekommen bekomme erhalten erhalte haben kriegen kriege")
_WANTS = _folded(
    "möchte möchten hätte hätten will wollen würde würden want bitte please wünsche wünschen"
)
_AROUND = _folded(
    """hallo hi guten Tag Morgen Abend moin danke Dank vielen dankeschön ok okay ja also so
    ich wir Sie Ihnen Ihr Ihre Ihren Ihrem ihrer du ihr euch euer eure euren mir mich uns mein
    meine meinen meines unser unsere unseren
    der die das den dem des dieser diese dieses diesen ein eine einen einer alle alles allen
    von vom zu zum zur für über und in im an auf per hier mal wieder auch nur jetzt sofort ab heute
    hiermit gern gerne einfach doch endlich brauche brauchen ändern anpassen bearbeiten wählen
    weitere weiteren neue neuen neuer künftig Hotline
    to the my your all from me i of for any"""
)
_EXPECTED = (
    _SUBSCRIPTION | _NEWS | _EVENTS | _BEGINS | _CLEARLY_ENDS | _ENDS | _AWAY | _HALVES
) | (_NOT | _MORE | _SENDS | _GETS | _WANTS | _AROUND)
_LONG_WORDS = sorted(word for word in _EXPECTED if len(word) >= _MENDABLE)

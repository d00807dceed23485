"""What the people of a bench ask."""

from functools import cache

from knowledge.decide import Answer
from knowledge.load import load, shipped
from knowledge.search import Knowledge

# What people type beside questions: nothing of it may be slow.
ODD = (
    "",
    "?",
    "🙂🙂🙂",
    "12345",
    "Hallo",
    "danke!!!",
    "asdfghjkl qwertzuiop",
    "DONAUDAMPFSCHIFFFAHRTSGESELLSCHAFTSKAPITÄNSMÜTZENABZEICHEN",
    "Kleinstadtakademiebeteiligungsverfahrensordnungsentwurf wer hat den",
    "<script>alert(1)</script>",
    "'; DROP TABLE people; --",
    "was kostet das denn alles so wenn man da mitmachen will und wer zahlt das eigentlich",
    "Wie wird das Wetter morgen?",
    "Can you help me find funding for our town hall?",
    "Wo bekommt man einen Personalausweis, und was brauche ich dafür?",
    "foerdermitel beantragn fuer inenstat",
    "ich wollte mal fragen ob es bei ihnen auch was gibt für vereine, wir sind ein kleiner "
    "Sportverein mit 80 Mitgliedern und unser Vereinsheim ist marode. Was können wir tun? "
    "Der Bürgermeister sagt, er habe kein Geld, und der Landkreis antwortet nicht.",
    "Leerstand " * 40,
    "ä" * 4000,
    "Wer? Wie? Was? Wieso? Weshalb? Warum? " * 100,
)


@cache
def asked() -> list[str]:
    """Questions that the shipped content answers, most of them not as it was curated.

    A question that is handed over opens a dialogue, in which not every line is
    answered by one message.
    """
    known = Knowledge(load(shipped()))
    pool = (_varied(phrase, turn) for turn, phrase in enumerate(_phrases(), start=1))
    return [question for question in pool if isinstance(known.find(question), Answer)]


def _phrases() -> list[str]:
    library = load(shipped())
    return [
        phrase
        for entry in library.entries.values()
        for phrase in (entry.title, *entry.asked_as)
        if phrase.endswith("?")
    ]


def mixed(number: int) -> list[str]:
    """About so many different questions: known ones, such with slips, and odd ones."""
    known, wanted = _phrases(), max(1, number - len(ODD))
    chosen = known[:: max(1, len(known) // wanted)][:wanted]
    return [*(_varied(phrase, turn) for turn, phrase in enumerate(chosen)), *ODD]


def _varied(phrase: str, turn: int) -> str:
    match turn % 4:
        case 0:
            return phrase
        case 1:
            return phrase.lower().rstrip("?")
        case 2:
            middle = len(phrase) // 2
            return phrase[:middle] + phrase[middle + 1 :]
        case _:
            return f"Guten Tag, ich habe eine Frage. {phrase} Vielen Dank im Voraus."

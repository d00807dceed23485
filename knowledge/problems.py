"""What curators are told when content cannot be used."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a curator has to mend, with the place and what to do."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class ContentError(Exception):
    """The content cannot be used. Carries every problem of every file, one a line in `str()`."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def in_german(detail: Mapping[str, Any]) -> str:
    """What pydantic found, as advice to a curator."""
    loc = [str(part) for part in detail["loc"]]
    name = next((part for part in reversed(loc) if not part.isdigit() and part not in _TYPES), "")
    context = detail.get("ctx", {})
    given = str(detail.get("input"))[:60]
    kind = detail["type"]
    if detail.get("input") is None and kind != "extra_forbidden":
        return f"{f'„{name}“' if name else 'Der Eintrag'} ist leer. Bitte ausfüllen."
    match kind:
        case "missing":
            return f"„{name}“ fehlt. Bitte ergänzen."
        case "extra_forbidden":
            return f"„{name}“ ist hier nicht vorgesehen. Bitte Schreibweise prüfen."
        case "string_too_long":
            length = len(detail["input"].strip())
            return f"„{name}“ ist zu lang: {length} Zeichen, höchstens {context['max_length']}."
        case "string_too_short":
            if context.get("min_length") == 1:
                return f"„{name}“ ist leer. Bitte ausfüllen."
            return f"„{name}“ ist zu kurz: mindestens {context['min_length']} Zeichen."
        case "too_short":
            return f"„{name}“ braucht mindestens {context['min_length']} Angaben in einer Liste."
        case "too_long":
            return f"„{name}“ hat zu viele Angaben: höchstens {context['max_length']}."
        case "string_pattern_mismatch":
            return (
                f"„{given}“ ist keine gültige Kennung. Erlaubt sind kleine Buchstaben (ohne "
                "Umlaute), Ziffern und einzelne Bindestriche."
            )
        case "string_type":
            return f"„{name}“ muss Text sein. Bitte in Anführungszeichen setzen."
        case "tuple_type" | "list_type":
            return f"„{name}“ muss eine Liste sein, mit „- “ vor jeder Angabe."
        case "model_type" | "model_attributes_type" | "dict_type":
            return "Hier werden Angaben der Form „name: wert“ erwartet."
        case "enum":
            possible = str(context["expected"]).replace(" or ", " oder ")
            return f"„{given}“ gibt es bei „{name}“ nicht. Möglich ist: {possible}."
        case "value_error":
            return _VALUE_ERRORS.get(str(context.get("error")), f"{name}: {detail['msg']}")
    if kind.startswith("url"):
        return f"„{given}“ ist keine gültige Adresse. Sie beginnt mit https:// oder http://."
    if kind.startswith(("date", "is_instance")):
        return f"„{name}“ ist kein Datum der Form 2022-06-22: „{given}“."
    return f"„{name}“ ist nicht gültig: „{given}“."


# Pydantic adds the name of the branch it tried where a value may be of several types.
_TYPES = {"date", "datetime", "function-after[_times_make_sense(), Event]"}

_VALUE_ERRORS = {
    "a time needs its offset, for example 2021-03-11T18:30:00+01:00": (
        "Eine Uhrzeit braucht ihre Zeitzone, zum Beispiel 2021-03-11T18:30:00+01:00."
    ),
    "starts and ends are either both dates or both times": (
        "„starts“ und „ends“ sind entweder beide ein Datum oder beide eine Uhrzeit."
    ),
    "an id stands there twice": "Eine Kennung („id“) steht zweimal da. Bitte eine andere wählen.",
    "ends lies before starts": "„ends“ liegt vor „starts“.",
}

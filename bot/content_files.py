"""What the commands share that give content out and take it back."""

from pathlib import Path

from bot.operations import write_whole
from knowledge.load import ContentError
from knowledge.problems import Problem


def write(path: Path, body: str) -> None:
    """The whole file or nothing. Raises ContentError."""
    try:
        write_whole(path, body.encode("utf-8"))
    except OSError as error:
        advice = f"Die Datei ließ sich nicht schreiben ({error.strerror}). Bitte Ort prüfen."
        raise ContentError([Problem(str(path), 1, advice)]) from error


def counted(number: int) -> str:
    return f"{number} Eintrag" if number == 1 else f"{number} Einträge"

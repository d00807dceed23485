"""The commands. Each one parses, calls one function, prints for a human.

Imports happen inside the commands: `hotline ask` must not load a web server,
and `hotline --help` must not load anything.
"""

import asyncio
import shutil
import sys
from collections.abc import Awaitable, Callable, Coroutine
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import typer

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.settings import Settings

T = TypeVar("T")

# Of a kind; who mends these sees the next ones afterwards.
_SHOWN_REMARKS = 20
_WIDEST = 80  # columns that are still easy to read

cli = typer.Typer(
    name="hotline",
    help="Die Kleinstadt-Hotline: Fragen beantworten, sonst an Menschen weitergeben.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Role(StrEnum):
    ADMIN = "admin"
    COORDINATOR = "coordinator"
    EXPERT = "expert"


class QuestionHalf(StrEnum):
    LEARN = "lernen"
    REPORT = "berichten"
    ALL = "alle"


ContentFolder = Annotated[
    Path | None, typer.Option("--content", metavar="ORDNER", help="Andere Inhalte benutzen.")
]
Semantik = Annotated[
    bool,
    typer.Option(
        "--semantik/--ohne-semantik", help="Mit dem Zusatz „semantik“, wenn er eingerichtet ist."
    ),
]
EntriesFile = Annotated[
    Path | None,
    typer.Option(
        "--entries",
        metavar="DATEI",
        help='Eine einfache FAQ benutzen: je Zeile {"id", "question", "answer"}.',
    ),
]

Person = Annotated[
    str,
    typer.Argument(
        metavar="PERSON", help="Nummer einer Anfrage (K-1042) oder Weg und Chat (telegram:20001)."
    ),
]


@cli.command()
def serve() -> None:
    """Die Hotline starten, auf allen eingerichteten Wegen."""
    from bot.serve import serve as run

    _run(run)


@cli.command()
def chat() -> None:
    """Ein Gespräch hier im Terminal führen, mit demselben Speicher."""
    from bot.serve import chat as run

    _run(run)


@cli.command()
def ask(
    question: Annotated[str, typer.Argument(metavar="FRAGE", help="Die Frage.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Die Antwort als JSON.")] = False,
    jsonl: Annotated[
        bool,
        typer.Option("--jsonl", help='Je Zeile {"question": …} lesen, je Zeile ein Ergebnis.'),
    ] = False,
    ranked: Annotated[
        bool, typer.Option("--ranked", help="Die zehn besten Treffer dazuschreiben.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Zeigen, wie es zu der Entscheidung kommt.")
    ] = False,
    content: ContentFolder = None,
    entries: EntriesFile = None,
    semantik: Semantik = True,
) -> None:
    """Eine Frage beantworten und aufhören."""
    from bot import ask as asking

    if not question and not jsonl:
        _fail('Bitte eine Frage angeben: hotline ask "Was ist eine Kleinstadt?"', code=2)
    if explain and (jsonl or ranked):
        _fail("--explain erklärt eine einzelne Frage, ohne --jsonl und --ranked.", code=2)
    settings = _settings()
    folder = content or settings.content
    knowledge = _guarded(lambda: asking.knowledge(folder, entries, semantik=semantik))
    if explain:
        from bot import explain as explaining

        explanation = explaining.explain(knowledge, question)
        if as_json:
            typer.echo(asking.as_json(explaining.as_json(explanation)))
        else:
            columns = shutil.get_terminal_size().columns
            explaining.show(explanation, sys.stdout, width=min(columns, _WIDEST))
    elif jsonl:
        asking.answer_lines(knowledge, sys.stdin, sys.stdout, settings, ranked=ranked)
    elif as_json:
        typer.echo(asking.as_json(asking.result(knowledge, question, settings, ranked=ranked)))
    else:
        asking.show(knowledge, question, sys.stdout, settings, ranked=ranked)


@cli.command()
def check(
    folder: Annotated[
        Path | None, typer.Argument(metavar="ORDNER", help="Ohne Angabe: die eigenen Inhalte.")
    ] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Das JSON-Schema der Dateien ausgeben.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Auch Hinweise als Fehler behandeln.")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Alle Hinweise zeigen statt zwanzig von jeder Art.")
    ] = False,
) -> None:
    """Inhalte prüfen: Fehler nennen, und Hinweise geben, was besser sein könnte."""
    import json

    from bot.clock import SystemClock
    from handlers import routing
    from handlers.desk import entrance
    from handlers.hours import day_of
    from knowledge import curating, load

    if schema:
        typer.echo(json.dumps(load.schema(), ensure_ascii=False, indent=2))
        return
    root = folder or _settings().content or load.shipped()
    library = _guarded(lambda: load.load(root))
    today = day_of(SystemClock().now())
    commands = {*routing.COMMANDS, *entrance.COMMANDS, "offen"}
    remarks = curating.remarks(root, library, today, commands)
    for line in curating.report(remarks, None if everything else _SHOWN_REMARKS):
        typer.echo(line)
    if remarks and strict:
        _fail(f"Mit --strict gelten die Hinweise als Fehler: {len(remarks)}")
    typer.echo(
        f"in Ordnung: {len(library.entries)} Einträge, {len(library.formats)} Formate, "
        f"{len(library.events)} Veranstaltungen; Hinweise: {len(remarks)}"
    )


@cli.command()
def doctor() -> None:
    """Einstellungen, Speicher, Inhalte und Wege prüfen; jeder Fehler nennt sein Mittel."""
    from bot.doctor import examine

    findings = asyncio.run(examine())
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        mark = "ok    " if finding.ok else "FEHLER"
        typer.echo(f"{mark}  {finding.what:<{width}}  {finding.text}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


@cli.command()
def invite(
    role: Annotated[Role, typer.Argument(metavar="ROLLE", help="admin, coordinator oder expert.")],
) -> None:
    """Einen Einmal-Link ausgeben, mit dem sich jemand in die Koordination einträgt."""
    from bot.serve import invite as run

    _run(lambda settings: run(settings, role.value))


@cli.command()
def demo() -> None:
    """Einen leeren Speicher mit erfundenen Beispielen füllen, zum Umsehen und Üben."""
    from bot.demo import demo as run

    _run(run)


@cli.command()
def poster(
    town: Annotated[
        str, typer.Option("--town", metavar="NAME", help="Name oben; sonst HOTLINE_NAME.")
    ] = "",
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            metavar="DATEI",
            help="Eine HTML-Datei, „-“: hierher. Ein PDF macht daraus der Browser beim Drucken.",
        ),
    ] = Path("aushang.html"),
    about: Annotated[
        str,
        typer.Option(
            "--for",
            metavar="WAS",
            help="chat, „entry KENNUNG“, „format KENNUNG“, „event KENNUNG“ oder „group KÜRZEL“.",
        ),
    ] = "chat",
) -> None:
    """Einen Aushang machen: eine Seite A4 mit dem Namen, einem Satz und QR-Codes."""
    from bot import poster_cli

    settings = _settings()
    made = _done(lambda: asyncio.run(poster_cli.make(settings, about, town)))
    if str(out) == "-":
        typer.echo(made.html)
    else:
        _done(lambda: poster_cli.write(out, made))
        typer.echo(f"fertig: {out}. Zum Drucken im Browser öffnen.")
    for warning in made.warnings:
        typer.echo(warning, err=True)


@cli.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="DATEI", help="Wohin, zum Beispiel heute.tar.")],
) -> None:
    """Speicher und Dateien sichern, auch im laufenden Betrieb."""
    from bot import backups

    done = _done(lambda: backups.backup(_settings().data, file))
    typer.echo(f"gesichert: {file}, {done.size // 1024 + 1} kB mit {done.files} Dateien")
    typer.echo(
        "Die Sicherung enthält, was Menschen geschrieben haben. Bitte geschützt aufbewahren "
        "und nach 30 Tagen vernichten."
    )


@cli.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="DATEI", help="Eine Sicherung.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Einen vorhandenen Speicher ersetzen.")
    ] = False,
) -> None:
    """Eine Sicherung zurückspielen. Die Hotline darf dabei nicht laufen."""
    from bot import backups
    from bot.clock import SystemClock
    from handlers.hours import BERLIN

    settings = _settings()
    done = _done(
        lambda: asyncio.run(backups.restore(settings, file, SystemClock(), replace=replace))
    )
    typer.echo(f"zurückgespielt: Stand {done.taken_at.astimezone(BERLIN):%d.%m.%Y, %H:%M Uhr}")
    typer.echo(f"  Dateien: {done.files}")
    typer.echo(f"  alte Nachrichten, die nicht mehr gesendet werden: {done.unsent}")
    typer.echo(f"  Menschen, die inzwischen gelöscht waren und es wieder sind: {done.erased}")
    for warning in done.warnings:
        typer.echo(warning, err=True)


@cli.command()
def export(person: Person) -> None:
    """Alles ausgeben, was über einen Menschen gespeichert ist, als JSON."""
    import json

    from bot import operations

    settings = _settings()
    found = _done(lambda: asyncio.run(operations.export(settings, person)))
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2))


@cli.command()
def erase(
    person: Person,
    yes: Annotated[bool, typer.Option("--yes", help="Nicht mehr nachfragen.")] = False,
) -> None:
    """Alles löschen, was über einen Menschen gespeichert ist, auch im laufenden Betrieb."""
    from bot import operations
    from bot.clock import SystemClock

    settings = _settings()
    if not yes:
        typer.confirm(f"Alles zu „{person}“ löschen? Es gibt kein Zurück.", abort=True)
    done = _done(lambda: asyncio.run(operations.erase(settings, person, SystemClock())))
    numbers = ", ".join(request.number for request in done.requests) or "keine"
    typer.echo(f"gelöscht; zurückgezogene Anfragen: {numbers}; Dateien: {len(done.files)}")


@cli.command()
def stats() -> None:
    """Zahlen zum Betrieb, ohne dass jemand erkennbar wird."""
    from bot import operations
    from bot.clock import SystemClock

    settings = _settings()
    lines = _done(lambda: asyncio.run(operations.stats(settings, SystemClock())))
    width = max(len(name) for name, _ in lines)
    for name, figure in lines:
        typer.echo(f"{name:<{width}}  {figure:>8}")


@cli.command()
def evaluate(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="DATEI", help="Fragen als YAML; ohne Angabe die mitgelieferten."),
    ] = None,
    queries: Annotated[
        Path | None,
        typer.Option(
            "--queries", metavar="DATEI", help='Je Zeile {"query", "expected": [Kennungen]}.'
        ),
    ] = None,
    half: Annotated[
        QuestionHalf,
        typer.Option("--half", help="Nur die Hälfte zum Lernen oder nur die zum Berichten fragen."),
    ] = QuestionHalf.ALL,
    noise: Annotated[
        bool,
        typer.Option("--noise", help="Auch mit Tippfehlern, ohne Umlaute, klein geschrieben."),
    ] = False,
    compare: Annotated[
        str,
        typer.Option(
            "--compare",
            metavar="STAND",
            help="Zeigen, was sich geändert hat: gegenüber den Inhalten in einem Stand von git "
            "(HEAD~1) oder gegenüber einer Datei, die --json geschrieben hat.",
        ),
    ] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Zahlen und jede Frage als JSON.")
    ] = False,
    content: ContentFolder = None,
    entries: EntriesFile = None,
    semantik: Semantik = True,
) -> None:
    """Messen, wie gut die Fragen beantwortet werden."""
    import json

    from bot.evaluate.command import CannotCompare, Wish, evaluated
    from bot.evaluate.report import show

    folder = content or _settings().content
    wish = Wish(file, queries, folder, entries, half.value, compare, noise, semantik)
    try:
        report = _guarded(lambda: evaluated(wish))
    except CannotCompare as error:
        _fail(str(error))
    if as_json:
        typer.echo(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        show(report, sys.stdout)


events = typer.Typer(no_args_is_help=True, help="Das Programm einlesen und ausgeben.")
cli.add_typer(events, name="events")


@events.command("import")
def import_events(
    file: Annotated[Path, typer.Argument(metavar="DATEI", help="iCalendar oder YAML.")],
) -> None:
    """Veranstaltungen einlesen, alle oder keine; auch im laufenden Betrieb."""
    from bot.programme_cli import import_file

    _take_in(import_file, file)


@events.command("export")
def export_events(
    file: Annotated[
        Path | None, typer.Argument(metavar="DATEI", help="Ohne Angabe: hierher.")
    ] = None,
) -> None:
    """Alle Veranstaltungen als Kalenderdatei ausgeben."""
    from bot.programme_cli import export_file

    _give_out(export_file, file)


taught = typer.Typer(
    no_args_is_help=True, help="Was die Koordination beigebracht hat, ausgeben und einlesen."
)
cli.add_typer(taught, name="content")


@taught.command("export")
def export_content(
    file: Annotated[
        Path | None, typer.Argument(metavar="DATEI", help="„-“ oder ohne Angabe: hierher.")
    ] = None,
) -> None:
    """Einträge und Arten zu fragen, die am Schreibtisch dazukamen, als Inhalt ausgeben."""
    from bot.content_cli import export_file

    _give_out(export_file, None if str(file) == "-" else file)


@taught.command("import")
def import_content(
    file: Annotated[Path, typer.Argument(metavar="DATEI", help="Was „export“ ausgegeben hat.")],
) -> None:
    """Solche Einträge wieder einlesen, alle oder keinen; auch im laufenden Betrieb."""
    from bot.content_cli import import_file

    _take_in(import_file, file)


experts = typer.Typer(no_args_is_help=True, help="Den Pool der Fachleute einlesen und ausgeben.")
cli.add_typer(experts, name="experts")


@experts.command("import")
def import_experts(
    file: Annotated[Path, typer.Argument(metavar="DATEI", help="In der Form von experts.yaml.")],
) -> None:
    """Fachleute einlesen, alle oder keine; auch im laufenden Betrieb."""
    from bot.experts_cli import import_file

    _take_in(import_file, file)


@experts.command("export")
def export_experts(
    file: Annotated[
        Path | None, typer.Argument(metavar="DATEI", help="„-“ oder ohne Angabe: hierher.")
    ] = None,
) -> None:
    """Fachleute, die am Schreibtisch gepflegt werden, als Inhalt ausgeben."""
    from bot.experts_cli import export_file

    _give_out(export_file, None if str(file) == "-" else file)


def _run(action: "Callable[[Settings], Awaitable[None]]") -> None:
    """Run something that needs settings; errors that people can mend are one line."""
    from bot.running import run

    if code := run(action):
        raise typer.Exit(code)


def _take_in(
    import_file: "Callable[[Settings, Path, Clock], Coroutine[None, None, str]]", file: Path
) -> None:
    """Read a file into the store, and say what was done."""
    from bot.clock import SystemClock

    settings = _settings()
    typer.echo(_done(lambda: asyncio.run(import_file(settings, file, SystemClock()))))


def _give_out(
    export_file: "Callable[[Settings, Path | None], Coroutine[None, None, str]]",
    path: Path | None,
) -> None:
    """Say where the file is; without a path it is the file itself, to the letter."""
    settings = _settings()
    typer.echo(_done(lambda: asyncio.run(export_file(settings, path))), nl=path is not None)


def _done(work: Callable[[], T]) -> T:
    """Do something with the store; errors that people can mend are one line."""
    from bot.operations import NobodyFound
    from bot.poster_cli import PosterError
    from bot.programme_files import ProgrammeError
    from knowledge.load import ContentError
    from storage.database import StoreError, StoreTrouble

    try:
        return work()
    except (NobodyFound, StoreError, ContentError, ProgrammeError, PosterError) as error:
        _fail(str(error))
    except StoreTrouble as error:
        _fail(f"Der Speicher nimmt gerade nichts an ({error}). Nichts wurde geändert.")


def _settings() -> "Settings":
    from bot.settings import SettingsError, read_settings

    try:
        return read_settings()
    except SettingsError as error:
        _fail(str(error), code=2)


def _guarded(load: Callable[[], T]) -> T:
    from knowledge.load import ContentError

    try:
        return load()
    except ContentError as error:
        _fail(str(error))


def _fail(text: str, code: int = 1) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(code)

"""Checks before the first start and whenever something is odd; each failure names its remedy."""

import asyncio
import shutil
import socket
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bot.app import STORE, telegram_channel
from bot.clock import SystemClock
from bot.settings import Settings, SettingsError, read_settings
from knowledge.load import ContentError, load, shipped
from storage.database import StoreError, StoreInUse, lock, migrations

FREE_BYTES = 500 * 1024 * 1024  # below this a busy week with files can fill the disk
INLINE_OFF = (
    "Weitersagen in anderen Chats (@Bot Wort) ist aus. Einschalten: bei @BotFather /setinline."
)
NETWORK_PATIENCE = 10.0  # seconds


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `text` says how it is, or what to do."""

    ok: bool
    what: str
    text: str


async def examine() -> list[Finding]:
    """Look at everything that can be looked at without starting."""
    try:
        settings = read_settings()
    except SettingsError as error:
        return [Finding(False, "Einstellungen", problem) for problem in error.problems]
    running = _is_running(settings.data)
    return [
        Finding(True, "Einstellungen", "gelesen"),
        *_folder(settings.data),
        _store(settings.data),
        _content(settings),
        _web(settings, running=running),
        await _telegram(settings),
    ]


def _is_running(folder: Path) -> bool:
    try:
        lock(folder, patience=0.1).release()
    except StoreInUse:
        return True
    except StoreError:
        pass
    return False


def _folder(folder: Path) -> list[Finding]:
    try:
        lock(folder, patience=0.1).release()
    except StoreInUse:
        pass
    except StoreError as error:
        return [Finding(False, "Ordner", str(error))]
    free = shutil.disk_usage(folder).free
    if free < FREE_BYTES:
        text = f"Nur noch {free // 1024**2} MB frei. Bitte Platz schaffen."
        return [Finding(False, "Ordner", text)]
    return [Finding(True, "Ordner", f"{folder}, {free // 1024**3} GB frei")]


def _store(folder: Path) -> Finding:
    path = folder / STORE
    if not path.exists():
        return Finding(True, "Speicher", "wird beim ersten Start angelegt")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as raw:
            version = raw.execute("PRAGMA user_version").fetchone()[0]
            sound = raw.execute("PRAGMA quick_check").fetchone()[0]
            known = {row[1] for row in raw.execute("PRAGMA table_info(coordinators)")}
            # An older store knows nobody who still waits to be confirmed.
            waits = "AND waits_until IS NULL" if "waits_until" in known else ""
            people = raw.execute(
                f"SELECT COUNT(*) FROM coordinators WHERE revoked_at IS NULL {waits}"  # noqa: S608
            ).fetchone()[0]
    except sqlite3.Error as error:
        text = f"{path} ist nicht lesbar ({error}). Bitte eine Sicherung zurückspielen."
        return Finding(False, "Speicher", text)
    newest = migrations()[-1][0]
    if sound != "ok":
        return Finding(
            False, "Speicher", f"{path} ist beschädigt. Bitte eine Sicherung einspielen."
        )
    if version > newest:
        text = "stammt von einer neueren Version. Bitte die Hotline aktualisieren."
        return Finding(False, "Speicher", text)
    schema = "Schema aktuell" if version == newest else "Schema wird beim Start erneuert"
    if not people:
        text = "noch niemand eingetragen. Bitte „hotline invite admin“ aufrufen."
        return Finding(False, "Koordination", text)
    return Finding(True, "Speicher", f"{schema}, {people} in der Koordination")


def _content(settings: Settings) -> Finding:
    try:
        library = load(settings.content or shipped())
    except ContentError as error:
        return Finding(False, "Inhalte", str(error))
    text = (
        f"{len(library.entries)} Einträge, {len(library.formats)} Formate, "
        f"{len(library.events)} Veranstaltungen"
    )
    return Finding(True, "Inhalte", text)


def _web(settings: Settings, *, running: bool) -> Finding:
    address = settings.public_url
    if running:
        return Finding(True, "Web", f"{address} (läuft)")
    family = socket.AF_INET6 if ":" in settings.web_host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((settings.web_host, settings.web_port))
        except OSError as error:
            text = f"{address} ist nicht frei ({error.strerror}). Bitte HOTLINE_WEB_PORT ändern."
            return Finding(False, "Web", text)
    return Finding(True, "Web", address)


async def _telegram(settings: Settings) -> Finding:
    """Ask Telegram who we are. Nothing is sent to anybody."""
    if not settings.telegram_token.get_secret_value():
        return Finding(True, "Telegram", "aus (HOTLINE_TELEGRAM_TOKEN ist leer)")
    chat = settings.telegram_desk_chat
    channel = telegram_channel(
        settings,
        SystemClock(),
        desk_chat=lambda bot: str(chat) if chat else None,
        say=load(shipped()).texts.say,
    )
    try:
        async with asyncio.timeout(NETWORK_PATIENCE):
            problem = await channel.check()
    except TimeoutError:
        problem = "Telegram antwortet nicht. Bitte Netz und HOTLINE_TELEGRAM_API_URL prüfen."
    finally:
        await channel.close()
    if problem is None and not channel.offers_inline:
        # Nothing is wrong without it, so it is said and does not fail.
        return Finding(True, "Telegram", f"Token gilt, Verbindung steht. {INLINE_OFF}")
    return Finding(problem is None, "Telegram", problem or "Token gilt, Verbindung steht")

"""What the operator decides, read once at start.

Names and defaults are a contract; `.env.example` explains them to whoever
installs us. Each field's description completes the sentence „bitte … eintragen“.
"""

import os
import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from dotenv.parser import parse_stream
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from rapidfuzz import fuzz, process

from handlers.hours import STATES, OfficeHours

PREFIX = "HOTLINE_"

# Likeness from 0 to 100. Below the first a hint confuses more than it helps;
# above the second a name in our own file is one of ours, mistyped.
ALIKE = 75
MISTYPED = 90

_TOKEN = re.compile(r"\d+:\S+")
# What Telegram accepts; shorter ones can be guessed, and whoever guesses it
# speaks to us in everybody's name.
_WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{32,256}")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


class SettingsError(Exception):
    """The settings cannot be used. One German line per problem, and never a secret."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def _address(value: str) -> str:
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # a port that is no number, brackets that do not match
        usable = False
    if value and (not usable or parts.username is not None or re.search(r"\s", value)):
        raise ValueError("Das ist keine Internetadresse.")
    return value


def _base_address(value: str) -> str:
    """An address to which paths are added, so without a slash at its end."""
    if "?" in value or "#" in value:
        raise ValueError("Die Adresse darf kein „?“ und kein „#“ enthalten.")
    return _address(value).rstrip("/")


def _host(value: str) -> str:
    try:
        ip_address(value)
    except ValueError:
        if not _HOST.fullmatch(value):
            raise ValueError("Das ist kein Rechnername und keine IP-Adresse.") from None
    return value


def _state(value: str) -> str:
    if value and value.upper() not in STATES:
        raise ValueError("Dieses Bundesland ist nicht bekannt.")
    return value.upper()


def _hours(value: Any) -> Any:
    return OfficeHours.parse(value) if isinstance(value, str) else value


def _ids(value: Any) -> Any:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _switch(value: Any) -> Any:
    words = {"an": True, "ja": True, "aus": False, "nein": False}
    return words.get(value.lower(), value) if isinstance(value, str) else value


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


Address = Annotated[str, BeforeValidator(_address)]
BaseAddress = Annotated[str, BeforeValidator(_base_address)]
Switch = Annotated[bool, BeforeValidator(_switch)]

AN_ADDRESS = "eine Adresse, die mit https:// oder http:// beginnt und kein Kennwort enthält,"


class Settings(BaseModel):
    """All settings, checked and unchangeable.

    Building one by hand, as tests do, reads nothing from the environment.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        str_strip_whitespace=True,
        validate_default=True,
    )

    data: Path = Field(default=Path("./data"), description="einen Ordner")
    content: Path | None = Field(
        default=None, description="einen Ordner mit Inhalten, oder nichts für die mitgelieferten,"
    )

    web_host: Annotated[str, BeforeValidator(_host)] = Field(
        default="127.0.0.1", description="einen Rechnernamen oder eine IP-Adresse"
    )
    web_port: int = Field(
        default=8080, ge=0, le=65535, description="eine ganze Zahl von 0 bis 65535"
    )
    public_url: BaseAddress = Field(default="", description=AN_ADDRESS)
    """Never empty once it is read. With port 0 only the running server knows the real one."""

    telegram_token: SecretStr = Field(
        default=SecretStr(""),
        description="das Bot-Kennwort von @BotFather (Ziffern, Doppelpunkt, Zeichen)",
    )
    telegram_api_url: BaseAddress = Field(
        default="https://api.telegram.org", description=AN_ADDRESS
    )
    telegram_webhook_url: BaseAddress = Field(default="", description=AN_ADDRESS)
    telegram_webhook_secret: SecretStr = Field(
        default=SecretStr(""),
        description="32 bis 256 Zeichen aus A–Z, a–z, 0–9, „_“ und „-“",
    )
    telegram_desk_chat: int | None = Field(
        default=None, description="die Nummer der Gruppe, zum Beispiel -1001234567890,"
    )
    telegram_coordinators: Annotated[
        tuple[Annotated[int, Field(gt=0)], ...], BeforeValidator(_ids)
    ] = Field(default=(), description="Telegram-Nummern von Personen, durch Kommas getrennt,")
    telegram_rate: Switch = Field(default=True, description="„on“ oder „off“")
    telegram_show_web_text: Switch = Field(default=False, description="„on“ oder „off“")

    semantik: Switch = Field(default=True, description="„on“ oder „off“")

    office_hours: Annotated[OfficeHours, BeforeValidator(_hours)] = Field(
        default=OfficeHours.parse("Mo-Fr 09:00-16:00"),
        description="Tage und Zeiten wie „Mo-Fr 09:00-16:00“",
    )
    state: Annotated[str, BeforeValidator(_state)] = Field(
        default="", description=f"eines der Kürzel {' '.join(STATES)}"
    )

    name: str = Field(
        default="Kleinstadt-Hotline",
        min_length=1,
        max_length=60,
        description="einen Namen mit höchstens 60 Zeichen",
    )
    contact: str = Field(default="", description="einen Weg, Sie zu erreichen,")
    controller: str = Field(default="", description="Namen und Anschrift der Stelle")
    imprint_url: Address = Field(default="", description=AN_ADDRESS)
    retention_days: int = Field(
        default=90, ge=1, le=36500, description="eine ganze Zahl von Tagen, mindestens 1,"
    )

    learn_alone: Switch = Field(default=False, description="„on“ oder „off“")

    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_upper)
    ] = Field(default="INFO", description="DEBUG, INFO, WARNING, ERROR oder CRITICAL")
    log_format: Annotated[Literal["text", "json"], BeforeValidator(_lower)] = Field(
        default="text", description="„text“ oder „json“"
    )

    @field_validator("public_url")
    @classmethod
    def _is_derived_from_host_and_port(cls, value: str, info: ValidationInfo) -> str:
        if value:
            return value
        host = info.data.get("web_host", "")
        # Somebody who listens everywhere still wants an address that opens.
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
        shown = f"[{host}]" if ":" in host else host
        return f"http://{shown}:{info.data.get('web_port', '')}"

    @field_validator("telegram_token")
    @classmethod
    def _looks_like_a_token(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not _TOKEN.fullmatch(value.get_secret_value()):
            raise ValueError("Das ist kein Bot-Kennwort von Telegram.")
        return value

    @field_validator("telegram_webhook_secret")
    @classmethod
    def _is_hard_to_guess(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        if info.data.get("telegram_webhook_url") and not _WEBHOOK_SECRET.fullmatch(
            value.get_secret_value()
        ):
            raise ValueError("HOTLINE_TELEGRAM_WEBHOOK_URL verlangt ein sicheres Geheimnis.")
        return value


NAMES = {PREFIX + field.upper(): field for field in Settings.model_fields}


def read_settings(
    environ: Mapping[str, str] | None = None, env_file: Path = Path(".env")
) -> Settings:
    """Read the environment, and `env_file` for what the environment leaves open.

    Raises SettingsError with every problem at once.
    """
    problems: list[str] = []
    environ = os.environ if environ is None else environ
    found = dict(_from_file(env_file, problems))
    for name, value in environ.items():
        # An empty variable is no decision; it leaves the one in the file alone.
        if name.upper().startswith(PREFIX) and (value.strip() or name not in found):
            found[name] = value
    given: dict[str, str] = {}
    for name, value in found.items():
        if name not in NAMES:
            problems.append(_unknown(name))
        elif value.strip():
            given[NAMES[name]] = value.strip()
    try:
        settings = Settings.model_validate(given)
    except ValidationError as error:
        problems += _explained(error)
    if problems:
        # Raised outside of the except block: pydantic's error knows the values.
        raise SettingsError(problems)
    return settings


def _from_file(path: Path, problems: list[str]) -> Iterator[tuple[str, str]]:
    """Yield what is ours. Other programs may keep their settings in the same file."""
    try:
        # Editors on Windows put a mark before the first letter; "-sig" drops it.
        with path.open(encoding="utf-8-sig") as stream:
            bindings = list(parse_stream(stream))
    except FileNotFoundError:
        return
    except OSError:
        problems.append(f"{path}: Die Datei ist nicht lesbar – bitte die Zugriffsrechte prüfen.")
        return
    except UnicodeDecodeError:
        problems.append(f"{path}: Die Datei ist nicht in UTF-8 – bitte so speichern.")
        return
    for binding in bindings:
        if binding.error or (binding.key is not None and binding.value is None):
            problems.append(
                f"{path}, Zeile {binding.original.line}: Die Zeile ist nicht verständlich"
                " – bitte als NAME=Wert schreiben."
            )
        elif binding.key is not None and binding.value is not None and _meant_for_us(binding.key):
            yield binding.key, binding.value


def _meant_for_us(name: str) -> bool:
    """Also with the prefix mistyped, for that would go unnoticed."""
    name = name.upper()
    return name.startswith(PREFIX) or bool(
        process.extractOne(name, NAMES.keys(), scorer=fuzz.ratio, score_cutoff=MISTYPED)
    )


def _unknown(name: str) -> str:
    # Compared without the prefix, which would make all of them look alike.
    _, _, meant = name.upper().partition("_")
    fields = [field.upper() for field in NAMES.values()]
    nearest = process.extractOne(meant, fields, scorer=fuzz.WRatio, score_cutoff=ALIKE)
    remedy = (
        f"gemeint ist vielleicht {PREFIX}{nearest[0]}."
        if nearest
        else "bitte entfernen; alle Namen stehen in .env.example."
    )
    return f"{name}: Diese Einstellung gibt es nicht – {remedy}"


def _explained(error: ValidationError) -> Iterator[str]:
    told: set[str] = set()
    for detail in error.errors(include_url=False, include_input=False):
        field = str(detail["loc"][0])
        if field in told:  # one line is enough for a list with several slips
            continue
        told.add(field)
        ours = detail.get("ctx", {}).get("error")
        what = str(ours) if isinstance(ours, ValueError) else "Dieser Wert passt nicht."
        remedy = Settings.model_fields[field].description
        yield f"{PREFIX}{field.upper()}: {what.rstrip('.')} – bitte {remedy} eintragen."

"""What Telegram refuses, and in which words.

Functions over texts, entities and buttons, the rate limits, and a checker that
holds each request against the machine-readable Bot API where that is at hand.
"""

import json
import os
import re
from collections import defaultdict, deque
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from telegram.constants import ReactionEmoji

Json = dict[str, Any]
Marked = tuple[str, list[Json]]  # a text and its entities

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_CALLBACK_DATA = 64  # bytes, not characters: an umlaut counts twice
REACTIONS = frozenset(emoji.value for emoji in ReactionEmoji)


class Refused(Exception):
    """The request has no effect; the bot reads this instead of a result."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(f"{code} {description}")
        self.code = code
        self.description = description
        self.parameters = parameters

    @classmethod
    def bad_request(cls, why: str) -> "Refused":
        return cls(400, f"Bad Request: {why}")


# --- texts -------------------------------------------------------------------------


def utf16_length(text: str) -> int:
    """Telegram counts like JavaScript: an emoji beyond the basic plane is two."""
    return len(text) + sum(character > "\uffff" for character in text)


def formatted(text: str, parse_mode: str | None, entities: list[Json] | None) -> Marked:
    """The text people see and its entities, or the refusal Telegram would give."""
    if parse_mode:
        if parse_mode.lower() != "html":
            raise Refused.bad_request("unsupported parse_mode (the fake reads HTML only)")
        text, found = parse_html(text)
    else:
        found = checked_entities(text, entities or [])
    visible = text.rstrip()
    end = utf16_length(visible)
    kept = [
        {**entity, "length": min(entity["length"], end - entity["offset"])}
        for entity in found
        if entity["offset"] < end
    ]
    return visible, kept


def checked_text(params: Json) -> Marked:
    text, entities = formatted(
        params.get("text") or "", params.get("parse_mode"), params.get("entities")
    )
    if not text.strip():
        raise Refused.bad_request("message text is empty")
    if utf16_length(text) > MAX_TEXT:
        raise Refused.bad_request("message is too long")
    return text, entities


def checked_caption(params: Json) -> Marked:
    text, entities = formatted(
        params.get("caption") or "", params.get("parse_mode"), params.get("caption_entities")
    )
    if utf16_length(text) > MAX_CAPTION:
        raise Refused.bad_request("message caption is too long")
    return text, entities


def checked_entities(text: str, entities: list[Json]) -> list[Json]:
    if not entities:
        return []
    borders = {0}  # the places between two characters; the middle of an emoji is none
    position = 0
    for character in text:
        position += 2 if character > "\uffff" else 1
        borders.add(position)
    for entity in entities:
        start, length = entity.get("offset"), entity.get("length")
        if not isinstance(start, int) or not isinstance(length, int):
            raise Refused.bad_request("can't parse entities: offset and length must be numbers")
        if start < 0 or length <= 0 or start + length > position:
            raise Refused.bad_request("ENTITY_BOUNDS_INVALID")
        if start not in borders or start + length not in borders:
            raise Refused.bad_request(
                "can't parse entities: entity begins in a middle of a UTF-16 symbol"
            )
    return [dict(entity) for entity in entities]


_HTML_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
}
_HTML_NAMES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_HTML_TOKEN = re.compile(
    r"&(?:#(?P<number>\d+|x[0-9a-fA-F]+)|(?P<name>lt|gt|amp|quot));?"
    r"|<(?P<close>/)?(?P<tag>[^\s>]*)(?P<attributes>[^>]*)(?P<end>>?)"
)
_HTML_ATTRIBUTE = re.compile(r"""([\w-]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")


def parse_html(source: str) -> Marked:
    """Telegram's own HTML: few tags, four named characters, and no forgiveness."""
    text: list[str] = []
    length = 0
    entities: list[Json] = []
    opened: list[tuple[str, Json]] = []
    position = 0

    def broken(why: str) -> Refused:
        return Refused.bad_request(f"can't parse entities: {why}")

    for token in _HTML_TOKEN.finditer(source):
        plain = source[position : token.start()]
        position = token.end()
        if token["tag"] is None:
            plain += _character(token)
        text.append(plain)
        length += utf16_length(plain)
        if token["tag"] is None:
            continue
        offset, tag = len(source[: token.start()].encode()), token["tag"].lower()
        if token["close"]:
            if not opened:
                raise broken(f"Unexpected end tag at byte offset {offset}")
            started, entity = opened.pop()
            if tag not in ("", started):
                raise broken(
                    f"Unmatched end tag at byte offset {offset}, "
                    f'expected "</{started}>", found "</{tag}>"'
                )
            entity["length"] = length - entity["offset"]
            if entity["length"]:
                entities.append(entity)
            continue
        attributes = {
            name.lower(): value.strip("\"'")
            for name, value in _HTML_ATTRIBUTE.findall(token["attributes"])
        }
        kind = _HTML_TAGS.get(tag)
        if tag == "span" and attributes.get("class") == "tg-spoiler":
            kind = "spoiler"
        if tag == "blockquote" and "expandable" in attributes:
            kind = "expandable_blockquote"
        if kind is None:
            raise broken(f'Unsupported start tag "{tag}" at byte offset {offset}')
        if not token["end"]:
            raise broken(f"Unclosed start tag at byte offset {offset}")
        entity = {"type": kind, "offset": length, "length": 0}
        if kind == "text_link":
            entity["url"] = "".join(
                _HTML_NAMES.get(part[1:-1], part) if part.startswith("&") else part
                for part in re.split(r"(&\w+;)", attributes.get("href", ""))
            )
        opened.append((tag, entity))

    if opened:
        raise broken(f'Can\'t find end tag corresponding to start tag "{opened[-1][0]}"')
    text.append(source[position:])
    entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return "".join(text), entities


def _character(token: re.Match[str]) -> str:
    if token["name"]:
        return _HTML_NAMES[token["name"]]
    number = token["number"]
    code = int(number[1:], 16) if number.startswith("x") else int(number)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else token[0]


_FOUND_IN_TEXT = re.compile(
    r"(?P<bot_command>(?<!\S)/\w{1,64}(?:@\w+)?)"
    r"|(?P<url>https?://[^\s<>]+[^\s<>.,;:!?)])"
    r"|(?P<mention>(?<![\w@])@\w{4,32})"
)


def found_entities(text: str) -> list[Json]:
    """What Telegram marks by itself in whatever anybody writes."""
    if not any(sign in text for sign in "/@"):
        return []
    return [
        {
            "type": found.lastgroup,
            "offset": utf16_length(text[: found.start()]),
            "length": utf16_length(found[0]),
        }
        for found in _FOUND_IN_TEXT.finditer(text)
    ]


# --- buttons -----------------------------------------------------------------------


def check_markup(markup: Any) -> None:
    if markup is None:
        return
    if not isinstance(markup, dict):
        raise Refused.bad_request("object expected as reply markup")
    for row in markup.get("inline_keyboard", ()):
        for button in row:
            _check_button(button)


def _check_button(button: Json) -> None:
    if not str(button.get("text", "")).strip():
        raise Refused.bad_request("inline keyboard button text must be non-empty")
    if "callback_data" in button:
        if not 1 <= len(str(button["callback_data"]).encode()) <= MAX_CALLBACK_DATA:
            raise Refused.bad_request("BUTTON_DATA_INVALID")
    elif "url" in button:
        # "http://localhost:8080" is the one everybody tries first.
        host = urlsplit(button["url"]).hostname or ""
        if not button["url"].startswith("tg://") and "." not in host:
            raise Refused.bad_request(
                f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL"
            )
    elif len(button) == 1:
        raise Refused.bad_request("text buttons are unallowed in the inline keyboard")


# --- rate limits -------------------------------------------------------------------


def too_many_requests(seconds: int) -> Refused:
    return Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


class Limits:
    """What Telegram's FAQ says: so many a second, per chat, and per group and minute.

    Private chats take one message a second and a few at once; groups have
    their own figure instead. An album counts as many messages as it has.
    """

    def __init__(
        self, overall: float | None, per_chat: float | None, burst: int, per_group: int | None
    ) -> None:
        self.overall, self.per_chat = overall, per_chat
        self.burst, self.per_group = burst, per_group
        self._all: deque[float] = deque()
        self._groups: defaultdict[int, deque[float]] = defaultdict(deque)
        self._chats: dict[int, tuple[float, float]] = {}  # left in the bucket, as of when

    def wait(self, method: str, params: Json, now: float) -> float:
        """Seconds until this call would be allowed; 0 counts it as done."""
        if not self._counts(method):
            return 0
        weight = len(params["media"]) if isinstance(params.get("media"), list) else 1
        chat = params.get("chat_id")
        waits = [self._window(self._all, self.overall, 1.0, now)]
        if isinstance(chat, int) and chat < 0:
            waits.append(self._window(self._groups[chat], self.per_group, 60.0, now))
        elif isinstance(chat, int) and self.per_chat:
            left = self._left(chat, now)
            waits.append(0 if left >= 1 else (1 - left) / self.per_chat)
        if longest := max(waits):
            return longest
        self._all.extend([now] * weight)
        if isinstance(chat, int) and chat < 0:
            self._groups[chat].extend([now] * weight)
        elif isinstance(chat, int) and self.per_chat:
            self._chats[chat] = (self._left(chat, now) - weight, now)
        return 0

    def _counts(self, method: str) -> bool:
        return method.startswith(("send", "copy", "forward", "edit")) and method != "sendChatAction"

    def _left(self, chat: int, now: float) -> float:
        left, then = self._chats.get(chat, (float(self.burst), now))
        return min(float(self.burst), left + (now - then) * (self.per_chat or 0))

    def _window(
        self, times: deque[float], allowed: float | None, seconds: float, now: float
    ) -> float:
        while times and times[0] <= now - seconds:
            times.popleft()
        if allowed is None or len(times) < allowed:
            return 0
        return times[0] + seconds - now


# --- the specification -------------------------------------------------------------


def spec_path() -> Path | None:
    """Where the machine-readable Bot API is on this machine, if it is at all."""
    named = os.environ.get("BOT_API_SPEC")
    beside = Path(__file__).resolve().parents[3] / "shared" / "telegram" / "api.json"
    for path in [Path(named)] if named else [beside]:
        if path.is_file():
            return path
    return None


@cache
def load_spec(path: Path) -> "Spec":
    return Spec(json.loads(path.read_text(encoding="utf-8")))


class Spec:
    """Knows every method, parameter and type, and says what is wrong with a request."""

    def __init__(self, api: Json) -> None:
        self._methods: Json = api["methods"]
        self._types: Json = api["types"]

    def knows(self, method: str) -> bool:
        return method in self._methods

    def violations(self, method: str, params: Json, files: dict[str, Any]) -> list[str]:
        """Complaints about one request; `params` as they came, before any decoding."""
        if method not in self._methods:
            return [f"{method}: no such method"]
        fields = {field["name"]: field for field in self._methods[method].get("fields", [])}
        problems = [
            f"{method}: unknown parameter {name}"
            for name in params.keys() | files.keys()
            # Uploads that a parameter refers to by attach:// have free names.
            if name not in fields and name not in files
        ]
        for name, field in fields.items():
            if name in files and name not in params:
                if "InputFile" not in field["types"]:
                    problems.append(f"{method}.{name}: is not a file")
            elif name not in params:
                if field["required"]:
                    problems.append(f"{method}.{name}: required, but missing")
            else:
                value = self._decoded(params[name], field["types"])
                problems += self._any_of(value, field["types"], f"{method}.{name}")
        return problems

    def _decoded(self, value: Any, types: list[str]) -> Any:
        """Forms carry everything as text; what is not meant as text is JSON in it."""
        if not isinstance(value, str) or types == ["String"]:
            return value
        try:
            decoded = json.loads(value)
        except ValueError:
            return value
        # An address like "@council" or a text "42" stays what it is.
        return value if "String" in types and not isinstance(decoded, int) else decoded

    def _any_of(self, value: Any, types: list[str], where: str) -> list[str]:
        attempts = [self._one(value, kind, where) for kind in types]
        return min(attempts, key=len)

    def _one(self, value: Any, kind: str, where: str) -> list[str]:
        if kind.startswith("Array of "):
            if not isinstance(value, list):
                return [f"{where}: expected {kind}, got {value!r:.60}"]
            inner = kind.removeprefix("Array of ")
            return [
                problem
                for index, item in enumerate(value)
                for problem in self._one(item, inner, f"{where}[{index}]")
            ]
        match kind:
            case "Integer":
                fits = isinstance(value, int) and not isinstance(value, bool)
            case "Float":
                fits = isinstance(value, int | float) and not isinstance(value, bool)
            case "Boolean":
                fits = isinstance(value, bool)
            case "String" | "InputFile":
                fits = isinstance(value, str)
            case _:
                return self._object(value, kind, where)
        return [] if fits else [f"{where}: expected {kind}, got {value!r:.60}"]

    def _object(self, value: Any, kind: str, where: str) -> list[str]:
        described = self._types.get(kind)
        if described is None:
            return []
        if described.get("subtypes"):
            return self._any_of(value, described["subtypes"], where)
        if not isinstance(value, dict):
            return [f"{where}: expected {kind}, got {value!r:.60}"]
        fields = {field["name"]: field for field in described.get("fields", [])}
        problems = [f"{where}.{name}: unknown in {kind}" for name in value if name not in fields]
        for name, field in fields.items():
            if name in value:
                problems += self._any_of(value[name], field["types"], f"{where}.{name}")
            elif field["required"]:
                problems.append(f"{where}.{name}: required in {kind}, but missing")
        return problems

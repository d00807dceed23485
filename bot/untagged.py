"""Text out of what may be HTML: many calendars write their descriptions in it."""

import re
from html import unescape
from html.parser import HTMLParser

# Only what surely is markup: "a < b" and "<Ort folgt>" stay as they are.
_MARKUP = re.compile(
    r"</?(?:html|head|body|p|br|div|span|a|b|i|u|em|strong|font|ul|ol|li|h[1-6]|table|tbody|tr|td|th"
    r"|hr|img|style|script|blockquote|pre|small|sub|sup|meta|title)\b[^<>]*>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8}\d{0,2});", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff]")
_BLOCKS = {"p", "div", "ul", "ol", "table", "tr", "blockquote", "pre", "hr"}
_BLOCKS |= {f"h{level}" for level in range(1, 7)}
_UNSEEN = {"style", "script", "head", "title"}


def untagged(text: str) -> str:
    """The text that people would see, without invisible control characters."""
    if _MARKUP.search(text):
        reader = _Reader()
        # A line end in the file is a line to whoever wrote it, unless it is all HTML.
        reader.feed(text if "<br" in text.lower() or "<p" in text.lower() else _broken(text))
        reader.close()
        text = "".join(reader.seen)
    elif _ENTITY.search(text):
        text = unescape(text)
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\xa0", " "))
    lines = [re.sub(r"[ \t]+", " ", line).strip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _broken(text: str) -> str:
    return text.replace("\n", "<br>")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[str] = []
        self._hidden = 0
        self._target = ""
        self._link_from = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._hidden += 1
        elif tag == "br":
            self.seen.append("\n")
        elif tag == "li":
            self._new_line()
            self.seen.append("• ")
        elif tag in _BLOCKS:
            self._new_line()
        elif tag == "a":
            self._target = dict(attrs).get("href") or ""
            self._link_from = len(self.seen)

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag in _BLOCKS:
            self._new_line()
        elif tag == "a":
            shown = "".join(self.seen[self._link_from :]).strip()
            # An address that nobody would see any more is written out.
            if self._target.startswith(("http://", "https://")) and self._target not in shown:
                self.seen.append(f" ({self._target})" if shown else self._target)
            self._target = ""

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.seen.append(re.sub(r"\s+", " ", data))

    def _new_line(self) -> None:
        if self.seen and not self.seen[-1].endswith("\n"):
            self.seen.append("\n")

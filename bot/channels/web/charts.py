"""Pictures of figures, as SVG that needs nothing but the page it stands in.

What a picture shows also stands in a table beside it, so its title and description
say what it is and where the numbers are. Columns differ in pattern and not in colour
alone, for print and for those who see few colours. Colours are those of the page's
sheet, which knows light and dark. A gap (None) is a number that is not shown.
"""

from collections.abc import Sequence
from math import ceil, floor, log10

from markupsafe import Markup, escape

WIDTH, HEIGHT = 720, 260
LEFT, RIGHT, TOP, BOTTOM = 48, 8, 36, 28
GRID = 4  # lines
LABELS = 13  # below the picture, at most
# A ranking, which shall fit a phone.
NARROW, ROW = 360, 44
FIGURE = 56  # room for the number

Number = float | int | None
Row = tuple[str, Sequence[Number]]  # a name, and a number for each label

_INK = 'fill="var(--ink)"'
_LINES = ('stroke="var(--main)"', 'stroke="var(--memo-edge)" stroke-dasharray="7 4"')


def columns(
    name: str, title: str, about: str, labels: Sequence[str], rows: Sequence[Row]
) -> Markup:
    """Columns side by side in which the rows stand on each other. `name` is unique on the page."""
    sums = [sum(row[1][place] or 0 for row in rows) for place in range(len(labels))]
    top = _ceiling(max(sums, default=0))
    step = (WIDTH - LEFT - RIGHT) / max(len(labels), 1)
    parts = [_grid(top), _below(labels, step)]
    for place in range(len(labels)):
        foot = float(HEIGHT - BOTTOM)
        for kind, (_, numbers) in enumerate(rows):
            height = (numbers[place] or 0) / top * (HEIGHT - TOP - BOTTOM)
            if not height:
                continue
            foot -= height
            x = LEFT + place * step + step * 0.15
            parts.append(_box(name, kind, x, foot, step * 0.7, height))
    key = [_box(name, kind, 0, 0, 16, 12) for kind in range(len(rows))]
    return _picture(name, title, about, HEIGHT, [*parts, _key(key, rows)])


def lines(
    name: str, title: str, about: str, labels: Sequence[str], rows: Sequence[Row], unit: str
) -> Markup:
    """A line for each row, with a dot at every number and broken where there is none."""
    top = _ceiling(max((one or 0 for _, numbers in rows for one in numbers), default=0))
    step = (WIDTH - LEFT - RIGHT) / max(len(labels), 1)
    parts = [_grid(top, unit), _below(labels, step)]
    for kind, (_, numbers) in enumerate(rows):
        path, pen = "", "M"
        for place, number in enumerate(numbers):
            if number is None:
                pen = "M"
                continue
            x = LEFT + (place + 0.5) * step
            y = HEIGHT - BOTTOM - number / top * (HEIGHT - TOP - BOTTOM)
            path, pen = f"{path}{pen}{x:.1f} {y:.1f}", "L"
            parts.append(_dot(kind, x, y))
        if path:
            parts.append(f'<path d="{path}" fill="none" stroke-width="2.5" {_LINES[kind]}/>')
    key = [
        f'<path d="M0 6H16" stroke-width="2.5" {_LINES[kind]}/>{_dot(kind, 8, 6)}'
        for kind in range(len(rows))
    ]
    return _picture(name, title, about, HEIGHT, [*parts, _key(key, rows)])


def ranking(name: str, title: str, about: str, rows: Sequence[tuple[str, int]]) -> Markup:
    """A bar for each row, its name above and its number behind it."""
    most = max((number for _, number in rows), default=0) or 1
    font = f'font-size="14" {_INK}'
    parts = []
    for place, (words, number) in enumerate(rows):
        y, length = place * ROW, max(number / most * (NARROW - FIGURE), 2)
        parts += [
            f'<text x="1" y="{y + 16}" {font}>{escape(_short(words))}</text>',
            _box(name, 0, 1, y + 22, length, 14),
            f'<text x="{length + 8:.1f}" y="{y + 34}" {font}>{_number(number)}</text>',
        ]
    return _picture(name, title, about, len(rows) * ROW, parts, width=NARROW)


def _picture(
    name: str, title: str, about: str, height: int, parts: Sequence[str], *, width: int = WIDTH
) -> Markup:
    patterns = (
        f'<pattern id="{name}-1" width="7" height="7" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="7" height="7" fill="var(--main-soft)"/>'
        '<rect width="3" height="7" fill="var(--main)"/></pattern>'
        f'<pattern id="{name}-2" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<rect width="6" height="6" fill="var(--memo)"/>'
        '<circle cx="3" cy="3" r="1.4" fill="var(--memo-edge)"/></pattern>'
    )
    return Markup(  # noqa: S704 - all words in it are escaped
        f'<svg class="chart{" small-chart" if width < WIDTH else ""}" '
        f'viewBox="0 0 {width} {height}" role="img" '
        f'aria-labelledby="{name}-titel {name}-text">'
        f'<title id="{name}-titel">{escape(title)}</title>'
        f'<desc id="{name}-text">{escape(about)}</desc><defs>{patterns}</defs>'
        f"{''.join(parts)}</svg>"
    )


def _box(name: str, kind: int, x: float, y: float, width: float, height: float) -> str:
    fill, edge = (
        ("var(--main)", "var(--main)"),
        (f"url(#{name}-1)", "var(--main)"),
        (f"url(#{name}-2)", "var(--memo-edge)"),
    )[kind]
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'fill="{fill}" stroke="{edge}"/>'
    )


def _dot(kind: int, x: float, y: float) -> str:
    if kind:
        return (
            f'<rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8" fill="var(--memo-edge)"/>'
        )
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="var(--main)"/>'


def _key(signs: Sequence[str], rows: Sequence[Row]) -> str:
    """What stands for what, above the picture; nothing for a single row."""
    if len(rows) < 2:
        return ""
    step = (WIDTH - LEFT) / len(rows)
    return "".join(
        f'<g transform="translate({LEFT + place * step:.0f} 6)">{sign}'
        f'<text x="24" y="12" font-size="15" {_INK}>{escape(words)}</text></g>'
        for place, (sign, (words, _)) in enumerate(zip(signs, rows, strict=True))
    )


def _grid(top: float, unit: str = "") -> str:
    parts = []
    for line in range(GRID + 1):
        y = HEIGHT - BOTTOM - line / GRID * (HEIGHT - TOP - BOTTOM)
        value = top * line / GRID
        parts.append(
            f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="var(--line)"/>'
            f'<text x="{LEFT - 6}" y="{y + 5:.1f}" font-size="14" text-anchor="end" {_INK}>'
            f"{_number(value)}{escape(unit)}</text>"
        )
    return "".join(parts)


def _below(labels: Sequence[str], step: float) -> str:
    every = ceil(len(labels) / LABELS) or 1
    return "".join(
        f'<text x="{LEFT + (place + 0.5) * step:.1f}" y="{HEIGHT - 8}" font-size="14" '
        f'text-anchor="middle" {_INK}>{escape(label)}</text>'
        for place, label in enumerate(labels)
        if place % every == 0
    )


def _ceiling(number: float) -> float:
    """A round number at or above it, of which a quarter is round as well."""
    if number <= GRID:
        return float(GRID)
    power = 10.0 ** floor(log10(number))
    return next(
        power * one for one in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10) if power * one >= number
    )


def _number(value: float) -> str:
    whole = f"{value:,.0f}" if abs(value - round(value)) < 0.01 else f"{value:,.1f}"
    return whole.translate(str.maketrans(",.", ".,"))


def _short(words: str, most: int = 46) -> str:
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"

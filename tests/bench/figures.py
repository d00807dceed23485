"""What a bench has found, and how it is shown."""

from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Literal

_SIGNS = {"most": "≤", "least": "≥"}


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value: the median of its rounds, and how far they lie apart."""

    bench: str
    name: str
    unit: str
    rounds: tuple[float, ...]
    baseline: str = ""  # what a ratio was measured against, in the same rounds
    target: float | None = None
    bound: Literal["most", "least"] = "most"

    @property
    def value(self) -> float:
        return median(self.rounds)

    @property
    def met(self) -> bool | None:
        if self.target is None:
            return None
        return self.value <= self.target if self.bound == "most" else self.value >= self.target

    def json(self) -> dict[str, Any]:
        return asdict(self) | {"value": self.value, "met": self.met}

    def row(self) -> tuple[str, ...]:
        low, high = min(self.rounds), max(self.rounds)
        spread = f"{short(low)} – {short(high)}" if len(self.rounds) > 1 else ""
        target = f"{_SIGNS[self.bound]} {short(self.target)}" if self.target is not None else ""
        verdict = {True: "ok", False: "MISSED", None: ""}[self.met]
        name = self.name + (f" (÷ {self.baseline})" if self.baseline else "")
        return self.bench, name, f"{short(self.value)} {self.unit}", spread, target, verdict


def short(value: float) -> str:
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def share(values: list[float], of: float) -> float:
    """The percentile, 0 to 1."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * of), len(ordered) - 1)]


HEADINGS = ("bench", "figure", "median", "spread", "target", "")


def table(figures: list[Figure]) -> str:
    rows = [HEADINGS, *(figure.row() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )

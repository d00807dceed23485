"""Where is kept what was computed and can be computed again at any time."""

import sys
from collections.abc import Iterator
from pathlib import Path

from platformdirs import user_cache_path


def folders() -> Iterator[Path]:
    """Beside the packages, or where this user keeps such things. The first that works is used."""
    if sys.prefix != sys.base_prefix:
        yield Path(sys.prefix) / "share" / "kleinstadt-hotline"
    yield user_cache_path("kleinstadt-hotline")

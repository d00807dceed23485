"""The running program: knows everything, known by nobody."""

import sys

# structlog prints coloured tracebacks with rich where it finds it (typer brings it
# along). We print none, and it costs 10 MB and a tenth of the start.
_rich = sys.modules.get("rich")
sys.modules["rich"] = None  # type: ignore[assignment]
import structlog  # noqa: E402, F401 - so that it is loaded now

if _rich is None:
    del sys.modules["rich"]
else:
    sys.modules["rich"] = _rich

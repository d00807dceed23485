"""The running program: knows everything, known by nobody."""

import sys

# structlog takes along what it finds: rich (typer brings it) to print coloured tracebacks,
# greenlet (playwright brings it) for programs that use it. We do neither, and both together
# cost 11 MB and a tenth of the start.
_UNUSED = ("greenlet", "rich")
_found = {name: sys.modules.get(name) for name in _UNUSED}
sys.modules.update(dict.fromkeys(_UNUSED))  # type: ignore[arg-type]
import structlog  # noqa: E402, F401 - so that it is loaded now

for _name, _module in _found.items():
    if _module is None:
        del sys.modules[_name]
    else:
        sys.modules[_name] = _module

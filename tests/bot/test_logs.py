"""Logging never stands in the way of the work."""

import subprocess
import sys

GONE = """
import sys
from bot import logs
import structlog
logs.set_up("DEBUG", {form!r})
log = structlog.get_logger()
log.info("before")
sys.stderr.close()
log.info("after", number=1)
print("on it goes")
"""


def test_the_work_goes_on_when_nobody_reads_the_log_any_more() -> None:
    for form in ("text", "json"):
        done = subprocess.run(
            [sys.executable, "-c", GONE.format(form=form)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.stdout == "on it goes\n"
        assert "before" in done.stderr
        assert done.returncode == 0

"""QR codes: an address as a picture, for screens (SVG) and for whoever lays out a poster (PNG).

segno takes 1.5 MB and is loaded for the first code: most days nobody wants one.
"""

from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segno import QRCode

# A quarter of the code may be torn off or dirty, and phones want this much white around it.
ERROR = "q"
BORDER = 4  # modules
DOT = 12  # pixels a module, enough for print


def svg(address: str) -> str:
    """A drawing that fills whatever it is put into."""
    made = BytesIO()
    _code(address).save(
        made,
        kind="svg",
        border=BORDER,
        dark="#000",
        light="#fff",
        omitsize=True,
        xmldecl=False,
        svgclass=None,
        lineclass=None,
        nl=False,
    )
    return made.getvalue().decode()


def png(address: str) -> bytes:
    made = BytesIO()
    _code(address).save(made, kind="png", scale=DOT, border=BORDER)
    return made.getvalue()


def _code(address: str) -> "QRCode":
    import segno

    return segno.make_qr(address, error=ERROR)

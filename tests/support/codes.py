"""QR codes as a phone reads them."""

import re
from io import BytesIO
from xml.etree import ElementTree

import zxingcpp
from PIL import Image


def read(picture: bytes) -> list[str]:
    """What stands in all codes of a picture, from left to right."""
    with Image.open(BytesIO(picture)) as opened:
        found = zxingcpp.read_barcodes(opened)
    return [code.text for code in sorted(found, key=lambda code: code.position.top_left.x)]


def painted(svg: str) -> bytes:
    """What the drawing says, as a picture: strokes one unit wide along the middle of a line."""
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own
    side = int(float(root.attrib["viewBox"].split()[2]))
    sheet = Image.new("L", (side, side), 255)
    [path] = [p for p in root.iter("{http://www.w3.org/2000/svg}path") if "stroke" in p.attrib]
    x, y = 0.0, 0.0
    for command, numbers in re.findall(r"([Mmh])([^Mmh]*)", path.attrib["d"]):
        given = [float(number) for number in re.findall(r"-?\d*\.?\d+", numbers)]
        if command == "M":
            x, y = given
        elif command == "m":
            x, y = x + given[0], y + given[1]
        else:
            for step in range(int(given[0])):
                sheet.putpixel((int(x) + step, int(y)), 0)
            x += given[0]
    made = BytesIO()
    sheet.resize((side * 8, side * 8), Image.Resampling.NEAREST).save(made, "PNG")
    return made.getvalue()

"""Pictures, without what cannot be seen on them.

Cameras put the place where a picture was taken into it, so pictures are written anew. A
format that we cannot write is measured and looked through instead.
"""

import re
from pathlib import Path

from PIL import Image, ImageFile, ImageOps

PIXELS = 50_000_000  # a picture of a good camera; more is a bomb
SIDE = 20_000

_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


class Unfit(Exception):
    """It is damaged, a bomb, or tells a place that we cannot take out."""


def clean(part: Path, mime: str) -> None:
    """Replace the file by one that holds the picture alone; raises `Unfit`."""
    if form := _FORMATS.get(mime):
        _redraw(part, form)
    elif mime == "image/gif":
        _measure(part)
    else:
        _refuse_a_place(part)


def _measure(part: Path) -> None:
    try:
        with Image.open(part) as picture:
            _refuse_a_bomb(picture)
            picture.verify()
    except Unfit:
        raise
    except Exception:  # Pillow raises whatever its decoders raise
        raise Unfit from None


def _refuse_a_bomb(picture: ImageFile.ImageFile) -> None:
    width, height = picture.size
    if width * height * getattr(picture, "n_frames", 1) > PIXELS or max(width, height) > SIDE:
        raise Unfit


def _redraw(part: Path, form: str) -> None:
    """Keep what can be seen and nothing else; turned the way the camera was held."""
    fresh = part.with_name(part.name + ".part")
    try:
        with Image.open(part, formats=[form]) as picture:
            _refuse_a_bomb(picture)
            if form == "WEBP" and getattr(picture, "is_animated", False):
                picture.save(fresh, form, save_all=True, exif=b"", xmp=b"")
            else:
                _draw(picture, form, fresh)
        fresh.chmod(0o600)
        fresh.replace(part)
    except Unfit:
        raise
    except Exception:  # Pillow raises whatever its decoders raise
        raise Unfit from None
    finally:
        fresh.unlink(missing_ok=True)


def _draw(picture: Image.Image, form: str, fresh: Path) -> None:
    colours = picture.info.get("icc_profile")
    seen = ImageOps.exif_transpose(picture)
    seen.info = {}
    if form == "JPEG":
        if seen.mode not in ("RGB", "L", "CMYK"):
            seen = seen.convert("RGB")
        seen.save(fresh, form, quality=90, icc_profile=colours)
    elif form == "WEBP":
        seen.save(fresh, form, quality=90, icc_profile=colours, exif=b"", xmp=b"")
    else:
        seen.save(fresh, form, icc_profile=colours)


def _refuse_a_place(part: Path) -> None:
    """We cannot write this format anew, so one that tells a place is not kept."""
    content = part.read_bytes()
    if b"GPSLatitude" in content:
        raise Unfit
    for found in re.finditer(rb"Exif\0\0(?=II\*\0|MM\0\*)", content):
        exif = Image.Exif()
        try:
            exif.load(content[found.start() : found.start() + 65_536])
            told = dict(exif.get_ifd(0x8825))
        except Exception:  # what we cannot read may hold a place
            raise Unfit from None
        if told:
            raise Unfit

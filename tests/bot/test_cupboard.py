"""What people send is kept under a name of ours, for what it is, without where it was made."""

import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from bot.cupboard import LIMIT, Cupboard, FileRefused

ID = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def cupboard(tmp_path: Path) -> Cupboard:
    return Cupboard(tmp_path / "files")


async def bytes_of(content: bytes, step: int = 60_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), step):
        yield content[start : start + step]


async def keep(cupboard: Cupboard, content: bytes, name: str = "Anhang") -> str:
    return (await cupboard.keep(ID, bytes_of(content), name)).mime


def picture(form: str, size: tuple[int, int] = (40, 20), **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "green").save(out, form, **options)
    return out.getvalue()


def with_a_place(form: str) -> bytes:
    """A picture whose metadata say where it was taken and that the camera lay on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x8825] = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)}
    return picture(form, exif=exif.tobytes())


def archive(names: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in names.items():
            made.writestr(name, content)
    return out.getvalue()


WORD = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


@pytest.mark.parametrize(
    ("content", "name", "mime"),
    [
        (picture("PNG"), "x.exe", "image/png"),
        (picture("GIF"), "x.gif", "image/gif"),
        (b"%PDF-1.7\n%%EOF\n", "x.html", "application/pdf"),
        ("Größe: 3 <3".encode(), "x.txt", "text/plain"),
        ("Größe;3\n".encode("cp1252"), "Liste.CSV", "text/csv"),
        (b"BMW steht vor dem Rathaus", "x.txt", "text/plain"),
        (archive(WORD), "x.zip", "application/vnd.openxmlformats-officedocument."
         "wordprocessingml.document"),
        (archive({"mimetype": b"application/vnd.oasis.opendocument.text", "a": b""}), "x",
         "application/vnd.oasis.opendocument.text"),
        (OLE + "WordDocument\0".encode("utf-16-le"), "x.doc", "application/msword"),
        (b"OggS" + bytes(60), "x.ogg", "audio/ogg"),
    ],
)  # fmt: skip
async def test_a_file_is_what_its_bytes_say(cupboard, content, name, mime):
    assert await keep(cupboard, content, name) == mime
    assert cupboard.path(ID).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"\xef\xbb\xbf  <!DOCTYPE html><script>alert(1)</script>",
        b"<?xml version='1.0'?><html/>",
        b"<script>alert(1)</script>",
        b"MZ\x90\x00\x03" + bytes(200),
        b"\x7fELF" + bytes(200),
        archive({"evil.exe": b"MZ"}),
        archive({**WORD, "word/vbaProject.bin": b"macro"}),
        OLE + "Installer\0".encode("utf-16-le"),
        b"PK\x03\x04 and nothing else",
        b"Text with \x1b[2J control",
    ],
)
async def test_what_could_run_is_refused_and_nothing_of_it_stays(cupboard, content):
    with pytest.raises(FileRefused) as refused:
        await keep(cupboard, content, "harmlos.jpg")
    assert refused.value.reason == "type"
    assert list(cupboard.path(ID).parent.iterdir()) == []


async def test_an_empty_file_is_refused(cupboard):
    with pytest.raises(FileRefused) as refused:
        await keep(cupboard, b"")
    assert refused.value.reason == "empty"


async def test_a_file_that_never_ends_is_cut_off_at_the_limit(cupboard):
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1_000_000
            yield bytes(1_000_000)

    with pytest.raises(FileRefused) as refused:
        await cupboard.keep(ID, endless(), "x")
    assert refused.value.reason == "too_big"
    assert read < LIMIT + 2_000_000
    assert list(cupboard.path(ID).parent.iterdir()) == []


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
async def test_a_picture_forgets_where_it_was_taken_and_stands_upright(cupboard, form):
    await keep(cupboard, with_a_place(form))
    with Image.open(cupboard.path(ID)) as kept:
        assert kept.format == form
        assert dict(kept.getexif()) == {}
        assert kept.size == (20, 40)


async def test_a_picture_too_large_for_memory_is_refused_unread(cupboard):
    header = picture("PNG", (9_000, 9_000))
    with pytest.raises(FileRefused) as refused:
        await keep(cupboard, header)
    assert refused.value.reason == "picture"


async def test_half_a_picture_is_refused(cupboard):
    with pytest.raises(FileRefused) as refused:
        await keep(cupboard, picture("JPEG", (400, 400))[:300])
    assert refused.value.reason == "picture"


async def test_a_phone_picture_we_cannot_write_anew_is_kept_only_without_a_place(cupboard):
    head = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"
    assert await keep(cupboard, head + bytes(100)) == "image/heic"
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (52.0, 31.0, 12.0)}
    told = exif.tobytes()
    told = told if told.startswith(b"Exif") else b"Exif\0\0" + told
    with pytest.raises(FileRefused) as refused:
        await keep(cupboard, head + bytes(50) + told)
    assert refused.value.reason == "picture"


@pytest.mark.parametrize("bad", ["../../etc/passwd", "a/b", "", "x" * 65, "..", "a\0bcdefgh"])
def test_no_name_leads_out_of_the_folder(cupboard, bad):
    with pytest.raises(ValueError, match="not an id"):
        cupboard.path(bad)


async def test_sweeping_removes_what_nobody_knows_but_not_what_has_just_come(cupboard):
    folder = cupboard.path(ID).parent
    (folder / "a-crash-left-this-behind.part").write_bytes(b"half")
    (folder / "a-file-the-store-forgot").write_bytes(b"old")
    await keep(cupboard, b"neu")
    assert cupboard.sweep(known=set()) == 2
    assert cupboard.path(ID).read_bytes() == b"neu"
    cupboard.sweep(known={ID})
    assert cupboard.sweep(known=set()) == 1
    assert list(folder.iterdir()) == []


async def test_a_removed_file_is_gone(cupboard):
    await keep(cupboard, b"weg damit")
    cupboard.remove([ID, ID])
    assert not cupboard.path(ID).exists()


async def test_an_interrupted_upload_leaves_nothing(cupboard):
    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await cupboard.keep(ID, broken(), "x")
    assert list(cupboard.path(ID).parent.iterdir()) == []

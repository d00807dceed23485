"""Files that come with a form."""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from starlette.datastructures import FormData, UploadFile

from bot.channels.web import markup
from bot.channels.web.lines import ShownFile
from bot.channels.web.pages import REFUSALS, Site, kind_of
from bot.clock import digest
from bot.cupboard import FileRefused
from handlers.message import IncomingFile
from storage import files
from storage.database import Tx

UNLIMITED = 2**62  # those who answer have no quota

_CHUNK = 64 * 1024
_NONCE = re.compile(r"[A-Za-z0-9._-]{8,100}")


@dataclass(slots=True)
class Taken:
    """What we took, and a German sentence for each file that we did not."""

    kept: list[ShownFile] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def incoming(self) -> tuple[IncomingFile, ...]:
        return tuple(
            IncomingFile(
                kind=kind_of(file.mime),
                name=file.name,
                mime=file.mime,
                size=file.size,
                stored=file.id,
            )
            for file in self.kept
        )


def chosen(form: FormData) -> list[UploadFile]:
    """The files of a form; a field in which nobody chose one is sent as an empty one."""
    found = [part for part in form.getlist("files") if isinstance(part, UploadFile)]
    return [part for part in found if part.filename]


def update_id(form: FormData, words: str, token: Callable[[], str]) -> str:
    """The same for the same message sent twice, another one for another message.

    The form's own number alone would swallow what somebody changed after going back.
    """
    given = str(form.get("id") or "")
    nonce = given if _NONCE.fullmatch(given) else token()
    names = [f"{upload.filename}:{upload.size}" for upload in chosen(form)]
    return f"{nonce}:{digest('|'.join([words, *names]))[:16]}"


async def take(site: Site, uploads: Sequence[UploadFile], allowance: int) -> Taken:
    """Put the files into the cupboard; `allowance` is how many bytes we take at most."""
    taken = Taken()
    for upload in uploads:
        name = markup.file_name(upload.filename or "")
        if (upload.size or 0) > allowance:
            taken.refused.append(f"„{name}“ {REFUSALS['quota']}")
            continue
        file_id = site.token()
        try:
            kept = await site.cupboard.keep(file_id, _chunks(upload), name)
        except FileRefused as error:
            taken.refused.append(f"„{name}“ {REFUSALS[error.reason]}")
            continue
        allowance -= kept.size
        taken.kept.append(ShownFile(id=file_id, name=name, mime=kept.mime, size=kept.size))
    return taken


async def add(tx: Tx, taken: Taken, person_id: int | None, now: datetime) -> None:
    """Make the files known to the store."""
    for file in taken.kept:
        await files.add(
            tx,
            file_id=file.id,
            person_id=person_id,
            kind=kind_of(file.mime),
            name=file.name,
            mime=file.mime,
            size=file.size,
            state="stored",
            now=now,
        )


async def _chunks(upload: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await upload.read(_CHUNK):
        yield chunk

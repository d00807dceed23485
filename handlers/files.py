"""Files that come with a message: which ones we keep, and what we say about the others."""

from dataclasses import dataclass
from datetime import timedelta

from handlers.message import FileKind
from handlers.turn import Turn
from storage import files

LARGEST = 20 * 1024 * 1024  # what a messenger lets a bot fetch, and what we keep at most
PER_DAY = 50 * 1024 * 1024  # for one person


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a file is not kept: the name of a sentence, and the file's own name."""

    name: str
    file: str


async def kept(turn: Turn) -> list[str | Refusal]:
    """Register the files of this message; their ids, or why not.

    Stickers are decoration and carry their meaning as an emoji.
    """
    it = turn.incoming
    results: list[str | Refusal] = []
    for file in it.files:
        if file.kind is FileKind.STICKER:
            continue
        if file.stored:
            results.append(file.stored)
            continue
        if file.size > LARGEST:
            results.append(Refusal("file_too_big", file.name))
            continue
        person_id = turn.person.id if turn.person else None
        if person_id is not None:
            used = await files.volume(turn.tx, person_id, turn.now - timedelta(days=1))
            if used + file.size > PER_DAY:
                results.append(Refusal("file_quota", file.name))
                continue
        file_id = turn.token()
        await files.add(
            turn.tx,
            file_id=file_id,
            person_id=person_id,
            kind=file.kind,
            name=file.name,
            mime=file.mime,
            size=file.size,
            state="remote",
            now=turn.now,
            channel=it.channel,
            bot=it.bot,
            remote=file.remote,
        )
        results.append(file_id)
    return results

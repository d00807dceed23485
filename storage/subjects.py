"""What our messages in a chat are about, so that a reply to one of them finds that.

Copies of what was said in a request are on record as such; this is for all else that we say.
"""

from datetime import datetime

from storage.database import Tx
from storage.moments import stamp


async def keep(
    tx: Tx, channel: str, bot: str, chat: str, message: str, subject: str, now: datetime
) -> None:
    """This message of ours is about `subject`: the name of a thread, or of something else."""
    await tx.run(
        """INSERT INTO subjects (channel, bot, chat, message, subject, at)
           VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (channel, bot, chat, message) DO UPDATE SET
             subject = excluded.subject, at = excluded.at""",
        channel,
        bot,
        chat,
        message,
        subject,
        stamp(now),
    )


async def of(tx: Tx, channel: str, bot: str, chat: str, message: str) -> str:
    """What a message is about; empty if nothing is on record."""
    found = await tx.value(
        "SELECT subject FROM subjects WHERE channel = ? AND bot = ? AND chat = ? AND message = ?",
        channel,
        bot,
        chat,
        message,
    )
    return str(found or "")


async def forget(tx: Tx, before: datetime) -> None:
    """Nobody replies any more to what was said so long ago."""
    await tx.run("DELETE FROM subjects WHERE at < ?", stamp(before))

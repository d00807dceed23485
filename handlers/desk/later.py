"""What the clock brings: somebody waits too long, an answer did not arrive, housekeeping."""

from datetime import timedelta

from handlers.announcing import sending
from handlers.desk import (
    answering,
    expert_desk,
    overview,
    promises,
    ratings,
    steps,
    toward_desk,
)
from handlers.message import Outgoing
from handlers.network import (
    group_care,
    introductions,
    joining_groups,
    peers,
    presence,
    profile_yearly,
    protected,
    reports,
)
from handlers.programme import digest, reminders
from handlers.turn import Turn
from storage import (
    announcements,
    blocks,
    coordinators,
    due,
    entry_drafts,
    events,
    files,
    group_joins,
    house,
    inbox,
    outbox,
    people,
    requests,
    subjects,
    waiting,
    web,
)
from storage.requests import Request

HOUSEKEEPING_EVERY = timedelta(hours=1)

# How long things are kept. The figures stand in the privacy page; the request's
# own deadline is a setting.
KEYS = timedelta(days=14)  # de-duplication keys; networks repeat updates for a day
SENT_WORDS = timedelta(days=1)  # what was said, after it arrived
SENT_STATE = timedelta(days=30)  # that something was said
IDLE_CHAT = timedelta(days=30)  # a web chat nobody opened
CONVERSATION = timedelta(days=1)  # what the dialogue remembers
MOVED = timedelta(days=7)  # after an event: that it had been moved
LOOSE_FILES = timedelta(days=1)  # files that never became part of a request


async def due_now(turn: Turn) -> None:
    """Something is due: `kind:subject` says what."""
    kind, _, subject = turn.incoming.action.partition(":")
    match kind:
        case waiting.UNANSWERED:
            await promises.missed(turn, subject)
        case waiting.CLAIMER:
            await promises.remind_claimer(turn, subject)
        case waiting.DEPUTY:
            await promises.remind_deputy(turn, subject)
        case promises.AWAY:
            await promises.offer_to_deputy(turn, subject)
        case waiting.WAITING:
            await promises.rested(turn, subject)
        case expert_desk.SILENT:
            await expert_desk.silent(turn, subject)
        case waiting.RATE:
            await ratings.ask(turn, subject)
        case ratings.ASKED:
            pass  # the person may be asked again
        case "undelivered":
            await _undelivered(turn, subject)
        case "file-refused":
            await _file_refused(turn, subject)
        case "announce":
            await sending.begin(turn, subject)
        case "announcing":
            await sending.proceed(turn, subject)
        case joining_groups.INVITED | joining_groups.APPROVED:
            await joining_groups.told(turn, kind, subject)
        case joining_groups.DECLINE:
            await joining_groups.decline(turn, subject)
        case group_care.LOST:
            await group_care.lost(turn, subject)
        case group_care.WELCOME:
            await group_care.welcome(turn, subject)
        case digest.DIGEST:
            await digest.send(turn)
        case overview.OVERVIEW:
            await overview.send(turn)
        case "remind":
            await reminders.remind(turn, subject)
        case "event":
            await reminders.follow(turn, subject)
        case "postponed":
            await answering.postponed(turn, subject)
        case "undeleted":
            await answering.undeleted(turn, subject)
        case presence.CONFIRM:
            await profile_yearly.ask(turn, subject)
        case presence.SLEEP:
            await profile_yearly.fall_asleep(turn, subject)
        case presence.DRAFT:
            await profile_yearly.drop_draft(turn, subject)
        case introductions.REMIND:
            await introductions.remind(turn, subject)
        case introductions.EXPIRE:
            await introductions.expire(turn, subject)
        case "housekeeping":
            await _housekeeping(turn)
        case _:
            pass  # planned by another version; nothing depends on it


async def _undelivered(turn: Turn, subject: str) -> None:
    """An answer did not reach the person: whoever wrote it must know."""
    message_id, _, reason = subject.partition(":")
    message = await requests.message(turn.tx, int(message_id))
    request: Request | None = None
    if message is not None and message.author == "coordinator":
        request = await requests.get(turn.tx, message.request_id)
    if request is None:
        return
    name = "desk_undelivered_blocked" if reason == "blocked" else "desk_undelivered"
    await toward_desk.tell_all(turn, request, turn.words(name, number=request.number))
    await house.alarm(turn.tx, "answer-undelivered", request.number, turn.now)


async def _file_refused(turn: Turn, file_id: str) -> None:
    """A file did not get through. Person and desk both should not wait for it."""
    file = await files.get(turn.tx, file_id)
    if file is None:
        return
    reason = turn.label(f"file_refused_{file.reason or 'gone'}")
    name = file.name or turn.label(f"file_kind_{file.kind}")
    text = turn.words("file_refused", file=name, reason=reason)
    if announcement := await announcements.of_file(turn.tx, file_id):
        await sending.file_refused(turn, announcement, text)
    request_id = await files.request_of(turn.tx, file_id)
    request = await requests.get(turn.tx, request_id) if request_id else None
    if request is None:
        return
    await toward_desk.tell_all(turn, request, text)
    if file.person_id is not None:
        plain = await promises.reads_plain(turn, request)
        why = turn.words_for(plain, f"file_refused_{file.reason or 'gone'}")
        text = turn.words_for(plain, "file_refused", file=name, reason=why)
        turn.send(Outgoing(to=steps.person_at(request), text=text))


async def _housekeeping(turn: Turn) -> None:
    """Delete what has served its purpose, and come again in an hour."""
    tx, now = turn.tx, turn.now
    await requests.wipe(tx, now - timedelta(days=turn.house.retention_days), now)
    await promises.watch(turn)
    await inbox.forget_keys(tx, now - KEYS)
    await outbox.wipe_bodies(tx, now - SENT_WORDS)
    await outbox.forget(tx, now - SENT_STATE)
    await people.forget_conversations(tx, now - CONVERSATION)
    await web.forget(tx, now - IDLE_CHAT)
    await profile_yearly.hide_the_lost(turn, now - IDLE_CHAT)
    await files.orphans(tx, now - LOOSE_FILES)
    await coordinators.forget(tx, now - KEYS)
    await subjects.forget(tx, now - SENT_STATE)
    await entry_drafts.forget(tx, now - SENT_STATE)
    await house.forget_alarms(tx, now - SENT_STATE)
    await announcements.forget(tx, now - SENT_STATE)
    await events.forget_versions(tx, now - MOVED)
    await blocks.forget(tx, now)
    await peers.forget(turn)
    await introductions.forget(turn)
    await protected.forget(turn)
    await reports.forget(turn)
    await group_joins.forget(tx, now - SENT_STATE)
    await due.plan(tx, "housekeeping", "", now + HOUSEKEEPING_EVERY)

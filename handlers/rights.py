"""People see what we hold of them, and have it erased.

Who writes in a chat has shown that it is theirs, so that is all the proof we
ask for, and nobody gets to see or erase anything else.
"""

from collections.abc import Sequence

from handlers import requests as own_requests
from handlers.conversation import Conversation
from handlers.desk import toward_desk
from handlers.hours import BERLIN
from handlers.message import Address, Button, Lane, Outgoing
from handlers.network import interest, own_introductions, presence, profile
from handlers.programme import subscriptions
from handlers.text import Text
from handlers.turn import Turn
from handlers.wording import day
from storage import files, house, requests, rights
from storage.moments import moment
from storage.requests import Request, RequestMessage
from storage.rights import Erased

BACKUP_DAYS = 30  # the longest that an operator may keep a backup
TOGETHER = 20_000  # characters of messages in one answer; about six of a messenger's own
REQUESTS = 200


async def show(turn: Turn, rest: str = "") -> None:
    """`/meinedaten`: what is stored, in plain words."""
    assert turn.person is not None  # noqa: S101 - only people get here
    tx, person_id = turn.tx, turn.person.id
    [person] = await rights.rows(tx, "people", person_id)
    channel = turn.incoming.channel
    parts: list[str | Text] = [
        turn.words(
            "data_known",
            channel=toward_desk.channel_name(channel),
            since=_day(person["created_at"]),
        )
    ]
    if person["noticed_at"]:
        parts.append(turn.words("data_noticed", when=_day(person["noticed_at"])))
    if person["plain"]:
        parts.append(turn.words("data_plain"))
    parts.append(await profile.summary(turn))
    parts.append(await own_introductions.summary(turn))
    parts.append(await subscriptions.summary(turn))
    parts.append(await interest.summary(turn))
    if turn.conversation != Conversation():
        parts.append(turn.words("data_remembered"))
    found = await requests.of_person(tx, person_id, limit=REQUESTS)
    left = TOGETHER
    for request in found:
        part = await _request(turn, request, left)
        left -= len(part.characters)
        parts.append(part)
    if not found:
        parts.append(turn.words("data_nothing_more"))
    loose = [file for file in await rights.rows(tx, "files", person_id) if not file["message_id"]]
    if loose:
        parts.append(turn.words("data_loose_files", number=len(loose)))
    if page := await rights.rows(tx, "transcript", person_id):
        parts.append(turn.words("data_page", number=len(page)))
    parts.append(turn.words("data_more"))
    await house.tally(tx, turn.now.date(), "data_shown")
    turn.reply(Text.joined(parts), Button(label=turn.label("button_erase"), action="erase"))


async def show_pressed(turn: Turn, value: str) -> bool:
    await show(turn)
    return True


async def _request(turn: Turn, request: Request, room: int) -> Text:
    """One request with its words, or with their number where they would be too many."""
    head = turn.words(
        "data_request",
        number=request.number,
        state=await _state(turn, request),
        when=_day(request.created_at),
        topic=request.topic or turn.label("without_topic"),
    )
    if request.wiped_at:
        return Text.joined([head, turn.words("data_wiped")], by="\n")
    unsent = await requests.postponed(turn.tx, request.id)
    everything = await requests.messages(turn.tx, request.id)
    messages = [message for message in everything if message.id not in unsent]
    said = [message for message in messages if message.author != "note"]
    lines: list[str | Text] = [head, *await _lines(turn, said)]
    # Their words are for colleagues, as the desk was told; that they exist is no secret.
    if len(said) < len(messages):
        lines.append(turn.words("data_notes", number=len(messages) - len(said)))
    whole = Text.joined(lines, by="\n")
    if len(whole.characters) > room:
        return Text.joined([head, turn.words("data_too_long", number=len(said))], by="\n")
    return whole


async def _state(turn: Turn, request: Request) -> Text:
    into = await own_requests.answered_in(turn, request)
    if into is None:
        return turn.words(f"data_state_{request.state}")
    if into.person_id == request.person_id:
        return turn.words("data_state_merged", into=into.number)
    return turn.words(f"data_state_{into.state}")


async def _lines(turn: Turn, messages: Sequence[RequestMessage]) -> list[Text]:
    attached = await files.of_messages(turn.tx, [message.id for message in messages])
    lines = []
    for message in messages:
        who = turn.label("data_you" if message.author == "person" else "a_coordinator")
        names = [
            turn.words("data_file", name=file.name or turn.label(f"file_kind_{file.kind}"))
            for file in attached.get(message.id, ())
        ]
        text = Text.joined([message.text, *names], by="\n") or turn.words("data_no_words")
        lines.append(turn.words("data_line", who=who, when=_minute(message.at), text=text))
    return lines


async def ask(turn: Turn, rest: str = "") -> None:
    """`/loeschen`: asked once more, because it cannot be undone.

    Only the button says yes. A "ja" in words must not be taken for the answer to
    something that we asked before.
    """
    turn.conversation = turn.conversation.but(expects="")
    yes = Button(label=turn.label("button_erase_yes"), action="erase:yes")
    no = Button(label=turn.label("button_erase_no"), action="erase:no")
    turn.say("erase_really", yes, no)


async def erase_pressed(turn: Turn, value: str) -> bool:
    """The buttons: below an overview, and below the question."""
    match value:
        case "":
            await ask(turn)
        case "no":
            turn.say("not_erased")
        case "yes":
            await _erase_here(turn)
        case _:
            return False
    return True


async def _erase_here(turn: Turn) -> None:
    assert turn.person is not None  # noqa: S101 - only people press this
    on_page = turn.incoming.channel == "web"
    erased = await erase(turn, turn.person.id, open_page=turn.incoming.chat if on_page else "")
    # What remains of this turn must not bring anybody back.
    turn.person, turn.conversation = None, Conversation()
    numbers = ", ".join(request.number for request in erased.requests)
    parts: list[str | Text] = [
        turn.words("erased", days=BACKUP_DAYS),
        turn.words("erased_requests", numbers=numbers) if numbers else "",
        turn.words("erased_page") if on_page else "",
        turn.words("erased_messenger") if turn.incoming.channel == "telegram" else "",
    ]
    turn.reply(Text.joined(parts))


async def erase(turn: Turn, person_id: int, *, open_page: str = "") -> Erased:
    """Forget a person; the desk learns which requests were withdrawn, and nothing else.

    Copies of their words in the coordinators' group are taken back as far as
    the network allows.
    """
    own = await requests.of_person(turn.tx, person_id, limit=REQUESTS)
    experts = {request.id: await toward_desk.expert_chats(turn, request) for request in own}
    await presence.leaving(turn, person_id)
    erased = await rights.erase(turn.tx, person_id, turn.now, open_page=open_page)
    turn.erased = erased
    for copy in erased.copies:
        place = Address(channel=copy.channel, bot=copy.bot, chat=copy.chat)
        if f"{copy.channel}:{copy.bot}:{copy.chat}" not in erased.chats:
            # One row each, so that the network's pace holds; conversations go first.
            turn.send(
                Outgoing(do="delete", to=place, targets=(copy.message,), lane=Lane.ANNOUNCEMENT)
            )
    for request in erased.requests:
        text = turn.words("desk_withdrawn", number=request.number)
        await toward_desk.say(turn, request, text)
        for chat in experts.get(request.id, ()):
            turn.send(Outgoing(to=chat, text=text))
        if where := await toward_desk.thread(turn, request):
            turn.send(Outgoing(do="close", to=where))
    await house.tally(turn.tx, turn.now.date(), "erased")
    return erased


def _day(stamp: str) -> str:
    return day(moment(stamp).astimezone(BERLIN))


def _minute(stamp: str) -> str:
    return f"{moment(stamp).astimezone(BERLIN):%d.%m.%Y, %H:%M}"

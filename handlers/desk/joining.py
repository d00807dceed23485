"""Two requests that are one, and one request that is two."""

from handlers.conversation import Line
from handlers.desk import holding, promises, steps, toward_desk
from handlers.desk.steps import Step, tell
from handlers.hours import speak
from handlers.turn import Turn
from storage import audit, coordinators, files, ids, requests
from storage.requests import Request, RequestMessage


async def merge(turn: Turn, step: Step) -> bool:
    """This request is answered in another one from now on.

    Messages stay where they are. A person who asked twice hears under which number
    the answer comes; two persons never learn of each other.
    """
    request = step.request
    if await steps.is_closed(turn, request):
        return False
    into = await _other(turn, step)
    if into is None or await _cannot_take(turn, request, into):
        return False
    if await requests.postponed(turn.tx, request.id):
        tell(turn, request, turn.words("desk_answer_waits", number=request.number))
        return False
    await requests.merge(turn.tx, request.id, into.id, turn.now)
    await promises.closed(turn, request, ask=False)
    same = request.person_id == into.person_id
    if same:
        numbers = {"number": request.number, "into": into.number}
        await promises.to_person(turn, request, "merged", **numbers)
    fields = {"name": step.by.name, "number": request.number, "into": into.number}
    said = turn.words("desk_merged", **fields)
    if not steps.in_group(turn):
        tell(turn, request, said)
    await toward_desk.ended(turn, request, said)
    await toward_desk.tell_all(
        turn, into, turn.words("desk_merged_here" if same else "desk_merged_strangers", **fields)
    )
    await _hand_on(turn, step, into)
    return True


async def _hand_on(turn: Turn, step: Step, into: Request) -> None:
    """Whoever was on the request is on the other one now, unless somebody else is: then the
    group is told of both."""
    request = step.request
    holder = await coordinators.get(turn.tx, request.claimed_by or 0)
    if holder is None or into.claimed_by == holder.id:
        return
    other = await coordinators.get(turn.tx, into.claimed_by or 0)
    if other is None:
        verb = "claim" if holder.id == step.by.id else "give"
        await holding.put_on(turn, Step(verb, into, step.by), holder)
        await audit.add(turn.tx, step.by.id, verb, into.number, turn.now)
        return
    text = turn.words(
        "desk_merged_holders",
        number=request.number,
        name=holder.name,
        into=into.number,
        other=other.name,
    )
    await toward_desk.say(turn, into, text)


async def _other(turn: Turn, step: Step) -> Request | None:
    """The request that is meant, by its number with or without the letter; says so if none is."""
    said = (turn.incoming.form.get("into") or step.text).strip()
    number = ids.number(said.upper().removeprefix("K-").removeprefix("K").strip())
    found = await requests.get(turn.tx, number) if number is not None else None
    if found is None:
        tell(turn, step.request, turn.words("desk_merge_which"))
    return found


async def _cannot_take(turn: Turn, request: Request, into: Request) -> bool:
    if into.id == request.id:
        tell(turn, request, turn.words("desk_merge_itself", number=request.number))
        return True
    if into.state == "closed" or into.wiped_at or into.person_id is None:
        text = turn.words("desk_merge_closed", into=into.number)
        tell(turn, request, text)
        return True
    return False


async def split(turn: Turn, step: Step) -> bool:
    """A message of the person, and theirs after it, become a request of their own."""
    request = step.request
    if await steps.is_closed(turn, request):
        return False
    message = await steps.message_meant(turn, step)
    if message is None or message.author != "person" or message.deleted_at:
        tell(turn, request, turn.words("desk_split_which"))
        return False
    said = await requests.messages(turn.tx, request.id)
    if message.id == next(each.id for each in said if each.author == "person"):
        tell(turn, request, turn.words("desk_split_first", number=request.number))
        return False
    new, moved = await _apart(turn, request, message)
    await toward_desk.announce(turn, new)
    attached = await files.of_messages(turn.tx, [each.id for each in moved])
    for each in moved:
        ids = tuple(file.id for file in attached.get(each.id, ()))
        line = Line(at=turn.now, text=each.text, files=ids)
        await toward_desk.message(turn, new, each.id, line, first=True)
    text = turn.words("desk_split", name=step.by.name, number=request.number, new=new.number)
    await steps.announce(turn, request, text)
    return True


async def _apart(
    turn: Turn, request: Request, message: RequestMessage
) -> tuple[Request, list[RequestMessage]]:
    """The new request with its messages; its person knows its number and when to expect us."""
    assert request.person_id is not None  # noqa: S101 - see `Step`
    new = await requests.create(
        turn.tx,
        person_id=request.person_id,
        channel=request.channel,
        bot=request.bot,
        chat=request.chat,
        topic="",
        region=request.region,
        urgent=request.urgent,
        promised_at=promises.by(turn),
        now=turn.now,
    )
    moved = await requests.split(turn.tx, request.id, message.id, new.id)
    when = speak(await promises.promise(turn, new), turn.now)
    numbers = {"number": request.number, "new": new.number}
    await promises.to_person(turn, request, "split_off", when=when, **numbers)
    return new, moved

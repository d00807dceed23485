"""What we promise to people, and what happens when it is not kept.

An answer by a certain time: when it is missed the person hears so, the group is
reminded, then whoever has the request, then who stands in for them. And that
nothing of theirs is closed behind their back: a request that waits for them ends
by itself only after a warning.

All of it falls due by the clock and looks at the request again before it speaks,
so an answer, a closing or a withdrawal takes it back. Nobody is written to out of
office hours: what falls due then, or was late, is said at the next opening, once.
"""

from datetime import datetime, time, timedelta

from handlers.desk import steps, toward_desk
from handlers.hours import BERLIN, day_of, speak
from handlers.message import Button, Outgoing
from handlers.text import Text
from handlers.turn import Turn
from handlers.wording import day
from storage import coordinators, due, people, requests, waiting
from storage.coordinators import Coordinator
from storage.moments import moment
from storage.requests import Request
from storage.waiting import CLAIMER, DEPUTY, KINDS, RATE, UNANSWERED, WAITING

AWAY = "away"  # the kind of what is due with the id of a colleague as its subject

# Within office hours; the operator's people confirm it by their hours.
ANSWER_WITHIN = timedelta(hours=4)
REMIND_AGAIN = timedelta(hours=2)  # office time: the group, then one person, then the deputy
WARN_AFTER = timedelta(days=11)  # without a word of the person
CLOSE_AFTER_WARNING = timedelta(days=3)
ASK_AFTER = timedelta(minutes=2)  # a closing by mistake is undone by then
# What is due when the office closes is handled a moment later.
STILL_THERE = timedelta(minutes=5)


# -- given, kept, taken back ------------------------------------------------------------


def by(turn: Turn) -> datetime:
    """When people will have answered what comes now."""
    return turn.house.calendar.add_working_time(turn.now, ANSWER_WITHIN)


async def promise(turn: Turn, request: Request) -> datetime:
    """An answer by the usual time, from now on; everything else that was due is taken back."""
    promised = by(turn)
    await requests.promise(turn.tx, request.id, promised)
    await _take_back(turn, request)
    await due.plan(turn.tx, UNANSWERED, str(request.id), promised)
    return promised


async def answered(turn: Turn, request: Request) -> None:
    """People have answered. From now on the request waits for the person."""
    await _take_back(turn, request)


async def asked_back(turn: Turn, request: Request) -> None:
    """People need to know more: the promise rests until the person writes."""
    await _take_back(turn, request)
    await waiting.asked_back(turn.tx, request.id, turn.now)


async def closed(turn: Turn, request: Request, *, ask: bool = True) -> None:
    """Nothing is due any more. If wanted the person is asked in a moment how it was."""
    await _take_back(turn, request)
    if ask:
        await due.plan(turn.tx, RATE, str(request.id), turn.now + ASK_AFTER)


async def expected(turn: Turn, request: Request) -> str:
    """When to expect an answer, as the person was told last; empty if nobody said."""
    planned = await due.planned(turn.tx, UNANSWERED, str(request.id))
    told = [moment(at) for at in (request.promised_at, planned) if at]
    return speak(max(told), turn.now) if told else ""


async def _take_back(turn: Turn, request: Request) -> None:
    for kind in KINDS:
        await due.cancel(turn.tx, kind, str(request.id))


# -- an answer is late ------------------------------------------------------------------


async def missed(turn: Turn, subject: str) -> None:
    """We promised an answer by now: the person and the group hear that it is late.

    The next time that we name lies on a later day, so nobody hears this twice on one.
    What was promised first stays at the request: by that the desk sees what is overdue.
    """
    request = await _late(turn, subject)
    if request is None:
        return
    if request.promised_at and moment(request.promised_at) > turn.now:
        await due.plan(turn.tx, UNANSWERED, subject, moment(request.promised_at))
        return
    if await requests.postponed(turn.tx, request.id):
        # An answer comes by itself; should it be taken back, this asks again.
        await _remind_later(turn, UNANSWERED, subject)
        return
    if await put_off(turn, UNANSWERED, subject):
        return
    then = _another_day(turn)
    await due.plan(turn.tx, UNANSWERED, subject, then)
    await _remind_later(turn, CLAIMER, subject)
    await toward_desk.say(turn, request, turn.words("desk_waiting", number=request.number))
    name = "still_on_it_urgent" if request.urgent else "still_on_it"
    mine = Button(label=turn.label("button_my_requests"), action="my")
    await to_person(turn, request, name, mine, number=request.number, when=speak(then, turn.now))


async def remind_claimer(turn: Turn, subject: str) -> None:
    """Still no answer: whoever has the request is called by name; their deputy if they are away."""
    request = await _still_late(turn, CLAIMER, subject)
    if request is None:
        return
    claimer = await coordinators.get(turn.tx, request.claimed_by or 0)
    if claimer and await coordinators.is_away(turn.tx, claimer.id, turn.now):
        await _call_deputy(turn, request, claimer)
        return
    await _remind_later(turn, DEPUTY, subject)
    if claimer is None:
        return
    text = turn.words("desk_waiting_for", name=claimer.name, number=request.number)
    await toward_desk.say(turn, request, text)
    link = toward_desk.page(turn, request)
    text = turn.words("desk_waiting_private", number=request.number, link=link)
    await toward_desk.privately(turn, claimer.id, text)


async def remind_deputy(turn: Turn, subject: str) -> None:
    """Even that did not help. Where nobody has the request, all are reminded once more."""
    request = await _still_late(turn, DEPUTY, subject)
    if request is None:
        return
    claimer = await coordinators.get(turn.tx, request.claimed_by or 0)
    if claimer:
        await _call_deputy(turn, request, claimer)
    else:
        await toward_desk.say(turn, request, turn.words("desk_waiting", number=request.number))


async def _call_deputy(turn: Turn, request: Request, claimer: Coordinator) -> None:
    deputy = await _stands_in(turn, claimer.id)
    if deputy is None:
        await toward_desk.say(turn, request, turn.words("desk_waiting", number=request.number))
        return
    names = {"absent": claimer.name, "number": request.number}
    await _offer(turn, request, turn.words("desk_waiting_deputy", name=deputy.name, **names))
    link = toward_desk.page(turn, request)
    text = turn.words("desk_deputy_private", link=link, **names)
    await toward_desk.privately(turn, deputy.id, text)


async def _late(turn: Turn, subject: str) -> Request | None:
    """The request, if its person waits for us."""
    request = await requests.get(turn.tx, int(subject))
    if request is None or request.person_id is None or request.asked_back_at:
        return None
    return request if request.state in ("open", "claimed") else None


async def _still_late(turn: Turn, kind: str, subject: str) -> Request | None:
    """The request, if somebody should be reminded of it now."""
    request = await _late(turn, subject)
    planned = await due.planned(turn.tx, UNANSWERED, subject)
    # After a standstill the next promise is broken as well, and that begins anew.
    if request is None or planned is None or moment(planned) <= turn.now:
        return None
    if await requests.postponed(turn.tx, request.id) or await put_off(turn, kind, subject):
        return None
    return request


def _another_day(turn: Turn) -> datetime:
    """The usual time after the office opens on a day after this one."""
    tomorrow = day_of(turn.now) + timedelta(days=1)
    midnight = datetime.combine(tomorrow, time(), BERLIN)
    return turn.house.calendar.add_working_time(midnight, ANSWER_WITHIN)


async def _remind_later(turn: Turn, kind: str, subject: str) -> None:
    then = turn.house.calendar.add_working_time(turn.now, REMIND_AGAIN)
    await due.plan(turn.tx, kind, subject, then)


# -- somebody goes away ------------------------------------------------------------------


async def goes_away(turn: Turn, coordinator_id: int) -> None:
    """A colleague is away from now on: what they have in hand is offered to their deputy."""
    opening = turn.house.calendar.next_opening(turn.now)
    await due.plan(turn.tx, AWAY, str(coordinator_id), opening)


async def offer_to_deputy(turn: Turn, subject: str) -> None:
    """Each request in its topic, and all of them at once to the deputy in private."""
    absent = await coordinators.get(turn.tx, int(subject))
    away = (await coordinators.presence(turn.tx, turn.now)).get(int(subject))
    if absent is None or away is None or await put_off(turn, AWAY, subject):
        return
    deputy = await _stands_in(turn, absent.id)
    told = {"absent": absent.name, "until": day(moment(away.until).astimezone(BERLIN))}
    numbers = []
    for request_id in await waiting.in_hands_of(turn.tx, absent.id):
        request = await requests.get(turn.tx, request_id)
        assert request is not None  # noqa: S101 - just found
        numbers.append(request.number)
        if deputy:
            text = turn.words("desk_away_deputy", name=deputy.name, number=request.number, **told)
        else:
            text = turn.words("desk_away_nobody", number=request.number, **told)
        await _offer(turn, request, text)
    if deputy and numbers:
        text = turn.words("desk_away_private", numbers=", ".join(numbers), **told)
        await toward_desk.privately(turn, deputy.id, text)


async def _stands_in(turn: Turn, coordinator_id: int) -> Coordinator | None:
    """The deputy who is here. Experts see nothing but what was handed to them."""
    deputy = await coordinators.deputy_of(turn.tx, coordinator_id, turn.now)
    return deputy if deputy and deputy.publishes else None


async def _offer(turn: Turn, request: Request, text: Text) -> None:
    take = Button(label=turn.label("button_stand_in"), action=f"desk:take:{request.id}")
    await toward_desk.say(turn, request, text, take)


# -- a request waits for its person ---------------------------------------------------------


async def watch(turn: Turn) -> None:
    """See to it that something is due for every request that waits for its person."""
    for request_id in await waiting.unwatched(turn.tx, WAITING):
        request = await requests.get(turn.tx, request_id)
        if request is not None:
            await _look_again(turn, request.id, _since(request) + WARN_AFTER)


async def rested(turn: Turn, subject: str) -> None:
    """Nothing was heard of the person for long: warn them, or close it after the warning."""
    request = await requests.get(turn.tx, int(subject))
    if request is None or not await _waits(turn, request):
        return
    since = _since(request)
    warned = moment(request.warned_at) if request.warned_at else None
    if warned and warned < since:
        warned = None  # something happened after it
    ripe = warned + CLOSE_AFTER_WARNING if warned else since + WARN_AFTER
    if ripe > turn.now:
        await _look_again(turn, request.id, ripe)
    elif not await put_off(turn, WAITING, subject):
        await (_close(turn, request) if warned else _warn(turn, request))


async def heard(turn: Turn) -> None:
    """The person writes, whatever it is: nothing of theirs is closed soon."""
    if turn.person is None or turn.person.new:
        return
    for request_id in await waiting.warned_of(turn.tx, turn.person.id):
        await stay_open(turn, request_id)


async def stay_open(turn: Turn, request_id: int) -> None:
    """The wait begins anew."""
    await waiting.keep_open(turn.tx, request_id)
    await _look_again(turn, request_id, turn.now + WARN_AFTER)


async def _warn(turn: Turn, request: Request) -> None:
    await waiting.warn(turn.tx, request.id, turn.now)
    end = turn.house.calendar.next_opening(turn.now + CLOSE_AFTER_WARNING)
    await due.plan(turn.tx, WAITING, str(request.id), end)
    stay = Button(label=turn.label("button_stay_open"), action=f"stay:{request.id}")
    done = Button(label=turn.label("button_done"), action=f"close:{request.id}")
    when = day(end.astimezone(BERLIN))
    await to_person(turn, request, "closing_soon", stay, done, number=request.number, when=when)


async def _close(turn: Turn, request: Request) -> None:
    await requests.close(turn.tx, request.id, turn.label("desk_no_reply"), turn.now)
    await closed(turn, request)
    again = Button(label=turn.label("button_reopen"), action=f"reopen:{request.id}")
    await to_person(turn, request, "closed_by_clock", again, number=request.number)
    said = turn.words("desk_closed_by_clock", number=request.number)
    await toward_desk.ended(turn, request, said)


async def _waits(turn: Turn, request: Request) -> bool:
    """Whether it waits for the person and may end by itself. What was urgent never does."""
    theirs = request.state == "answered" or request.asked_back_at is not None
    over = request.state == "closed" or request.person_id is None
    if over or request.urgent or not theirs:
        return False
    return not await requests.postponed(turn.tx, request.id)


def _since(request: Request) -> datetime:
    """Since when nothing has happened to a request that waits for its person."""
    return max(moment(at) for at in (request.updated_at, request.asked_back_at) if at)


async def _look_again(turn: Turn, request_id: int, at: datetime) -> None:
    then = turn.house.calendar.next_opening(max(at, turn.now))
    await due.plan(turn.tx, WAITING, str(request_id), then)


# -- what all of these do ---------------------------------------------------------------------


async def to_person(
    turn: Turn, request: Request, name: str, *buttons: Button, **fields: str
) -> None:
    """Say it where the person asked, in the language they chose, unless they left."""
    person = await people.known(turn.tx, request.channel, request.bot, request.chat)
    if person is None or person.blocked:
        return
    text = turn.words_for(person.plain, name, **fields)
    turn.send(Outgoing(to=steps.person_at(request), text=text, buttons=buttons))


async def reads_plain(turn: Turn, request: Request) -> bool:
    """Whether its person chose Einfache Sprache."""
    person = await people.known(turn.tx, request.channel, request.bot, request.chat)
    return person is not None and person.plain


async def put_off(turn: Turn, kind: str, subject: str) -> bool:
    """Whether this is no time to write to anybody; then it falls due when the office opens."""
    calendar = turn.house.calendar
    if calendar.is_open(turn.now) or calendar.is_open(turn.now - STILL_THERE):
        return False
    await due.plan(turn.tx, kind, subject, calendar.next_opening(turn.now))
    return True

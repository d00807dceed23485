"""What → who: the first row of the table that takes a turn handles it."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from handlers import formats, language, privacy, questions, requests, rights, welcome
from handlers.desk import blocking, enrolment, entrance, later, own_chat, promises, ratings
from handlers.message import Kind
from handlers.network import (
    experts,
    finder,
    group_care,
    groups,
    in_groups,
    interest,
    introductions,
    joining_groups,
    own_introductions,
    peers,
    profile_dialogue,
    protected,
    reporting,
    sharing,
)
from handlers.programme import events, single_event, subscriptions
from handlers.turn import Turn

Takes = Callable[[Turn], bool]
Handle = Callable[[Turn], Awaitable[None]]


class Route(NamedTuple):
    takes: Takes
    handle: Handle


def _kind(*kinds: Kind) -> Takes:
    return lambda turn: turn.incoming.kind in kinds


def _at_desk(turn: Turn) -> bool:
    return turn.incoming.desk


def _in_a_group(turn: Turn) -> bool:
    return not turn.incoming.private


def _chooses_group(turn: Turn) -> bool:
    it = turn.incoming
    in_group = not it.private and it.channel != "desk"
    return in_group and it.kind is Kind.MESSAGE and it.text.startswith("/desk")


def _topic_group(turn: Turn) -> bool:
    it = turn.incoming
    foreign = not it.private and not it.desk
    return foreign and it.kind is Kind.MESSAGE and it.text.startswith(group_care.COMMAND)


def _welcomes(turn: Turn) -> bool:
    it = turn.incoming
    foreign = not it.private and not it.desk
    return foreign and it.kind is Kind.MESSAGE and it.text.startswith(group_care.WELCOME_COMMAND)


def _put_out(turn: Turn) -> bool:
    return turn.incoming.kind is Kind.BLOCKED and not turn.incoming.private


def _command(turn: Turn) -> bool:
    return turn.incoming.kind is Kind.MESSAGE and turn.text.startswith("/")


def _danger(turn: Turn) -> bool:
    return turn.incoming.kind is Kind.MESSAGE and turn.meaning == "emergency"


def _asked_for_event(turn: Turn) -> bool:
    return turn.incoming.kind is Kind.MESSAGE and turn.conversation.expects == "event"


def _asked_about_peer(turn: Turn) -> bool:
    it, expects = turn.incoming, turn.conversation.expects
    return it.kind is Kind.MESSAGE and expects in ("intro", "report")


def _asked_about_profile(turn: Turn) -> bool:
    return turn.incoming.kind is Kind.MESSAGE and turn.conversation.expects == "profile"


def _asked_about_rating(turn: Turn) -> bool:
    return turn.incoming.kind is Kind.MESSAGE and turn.conversation.expects == "rating"


def _asked_for_need(turn: Turn) -> bool:
    return turn.incoming.kind is Kind.MESSAGE and turn.conversation.expects == "finder"


def _says_nothing(turn: Turn) -> bool:
    it = turn.incoming
    return not (turn.text or it.files or it.place or it.contact)


async def _button(turn: Turn) -> None:
    """A button says `name` or `name:value`; an unknown one is from another time."""
    name, _, value = turn.incoming.action.partition(":")
    handle = BUTTONS.get(name)
    if name in blocking.BUTTONS and await blocking.refuses(turn):
        return
    if handle is None or not await handle(turn, value):
        turn.say("button_outdated")


async def _typed_command(turn: Turn) -> None:
    name, rest = turn.command
    handle = COMMANDS.get(name)
    if name in blocking.COMMANDS and await blocking.refuses(turn):
        return
    if handle is not None:
        await handle(turn, rest)
    elif not (await entrance.publishes(turn, name, rest) or await own_chat.typed(turn)):
        turn.say("unknown_command")


async def _in_danger(turn: Turn) -> None:
    """The numbers in any case; for most a request as well."""
    if protected.takes(turn):
        await protected.in_danger(turn)
    elif not await blocking.in_danger(turn):
        await requests.emergency(turn)


async def _event_answered(turn: Turn) -> None:
    """An answer of a coordinator; a message like any other if the question is not open any more."""
    if not await entrance.answers(turn):
        turn.conversation = turn.conversation.but(expects="")
        await _route(turn).handle(turn)


async def _need_described(turn: Turn) -> None:
    """What somebody needs of a format; a message like any other if it is something else."""
    if not await finder.in_words(turn):
        await _route(turn).handle(turn)


async def _edited(turn: Turn) -> None:
    if not await protected.edited(turn):
        await requests.edited(turn)


async def _peer_written_to(turn: Turn) -> None:
    """A line of a protected conversation; a message like any other if it quotes a coordinator."""
    if not await protected.written(turn):
        await questions.hear(turn)


async def _introduced(turn: Turn) -> None:
    """What is said to somebody who is asked, or about somebody who is reported; a message like
    any other if the question is not open any more."""
    answers = {"intro": introductions.written, "report": reporting.reason_written}
    if not await answers[turn.conversation.expects](turn):
        turn.conversation = turn.conversation.but(expects="", peer="")
        await _route(turn).handle(turn)


async def _profile_answered(turn: Turn) -> None:
    """An answer for the profile; a message like any other if it is something else, and then the
    profile waits."""
    if not await profile_dialogue.answered(turn):
        turn.conversation = turn.conversation.but(expects="")
        await _route(turn).handle(turn)
        await profile_dialogue.waits(turn)


async def _rating_explained(turn: Turn) -> None:
    """Words to a rating; a message like any other if they are something else."""
    if not await ratings.explained(turn):
        turn.conversation = turn.conversation.but(expects="")
        await _route(turn).handle(turn)


async def _ignore(turn: Turn) -> None:
    """Nothing to say, nothing to keep."""


async def _nothing_said(turn: Turn) -> None:
    turn.say("words_please")


ROUTES: tuple[Route, ...] = (
    Route(_kind(Kind.CLOCK), later.due_now),
    Route(_kind(Kind.MIGRATED), entrance.moved),
    Route(_chooses_group, enrolment.in_group),
    Route(_topic_group, group_care.choose),
    Route(_welcomes, group_care.welcomes),
    Route(_put_out, group_care.put_out),
    Route(_kind(Kind.RIGHTS), group_care.rights),
    Route(_kind(Kind.RENAMED), group_care.renamed),
    Route(_kind(Kind.ARRIVED), group_care.arrived),
    Route(_kind(Kind.KNOCKS), joining_groups.knocked),
    Route(in_groups.addressed, in_groups.asked),
    Route(_at_desk, entrance.step),
    Route(_in_a_group, _ignore),
    Route(_kind(Kind.BLOCKED, Kind.UNBLOCKED), welcome.blocked),
    Route(_kind(Kind.EDIT), _edited),
    Route(_kind(Kind.REACTION), requests.reacted),
    Route(_kind(Kind.BUTTON), _button),
    Route(_danger, _in_danger),
    Route(_command, _typed_command),
    Route(_asked_about_profile, _profile_answered),
    Route(protected.takes, _peer_written_to),
    Route(_asked_about_peer, _introduced),
    Route(_asked_for_event, _event_answered),
    Route(_asked_about_rating, _rating_explained),
    Route(_asked_for_need, _need_described),
    Route(_says_nothing, _nothing_said),
    Route(_kind(Kind.MESSAGE), questions.hear),
)

BUTTONS: dict[str, Callable[[Turn, str], Awaitable[bool]]] = {
    "faq": questions.chosen("faq"),
    "fmt": questions.chosen("format"),
    "evt": questions.chosen("event"),
    "none": questions.none_of_them,
    "ok": questions.rated,
    "human": requests.human_pressed,
    "ho": requests.offered,
    "my": requests.mine_pressed,
    "close": requests.close_pressed,
    "reopen": requests.reopen_pressed,
    "stay": requests.stay_pressed,
    "rate": ratings.pressed,
    "join": requests.join_pressed,
    "fmts": formats.browse_pressed,
    "exp": experts.pressed,
    "evts": events.browse_pressed,
    "mark": single_event.mark_pressed,
    "unmark": single_event.unmark_pressed,
    "ics": single_event.ics_pressed,
    "share": sharing.pressed,
    "find": finder.pressed,
    "wait": interest.toggle,
    "unwait": interest.give_up_pressed,
    "where": interest.where_pressed,
    "privacy": privacy.pressed,
    "data": rights.show_pressed,
    "erase": rights.erase_pressed,
    "help": welcome.help_pressed,
    "subs": subscriptions.pressed,
    "grp": joining_groups.pressed,
    "plain": language.plain_pressed,
    "standard": language.standard_pressed,
    "prof": profile_dialogue.pressed,
    "peer": peers.pressed,
    "intro": introductions.pressed,
    "prot": protected.pressed,
    "desk": own_chat.pressed,
    "ann": entrance.pressed_in_private("ann"),
    "learn": entrance.pressed_in_private("learn"),
    "team": entrance.pressed_in_private("team"),
    "evd": entrance.pressed_in_private("evd"),
}

COMMANDS: dict[str, Callable[[Turn, str], Awaitable[None]]] = {
    "start": welcome.start,
    "hilfe": welcome.help_,
    "help": welcome.help_,
    "formate": formats.browse,
    "fachleute": experts.browse,
    "profil": profile_dialogue.begin,
    "kontakte": peers.find,
    "vermittlungen": own_introductions.mine,
    "ende": protected.leave,
    "melden": reporting.typed,
    "veranstaltungen": events.browse,
    "termine": events.browse,
    "anfragen": requests.mine,
    "mensch": requests.human,
    "gruppen": groups.browse,
    "gruppe": groups.browse,
    "abo": subscriptions.choose,
    "abos": subscriptions.choose,
    "abbestellen": subscriptions.stop,
    "stop": subscriptions.stop,
    "weitersagen": sharing.of_this,
    "finder": finder.start,
    "einfach": language.plain,
    "standard": language.standard,
    "neu": requests.new,
    "schliessen": requests.close,
    "datenschutz": privacy.explain,
    "meinedaten": rights.show,
    "loeschen": rights.ask,
    "desk": enrolment.private,
}


async def respond(turn: Turn) -> None:
    """Handle one message.

    Somebody who writes for the first time is told what happens with their
    words, in the same breath and never instead of an answer. In danger the
    help comes first.
    """
    route = _route(turn)
    await welcome.back_again(turn)
    if await own_chat.worked(turn):
        return
    if turn.incoming.kind is Kind.MESSAGE:
        await promises.heard(turn)
    await route.handle(turn)
    protected.settle(turn)
    if turn.said and privacy.is_owed(turn):
        notice = await privacy.notice(turn)
        turn.said.insert(1 if route.handle is _in_danger else 0, (notice, None))


def _route(turn: Turn) -> Route:
    return next((route for route in ROUTES if route.takes(turn)), Route(lambda _: True, _ignore))

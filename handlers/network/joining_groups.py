"""Into a group through us: the rules are shown, agreed to, and then the door is opened once.

The network is asked by the courier; what it says comes back as a message of the clock.
Whoever knocks at the group itself is shown the rules, too, and let in when they agreed.
"""

from datetime import datetime, timedelta

from handlers.codes import digest
from handlers.message import Address, Button, Outgoing
from handlers.network.groups import offer, show, title
from handlers.turn import Turn
from handlers.wording import at as spoken
from storage import due, group_joins, groups, house, ids
from storage.group_joins import Join
from storage.groups import INVITE as MAY_NOT_INVITE
from storage.groups import Group
from storage.moments import moment

LINK_LASTS = timedelta(hours=24)
ANOTHER = timedelta(hours=1)  # between two invitations for one person
TIME_TO_AGREE = timedelta(days=3)
AN_HOUR = timedelta(hours=1)
MOST_AN_HOUR = 30  # people that one group gets through us; more is no growth but an attack

# What the courier tells us about, and what falls due.
INVITED, APPROVED, DECLINE = "group-invite", "group-approve", "group-decline"
TROUBLE = "group-trouble"  # the alarm at the desk, with the group's number


# -- buttons ------------------------------------------------------------------------------


async def pressed(turn: Turn, value: str) -> bool:
    """`grp:see:7`, `grp:join:7`, `grp:yes:7:<rules>`, `grp:no:7`, `grp:again:7`, `grp:all`."""
    verb, _, rest = value.partition(":")
    number, _, detail = rest.partition(":")
    if verb == "all" and not rest:
        listed = await groups.listed(turn.tx)
        if listed:
            offer(turn, listed, "groups_all")
        else:
            turn.say("groups_none")
        return True
    group = await _numbered(turn, number)
    if group is None or verb not in ("see", "join", "yes", "no", "again"):
        return False
    it = turn.incoming
    if group.gone_at is not None:
        turn.say("group_is_gone", title=title(group))
    elif verb == "see" or (it.channel, it.bot) != (group.channel, group.bot):
        await show(turn, group)
    elif verb == "join":
        await _join(turn, group)
    elif verb == "yes":
        await _agreed(turn, group, detail)
    elif verb == "again":
        await _again(turn, group)
    else:
        await _declined(turn, group)
    return True


async def _numbered(turn: Turn, number: str) -> Group | None:
    """A group of the directory; it may be dead by now."""
    known = ids.number(number)
    group = None if known is None else await groups.get(turn.tx, known)
    return group if group and group.listed_at is not None else None


async def _join(turn: Turn, group: Group) -> None:
    join = await _own(turn, group)
    if group.trouble == MAY_NOT_INVITE:
        turn.say("group_closed_now", title=title(group))
    elif join and join.state == "agreed":
        turn.say("group_link_coming")
    elif join and _link_lives(turn, join):
        _show_link(turn, group, join)
    else:
        await _show_rules(turn, group)


async def _agreed(turn: Turn, group: Group, version: str) -> None:
    join = await _own(turn, group)
    if join is None:  # nobody can agree to what they were not shown
        await _show_rules(turn, group)
    elif version != rules_version(group):
        turn.say("group_rules_changed")
        await _show_rules(turn, group)
    elif join.state == "agreed":
        turn.say("group_link_coming")
    elif _link_lives(turn, join):
        _show_link(turn, group, join)
    else:
        await _let_in(turn, group, join)


async def _declined(turn: Turn, group: Group) -> None:
    """ "Nein, danke": who knocked at the group itself need not wait there any longer."""
    join = await _own(turn, group)
    if join and join.requested_at and join.state == "shown":
        order = _order(group, "decline")
        turn.send(order.model_copy(update={"targets": (turn.incoming.sender,)}))
        await group_joins.set_state(turn.tx, join.id, "expired", turn.now)
        await group_joins.knocks_no_more(turn.tx, join.id)
    turn.say("group_not_joined")


async def _let_in(turn: Turn, group: Group, join: Join) -> None:
    if group.trouble == MAY_NOT_INVITE:
        turn.say("group_closed_now", title=title(group))
        return
    if await group_joins.let_in_since(turn.tx, group.id, turn.now - AN_HOUR) >= MOST_AN_HOUR:
        turn.say("group_busy")
        return
    await group_joins.set_state(turn.tx, join.id, "agreed", turn.now)
    if join.requested_at:
        order = _order(group, "approve", f"{APPROVED}:{join.id}")
        turn.send(order.model_copy(update={"targets": (turn.incoming.sender,)}))
    else:
        _order_invitation(turn, group, join)
        turn.say("group_link_coming")


async def _again(turn: Turn, group: Group) -> None:
    """ "Der Link geht nicht": a used one is refused by the network, and by us."""
    join = await _own(turn, group)
    if join is None or join.state in ("shown", "refused", "expired"):
        await _show_rules(turn, group)
    elif join.state == "joined":
        turn.say("group_link_used", title=title(group))
    elif join.state == "agreed":
        turn.say("group_link_coming")
    elif turn.now < moment(join.at) + ANOTHER:
        turn.say("group_link_once", when=spoken(moment(join.at) + ANOTHER, turn.now))
    else:
        await _let_in(turn, group, join)


async def _own(turn: Turn, group: Group) -> Join | None:
    assert turn.person is not None  # noqa: S101 - only people press these
    return await group_joins.of(turn.tx, group.id, turn.person.id)


def _link_lives(turn: Turn, join: Join) -> bool:
    return (
        join.state == "invited"
        and join.expires_at is not None
        and moment(join.expires_at) > turn.now
    )


# -- what is said -------------------------------------------------------------------------


async def _show_rules(turn: Turn, group: Group) -> None:
    assert turn.person is not None  # noqa: S101 - only people are shown rules
    await group_joins.show(turn.tx, group.id, turn.person.id, turn.now)
    _say_rules(turn, group, "group_rules")


def _say_rules(turn: Turn, group: Group, name: str) -> None:
    yes = f"grp:yes:{group.id}:{rules_version(group)}"
    turn.say(
        name,
        Button(label=turn.label("button_group_agree"), action=yes),
        Button(label=turn.label("button_group_no"), action=f"grp:no:{group.id}"),
        title=title(group),
        rules=group.rules or turn.label("group_rules_usual"),
        url=f"{turn.house.public_url}/datenschutz",
    )


def rules_version(group: Group) -> str:
    """Which rules somebody agrees to: they may be others by the time the button is pressed."""
    return digest(group.rules)[:8]


def _show_link(turn: Turn, group: Group, join: Join) -> None:
    turn.send(_link(turn, group, join, turn.here, plain=turn.plain))


def _link(turn: Turn, group: Group, join: Join, to: Address, *, plain: bool) -> Outgoing:
    until = spoken(moment(join.expires_at), turn.now) if join.expires_at else ""
    text = turn.words_for(plain, "group_link", title=title(group), until=until)
    return Outgoing(
        to=to,
        text=text,
        buttons=(
            Button(label=turn.label("button_group_open"), url=join.link),
            Button(label=turn.label("button_group_again"), action=f"grp:again:{group.id}"),
        ),
    )


# -- what the network is asked --------------------------------------------------------------


def _order_invitation(turn: Turn, group: Group, join: Join) -> None:
    order = _order(group, "invite", f"{INVITED}:{join.id}")
    text = turn.words("group_link_name")
    turn.send(order.model_copy(update={"text": text, "until": turn.now + LINK_LASTS}))


def _order(group: Group, do: str, tells: str = "") -> Outgoing:
    to = Address(channel=group.channel, bot=group.bot, chat=group.chat)
    return Outgoing.model_validate({"do": do, "to": to, "tells": tells})


async def told(turn: Turn, kind: str, subject: str) -> None:
    """What came of it. Whoever was erased, or declined meanwhile, hears nothing."""
    number, _, outcome = subject.partition(":")
    join = await group_joins.get(turn.tx, int(number))
    group = await groups.get(turn.tx, join.group_id) if join else None
    if join is None or group is None or join.state != "agreed":
        return
    if outcome == "done" and kind == INVITED:
        await _invited(turn, group, join)
    elif outcome == "done":
        await group_joins.inside(turn.tx, join.id, turn.now)
        await _write(turn, group, join, "group_joined_now")
    elif outcome == "missing":
        # They took it back, or a moderator was faster: a link does as well.
        await group_joins.knocks_no_more(turn.tx, join.id)
        _order_invitation(turn, group, join)
    else:
        await failed(turn, group, join, outcome)


async def _invited(turn: Turn, group: Group, join: Join) -> None:
    until = moment(join.at) + LINK_LASTS
    await group_joins.invite(turn.tx, join.id, turn.incoming.text, until, turn.now)
    invited = await group_joins.get(turn.tx, join.id)
    where = await group_joins.reached(turn.tx, join, group.channel, group.bot)
    if invited and where and not where.blocked:
        to = Address(channel=where.channel, bot=where.bot, chat=where.chat)
        turn.send(_link(turn, group, invited, to, plain=where.plain))


async def failed(turn: Turn, group: Group, join: Join, outcome: str) -> None:
    """An honest sentence for whoever waits, and an alarm for those who can put it right."""
    await group_joins.set_state(turn.tx, join.id, "refused", turn.now)
    if outcome == "rights":
        await groups.set_trouble(turn.tx, group.id, MAY_NOT_INVITE)
    await house.alarm(turn.tx, TROUBLE, str(group.id), turn.now)
    name = {"rights": "group_failed_rights", "gone": "group_is_gone"}.get(outcome, "group_failed")
    await _write(turn, group, join, name)


async def _write(turn: Turn, group: Group, join: Join, name: str) -> None:
    where = await group_joins.reached(turn.tx, join, group.channel, group.bot)
    if where and not where.blocked:
        to = Address(channel=where.channel, bot=where.bot, chat=where.chat)
        text = turn.words_for(where.plain, name, title=title(group))
        turn.send(Outgoing(to=to, text=text))


# -- those who knock at the group itself ----------------------------------------------------


async def knocked(turn: Turn) -> None:
    """They are shown the rules; for five minutes the network lets us write to them first.

    Groups that are not in the directory have their own ways, and so has a flood of accounts.
    """
    it, person = turn.incoming, turn.person
    assert person is not None  # noqa: S101 - only people knock
    group = await groups.find(turn.tx, it.channel, it.bot, it.text)
    if group is None or not group.public:
        await group_joins.forget_stranger(turn.tx, person.id)
        return
    if await group_joins.knocking_since(turn.tx, group.id, turn.now - AN_HOUR) >= MOST_AN_HOUR:
        await group_joins.forget_stranger(turn.tx, person.id)
        await house.alarm(turn.tx, TROUBLE, str(group.id), turn.now)
        return
    until = turn.now + TIME_TO_AGREE
    join_id = await group_joins.show(
        turn.tx, group.id, person.id, turn.now, requested=True, until=until
    )
    await due.plan(turn.tx, DECLINE, str(join_id), until)
    _say_rules(turn, group, "group_rules_knocked")


async def decline(turn: Turn, subject: str) -> None:
    """They had three days to agree."""
    join = await group_joins.get(turn.tx, int(subject))
    group = await groups.get(turn.tx, join.group_id) if join else None
    if join is None or group is None or not join.requested_at or _is_in_time(join, turn.now):
        return
    where = await group_joins.reached(turn.tx, join, group.channel, group.bot)
    if where and group.gone_at is None:
        turn.send(_order(group, "decline").model_copy(update={"targets": (where.chat,)}))
    await group_joins.set_state(turn.tx, join.id, "expired", turn.now)
    await group_joins.knocks_no_more(turn.tx, join.id)
    await group_joins.forget_stranger(turn.tx, join.person_id)


def _is_in_time(join: Join, now: datetime) -> bool:
    """Whether they agreed, or knocked once more since this was planned."""
    return join.state != "shown" or (join.expires_at is not None and moment(join.expires_at) > now)

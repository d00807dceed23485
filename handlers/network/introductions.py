"""Introductions: one person asks another, and nobody reads more of the other than was agreed.

A button names an introduction by its number, and means something to the two alone. Whoever
wrote to whom in which messenger is told to neither.
"""

from datetime import timedelta

from handlers.message import Button, Kind
from handlers.network import between, contact_details, own_introductions
from handlers.network.between import Words, button, me, said, tell, tell_other, ways
from handlers.network.cards import Card
from handlers.network.profile import fields_of
from handlers.text import Text
from handlers.turn import Turn
from handlers.wording import day
from storage import due, peers
from storage import introductions as store
from storage.introductions import Introduction, State
from storage.moments import moment

A_WEEK = 5  # people that somebody may ask
WEEK = timedelta(days=7)
LONGEST = 500  # characters of the asker's own sentence
LATER = timedelta(days=7)
WAITS = timedelta(days=21)  # for an answer
REPORTABLE = timedelta(days=30)  # how long words are kept after the end
REMEMBERED = timedelta(days=90)  # how long it is remembered that there was one

REMIND = "intro-later"
EXPIRE = "intro-expire"


# -- asking --------------------------------------------------------------------------------


async def begin(turn: Turn, token: str, other_id: int) -> None:
    """ "Anfragen" below a card: what would they like to say?"""
    if await _may_not_ask(turn, other_id) or await _is_mutual(turn, other_id, ""):
        return
    turn.conversation = turn.conversation.but(expects="intro", peer=token, sentence="")
    turn.say("intro_sentence", _bare(turn, token), _stop(turn), longest=LONGEST)


async def written(turn: Turn) -> bool:
    """A sentence for the one who is asked, shown once more before it goes anywhere; False if
    nothing was asked any more."""
    token = turn.conversation.peer
    if await _meant(turn, token) is None:
        return False
    it = turn.incoming
    if turn.meaning in ("no", "bye"):
        await _stopped(turn)
    elif it.files or it.place or it.contact:
        turn.say("intro_words_only", _bare(turn, token), _stop(turn))
    elif len(turn.text) > LONGEST:
        turn.say("intro_too_long", longest=LONGEST, length=len(turn.text))
    else:
        turn.conversation = turn.conversation.but(sentence=turn.text)
        turn.say(
            "intro_preview",
            button(turn, "button_intro_send", f"intro:send:{token}"),
            _stop(turn),
            sentence=Text.quote(turn.text),
        )
    return True


async def _sent(turn: Turn, token: str, sentence: str) -> bool:
    other_id = await _meant(turn, token)
    if turn.conversation.expects != "intro" or turn.conversation.peer != token or other_id is None:
        return False
    turn.conversation = turn.conversation.but(expects="", peer="", sentence="")
    if await _may_not_ask(turn, other_id) or await _is_mutual(turn, other_id, sentence):
        return True
    own = await between.live_card(turn, me(turn))
    created = await store.create(turn.tx, me(turn), other_id, sentence, turn.now)
    if own is None or created is None:
        return False
    await due.plan(turn.tx, EXPIRE, str(created.id), turn.now + WAITS)
    await _ask(turn, created, own, "intro_asked_you")
    turn.say("intro_sent", _list(turn), number=created.number)
    return True


async def _ask(turn: Turn, it: Introduction, asker: Card, name: str) -> None:
    """The other reads the card and the sentence of whoever asks, and decides."""
    fields: dict[str, str | Text] = {
        "number": it.number,
        "card": await fields_of(turn, asker),
        "until": day((moment(it.created_at) + WAITS).date()),
    }
    sentence = Text.quote(it.words) if it.words else Text()

    def words(plain: bool) -> Text:
        wrote = turn.words_for(plain, "intro_wrote", sentence=sentence) if it.words else Text()
        return Text.joined([turn.words_for(plain, name, **fields), wrote])

    await tell(turn, it.asked_id, words, *_decisions(turn, it))


def _decisions(turn: Turn, it: Introduction) -> list[Button]:
    buttons = [
        button(turn, "button_intro_yes", f"intro:yes:{it.id}"),
        button(turn, "button_intro_no", f"intro:no:{it.id}"),
    ]
    if it.later_at is None:
        buttons.append(button(turn, "button_intro_later", f"intro:later:{it.id}"))
    return [*buttons, button(turn, "button_report", f"prot:report:{it.id}")]


async def _may_not_ask(turn: Turn, other_id: int) -> bool:
    """Whether something is in the way; then it was said."""
    if not (await between.out(turn) or await _is_in_the_way(turn, other_id)):
        return False
    turn.conversation = turn.conversation.but(expects="", peer="", sentence="")
    return True


async def _is_in_the_way(turn: Turn, other_id: int) -> bool:
    tx, own_id = turn.tx, me(turn)
    open_already = await store.between(tx, own_id, other_id)
    if await between.live_card(turn, own_id) is None:
        turn.say("peer_needs_profile", button(turn, "button_peer_profile", "prof"))
    elif open_already and open_already.asker_id == own_id:
        turn.say("intro_asked_already", _list(turn), number=open_already.number)
    elif open_already and open_already.state == "agreed":
        turn.say("intro_agreed_already", _list(turn), number=open_already.number)
    elif open_already is None and await _is_closed_to(turn, other_id):
        turn.say("intro_not_now")
    elif open_already is None and await store.asked_since(tx, own_id, turn.now - WEEK) >= A_WEEK:
        turn.say("intro_enough", number=A_WEEK)
    else:
        return False
    return True


async def _is_closed_to(turn: Turn, other_id: int) -> bool:
    """Whether the other cannot be asked by this person; why is nobody's business but theirs."""
    if other_id == me(turn) or await peers.kept_apart(turn.tx, me(turn), other_id):
        return True
    return not await peers.is_findable(turn.tx, other_id, turn.now)


async def _is_mutual(turn: Turn, other_id: int, sentence: str) -> bool:
    """Whether the other has asked first: then both want it."""
    it = await store.between(turn.tx, me(turn), other_id)
    if it is None or it.asked_id != me(turn) or it.state != "asked":
        return False
    await _agree(turn, it, sentence)
    return True


# -- answering -----------------------------------------------------------------------------


async def _accept(turn: Turn, it: Introduction) -> bool:
    if it.state == "agreed":
        await _again(turn, it)
        return True
    if it.asked_id != me(turn) or it.state != "asked":
        return False
    if await between.out(turn):
        return True
    if await between.live_card(turn, me(turn)) is None:
        turn.say("intro_needs_profile", button(turn, "button_peer_profile", "prof"))
    elif not await peers.is_findable(turn.tx, it.asker_id, turn.now):
        await _withdraw(turn, it, it.asker_id)
        turn.say("intro_withdrawn", number=it.number)
    else:
        await _agree(turn, it)
    return True


async def _agree(turn: Turn, it: Introduction, sentence: str = "") -> None:
    """Both want it: now each reads what the other shows to those who agreed."""
    await store.agree(turn.tx, it.id, turn.now)
    await _stop_waiting(turn, it)
    turn.conversation = turn.conversation.but(expects="", peer="", sentence="")
    agreed = await store.get(turn.tx, it.id)
    assert agreed is not None  # noqa: S101 - it was just changed
    wrote = said(turn, "intro_wrote", sentence=Text.quote(sentence)) if sentence else None
    for reader, other in ((it.asker_id, it.asked_id), (it.asked_id, it.asker_id)):
        found = await between.card_of(turn, agreed, other)
        card = await fields_of(turn, found) if found else Text()
        words = said(turn, "intro_agreed", number=it.number, card=card)
        if reader == me(turn):
            turn.reply(words(turn.plain), *ways(turn, agreed, reader))
        elif wrote:
            both = _both(words, wrote)
            await tell(turn, reader, both, *ways(turn, agreed, reader))
        else:
            await tell(turn, reader, words, *ways(turn, agreed, reader))


def _both(first: Words, second: Words) -> Words:
    return lambda plain: Text.joined([first(plain), second(plain)])


async def _again(turn: Turn, it: Introduction) -> None:
    """Pressed once more: how things stand."""
    turn.say("intro_agreed_already", *ways(turn, it, me(turn)), number=it.number)


async def _refuse(turn: Turn, it: Introduction) -> bool:
    """ "Ablehnen", or taking back what was agreed: it is over for good."""
    if it.state == "agreed":
        await end(turn, it)
        return True
    if it.state != "asked":
        return False
    await peers.keep_apart(turn.tx, me(turn), it.other(me(turn)), "declined", turn.now)
    await _stop_waiting(turn, it)
    if it.asker_id == me(turn):
        await store.end(turn.tx, it.id, "withdrawn", me(turn), turn.now)
        turn.say("intro_taken_back", number=it.number)
        await tell_other(turn, it, said(turn, "intro_withdrawn", number=it.number))
        return True
    await store.end(turn.tx, it.id, "declined", me(turn), turn.now)
    turn.say("intro_declined_by_you", number=it.number)
    await tell_other(turn, it, said(turn, "intro_declined", number=it.number))
    return True


async def end(turn: Turn, it: Introduction) -> None:
    """One of the two ends what was agreed, for good; the other is told that, and not why."""
    await peers.keep_apart(turn.tx, me(turn), it.other(me(turn)), "ended", turn.now)
    await store.end(turn.tx, it.id, "ended", me(turn), turn.now)
    if turn.conversation.protected == it.id:
        turn.conversation = turn.conversation.but(protected=0)
    report = button(turn, "button_report", f"prot:report:{it.id}")
    turn.say("intro_ended_by_you", report, number=it.number)
    await _tell_end(turn, it)


async def reported(turn: Turn, it: Introduction) -> None:
    """One of the two went to the coordinators: it is over, and the other is not told why."""
    if not it.is_open:
        return
    await _stop_waiting(turn, it)
    declined = it.state == "asked" and it.asked_id == me(turn)
    state: State = "declined" if declined else "ended"
    await store.end(turn.tx, it.id, state, me(turn), turn.now)
    if it.state == "agreed":
        await _tell_end(turn, it)
    else:
        name = "intro_declined" if declined else "intro_withdrawn"
        await tell_other(turn, it, said(turn, name, number=it.number))


async def _tell_end(turn: Turn, it: Introduction) -> None:
    """That it is over, whether it was ended or reported: nobody shall read that from it."""
    report = button(turn, "button_report", f"prot:report:{it.id}")
    await tell_other(turn, it, said(turn, "intro_ended", number=it.number), report)


async def _later(turn: Turn, it: Introduction) -> bool:
    if it.asked_id != me(turn) or it.state != "asked":
        return False
    if it.later_at is not None:
        until = moment(it.created_at) + WAITS
        turn.say("intro_later_already", *_decisions(turn, it), until=day(until.date()))
        return True
    when = turn.now + LATER
    # Nobody shall be reminded of something that is over.
    when = min(when, moment(it.created_at) + WAITS - timedelta(days=1))
    await store.wait(turn.tx, it.id, max(when, turn.now))
    await due.plan(turn.tx, REMIND, str(it.id), max(when, turn.now))
    turn.say("intro_later", when=day(when.date()), number=it.number)
    return True


# -- what others do ----------------------------------------------------------------------------


async def withdrawn(turn: Turn, person_id: int) -> None:
    """Somebody leaves the network, for a while or for good: whoever they have to do with is
    told that, and nothing else."""
    for it in await store.of_person(turn.tx, person_id, is_open=True):
        await _withdraw(turn, it, person_id)
        await tell(turn, it.other(person_id), said(turn, "intro_withdrawn", number=it.number))
    if turn.person and turn.person.id == person_id:
        turn.conversation = turn.conversation.but(protected=0)


async def _withdraw(turn: Turn, it: Introduction, by: int) -> None:
    await _stop_waiting(turn, it)
    await store.end(turn.tx, it.id, "withdrawn", by, turn.now)


async def _stop_waiting(turn: Turn, it: Introduction) -> None:
    await due.cancel(turn.tx, REMIND, str(it.id))
    await due.cancel(turn.tx, EXPIRE, str(it.id))


# -- what the clock brings -----------------------------------------------------------------------


async def remind(turn: Turn, subject: str) -> None:
    """The week is over that somebody wanted to think about it."""
    it = await store.get(turn.tx, int(subject))
    if it is None or it.state != "asked":
        return
    asker = await between.card_of(turn, it, it.asker_id)
    if asker is not None and not await peers.kept_apart(turn.tx, it.asker_id, it.asked_id):
        await _ask(turn, it, asker, "intro_reminder")


async def expire(turn: Turn, subject: str) -> None:
    """Three weeks without an answer: both are told, kindly."""
    it = await store.get(turn.tx, int(subject))
    if it is None or it.state != "asked":
        return
    await _stop_waiting(turn, it)
    await store.end(turn.tx, it.id, "expired", None, turn.now)
    await tell(turn, it.asker_id, said(turn, "intro_expired", number=it.number))
    await tell(turn, it.asked_id, said(turn, "intro_expired_for_you", number=it.number))


async def forget(turn: Turn) -> None:
    """Housekeeping."""
    await store.forget_words(turn.tx, turn.now - REPORTABLE)
    await store.forget(turn.tx, turn.now - REMEMBERED)


# -- buttons -------------------------------------------------------------------------------------


async def pressed(turn: Turn, value: str) -> bool:
    """The buttons `intro:…`."""
    verb, _, subject = value.partition(":")
    if turn.person is None or turn.incoming.kind is not Kind.BUTTON:
        return False
    match verb:
        case "":
            await own_introductions.mine(turn)
            return True
        case "send":
            return await _sent(turn, subject, turn.conversation.sentence)
        case "bare":
            return await _sent(turn, subject, "")
        case "cancel":
            await _stopped(turn)
            return True
    it = await between.of_presser(turn, subject)
    if it is None or verb not in _VERBS:
        return False
    return await _VERBS[verb](turn, it)


async def _stop_really(turn: Turn, it: Introduction) -> bool:
    """Asked once more, because it is for good."""
    if it.state != "agreed":
        return False
    turn.say(
        "intro_end_really",
        button(turn, "button_intro_end_yes", f"intro:no:{it.id}"),
        number=it.number,
    )
    return True


_VERBS = {
    "yes": _accept,
    "no": _refuse,
    "later": _later,
    "contact": contact_details.offer,
    "give": contact_details.give,
    "stop": _stop_really,
}


async def _stopped(turn: Turn) -> None:
    turn.conversation = turn.conversation.but(expects="", peer="", sentence="")
    turn.say("intro_stopped")


async def _meant(turn: Turn, token: str) -> int | None:
    return await peers.meant(turn.tx, token, me(turn)) if token else None


def _bare(turn: Turn, token: str) -> Button:
    return button(turn, "button_intro_bare", f"intro:bare:{token}")


def _stop(turn: Turn) -> Button:
    return button(turn, "button_intro_cancel", "intro:cancel")


def _list(turn: Turn) -> Button:
    return button(turn, "button_introductions", "intro")

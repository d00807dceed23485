"""The format finder: three questions with buttons, or the need in one's own words.

Every button carries all answers so far, so nothing is remembered and an old list still works.
"""

from collections.abc import Sequence

from handlers.message import Button
from handlers.network import interest, needs
from handlers.network.fitting import (
    ANSWERS,
    ANY,
    Fit,
    Question,
    Wish,
    described,
    fitting,
)
from handlers.text import Text
from handlers.turn import Turn
from handlers.wording import CHARACTERS
from knowledge.models import Character, Effort, Group

AT_ONCE = 3  # formats
LONGEST = 500  # characters of a need; who writes more is telling a story to a person
_LOOKED_THROUGH = 400  # hits, so that all formats are among them


async def start(turn: Turn, rest: str = "") -> None:
    """`/finder`: the first question, or what fits the words behind the command."""
    if rest:
        await _describe(turn, rest)
        return
    turn.conversation = turn.conversation.but(expects="")
    if not turn.knowledge.library.formats:
        turn.say("no_formats")
        return
    _ask(turn, Wish(), turn.words("finder_begin"))


async def pressed(turn: Turn, value: str) -> bool:
    """`find` begins, `find:words` asks for words, `find:lernen.kurz.` has answers."""
    if value in ("", "words"):
        if value:
            turn.conversation = turn.conversation.but(expects="finder")
            turn.say("finder_in_words")
        else:
            await start(turn)
        return True
    code, _, page = value.partition(":")
    wish = Wish.read(code)
    if wish is None or not (page == "" or (page.isdecimal() and len(page) < 3)):
        return False
    turn.conversation = turn.conversation.but(expects="")
    if wish.open:
        _ask(turn, wish)
        return True
    return _show(turn, wish, int(page or 0))


async def asked_for(turn: Turn) -> bool:
    """Whether the message only asks which format fits; then the questions begin."""
    it = turn.incoming
    if it.files or it.place or it.contact or len(turn.text) > LONGEST:
        return False
    if not needs.asks(turn.heard.words):
        return False
    await start(turn)
    return True


async def in_words(turn: Turn) -> bool:
    """We asked for the need in words. False if the message is something else."""
    turn.conversation = turn.conversation.but(expects="")
    it = turn.incoming
    if it.files or it.place or it.contact or not turn.text or len(turn.text) > LONGEST:
        return False
    if turn.meaning is not None and not turn.heard.guessed:
        return False  # "Mensch", "Danke", "Hilfe"
    await _describe(turn, turn.text)
    return True


async def _describe(turn: Turn, need: str) -> None:
    """The formats that are like the words, bent by what can be read from them."""
    turn.conversation = turn.conversation.but(expects="")
    need, wish = need[:LONGEST], needs.read(need[:LONGEST])
    hits = turn.knowledge.search(need, _LOOKED_THROUGH)
    nearness = {hit.id: hit.score for hit in hits if hit.kind == "format"}
    fits = described(turn.knowledge.library.formats.values(), wish, nearness)[:AT_ONCE]
    if fits:
        heading = turn.words("finder_fits")
        if wish.wanted:
            understood = turn.words("finder_read", what=_listed(turn, wish))
            heading = Text.joined([understood, heading], by=" ")
        _reply(turn, fits, wish, heading)
    elif wish.wanted and not wish.open:
        _show(turn, wish, 0)
    elif wish.wanted:
        _ask(turn, wish, turn.words("finder_read", what=_listed(turn, wish)))
    else:
        _ask(turn, wish, turn.words("finder_unclear"), _person(turn))


# -- asking -----------------------------------------------------------------------------------


def _ask(turn: Turn, wish: Wish, before: Text | str = "", *more: Button) -> None:
    """The next question, with a button for each answer."""
    question = wish.open
    assert question is not None  # noqa: S101 - only what is open is asked
    buttons = [
        Button(
            label=turn.label(f"finder_{question}_{answer}"),
            action=f"find:{wish.answering(question, answer).code}",
        )
        for answer in ANSWERS[question]
    ]
    whatever = wish.answering(question, ANY).code
    buttons.append(Button(label=turn.label("button_finder_any"), action=f"find:{whatever}"))
    if not wish.wanted:
        buttons.append(Button(label=turn.label("button_finder_words"), action="find:words"))
    turn.reply(Text.joined([before, turn.words(f"finder_{question}")]), *buttons, *more)


# -- what fits ---------------------------------------------------------------------------------


def _show(turn: Turn, wish: Wish, page: int) -> bool:
    """A page of what fits; False if there is no such page."""
    fits = fitting(turn.knowledge.library.formats.values(), wish)
    shown = fits[page * AT_ONCE : (page + 1) * AT_ONCE]
    if not shown:
        return False
    if fits[0].missed:
        what = _listed(turn, wish)
        heading = turn.words("finder_near", what=f"{what[:1].upper()}{what[1:]}")
    else:
        heading = turn.words("finder_fits")
    more = []
    if len(fits) > (page + 1) * AT_ONCE:
        near = bool(fits[0].missed)
        label = turn.label("button_finder_more_near" if near else "button_finder_more")
        more.append(Button(label=label, action=f"find:{wish.code}:{page + 1}"))
    _reply(turn, shown, wish, heading, *more)
    return True


def _reply(turn: Turn, fits: Sequence[Fit], wish: Wish, heading: Text, *more: Button) -> None:
    """Each format with why it fits, and what can be done next."""
    parts: list[str | Text] = [_explained(turn, fit, wish) for fit in fits]
    texts = [Button(label=fit.form.name, action=f"fmt:{fit.form.id}") for fit in fits]
    there = [interest.offer(turn, fit.form) for fit in fits]
    again = Button(label=turn.label("button_finder_again"), action="find")
    turn.reply(Text.joined([heading, *parts]), *texts, *there, *more, again, _person(turn))


def _explained(turn: Turn, fit: Fit, wish: Wish) -> Text:
    """What it is, and in one sentence why it fits; and honestly what does not, or nobody knows."""
    form = fit.form
    met = [_as_wished(question, wish) for question in fit.met]
    if met:
        why = turn.words("finder_why", wished=_and(met), takeaway=form.takeaway)
    else:
        why = turn.words("finder_why_any", takeaway=form.takeaway)
    but = [
        str(turn.words("finder_instead", is_so=_as_it_is(fit, question), wished=wished))
        for question in fit.missed
        if (wished := _as_wished(question, wish))
    ]
    sentences: list[str | Text] = [form.summary, why]
    if but:
        sentences.append(turn.words("finder_but", what=_and(but)))
    if fit.silent:
        sentences.append(turn.words("finder_silent"))
    return Text.joined([Text.bold(form.name), Text.joined(sentences, by=" ")], by="\n")


def _as_wished(question: Question, wish: Wish) -> str:
    return _WISHED[wish.of(question)]


def _as_it_is(fit: Fit, question: Question) -> str:
    """How the format is in this regard."""
    form = fit.form
    match question:
        case "goal":
            return _WISHED[form.group]
        case "effort":
            return _WISHED[form.effort] if form.effort else ""
        case "place":
            return " oder ".join(CHARACTERS[character] for character in form.characters)


def _listed(turn: Turn, wish: Wish) -> str:
    return _and([_as_wished(question, wish) for question in wish.wanted])


def _and(parts: Sequence[str]) -> str:
    return " und ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def _person(turn: Turn) -> Button:
    return Button(label=turn.label("button_human"), action="human")


_WISHED: dict[str, str] = {
    Group.LERNEN: "zum Lernen",
    Group.AUSTAUSCH: "zum Austausch",
    Group.BERATUNG: "zur Beratung",
    Effort.KURZ: "für zwischendurch",
    Effort.EINMAL: "als einzelne Veranstaltung",
    Effort.BEFRISTET: "für eine Zeit lang",
    Effort.REGELMAESSIG: "regelmäßig",
    Character.DIGITAL: "digital",
    Character.ANALOG: "vor Ort",
}

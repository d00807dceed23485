"""Answers to the questions of a profile in words: taken if they are some, else left to others.

Whoever is asked for their town may ask something back, and gets an answer as always.
"""

from dataclasses import replace

from handlers.desk.unclear import Unclear
from handlers.network import profile_fields, profile_page
from handlers.network import profile_questions as questions
from handlers.network.profile import WAYS, functions
from handlers.network.profile_page import button, labelled
from handlers.turn import Turn
from knowledge import german, towns
from knowledge.decide import Answer, Several
from knowledge.towns import REGIONS, SIZES
from storage import profiles
from storage.profiles import Profile

_MOST_WORDS = 8  # of an answer; what is longer is a question or a thought
# What some type instead of pressing a button.
_GO_ON = frozenset("weiter ueberspringen fertig naechste".split())  # noqa: SIM905
_NOTHING = frozenset(("nein", "nein danke", "keine", "keine angabe", "lieber nicht"))
_GO_BACK = frozenset("zurueck vorige".split())  # noqa: SIM905
_LATER = frozenset("abbrechen spaeter stopp stop pause aufhoeren".split())  # noqa: SIM905


async def typed(turn: Turn, profile: Profile) -> bool:
    """Take a message as the answer to the open question; False if it is something else."""
    it, step = turn.incoming, profile.step
    if it.files or it.place or it.contact or not turn.text:
        if step in questions.TYPED:
            await questions.ask(turn, profile, step, turn.words("profile_words_please"))
        return step in questions.TYPED
    if await _navigated(turn, profile):
        return True
    try:
        return await _take(turn, profile, turn.text)
    except Unclear as unclear:
        await questions.ask(turn, profile, step, turn.words(unclear.name, **unclear.fields))
        return True


async def _navigated(turn: Turn, profile: Profile) -> bool:
    said_so = turn.text.lower().translate(german.AS_TYPED).strip(" .!")
    step = questions.main_step(profile.step)
    goes_on = said_so in _GO_ON or (said_so in _NOTHING and step in ("name", "contact"))
    if not (goes_on or said_so in _GO_BACK | _LATER):
        return False
    if profile.state != "draft":
        await profile_page.show(turn, profile)
    elif said_so in _LATER:
        turn.conversation = turn.conversation.but(expects="")
        turn.say("profile_later", button(turn, "button_profile_go_on", ""))
    elif goes_on and step != questions.ORDER[-1]:
        await questions.ask(turn, profile, questions.ORDER[questions.ORDER.index(step) + 1])
    elif said_so in _GO_BACK:
        await questions.ask(turn, profile, questions.ORDER[max(questions.ORDER.index(step) - 1, 0)])
    else:
        await questions.ask(turn, profile, step)
    return True


async def _take(turn: Turn, profile: Profile, text: str) -> bool:
    match profile.step:
        case "town":
            return await _take_town(turn, profile, text)
        case "name" if _names_somebody(turn):
            name = profile_fields.name(text, questions.insults(turn))
            await questions.answered(turn, replace(profile, name=name), "name")
        case "contact" if "?" not in text and (_reaches(text) or not _asks(turn)):
            contact = profile_fields.contact(text, questions.insults(turn))
            await questions.answered(turn, replace(profile, contact=contact), "contact")
        case "offers" | "seeks" if not _wonders(turn):
            return await _take_topics(turn, profile, profile.step, text)
        case "function" | "ways" | "region" | "size" as step:
            return await _take_choice(turn, profile, step, text)
        case _:
            return False
    return True


async def _take_town(turn: Turn, profile: Profile, text: str) -> bool:
    found = towns.find(text)
    meant = [town for town in found if towns.is_exact(text, town)]
    if len(found) == 1 and meant:
        await questions.live_in(turn, profile, meant[0])
        return True
    if not meant and _asks(turn):
        return False
    if not found:
        return await questions.unlisted(turn, profile, text)
    await profiles.ask(turn.tx, profile.person_id, "town", profile_fields.clean(text))
    questions.expect(turn)
    buttons = [
        labelled(f"{town.name} ({REGIONS[town.region]})", f"town:{town.region}:{town.name}")
        for town in found
    ]
    turn.say("profile_which_town", *buttons, button(turn, "button_profile_other_town", "typed"))
    return True


async def _take_topics(turn: Turn, profile: Profile, field: str, text: str) -> bool:
    """Topics by their names; they come to those that are chosen already."""
    named = turn.knowledge.matters.named_in(text)
    listed = [part for part in text.replace("\n", ",").replace(";", ",").split(",") if part.strip()]
    if len(listed) > profile_fields.TOPICS:
        refused = turn.words("profile_too_many", most=profile_fields.TOPICS)
        await questions.ask(turn, profile, field, refused, again=True)
        return True
    if not named or len(german.split(text)) > _MOST_WORDS + 2 * len(listed):
        return False
    chosen = dict.fromkeys((*getattr(profile, field), *named))
    await questions.choose_many(turn, profile, field, tuple(chosen), 0)
    return True


async def _take_choice(turn: Turn, profile: Profile, step: str, text: str) -> bool:
    """One of the buttons, typed."""
    names = {"function": functions(turn), "ways": WAYS, "region": REGIONS, "size": SIZES}[step]
    wanted = german.normalise(text)
    for each, name in names.items():
        if german.normalise(name) == wanted:
            return await questions.pressed(turn, profile, f"{step}:{each}")
    return False


def _asks(turn: Turn) -> bool:
    """Whether it is rather something to be answered than an answer."""
    return (
        _wonders(turn)
        or len(german.split(turn.text)) > _MOST_WORDS
        or turn.meaning is not None
        or isinstance(turn.decision, Answer | Several)
    )


def _names_somebody(turn: Turn) -> bool:
    if turn.meaning is not None or _wonders(turn):
        return False
    return profile_fields.is_like_name(turn.text) or not _asks(turn)


def _wonders(turn: Turn) -> bool:
    first = german.fold(next(iter(german.split(turn.text)), ""))
    return "?" in turn.text or first in german.QUESTION_WORDS


def _reaches(text: str) -> bool:
    """Whether it is meant as a way to somebody: even a link, which is refused as one."""
    digits = sum(sign.isdecimal() for sign in text)
    return "@" in text or digits > 4 or profile_fields.has_link(text)

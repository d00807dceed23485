"""The questions of a profile: one after the other in a new one, single ones later.

Every answer is kept at once, so whoever stops goes on where they were. Buttons name what
they choose and never "the next" or "the other way round": pressed twice, or in an old
message, they do the same again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from handlers.desk.unclear import Unclear
from handlers.message import Button
from handlers.network import presence, profile_fields, profile_page
from handlers.network.cards import FIELDS, visible
from handlers.network.profile import NAMES, WAYS, functions, preview, said, topics
from handlers.network.profile_page import box, button, labelled
from handlers.text import Text
from handlers.turn import Turn
from knowledge import german, towns
from knowledge.towns import REGIONS, SIZES, Town
from storage import consents, profiles
from storage.profiles import Profile, Visible

ORDER = (
    *("town", "function", "offers", "seeks", "ways", "name", "contact"),
    *("visible", "consent"),
)
"""What a new profile is asked for. `region` and `size` belong to a town we do not know."""

PAGE = 8

_QUESTIONS = {
    "town": "profile_ask_town",
    "region": "profile_ask_region",
    "size": "profile_ask_size",
    "function": "profile_ask_function",
    "offers": "profile_ask_offers",
    "seeks": "profile_ask_seeks",
    "ways": "profile_ask_ways",
    "name": "profile_ask_name",
    "contact": "profile_ask_contact",
    "visible": "profile_ask_visible",
    "consent": "profile_ask_consent",
}
TYPED = ("town", "name", "contact")
_MANY = ("offers", "seeks", "ways")
_CLEARED: Mapping[str, dict[str, str]] = {
    "town": {"town": "", "region": "", "size": ""},
    "function": {"function": ""},
    "name": {"name": ""},
    "contact": {"contact": ""},
}
_VISIBLE: Mapping[Visible, str] = {
    "card": "profile_visible_card",
    "agreed": "profile_visible_agreed",
    "never": "profile_visible_never",
}


# -- asking ------------------------------------------------------------------------------


async def ask(
    turn: Turn,
    profile: Profile,
    step: str,
    before: Text | None = None,
    page: int = 0,
    *,
    again: bool = False,
) -> None:
    """Put this question; `before` says what became of the last one. `again`: they have just
    read it, so its buttons are enough."""
    typed = profile.typed if step == "region" else ""
    await profiles.ask(turn.tx, profile.person_id, step, typed)
    expect(turn)
    parts: list[str | Text] = [before or "", _place(turn, profile, step)]
    asked_about = {"town": profile.typed} if step == "region" else {}
    parts.append(turn.words(_QUESTIONS[step], **asked_about) if not again else "")
    if step == "visible":
        parts.append(await preview(turn, profile))
    elif step == "consent":
        if not again and await _may_give_contact(turn, profile):
            parts.append(turn.words("profile_ask_consent_contact"))
    elif step in TYPED and (value := said(turn, step, getattr(profile, step))):
        parts.append(turn.words("profile_until_now", value=value))
    turn.reply(
        Text.joined(parts),
        *await _choices(turn, profile, step, page),
        *_ways_on(turn, profile, step),
    )


def _place(turn: Turn, profile: Profile, step: str) -> Text | str:
    """How far they are in a new profile."""
    if profile.state != "draft":
        return ""
    number = ORDER.index(main_step(step)) + 1
    return turn.words("profile_step", number=number, of=len(ORDER))


async def _choices(turn: Turn, profile: Profile, step: str, page: int) -> list[Button]:
    match step:
        case "region":
            return [labelled(name, f"region:{code}") for code, name in REGIONS.items()]
        case "size":
            return [labelled(name, f"size:{code}") for code, name in SIZES.items()]
        case "function":
            return [
                box(turn, name, f"function:{each}", each == profile.function)
                for each, name in functions(turn).items()
            ]
        case "offers" | "seeks" | "ways":
            return _boxes(turn, profile, step, page)
        case "visible":
            return [
                labelled(f"{NAMES[field]}: {_who(turn, profile, field)}", f"see:{field}")
                for field in FIELDS
                if getattr(profile, field)
            ]
        case "consent":
            return await _consents(turn, profile)
        case _:
            return []


def _who(turn: Turn, profile: Profile, field: str) -> str:
    return turn.label(_VISIBLE[visible(profile, field)])


def _boxes(turn: Turn, profile: Profile, step: str, page: int) -> list[Button]:
    names = _names(turn, step)
    chosen = getattr(profile, step)
    listed = list(names.items())[page * PAGE : (page + 1) * PAGE]
    buttons = [box(turn, name, f"{step}:{each}", each in chosen) for each, name in listed]
    if page:
        buttons.append(button(turn, "button_profile_previous", f"page:{step}:{page - 1}"))
    if (page + 1) * PAGE < len(names):
        buttons.append(button(turn, "button_more", f"page:{step}:{page + 1}"))
    return buttons


async def _consents(turn: Turn, profile: Profile) -> list[Button]:
    agreed = await consents.all_of(turn.tx, profile.person_id)
    buttons = [
        box(turn, turn.label("profile_consent_directory"), "yes:directory", "directory" in agreed)
    ]
    if await _may_give_contact(turn, profile):
        label = turn.label("profile_consent_contact")
        buttons.append(box(turn, label, "yes:contact", "contact" in agreed))
    return buttons


async def _may_give_contact(turn: Turn, profile: Profile) -> bool:
    """Whether there is something to agree to, or to take back."""
    return bool(profile.contact) or "contact" in await consents.all_of(turn.tx, profile.person_id)


def _ways_on(turn: Turn, profile: Profile, step: str) -> list[Button]:
    """On and back in a new profile; else back to the page."""
    value = getattr(profile, step) if step in (*TYPED, *_MANY, "function") else "x"
    clear = [button(turn, "button_profile_clear", f"clear:{step}")] if step in _CLEARED else []
    if not value:
        clear = []
    if profile.state != "draft":
        return [*clear, button(turn, "button_profile_ready", "")]
    place = ORDER.index(main_step(step))
    buttons = clear
    if step != main_step(step):
        buttons.append(button(turn, "button_profile_retype", "at:town"))
    elif place:
        buttons.append(button(turn, "button_profile_back", f"at:{ORDER[place - 1]}"))
    if step == "consent":
        return [*buttons, button(turn, "button_profile_publish", "done")]
    on = "region:none" if step == "region" else f"at:{ORDER[place + 1]}"
    return [
        *buttons,
        button(turn, "button_profile_next" if value else "button_profile_skip", on),
    ]


def expect(turn: Turn) -> None:
    turn.conversation = turn.conversation.but(expects="profile", profile=turn.now)


def main_step(step: str) -> str:
    return "town" if step in ("region", "size") else step


def _names(turn: Turn, step: str) -> Mapping[str, str]:
    return WAYS if step == "ways" else topics(turn)


# -- answers by button ---------------------------------------------------------------------


async def pressed(turn: Turn, profile: Profile, code: str) -> bool:
    """The buttons below a question; False for one that nobody was given."""
    verb, _, value = code.partition(":")
    match verb:
        case "at" if value in ORDER:
            await ask(turn, profile, value)
        case "town":
            return await _choose_town(turn, profile, value)
        case "typed" if profile.typed and not value:
            return await unlisted(turn, profile, profile.typed)
        case "region" if profile.typed and value in (*REGIONS, "none"):
            region = "" if value == "none" else value
            profile = replace(profile, town=profile.typed, region=region, size="")
            await presence.keep(turn, profile)
            await ask(turn, profile, "size")
        case "size" if profile.step == "size" and value in SIZES:
            await answered(turn, replace(profile, size=value), "town")
        case "function":
            return await _choose_function(turn, profile, value)
        case "offers" | "seeks" | "ways":
            return await _check(turn, profile, verb, value)
        case "page":
            return await _turn_page(turn, profile, value)
        case "clear" if value in _CLEARED:
            return await _clear(turn, profile, value)
        case "see":
            return await _see(turn, profile, value)
        case _:
            return False
    return True


async def answered(turn: Turn, profile: Profile, step: str) -> None:
    """One question is answered: the next one, or the page."""
    await presence.keep(turn, profile)
    if profile.state == "draft":
        await ask(turn, profile, ORDER[ORDER.index(step) + 1], turn.words("profile_noted"))
        return
    agreed = await consents.all_of(turn.tx, profile.person_id)
    if step == "contact" and profile.contact and "contact" not in agreed:
        await ask(turn, profile, "consent", turn.words("profile_changed"))
        return
    await profile_page.show(turn, profile, turn.words("profile_changed"))


async def _choose_town(turn: Turn, profile: Profile, value: str) -> bool:
    region, _, name = value.partition(":")
    town = towns.named(name, region)
    if town is None:
        return False
    await live_in(turn, profile, town)
    return True


async def live_in(turn: Turn, profile: Profile, town: Town) -> None:
    size = towns.size_class(town.population)
    there = replace(profile, town=town.name, region=town.region, size=size)
    await answered(turn, there, "town")


async def _choose_function(turn: Turn, profile: Profile, value: str) -> bool:
    chosen = value.removeprefix("no:")
    if chosen not in functions(turn):
        return False
    if value == chosen:
        await answered(turn, replace(profile, function=chosen), "function")
        return True
    if profile.function == chosen:
        profile = replace(profile, function="")
        await presence.keep(turn, profile)
    await ask(turn, profile, "function")
    return True


async def _check(turn: Turn, profile: Profile, field: str, value: str) -> bool:
    chosen = value.removeprefix("no:")
    names = _names(turn, field)
    if chosen not in names:
        return False
    others = tuple(each for each in getattr(profile, field) if each != chosen)
    new = others if value != chosen else (*others, chosen)
    page = list(names).index(chosen) // PAGE
    await choose_many(turn, profile, field, new, page)
    return True


async def choose_many(
    turn: Turn, profile: Profile, field: str, chosen: Sequence[str], page: int
) -> None:
    """These and no others; refused in one sentence where they are too many or none are left."""
    changes: dict[str, Any] = {field: tuple(chosen)}
    changed = replace(profile, **changes)
    if field != "ways" and len(chosen) > profile_fields.TOPICS:
        refused = turn.words("profile_too_many", most=profile_fields.TOPICS)
        await ask(turn, profile, field, refused, page, again=True)
        return
    if profile.state == "live" and not (changed.offers or changed.seeks):
        await ask(turn, profile, field, turn.words("profile_one_topic"), page, again=True)
        return
    await presence.keep(turn, changed)
    named = said(turn, field, getattr(changed, field))
    before = (
        turn.words("profile_chosen", what=named) if named else turn.words("profile_none_chosen")
    )
    await ask(turn, changed, field, before, page, again=True)


async def _turn_page(turn: Turn, profile: Profile, value: str) -> bool:
    field, _, number = value.partition(":")
    if field not in _MANY or not (number.isascii() and number.isdecimal() and len(number) < 4):
        return False
    if int(number) * PAGE >= len(_names(turn, field)):
        return False
    await ask(turn, profile, field, page=int(number))
    return True


async def _clear(turn: Turn, profile: Profile, field: str) -> bool:
    changes: dict[str, Any] = dict(_CLEARED[field])
    if field == "contact":  # there is nothing left that could be given to anybody
        await presence.take_back(turn, profile, "contact")
    await answered(turn, replace(profile, **changes), field)
    return True


async def _see(turn: Turn, profile: Profile, value: str) -> bool:
    """Who reads a field: asked by its name alone, decided with the choice behind it."""
    field, _, chosen = value.partition(":")
    offered = [each for each in _VISIBLE if not (field == "contact" and each == "card")]
    if field not in FIELDS or chosen not in ("", *offered):
        return False
    if chosen:
        decided: dict[str, Any] = {"visible": {**profile.visible, field: chosen}}
        profile = replace(profile, **decided)
        await presence.keep(turn, profile)
        await ask(turn, profile, "visible", turn.words("profile_changed"))
        return True
    now = visible(profile, field)
    expect(turn)
    turn.reply(
        turn.words("profile_ask_see", what=NAMES[field]),
        *(
            labelled(
                str(
                    turn.words(
                        "profile_checked" if each == now else "profile_unchecked",
                        what=turn.label(_VISIBLE[each]),
                    )
                ),
                f"see:{field}:{each}",
            )
            for each in offered
        ),
        button(turn, "button_profile_back", "at:visible"),
    )
    return True


async def unlisted(turn: Turn, profile: Profile, text: str) -> bool:
    """A place that is not on our list: it is taken as typed, and where it is asked for."""
    try:
        name = profile_fields.town(text, insults(turn))
    except Unclear as unclear:
        await ask(turn, profile, "town", turn.words(unclear.name))
        return True
    await ask(turn, replace(profile, typed=name), "region")
    return True


def insults(turn: Turn) -> list[str]:
    return [german.fold(word) for word in turn.label("profile_insults").split()]

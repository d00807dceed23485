"""Groups in the directory, as tests need them."""

from collections.abc import Sequence
from typing import Any

from storage import groups
from storage.database import Tx
from tests.fakes.world import Group, Message, Person
from tests.support.hotline import Talk

PLACE = -1009876543210
RULES = "Bitte freundlich bleiben."


async def write(talk: Talk, unit: Any) -> Any:
    return await talk.app.database.write(unit)


async def calm(talk: Talk) -> None:
    """Until everything that happened on Telegram was heard, and handled."""
    await talk.api.wait_for(lambda: not talk.api.bot.updates)
    await talk.settled()


async def listed(
    talk: Talk,
    title: str = "Mobilität auf dem Land",
    *,
    number: int = PLACE,
    matters: Sequence[str] = ("mobilitaet",),
    rules: str = RULES,
    region: str = "",
    shown: bool = True,
) -> tuple[Group, int]:
    """A Telegram group that the bot is in and that stands in the directory."""
    place = talk.api.group(number, title, forum=False)
    bot = talk.api.token.split(":")[0]

    async def unit(tx: Tx) -> int:
        now = talk.clock.now()
        slug = f"gruppe{-number}"
        await groups.join(tx, "telegram", bot, str(number), title, [], slug, matters, now)
        kept = await groups.find(tx, "telegram", bot, str(number))
        assert kept
        await groups.write(tx, kept.id, {"about": "Bus und Bahn", "rules": rules, "region": region})
        await groups.list_(tx, kept.id, now, listed=shown)
        return kept.id

    return place, int(await write(talk, unit))


async def elsewhere(
    talk: Any,
    title: str = "Leerstand im Norden",
    *,
    matters: Sequence[str] = ("leerstand",),
    link: str = "https://signal.group/#abc",
    network: str = "Signal",
    slug: str = "leerstand-im-norden",
) -> int:
    """A group that we know by its address only."""

    async def unit(tx: Tx) -> int:
        now = talk.clock.now()
        number = await groups.add_elsewhere(tx, slug, title, now)
        about = {"network": network, "link": link, "matters": matters, "about": "Leere Läden"}
        await groups.write(tx, number, about)
        await groups.list_(tx, number, now, listed=True)
        return number

    return int(await write(talk, unit))


async def agreed(talk: Talk, person: Person, group_id: int) -> Message:
    """Somebody reads the rules and agrees; the message with their link."""
    await talk.ask(person, "/gruppen", "Themengruppen")
    person.presses(f"grp:see:{group_id}")
    await talk.hears(person, "Themen:")
    person.presses("Beitreten")
    await talk.hears(person, "Regeln")
    person.presses("Ich stimme zu")
    return await talk.hears(person, "Ihr Einladungslink in die Gruppe")


def link_in(message: Message) -> str:
    [url] = [button.url for button in message.buttons if button.url]
    return str(url)

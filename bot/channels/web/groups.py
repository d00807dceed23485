"""The directory of topic groups as pages for everybody. Works without JavaScript.

What groups call themselves and what is said of them may come from anywhere: it is shown, and
never becomes markup.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.web.desk_door import page_number
from bot.channels.web.pages import Site, to_pass_on
from handlers.network import sharing
from handlers.network.group_fields import is_address
from handlers.network.groups import network, title
from storage import groups
from storage.groups import Group

TOPIC = "thema"
AT_ONCE = 10  # groups on a page


@dataclass(frozen=True, slots=True)
class Shown:
    """A group as the page shows it. `way` opens it, or our chat there, which lets people in."""

    group: Group
    title: str
    network: str
    topics: tuple[str, ...]
    rules: str
    way: str
    through_us: bool

    @classmethod
    def of(cls, group: Group, site: Site) -> "Shown":
        library, bot = site.knowledge().library, site.house().telegram
        names = library.network.topic_names
        way = group.link if group.elsewhere and is_address(group.link) else ""
        through_us = not group.elsewhere
        if through_us and group.channel == "telegram" and bot:
            way = sharing.deep_link(bot, "group", group.slug)
        usual = library.texts.say["group_rules_usual"] if through_us else ""
        return cls(
            group=group,
            title=title(group),
            network=network(group),
            topics=tuple(names[matter] for matter in group.matters if matter in names),
            rules=group.rules or usual,
            way=way,
            through_us=through_us,
        )


@dataclass(frozen=True, slots=True)
class Option:
    """A link that narrows the page down to a topic."""

    label: str
    href: str
    chosen: bool


def directory(site: Site) -> list[Route]:
    """`/gruppen` and `/gruppen/{slug}`."""

    async def everything(request: Request) -> Response:
        listed = await site.database.read(groups.listed)
        names = site.knowledge().library.network.topic_names
        used = {matter for group in listed for matter in group.matters if matter in names}
        asked = request.query_params.get(TOPIC, "").strip()
        found = [group for group in listed if not asked or asked in group.matters]
        pages = max(1, ceil(len(found) / AT_ONCE))
        page = min(page_number(request), pages)
        return site.page(
            "groups.html",
            framed=False,
            shown=[Shown.of(group, site) for group in found[(page - 1) * AT_ONCE : page * AT_ONCE]],
            number=len(found),
            options=_options({matter: names[matter] for matter in used}, asked),
            narrowed=bool(asked),
            page=page,
            pages=pages,
            before=_address(asked, page - 1) if page > 1 else "",
            after=_address(asked, page + 1) if page < pages else "",
        )

    async def single(request: Request) -> Response:
        slug = request.path_params["slug"]
        group = await site.database.read(lambda tx: groups.called(tx, slug))
        if group is None or not group.public:
            raise HTTPException(404)
        passed_on = to_pass_on(site, ("group", group.slug), group)
        about = sharing.first_words(group.about)
        return site.page(
            "group.html", framed=False, one=Shown.of(group, site), about=about, **passed_on
        )

    return [Route("/gruppen", everything), Route("/gruppen/{slug}", single)]


def _options(topics: Mapping[str, str], asked: str) -> Sequence[Option]:
    if not topics:
        return ()
    ordered = sorted(topics.items(), key=lambda topic: topic[1].casefold())
    named = [Option(name, _address(id), id == asked) for id, name in ordered]
    return [Option("Alle", "/gruppen", not asked), *named]


def _address(topic: str, page: int = 1) -> str:
    chosen = {TOPIC: topic} if topic else {}
    query = urlencode(chosen | ({"seite": str(page)} if page > 1 else {}))
    return f"/gruppen?{query}" if query else "/gruppen"

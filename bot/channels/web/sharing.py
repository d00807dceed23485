"""Pages for links: one entry, one format, and the QR code of anything that has a page.

Whoever comes here followed a link that somebody passed on, and mostly never met us: the page
answers by itself, and from it one can ask on in the chat.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import qr
from bot.channels.web.chat import Chat
from bot.channels.web.pages import Site, to_pass_on
from handlers import wording
from handlers.conversation import Item
from handlers.network import sharing
from knowledge.models import Link
from storage import groups
from storage.database import Tx

PLAIN = "einfach"  # the value of `sprache` in an address
KEPT = "public, max-age=3600"  # codes: they change only when the house moves


@dataclass(frozen=True, slots=True)
class Passed:
    """Something that can be passed on, as its page shows it."""

    item: Item
    title: str
    about: str  # in one sentence, for previews of the link
    text: str
    facts: Sequence[tuple[str, str]] = ()
    links: Sequence[Link] = ()
    as_of: str = ""
    plain: bool = False  # this is the text in Einfache Sprache
    has_plain: bool = False
    interest: bool = False  # one can say that one would be there

    @property
    def action(self) -> str:
        """The button of the chat that shows it."""
        kind, id = self.item
        return f"{wording.PREFIX[kind]}:{id}"


def passing_on(site: Site, chat: Chat) -> list[Route]:
    """`/eintrag/{id}`, `/format/{id}` and the codes below `/qr`."""

    async def entry(request: Request) -> Response:
        found = site.knowledge().library.entries.get(request.path_params["id"])
        if found is None:
            raise HTTPException(404)
        plain = request.query_params.get("sprache") == PLAIN and found.plain is not None
        text = found.plain if plain and found.plain else found.answer
        return await page(
            request,
            Passed(
                item=("faq", found.id),
                title=found.title,
                about=sharing.first_words(text),
                text=text.strip(),
                links=found.links,
                as_of=wording.as_of(found.checked_on),
                plain=plain,
                has_plain=found.plain is not None,
            ),
        )

    async def form(request: Request) -> Response:
        found = site.knowledge().library.formats.get(request.path_params["id"])
        if found is None:
            raise HTTPException(404)
        kind = f"{wording.GROUPS[found.group]}, {wording.characters(found.characters)}"
        return await page(
            request,
            Passed(
                item=("format", found.id),
                title=found.name,
                about=found.summary,
                text=found.description.strip(),
                facts=(
                    ("Art", kind),
                    ("Für wen", found.for_whom),
                    ("Zeit", found.time_needed),
                    ("Das nehmen Sie mit", found.takeaway),
                ),
                as_of=wording.as_of(found.checked_on),
                interest=True,
            ),
        )

    async def page(request: Request, one: Passed) -> Response:
        kind, id = one.item
        return site.page(
            "passed_on.html",
            framed=False,
            one=one,
            door=await chat.door(request),
            nonce=site.nonces.new(),
            path=f"/{sharing.PAGES[kind]}/{id}",
            **to_pass_on(site, one.item),
        )

    async def code(request: Request) -> Response:
        """Of a page, or with `?ziel=telegram` of the same in Telegram."""
        address = await _address(site, request)
        if request.url.path.endswith(".svg"):
            body, kind = qr.svg(address).encode(), "image/svg+xml"
        else:
            body, kind = qr.png(address), "image/png"
        return Response(body, media_type=kind, headers={"Cache-Control": KEPT})

    return [
        Route("/eintrag/{id}", entry),
        Route("/format/{id}", form),
        *(
            Route(f"/qr/{path}.{ending}", code)
            for ending in ("svg", "png")
            for path in ("chat", "{kind}/{id}")
        ),
    ]


async def _address(site: Site, request: Request) -> str:
    """What a code leads to; 404 for what people cannot open."""
    house = site.house()
    name, id = request.path_params.get("kind", ""), request.path_params.get("id", "")
    kind = next((kind for kind, page in sharing.PAGES.items() if page == name), "")
    if name and not (kind and await _is_public(site, (kind, id))):
        raise HTTPException(404)
    match request.query_params.get("ziel"):
        case None | "":
            return sharing.link(house, kind, id)
        case "telegram" if house.telegram:
            return sharing.deep_link(house.telegram, kind, id)
    raise HTTPException(404)


async def _is_public(site: Site, item: Item) -> bool:
    kind, id = item
    if kind != "group":
        return wording.is_known(site.knowledge(), item)

    async def unit(tx: Tx) -> bool:
        found = await groups.called(tx, id)
        return found is not None and found.public

    return await site.database.read(unit)

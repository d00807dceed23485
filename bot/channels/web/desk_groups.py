"""Topic groups at the desk: the directory as coordinators keep it, a page for each group.

What was typed is read by `group_fields`, here to show what is wrong beside its field, and
again in the turn that keeps it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bot.channels.web import uploads
from bot.channels.web.desk_door import NOT_KEPT, STALE, Pages, Signed
from bot.channels.web.desk_sheet import Filled
from bot.channels.web.pages import typed
from handlers.network import group_fields
from handlers.network.group_fields import LONGEST
from handlers.network.groups import network, title
from handlers.programme import topics
from storage import groups, ids
from storage.database import StoreTrouble
from storage.groups import Group

HOME = "/desk/gruppen"
LABELS = {
    "title": "Name",
    "network": "Wo die Gruppe ist",
    "link": "Adresse der Gruppe",
    "matters": "Themen",
    "about": "Worum es geht",
    "region": "Region",
    "language": "Sprache",
    "moderators": "Moderation",
    "rules": "Regeln",
}
TROUBLES = {
    groups.GONE: "Der Bot ist in dieser Gruppe nicht mehr dabei, oder es gibt sie nicht mehr. "
    "Menschen finden sie deshalb nicht. Nehmen Sie den Bot in der Gruppe wieder auf.",
    groups.INVITE: "Der Bot darf dort niemanden einladen. Bitte geben Sie ihm in der Gruppe "
    "die Rechte eines Administrators und „Benutzer einladen“.",
    groups.SPEAK: "Der Bot darf dort nicht schreiben. Bitte heben Sie die Einschränkung auf.",
}
# What a page does, as its address names it.
VERBS = {
    "aufnehmen": "list",
    "herausnehmen": "unlist",
    "begruessen": "welcome",
    "nicht-begruessen": "quiet",
    "loeschen": "remove",
}
NETWORKS = ("Signal", "Matrix", "WhatsApp", "Threema", "E-Mail-Verteiler", "Telegram-Kanal")


@dataclass(frozen=True, slots=True)
class Sheet(Filled):
    """A group's page as it is filled in, and what is wrong with which field."""

    labels: ClassVar[Mapping[str, str]] = LABELS

    values: Mapping[str, str] = field(default_factory=dict)
    ticked: tuple[str, ...] = ()
    errors: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_group(cls, group: Group) -> "Sheet":
        return cls({name: getattr(group, name) for name in LONGEST}, group.matters)

    @classmethod
    def of_form(cls, form: FormData) -> "Sheet":
        values = {name: typed(form, name) for name in LONGEST}
        return cls(values, tuple(str(topic) for topic in form.getlist("topic")))

    @property
    def answers(self) -> dict[str, str]:
        """The fields as `group_fields.filled` takes them."""
        return {**self.values, "matters": ",".join(self.ticked)}


@dataclass(frozen=True, slots=True)
class Row:
    """A group in the list. `state` is also a class of the sheet, `state_name` is read."""

    group: Group
    title: str
    network: str
    state: str
    state_name: str
    trouble: str
    announces: str  # about what; "" for none

    @classmethod
    def of(cls, group: Group) -> "Row":
        state, name = ("draft", "nicht im Verzeichnis")
        if group.gone_at is not None:
            state, name = ("cancelled", "nicht erreichbar")
        elif group.listed_at is not None:
            state, name = ("published", "im Verzeichnis")
        about = ", ".join(map(topics.name, group.topics)) or "allen Themen"
        sends = group.announces and not group.elsewhere and group.gone_at is None
        return cls(
            group=group,
            title=title(group),
            network=network(group),
            state=state,
            state_name=name,
            trouble=TROUBLES.get(group.trouble, ""),
            announces=about if sends else "",
        )


class Groups(Pages):
    def routes(self) -> list[Route]:
        shown = self._door.for_coordinators
        return [
            Route(HOME, shown(self.overview)),
            Route(f"{HOME}/neu", shown(self.compose)),
            Route(f"{HOME}/neu", self.create, methods=["POST"]),
            Route(f"{HOME}/{{number}}", shown(self.group)),
            Route(f"{HOME}/{{number}}", self.save, methods=["POST"]),
            Route(f"{HOME}/{{number}}/loeschen", shown(self.ask)),
            Route(f"{HOME}/{{number}}/{{verb}}", self.act, methods=["POST"]),
        ]

    async def overview(self, request: Request, me: Signed) -> Response:
        found = await self._site.database.read(groups.all_)
        rows = sorted((Row.of(group) for group in found), key=lambda row: row.title.casefold())
        return self._door.page(
            me, "desk_groups.html", note=await self._door.note(request, me), rows=rows
        )

    # Writing one

    async def compose(self, request: Request, me: Signed) -> Response:
        return self._show(me, None, Sheet())

    async def group(self, request: Request, me: Signed) -> Response:
        group = await self._group(request)
        note = await self._door.note(request, me)
        return self._show(me, group, Sheet.of_group(group), note=note)

    async def create(self, request: Request) -> Response:
        return await self._write(request, new=True)

    async def save(self, request: Request) -> Response:
        return await self._write(request, new=False)

    async def _write(self, request: Request, *, new: bool) -> Response:
        async with self._door.sent(request) as sent:
            me, sheet = sent.me, Sheet.of_form(sent.form)
            if me is None:
                return self._door.lost(sheet.kept)
            group = None if new else await self._group(request)
            if sent.stale:
                return self._show(me, group, sheet, 403, error=STALE)
            if errors := self._wrong(sheet, group):
                return self._show(me, group, replace(sheet, errors=errors), 422)
            key = f"{group.id if group else 'neu'}|{sheet.answers}"
            update = uploads.update_id(sent.form, key, self._site.token)
        action = f"grp:save:{group.id}" if group else "grp:new"
        try:
            notice = await self._door.hand_over(me, action, update, fields=sheet.answers)
        except StoreTrouble:
            return self._show(me, group, sheet, 503, error=NOT_KEPT)
        return notice.leads_to(f"{HOME}/{group.id}" if group else HOME)

    def _wrong(self, sheet: Sheet, group: Group | None) -> dict[str, str]:
        library = self._site.knowledge().library
        elsewhere = group is None or group.elsewhere
        _, unclear = group_fields.filled(sheet.answers, library, elsewhere=elsewhere)
        return self._door.sentences(unclear)

    def _show(
        self,
        me: Signed,
        group: Group | None,
        sheet: Sheet,
        status: int = 200,
        *,
        note: str = "",
        error: str = "",
    ) -> HTMLResponse:
        known = self._site.knowledge().library.network.topic_names
        return self._door.page(
            me,
            "desk_group.html",
            status,
            note=note,
            error=error,
            row=Row.of(group) if group else None,
            elsewhere=group is None or group.elsewhere,
            sheet=sheet,
            topics=list(known.items()),
            networks=NETWORKS,
            longest=LONGEST,
        )

    async def _group(self, request: Request) -> Group:
        """Raises 404 for a group that does not exist."""
        number = ids.number(request.path_params["number"])
        if number is None:
            raise HTTPException(404)
        group = await self._site.database.read(lambda tx: groups.get(tx, number))
        if group is None:
            raise HTTPException(404)
        return group

    # What is done with one

    async def ask(self, request: Request, me: Signed) -> Response:
        """A page that asks once more; looking at it changes nothing."""
        group = await self._group(request)
        if not group.elsewhere:
            raise HTTPException(404)
        return self._door.page(me, "desk_group_ask.html", row=Row.of(group))

    async def act(self, request: Request) -> Response:
        verb = VERBS.get(request.path_params["verb"])
        if verb is None:
            raise HTTPException(404)
        async with self._door.sent(request) as sent:
            me = sent.me
            if me is None:
                return self._door.lost("")
            group = await self._group(request)
            if sent.stale:
                return self._show(me, group, Sheet.of_group(group), 403, error=STALE)
            update = uploads.update_id(sent.form, f"{verb}|{group.id}", self._site.token)
        try:
            notice = await self._door.hand_over(me, f"grp:{verb}:{group.id}", update)
        except StoreTrouble:
            return self._show(me, group, Sheet.of_group(group), 503, error=NOT_KEPT)
        return notice.leads_to(f"{HOME}/{group.id}")

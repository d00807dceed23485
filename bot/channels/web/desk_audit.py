"""Who did what when, for admins."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.channels.web.desk_door import PAGE, Pages, page_number
from storage import audit, coordinators, ids
from storage.audit import Deed
from storage.database import Tx

# What the log calls by short names; an unknown one is shown as it is.
DEEDS = {
    "team-invited": "Einladung erstellt",
    "team-link": "Anmelde-Link erstellt",
    "team-joined": "ins Team gekommen",
    "team-waits": "Code eingelöst, wartet auf Bestätigung",
    "team-confirmed": "Aufnahme bestätigt",
    "team-declined": "Aufnahme abgelehnt",
    "team-account": "weiteres Konto verbunden",
    "team-removed": "Zugang entzogen",
    "team-role-admin": "Rolle geändert: Verwaltung",
    "team-role-coordinator": "Rolle geändert: Koordination",
    "team-role-expert": "Rolle geändert: Fachperson",
    "team-away": "abwesend gemeldet",
    "team-here": "anwesend gemeldet",
    "answer": "geantwortet",
    "edit": "Antwort geändert",
    "delete": "Antwort gelöscht",
    "later": "Antwort für später vorgemerkt",
    "unlater": "vorgemerkte Antwort zurückgenommen",
    "askback": "zurückgefragt",
    "note": "Notiz geschrieben",
    "claim": "übernommen",
    "take": "von jemand anderem übernommen",
    "give": "weitergegeben",
    "release": "freigegeben",
    "close": "abgeschlossen",
    "reopen": "wieder geöffnet",
    "merge": "zusammengelegt",
    "split": "geteilt",
    "block": "Person gesperrt",
    "unblock": "Sperre aufgehoben",
    "learn-proposed": "Eintrag vorgeschlagen",
    "learn-changed": "Änderung eines Eintrags vorgeschlagen",
    "learn-approved": "Eintrag freigegeben",
    "learn-rejected": "Vorschlag abgelehnt",
    "learn-withdrawn": "Eintrag zurückgezogen",
    "learn-checked": "Eintrag geprüft",
    "learn-phrased": "Art zu fragen ergänzt",
    "learn-unphrased": "Art zu fragen gelöscht",
    "learn-canned": "Textbaustein gespeichert",
    "learn-uncanned": "Textbaustein gelöscht",
    "report-nothing": "Meldung angesehen, nichts getan",
    "report-warned": "nach einer Meldung ermahnt",
    "report-blocked": "nach einer Meldung vom Netzwerk gesperrt",
    "expert-new": "Fachperson eingetragen",
    "expert-save": "Eintrag einer Fachperson geändert",
    "expert-consent": "Zustimmung einer Fachperson eingetragen",
    "expert-withdraw": "Zustimmung einer Fachperson zurückgezogen",
    "expert-pause": "Fachperson pausiert",
    "expert-resume": "Pause einer Fachperson beendet",
    "expert-delete": "Fachperson gelöscht",
    "group-added": "Gruppe aufgenommen",
    "group-saved": "Gruppe geändert",
    "group-listed": "Gruppe ins Verzeichnis genommen",
    "group-unlisted": "Gruppe aus dem Verzeichnis genommen",
    "group-removed": "Gruppe gelöscht",
}


class Log(Pages):
    def routes(self) -> list[Route]:
        return [
            Route("/desk/protokoll", self.log),
        ]

    async def log(self, request: Request) -> Response:
        """Who did what when; for admins, and without words of anybody."""
        me = await self._door.who(request)
        if me is None:
            return self._door.signed_out(request)
        if not me.is_admin:
            raise HTTPException(403)
        number = page_number(request)

        async def unit(tx: Tx) -> tuple[list[Deed], dict[int, str]]:
            first = (number - 1) * PAGE
            return await audit.listed(tx, PAGE + 1, first), await coordinators.names(tx)

        deeds, names = await self._site.database.read(unit)
        return self._door.page(
            me,
            "desk_audit.html",
            deeds=deeds[:PAGE],
            words=DEEDS,
            subject=lambda deed: _subject(deed, names),
            number=number,
            more=len(deeds) > PAGE,
        )


def _subject(deed: Deed, names: dict[int, str]) -> str:
    """A request by its number, a colleague by name; nothing for what somebody did to themselves."""
    kind, _, whom = deed.subject.partition(":")
    if kind == "team" and whom == str(deed.coordinator_id):
        return ""
    if kind == "team" and (number := ids.number(whom)) is not None:
        return names.get(number, f"Nr. {whom}")
    return deed.subject

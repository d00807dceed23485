"""Files as people get them."""

from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

from bot.channels.web import markup
from bot.channels.web.pages import Site
from handlers.message import InlineFile
from storage import files

# Whatever we send: to be kept, never to be run.
_KEEP = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
}


def send_file(site: Site, file: files.File | None) -> Response:
    """The bytes of a file, to be kept and not to be run."""
    if file is None or file.state != "stored":
        raise HTTPException(404)
    path = site.cupboard.path(file.id)
    if not path.is_file():
        raise HTTPException(404)
    return FileResponse(
        path,
        media_type=file.mime if file.mime in markup.ENDINGS else "application/octet-stream",
        filename=markup.download_name(file.name, file.mime),
        content_disposition_type="attachment",
        headers=_KEEP,
    )


def send_inline(file: InlineFile) -> Response:
    """The same for a file of our own making."""
    mime = file.mime.partition(";")[0].strip().lower()
    name = quote(markup.download_name(file.name, mime), safe="")
    return Response(
        file.text,
        media_type=mime if mime in markup.OUR_ENDINGS else "application/octet-stream",
        headers=_KEEP | {"Content-Disposition": f"attachment; filename*=utf-8''{name}"},
    )


def send_table(table: str, name: str) -> Response:
    """Lines of a table for a spreadsheet. `name` is plain ASCII."""
    return Response(
        table.encode("utf-8-sig"),  # without the mark Excel reads another encoding
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )

"""The sheet for the notice board prints to one page, and phones read its codes."""

import re

import pytest
from playwright.sync_api import Browser

from bot.poster import Code, Sheet, page
from tests.support import codes

WEB = Code("Im Browser, ohne Anmeldung", "https://hotline.kleinstadt-musterhausen.example/")
TELEGRAM = Code("Im Messenger Telegram", "https://t.me/KleinstadtHotlineBot")
LONG = "a" * 48
SHEETS = {
    "one code": Sheet("Musterstadt", "Sie haben eine Frage?", [WEB]),
    "two codes": Sheet("Kleinstadt-Hotline", "Sie haben eine Frage?", [WEB, TELEGRAM]),
    "a long name": Sheet(
        "Hotline der Verbandsgemeinde Langenlonsheim-Stromberg an der schönen Nahe",
        "Fragen?",
        [WEB],
    ),
    "everything at its longest": Sheet(
        "Hotline der Verbandsgemeinde Langenlonsheim-Stromberg an der schönen Nahe",
        "Mehr dazu finden Sie hier. Sie können auch gleich sagen, dass Sie dabei wären.",
        [
            Code(WEB.label, f"{WEB.address}events/{LONG}"),
            Code(TELEGRAM.label, f"{TELEGRAM.address}?start=event_{LONG}"),
        ],
        heading="Impulsveranstaltung zum Kapitänspatent der Donaudampfschifffahrtsgesellschaft "
        "und zu leeren Läden in der Innenstadt",
        facts=("12. März 2027, 18:00 bis 20:00 Uhr", "Großer Saal im Alten Rathaus, " * 4),
        footer="Telefon 0123 45678, hotline@kleinstadt-musterhausen.example, Marktplatz 1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_is_exactly_one_page_of_a4(browser: Browser, name: str) -> None:
    shown = browser.new_page()
    shown.set_content(page(SHEETS[name]))
    pdf = shown.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    [box] = re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert [round(float(side)) for side in box] == [595, 842]
    # Nothing of it is cut off at the edge of the sheet.
    shown.emulate_media(media="print")
    shown.set_viewport_size({"width": 794, "height": 1123})
    over = "it => [it.scrollHeight - it.clientHeight, it.scrollWidth - it.clientWidth]"
    assert shown.locator("main").evaluate(over) == [0, 0]
    shown.close()


@pytest.mark.parametrize("name", SHEETS)
def test_phones_read_the_codes_as_they_are_printed(browser: Browser, name: str) -> None:
    shown = browser.new_page(viewport={"width": 794, "height": 1123})
    shown.emulate_media(media="print")
    shown.set_content(page(SHEETS[name]))
    wanted = [code.address for code in SHEETS[name].codes]
    assert codes.read(shown.screenshot()) == wanted
    shown.close()

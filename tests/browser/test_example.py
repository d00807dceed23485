"""The made-up Tuesday as a picture book: every page of the desk, full of work, in every look."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import LOOKS, findings
from tests.browser.conftest import Hotline, served

Visit = Callable[..., Page]

PAGES = (
    "/desk",
    "/desk?ansicht=meine",
    "/desk?ansicht=ueberfaellig",
    "/desk?ansicht=wartet",
    "/desk?ansicht=abgeschlossen",
    "/desk?bei=niemand&kanal=web",
    "/desk/team",
    "/desk/protokoll",
    "/desk/lernen",
    "/desk/uebersicht",
    "/desk/veranstaltungen",
    "/desk/veranstaltungen?ansicht=vergangene",
    "/desk/ankuendigungen",
    "/desk/ankuendigungen/1",
    "/desk/interesse",
    "/desk/gruppen",
    "/desk/gruppen/1",
    "/desk/fachleute",
    "/desk/fachleute/beispiel-leerstand",
    "/desk/meldungen",
    "/gruppen",
    "/gruppen/beispiel-leerstand",
)
# One request of each kind: rated with words, asked back and warned, handed over, merged.
KINDS = (
    "rating_words IS NOT NULL",
    "warned_at IS NOT NULL",
    "id IN (SELECT request_id FROM handed)",
    "id IN (SELECT merged_into FROM requests)",
    "merged_into IS NOT NULL",
    "urgent = 1",
    "id IN (SELECT m.request_id FROM request_messages AS m JOIN files AS f ON f.message_id = m.id)",
)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Hotline, dict[str, str]]]:
    """A running program with the example, and the links that were printed, by role."""
    folder = tmp_path_factory.mktemp("example") / "data"
    with served(folder, example=True) as running:
        yield running, dict(re.findall(r"\((\w+)\): http://[^/]+(/\S+)", running.told))


@pytest.fixture(scope="module")
def hotline(example: tuple[Hotline, dict[str, str]]) -> Hotline:
    return example[0]


@pytest.fixture(scope="module")
def desk_state(browser: Browser, example: tuple[Hotline, dict[str, str]]) -> dict[str, object]:
    running, links = example
    return entered(browser, running, links["Verwaltung"])


def entered(browser: Browser, running: Hotline, link: str) -> dict[str, object]:
    context = browser.new_context(base_url=running.url)
    page = context.new_page()
    page.goto(link)
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("heading", name="Anfragen")).to_be_visible()
    state = context.storage_state()
    context.close()
    return dict(state)


@pytest.mark.parametrize("look", LOOKS)
def test_nobody_is_kept_out_of_a_desk_full_of_work(
    at_desk: Visit, hotline: Hotline, look: str
) -> None:
    page = at_desk("/desk", **LOOKS[look])
    expect(page.get_by_role("region", name="Hinweise")).to_contain_text("wartet auf Bestätigung")
    found: list[str] = []
    requests = [hotline.first_request(kind) for kind in KINDS]
    learned = f"/desk/lernen/neu?anfrage={requests[0]}"
    for path in (*PAGES, learned, *(f"/desk/anfrage/{number}" for number in requests)):
        page.goto(path)
        page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
        found += findings(page)
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, path
    assert found == []


def test_an_expert_finds_what_was_handed_to_them(
    browser: Browser, visit: Visit, example: tuple[Hotline, dict[str, str]]
) -> None:
    running, links = example
    page = visit(storage_state=entered(browser, running, links["Fachperson"]))
    page.goto("/desk")
    expect(page.locator("#liste .case")).to_have_count(2)
    assert findings(page) == []
    page.locator("#liste .first a").first.click()
    expect(page.get_by_label("Ihre Antwort")).to_be_visible()
    assert findings(page) == []

"""The looks in which every page is examined, and what axe has to say against one."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

LOOKS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 800}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 800}},
    "narrow": {"color_scheme": "light", "viewport": {"width": 320, "height": 640}},
    "narrow-dark": {"color_scheme": "dark", "viewport": {"width": 320, "height": 640}},
}


def findings(page: Page) -> list[str]:
    """What keeps somebody out, with the page and the place. Half a page would hide some of it,
    and blame it for labels that are still on their way."""
    page.wait_for_load_state()
    return [
        f"{page.url} {finding['id']}: {[node['html'][:120] for node in finding['nodes'][:3]]}"
        for finding in Axe().run(page).response["violations"]
        if finding["impact"] in ("serious", "critical")
    ]

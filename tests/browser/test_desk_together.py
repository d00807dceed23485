"""One request, three at work on it: two in browsers and one in Telegram; and the person waits.

Each step that one of them takes is seen by all the others; how soon, `make bench` tells.
"""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Hotline, served, signed_in
from tests.browser.test_desk import colleague_at
from tests.browser.test_desk_inbox import number_of
from tests.fakes.botapi import FakeBotApi
from tests.fakes.world import Member, Person, Topic
from tests.support.hotline import DESK

Visit = Callable[..., Page]

KIM = 7003
# Started from within the page, so that nobody waits for the one before.
PRESS = "setTimeout(() => document.querySelector('[data-key=c]')?.click())"


@pytest.fixture(scope="module")
def telegram() -> Iterator[FakeBotApi]:
    with FakeBotApi.threaded() as api:
        api.group(DESK, "Koordination", forum=True).member(KIM, "Kim Telegram")
        yield api
        assert api.violations == []


@pytest.fixture(scope="module")
def hotline(tmp_path_factory: pytest.TempPathFactory, telegram: FakeBotApi) -> Iterator[Hotline]:
    """A town whose coordinators have a group in Telegram, too."""
    settings = {
        "telegram_token": telegram.token,
        "telegram_api_url": telegram.url,
        "telegram_rate": "off",
        "telegram_desk_chat": str(DESK),
    }
    with served(tmp_path_factory.mktemp("together"), **settings) as running:
        yield running


@pytest.fixture(scope="module")
def desk_state(browser: Browser, hotline: Hotline) -> dict[str, object]:
    return signed_in(browser, hotline)


@pytest.fixture
def in_telegram(telegram: FakeBotApi, hotline: Hotline, at_desk: Visit) -> Member:
    """A colleague in the group, whom an admin has let in."""
    kim = telegram.user(KIM)
    if not any("Willkommen" in message.text for message in kim.received):
        kim.says(f"/desk {hotline.invite().rpartition('/')[2]}")
        telegram.wait(lambda: any("wartet auf Best" in message.text for message in kim.received))
        team = at_desk("/desk/team")
        applicant = team.get_by_role("listitem").filter(has_text="Kim Telegram")
        applicant.get_by_role("button", name="Bestätigen").click()
        telegram.wait(lambda: any("Willkommen" in message.text for message in kim.received))
    return telegram.group(DESK).member(KIM)


class Faces:
    """Where a request can be seen."""

    def __init__(self, api: FakeBotApi, topic: Topic, *pages: Page) -> None:
        self.api = api
        self.topic = topic
        self.pages = pages

    def stand(self, words: str) -> None:
        """Both browsers show it where the request stands."""
        for page in self.pages:
            expect(page.get_by_role("region", name="Stand der Anfrage")).to_contain_text(words)

    def said(self, words: str) -> None:
        for page in self.pages:
            expect(page.get_by_role("log")).to_contain_text(words)

    def told(self, words: str) -> None:
        """It stands in the topic."""
        self.api.wait(lambda: any(words in message.text for message in self.topic.messages))


class Asking:
    """The person, wherever they write."""

    def __init__(self, api: FakeBotApi, where: Page | Person) -> None:
        self.api = api
        self.where = where

    def says(self, words: str) -> None:
        if isinstance(self.where, Person):
            self.where.says(words)
            return
        self.where.get_by_label("Ihre Nachricht").fill(words)
        self.where.get_by_role("button", name="Senden").click()

    def hears(self, words: str) -> None:
        if isinstance(self.where, Person):
            person = self.where
            self.api.wait(lambda: any(words in message.text for message in person.received))
        else:
            expect(self.where.get_by_role("log")).to_contain_text(words)

    def heard(self, words: str) -> bool:
        if isinstance(self.where, Person):
            return any(words in message.text for message in self.where.received)
        return words in self.where.get_by_role("log").inner_text()


def _in_telegram(api: FakeBotApi, question: str) -> tuple[Asking, str]:
    person = api.user(20_001, "Ein Mensch")
    person.says(question)
    api.wait(lambda: any("Soll ich" in message.text for message in person.received))
    person.presses("Ja, bitte")
    found = api.wait(
        lambda: next((m.text for m in person.received if "hat die Nummer" in m.text), "")
    )
    return Asking(api, person), found.partition("K-")[2].split(maxsplit=1)[0].strip(".*")


@pytest.mark.parametrize("channel", ["telegram", "web"])
def test_three_at_once_on_one_request(
    channel: str,
    telegram: FakeBotApi,
    hotline: Hotline,
    in_telegram: Member,
    visit: Visit,
    at_desk: Visit,
    handed_over: Callable[[str], Page],
) -> None:
    kim, question = in_telegram, "Wer zahlt die neue Kirchturmuhr?"
    if channel == "telegram":
        person, number = _in_telegram(telegram, question)
    else:
        page = handed_over(question)
        person, number = Asking(telegram, page), number_of(page)
    topics = telegram.group(DESK).topics
    topic = telegram.wait(
        lambda: next((one for one in topics.values() if one.name.startswith(f"K-{number} ")), None)
    )
    erika = at_desk(f"/desk/anfrage/{number}")
    max_ = colleague_at(visit, at_desk, hotline, f"Max {channel}")
    max_.goto(f"/desk/anfrage/{number}")
    faces = Faces(telegram, topic, erika, max_)
    faces.said(question)
    names = {"Erika Beispiel": erika, f"Max {channel}": max_, "Kim Telegram": None}

    # All three press at once; exactly one has it, and all see who.
    opening = telegram.wait(
        lambda: next((m for m in topic.messages if "Neue Anfrage" in m.text), None)
    )
    for desk in (erika, max_):
        desk.evaluate(PRESS)
    press = kim.presses("Übernehmen", opening)
    telegram.wait(lambda: any("kümmert sich um" in message.text for message in topic.messages))
    winner = next(
        name
        for name in names
        if any(f"{name} kümmert sich um" in message.text for message in topic.messages)
    )
    faces.stand(f"bei {winner}")
    telegram.wait(lambda: press.answered)
    for name, desk in names.items():
        if name == winner:
            continue
        if desk is not None:
            # Too late, or there was nothing left to press.
            said = re.compile(f"kümmert sich schon {winner}|Von {winner} übernehmen")
            expect(desk.get_by_role("main")).to_contain_text(said)
        else:
            faces.told(f"kümmert sich schon {winner}")
    claims = [message for message in topic.messages if "kümmert sich um" in message.text]
    assert len(claims) == 1
    person.hears("Jemand von uns kümmert sich jetzt darum.")

    # Erika takes it on purpose, and answers in her browser.
    if winner != "Erika Beispiel":
        erika.get_by_role("button", name=f"Von {winner} übernehmen").click()
        faces.stand("bei Erika Beispiel")
    erika.get_by_label("Ihre Antwort").fill("Die Kirche und die Stadt, je zur Hälfte.")
    erika.get_by_role("button", name="Antwort senden").click()
    person.hears("je zur Hälfte")
    faces.said("je zur Hälfte")
    faces.told("je zur Hälfte" if channel == "telegram" else "Erika Beispiel hat im Browser")
    faces.stand("beantwortet")

    # The person asks on.
    person.says(f"Und wer zieht sie auf, per {channel} gefragt?")
    faces.said("Und wer zieht sie auf")
    faces.told("wer zieht sie auf" if channel == "telegram" else "/desk/anfrage/")
    faces.stand("offen")

    # In Telegram nobody answers past Erika, but Kim can take it over, and then answers there.
    kim.says("Der Küster zieht sie auf.", thread=topic)
    refusal = telegram.wait(
        lambda: next((m for m in topic.messages if "schon Erika Beispiel" in m.text), None)
    )
    assert not person.heard("Küster")
    kim.presses("Trotzdem übernehmen", refusal)
    faces.stand("bei Kim Telegram")
    faces.told("Kim Telegram kümmert sich um")
    kim.says("Das macht der Küster umsonst.", thread=topic)
    person.hears("Das macht der Küster umsonst.")
    faces.said("Das macht der Küster umsonst.")

    # Notes from either side stay with the three.
    max_.locator("summary", has_text="Notiz für das Team").click()
    max_.get_by_label("Notiz ").fill("Bauamt fragen: zehn Euro?")
    max_.get_by_role("button", name="Notiz speichern").click()
    faces.said("Bauamt fragen")
    faces.told(
        "Bauamt fragen" if channel == "telegram" else f"Max {channel} hat eine Notiz geschrieben"
    )
    kim.says("// Küster ist im Urlaub", thread=topic)
    faces.said("Küster ist im Urlaub")

    # Closed in a browser, opened again in Telegram.
    max_.get_by_label("Grund", exact=True).select_option("Hat sich erledigt")
    max_.get_by_role("button", name="Abschließen").click()
    faces.stand("abgeschlossen")
    faces.stand("Hat sich erledigt")
    faces.told(f"Max {channel} hat K-{number} abgeschlossen")
    telegram.wait(lambda: topic.closed)
    person.hears("abgeschlossen")
    closing = next(m for m in reversed(topic.messages) if "abgeschlossen" in m.text)
    kim.presses("Wieder öffnen", closing)
    telegram.wait(lambda: not topic.closed)
    for page in faces.pages:
        expect(page.get_by_role("button", name="Wieder öffnen")).to_have_count(0)
        expect(page.get_by_role("button", name="Abschließen")).to_be_visible()

    assert not any(person.heard(words) for words in ("zehn Euro", "Urlaub", "Erika", "Kim"))
    if channel == "web":  # a person's words stay out of a messenger that they did not choose
        everything = [message.text for one in topics.values() for message in one.messages]
        assert not any("per web gefragt" in words for words in everything)
        assert not any(question in message.text for message in topic.messages)

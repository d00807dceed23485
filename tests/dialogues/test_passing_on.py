"""People hand on what they found: by links, by a ready text, and in other chats."""

import asyncio
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from handlers.network import sharing
from handlers.programme import keeping
from knowledge.load import load, shipped
from knowledge.models import Event
from storage import groups
from storage.database import Tx
from tests.fakes.botapi import FakeBotApi
from tests.fakes.world import InlineQuery, Message, Person
from tests.support.clock import START
from tests.support.hotline import Talk

WELCOME = "Guten Tag! Hier ist die"
GONE = "gibt es hier nicht mehr"
OUTDATED = "Diese Auswahl gilt nicht mehr"
ENTRY = "kleinstadt-definition"


def labels(message: Message) -> list[str]:
    return [button.label for button in message.buttons]


async def takes_place(talk: Talk, id: str, **about: Any) -> None:
    facts = {
        "title": "Webtalk Leerstand",
        "starts": START + timedelta(days=21),
        "place": "online",
        "description": "Ein Abend für alle.",
        "source": "Koordination",
        "checked_on": date(2026, 11, 24),
    }
    event = Event(id=id, **(facts | about))
    await talk.app.database.write(lambda tx: keeping.keep(tx, event, "desk", talk.clock.now()))
    await talk.app.programme.look()


# -- links into the chat -------------------------------------------------------------------


async def test_a_link_opens_the_chat_with_an_entry_a_format_or_an_event(talk: Talk) -> None:
    await takes_place(talk, "webtalk-2026-12")
    for payload, words in (
        (f"faq_{ENTRY}", "mindestens 5.000"),
        ("format_webinar", "Ein Webinar"),
        ("event_webtalk-2026-12", "Webtalk Leerstand"),
    ):
        person = talk.person()
        # The notice of a first contact and the answer; no greeting, which nobody asked for.
        await talk.ask(person, f"/start {payload}", "Kurz vorab")
        await talk.hears(person, words)
        assert not [said for said in talk.silence(person) if WELCOME in said]


async def listed(talk: Talk, slug: str, title: str, *, public: bool = True) -> None:
    """A group elsewhere, in the directory or not."""

    async def unit(tx: Tx) -> None:
        now = talk.clock.now()
        number = await groups.add_elsewhere(tx, slug, title, now)
        about = {"about": "Wer Wege plant.", "link": "https://example.org/wege"}
        await groups.write(tx, number, about)
        await groups.list_(tx, number, now, listed=public)

    await talk.app.database.write(unit)


async def test_a_link_opens_the_chat_with_a_group_that_is_listed(talk: Talk) -> None:
    await listed(talk, "radwege", "Gruppe Radwege")
    await listed(talk, "geheim", "Gruppe Geheim", public=False)
    await talk.ask(talk.person(), "/start gruppe_radwege", "Gruppe Radwege")
    person = talk.person()
    shown = await talk.ask(person, "/start gruppe_geheim", WELCOME)
    assert "Geheim" not in shown.text
    person.presses("share:gruppe:geheim", forged=True)
    await talk.hears(person, OUTDATED)
    person.presses("share:gruppe:radwege", forged=True)
    ready = await talk.hears(person, "Gruppe Radwege")
    assert ready.text.splitlines()[1:] == [
        "Wer Wege plant.",
        f"Zur Themengruppe: {talk.app.house.public_url}/gruppen/radwege",
    ]


async def test_behind_a_link_the_conversation_goes_on(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "/start format_webinar", "Das nehmen Sie mit")
    await talk.ask(person, "Und für wen ist das?", "Webinar")


@pytest.mark.parametrize(
    "payload",
    ["faq_gibt-es-nicht", "format_", "quatsch", "event_vorbei", "gruppe_keine", "faq_" + "x" * 80,
     "faq_../../etc", "FAQ_kleinstadt-definition", "worker-secret", "faq kleinstadt-definition"],
)  # fmt: skip
async def test_a_link_to_nothing_gets_a_sentence_and_the_usual_welcome(
    talk: Talk, payload: str
) -> None:
    person = talk.person()
    shown = await talk.ask(person, f"/start {payload}", WELCOME)
    assert shown.text.startswith("Was hinter diesem Link stand")


async def test_five_taps_on_one_link_show_it_once(talk: Talk) -> None:
    person = talk.person()
    for _ in range(5):
        person.says(f"/start faq_{ENTRY}")
    await talk.hears(person, "mindestens 5.000")
    await talk.until(lambda: talk.rows("SELECT COUNT(*) AS n FROM inbox WHERE state = 'done' "
                                       "AND channel = 'telegram'"), [{"n": 5}])  # fmt: skip
    await talk.settled()
    assert len([m for m in person.received if "mindestens 5.000" in m.text]) == 1
    assert not [m for m in person.received if WELCOME in m.text]


async def test_a_link_in_the_middle_of_something_ends_it_politely(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "Wer zahlt die Kirchturmuhr?", "Soll ich")
    await talk.ask(person, f"/start faq_{ENTRY}", "mindestens 5.000")
    await talk.ask(person, "ja", "worauf sich Ihr Ja bezieht")


def test_every_entry_and_format_has_a_link_that_telegram_takes() -> None:
    library = load(shipped())
    for kind, ids in (("faq", library.entries), ("format", library.formats)):
        for id in ids:
            address = sharing.deep_link("KleinstadtBot", kind, id)
            [payload] = parse_qs(urlsplit(address).query)["start"]
            assert len(payload) <= 64
            assert sharing.meant(payload) == (kind, id)
    # The longest id that content may have.
    assert sharing.meant(f"format_{'a' * 48}") == ("format", "a" * 48)


# -- "Weitersagen" ---------------------------------------------------------------------------


async def test_an_answer_can_be_passed_on_with_one_tap(talk: Talk) -> None:
    person = talk.person()
    shown = await talk.ask(person, f"/start faq_{ENTRY}", "mindestens 5.000")
    assert labels(shown)[-1] == "Weitersagen"
    person.presses("Weitersagen")
    await talk.hears(person, "kopieren oder weiterleiten")
    ready = await talk.hears(person, "Was ist eine Kleinstadt?")
    url = f"{talk.app.house.public_url}/eintrag/{ENTRY}"
    assert ready.text.endswith(f"Mehr: {url}")
    [button] = ready.buttons
    asked = parse_qs(urlsplit(button.url or "").query)
    assert (button.label, asked["url"]) == ("In Telegram weiterleiten", [url])
    assert "Kleinstadt" in asked["text"][0]
    assert url not in asked["text"][0]  # Telegram puts it there itself


async def test_formats_and_events_are_passed_on_alike(talk: Talk) -> None:
    await takes_place(talk, "webtalk-2026-12")
    person = talk.person()
    for payload, page, word in (
        ("format_webinar", "format/webinar", "Das nehmen Sie mit"),
        ("event_webtalk-2026-12", "events/webtalk-2026-12", "Ein Abend für alle"),
    ):
        shown = await talk.ask(person, f"/start {payload}", word)
        person.presses("Weitersagen", shown)
        ready = await talk.hears(person, f"Mehr: {talk.app.house.public_url}/{page}")
        assert labels(ready) == ["In Telegram weiterleiten"]
        talk.clock.move(timedelta(minutes=1))


async def test_the_command_passes_on_the_topic_and_else_the_hotline(talk: Talk) -> None:
    person = talk.person()
    hotline = await talk.ask(person, "/weitersagen", "Fragen rund um Kleinstädte?")
    assert talk.app.house.public_url in hotline.text
    await talk.ask(person, f"/start faq_{ENTRY}", "mindestens 5.000")
    await talk.ask(person, "/weitersagen", f"/eintrag/{ENTRY}")


async def test_old_and_forged_buttons_pass_nothing_on(talk: Talk) -> None:
    await takes_place(talk, "webtalk-2026-12")
    person = talk.person()
    await talk.ask(person, "/start", WELCOME)
    for code in ("faq:nichts", "format:", "group:x", "event:", "webtalk", "", "faq", "x:y:z"):
        person.presses(f"share:{code}", forged=True)
        await talk.hears(person, OUTDATED)
    # A button from before formats and entries could be passed on names an event alone.
    person.presses("share:webtalk-2026-12", forged=True)
    await talk.hears(person, "/events/webtalk-2026-12")


# -- inline mode: found and passed on in another chat -----------------------------------------


async def answered(api: FakeBotApi, person: Person, words: str) -> InlineQuery:
    query = person.types_after_name(words)
    await api.wait_for(lambda: query.results is not None)
    return query


async def test_somebody_types_a_word_in_another_chat_and_passes_on_what_fits(
    talk: Talk, api: FakeBotApi
) -> None:
    await takes_place(talk, "webtalk-2026-12")
    await takes_place(talk, "vorbei", starts=START - timedelta(days=9))
    await takes_place(talk, "abgesagt", cancelled=True)
    query = await answered(api, talk.person(), "leerstand")
    results = query.results or []
    assert 1 <= len(results) <= 10
    kinds = {result["id"].partition(":")[0] for result in results}
    assert {"faq", "event"} <= kinds
    assert not {"event:vorbei", "event:abgesagt"} & {result["id"] for result in results}
    for result in results:
        sent = result["input_message_content"]["message_text"]
        assert result["url"].startswith(talk.app.house.public_url)
        assert result["url"] in sent
        assert result["title"] in sent
        assert 0 < len(result["description"]) <= 200
        assert "thumbnail_url" not in result
    # The same for everybody, so Telegram may keep it for a while.
    assert 0 < query.cache_time <= 300
    assert not query.is_personal


async def test_formats_are_found_there_too(talk: Talk, api: FakeBotApi) -> None:
    query = await answered(api, talk.person(), "Stammtisch im Internet")
    assert "format:digitaler-stammtisch" in {result["id"] for result in query.results or []}


async def test_nothing_typed_yet_shows_what_comes_and_what_is_asked_most(
    talk: Talk, api: FakeBotApi
) -> None:
    await takes_place(talk, "webtalk-2026-12")
    asking = talk.person()
    await talk.ask(asking, "Ab wie vielen Einwohnern ist ein Ort eine Kleinstadt?", "5.000")
    query = await answered(api, talk.person(), "")
    shown = [result["id"] for result in query.results or []]
    assert shown[:2] == ["event:webtalk-2026-12", f"faq:{ENTRY}"]
    assert len(shown) == 10


@pytest.mark.parametrize("words", ["qwxyz", "🤷", "'); DROP TABLE", "\x00", "ß" * 256, "\u202e"])
async def test_far_fetched_words_find_nothing_and_break_nothing(
    talk: Talk, api: FakeBotApi, words: str
) -> None:
    query = await answered(api, talk.person(), words)
    assert len(query.results or []) <= 10


async def test_no_words_are_kept_of_what_is_typed_elsewhere(talk: Talk, api: FakeBotApi) -> None:
    word = "Kanarienvogelzucht"
    await answered(api, talk.person(), f"leerstand {word}")
    await talk.settled()
    tables = await talk.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
    for table in tables:
        rows = await talk.rows(f"SELECT * FROM {table['name']}")  # noqa: S608
        assert word not in str(rows), table
    assert await talk.rows("SELECT * FROM people") == []
    assert await talk.rows("SELECT * FROM inbox WHERE channel = 'telegram'") == []
    for file in talk.app.settings.data.iterdir():
        if file.is_file():
            assert word.encode() not in file.read_bytes(), file


async def test_one_person_cannot_keep_us_busy_for_everybody(talk: Talk, api: FakeBotApi) -> None:
    hasty, other = talk.person(), talk.person()
    queries = [hasty.types_after_name(f"leer{number}") for number in range(60)]
    await answered(api, other, "leerstand")
    await api.wait_for(lambda: all(q.results is not None for q in queries[:30]))
    assert len([q for q in queries if q.results is not None]) <= 40
    # A minute later everything is forgiven.
    talk.clock.move(timedelta(minutes=1))
    await answered(api, hasty, "leerstand")


async def test_a_conversation_does_not_wait_for_inline_trouble(talk: Talk, api: FakeBotApi) -> None:
    api.fault("answerInlineQuery", "hang", times=None)
    person = talk.person()
    person.types_after_name("leerstand")
    await talk.ask(person, "/start", WELCOME)
    api.fault("answerInlineQuery", 400, times=None)
    person.types_after_name("webinar")
    await talk.ask(person, "/hilfe", "So geht es")


@pytest.mark.parametrize(
    "query",
    [None, "", 7, [], {}, {"id": 5}, {"id": "1", "from": {}, "query": "x"},
     {"id": "1", "from": {"id": "7"}, "query": "x"}, {"id": "1", "from": {"id": 7}, "query": None},
     {"id": "1", "from": {"id": 7}, "query": "\ud83d"}],
)  # fmt: skip
async def test_malformed_questions_harm_nobody(talk: Talk, api: FakeBotApi, query: Any) -> None:
    api.inject({"update_id": 900_000_000, "inline_query": query})
    await talk.ask(talk.person(), "/start", WELCOME)
    await asyncio.sleep(0)

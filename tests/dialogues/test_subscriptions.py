"""People choose what they are told of without asking, and end it with one word."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from handlers import questions, routing
from handlers.hours import BERLIN
from handlers.programme import keeping, subscriptions
from handlers.turn import Turn
from knowledge.models import Event
from storage import announcements, events
from storage.announcements import Audience, Letter
from storage.database import Tx
from tests.fakes.world import Message, Person
from tests.support.clock import START
from tests.support.hotline import COORDINATOR, DESK, Talk

LIST = "Wählen Sie, wovon wir Ihnen"
ENDED = "Ihr Abo ist beendet"
NONE = "Sie haben kein Abo"
OUTDATED = "Diese Auswahl gilt nicht mehr"


@pytest.fixture(autouse=True)
def wired(monkeypatch: pytest.MonkeyPatch) -> None:
    """Subscriptions are where people find them."""
    if "subs" in routing.BUTTONS:
        return

    async def hear(turn: Turn) -> None:
        if not await subscriptions.asked_for(turn):
            await questions.hear(turn)

    monkeypatch.setitem(routing.BUTTONS, "subs", subscriptions.pressed)
    monkeypatch.setitem(routing.COMMANDS, "abo", subscriptions.choose)
    monkeypatch.setitem(routing.COMMANDS, "abos", subscriptions.choose)
    monkeypatch.setitem(routing.COMMANDS, "abbestellen", subscriptions.stop)
    last = routing.ROUTES[-1]
    monkeypatch.setattr(routing, "ROUTES", (*routing.ROUTES[:-1], last._replace(handle=hear)))


def labels(message: Message) -> list[str]:
    return [button.label for button in message.buttons]


def boxes(message: Message) -> list[str]:
    """What one can subscribe to on this page."""
    kinds = ("subs:t:", "subs:g:", "subs:o:")
    return [
        button.label
        for button in message.buttons
        if (button.data or "").replace(":no:", ":").startswith(kinds)
    ]


async def held(talk: Talk) -> list[tuple[str, str]]:
    rows = await talk.rows("SELECT kind, value FROM subscriptions ORDER BY kind, value")
    return [(row["kind"], row["value"]) for row in rows]


async def takes_place(talk: Talk, id: str, *, look: bool = True, **about: Any) -> None:
    """An event enters the programme; three weeks from now if nothing else is said."""
    facts = {
        "title": "Ein Abend",
        "starts": START.astimezone(BERLIN) + timedelta(days=21),
        "description": "Ein Abend für alle.",
        "source": "Koordination",
        "checked_on": date(2026, 11, 24),
    }
    event = Event(id=id, **(facts | about))
    await talk.app.database.write(lambda tx: keeping.keep(tx, event, "desk", talk.clock.now()))
    if look:
        await talk.app.programme.look()


async def subscribed(talk: Talk, label: str = "☐ Alle neuen Termine") -> Person:
    person = talk.person()
    await talk.ask(person, "/abo", LIST)
    person.presses(label)
    await talk.hears(person, "Abonniert:")
    return person


# -- choosing ------------------------------------------------------------------------


async def test_the_list_offers_everything_topics_formats_and_regions_by_readable_names(
    talk: Talk,
) -> None:
    await takes_place(talk, "wege", topics=("mobilitaet", "veranstaltungen"), region="Sachsen")
    await takes_place(talk, "stadt", topics=("stadt-und-land", "isek"), title="ISEK, aber wie?")
    person = talk.person()
    shown = await talk.ask(person, "/abo", LIST)
    assert "Seite 1 von 2" in shown.text
    person.presses("Weitere")
    second = await talk.hears(person, "Seite 2 von 2")
    assert [*labels(shown)[:1], *boxes(shown), *boxes(second)] == [
        "☐ Alle neuen Termine",
        "☐ Beteiligung",
        "☐ Digitalisierung",
        "☐ Grundlagen",
        "☐ ISEK",
        "☐ Kleinstadtakademie",
        "☐ Mobilität",
        "☐ Netzwerke",
        "☐ Stadt und Land",
        "☐ Zusammenarbeit",
        "☐ Lernen",
        "☐ Austausch",
        "☐ Beratung",
        "☐ Sachsen",
    ]
    assert len(boxes(shown)) == 7
    person.presses("Vorige")
    assert boxes(await talk.hears(person, "Seite 1 von 2")) == boxes(shown)


async def test_pressing_subscribes_and_pressing_the_next_list_ends_it(talk: Talk) -> None:
    person = talk.person()
    shown = await talk.ask(person, "/abos", LIST)
    person.presses("☐ Digitalisierung", shown)
    ticked = await talk.hears(person, "Abonniert: Digitalisierung.")
    assert "☑ Digitalisierung (abonniert)" in labels(ticked)
    assert await held(talk) == [("topic", "digitalisierung")]
    person.presses("☑ Digitalisierung (abonniert)", ticked)
    empty = await talk.hears(person, "Nicht mehr abonniert: Digitalisierung.")
    assert labels(empty) == labels(shown)
    assert await held(talk) == []


async def test_an_impatient_finger_changes_nothing_back(talk: Talk) -> None:
    person = talk.person()
    shown = await talk.ask(person, "/abo", LIST)
    for _ in range(2):
        person.presses("☐ Digitalisierung", shown)
        await talk.hears(person, "Abonniert: Digitalisierung.")
    assert await held(talk) == [("topic", "digitalisierung")]


async def test_whoever_chooses_on_the_second_page_stays_there(talk: Talk) -> None:
    for number in range(20):
        about = {"topics": (f"thema-{number + 10}",), "look": number == 19}
        await takes_place(talk, f"abend-{number}", **about)
    person = talk.person()
    await talk.ask(person, "/abo", "Seite 1 von 4")
    person.presses("Weitere")
    second = await talk.hears(person, "Seite 2 von 4")
    assert len(boxes(second)) == 8
    person.presses(boxes(second)[3], second)
    after = await talk.hears(person, "Seite 2 von 4")
    assert [label.startswith("☑") for label in boxes(after)] == [False] * 3 + [True] + [False] * 4


async def test_rhythm_and_quiet_hours_are_kept_beside_what_is_chosen(talk: Talk) -> None:
    person = await subscribed(talk)
    person.presses("☐ Wöchentlich")
    weekly = await talk.hears(person, "einmal in der Woche")
    assert {"☐ Sofort", "☑ Wöchentlich, gewählt"} < set(labels(weekly))
    person.presses("☐ Nachts nicht (20–8 Uhr)")
    quiet = await talk.hears(person, "Von 20 bis 8 Uhr")
    assert "☑ Nachts nicht (20–8 Uhr), gewählt" in labels(quiet)
    [wish] = await talk.rows("SELECT rhythm, quiet_from, quiet_until FROM wishes")
    assert wish == {"rhythm": "weekly", "quiet_from": 1200, "quiet_until": 480}
    person.presses("Fertig")
    done = await talk.hears(person, "einmal in der Woche eine Nachricht")
    assert "(Ihre Auswahl: Alle neuen Termine), aber nie zwischen 20 und 8 Uhr." in done.text
    person.presses("☑ Nachts nicht (20–8 Uhr), gewählt", quiet)
    await talk.hears(person, "zu jeder Uhrzeit")
    person.presses("☐ Sofort", weekly)
    await talk.hears(person, "jetzt sofort")
    [wish] = await talk.rows("SELECT rhythm, quiet_from, quiet_until FROM wishes")
    assert wish == {"rhythm": "now", "quiet_from": None, "quiet_until": None}


async def test_done_says_in_one_sentence_what_they_will_get(talk: Talk) -> None:
    person = await subscribed(talk, "☐ Netzwerke")
    person.presses("☐ Beteiligung")
    await talk.hears(person, "Abonniert:")
    person.presses("Fertig")
    done = await talk.hears(person, "Auswahl")
    assert done.text == (
        "Sie bekommen hier sofort eine Nachricht, wenn es einen neuen Termin gibt "
        "(Ihre Auswahl: Beteiligung, Netzwerke)."
    )
    assert labels(done) == ["Abo ändern", "Abo beenden"]


async def test_done_with_nothing_chosen_promises_nothing(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "/abo", LIST)
    person.presses("Fertig")
    done = await talk.hears(person, "nichts ausgewählt")
    assert labels(done) == ["Abo ändern"]


async def test_what_is_coming_is_offered_to_those_it_fits(talk: Talk) -> None:
    await takes_place(talk, "wege", topics=("mobilitaet",))
    await takes_place(talk, "mehr", topics=("mobilitaet",))
    await takes_place(talk, "abgesagt", topics=("mobilitaet", "klima"), cancelled=True)
    gone = datetime(2025, 1, 1, 18, tzinfo=BERLIN)
    await takes_place(talk, "vorbei", topics=("mobilitaet",), starts=gone)
    person = talk.person()
    await talk.ask(person, "/abo", LIST)
    person.presses("☐ Mobilität")
    some = await talk.hears(person, "schon feststehen: 2.")
    assert "Was kommt" in labels(some)
    person.presses("Fertig")
    assert "Was kommt" in labels(await talk.hears(person, "Auswahl"))
    person.presses("Was kommt")
    await talk.hears(person, "Ein Abend")
    other = talk.person()
    await talk.ask(other, "/abo", LIST)
    other.presses("☐ Klima")
    none = await talk.hears(other, "Abonniert: Klima.")
    assert "feststehen" not in none.text
    assert "Was kommt" not in labels(none)


async def test_a_format_and_a_region_fit_the_events_that_have_them(talk: Talk) -> None:
    await takes_place(talk, "kurs", format="crashkurs", region="Baden-Württemberg")
    await takes_place(talk, "treff", region=" baden-württemberg ")
    person = talk.person()
    await talk.ask(person, "/abo", LIST)
    person.presses("☐ Lernen")
    await talk.hears(person, "schon feststehen: 1.")
    person.presses("Weitere")
    place = await talk.hears(person, "Seite 2 von 2")
    [region] = [label for label in boxes(place) if "Baden" in label]
    person.presses(region)
    await talk.hears(person, "schon feststehen: 2.")


async def test_a_topic_that_no_event_has_any_more_can_be_given_up(talk: Talk) -> None:
    await takes_place(talk, "wege", topics=("mobilitaet",))
    person = await subscribed(talk, "☐ Mobilität")
    await takes_place(talk, "wege", topics=("klima",))
    shown = await talk.ask(person, "/abo", LIST)
    person.presses("Weitere", shown)
    rest = await talk.hears(person, "Seite 2")
    person.presses("☑ Mobilität (abonniert)", rest)
    after = await talk.hears(person, "Nicht mehr abonniert: Mobilität.")
    assert not [label for label in labels(after) if "Mobilität" in label]
    assert await held(talk) == []


async def test_the_longest_names_fit_into_a_button(talk: Talk) -> None:
    topic = "a" * 48
    region = "Samtgemeinde Ülzen-Überlingen an der schönen blauen Donau und am Ärmelkanal"
    await takes_place(talk, "lang", topics=(topic,), region=region)
    person = talk.person()
    shown = await talk.ask(person, "/abo", LIST)
    person.presses(next(label for label in labels(shown) if "aaa" in label))
    topics = await talk.hears(person, "Abonniert")
    assert any("aaa" in label and label.endswith("(abonniert)") for label in labels(topics))
    person.presses("Weitere")
    second = await talk.hears(person, "Seite 2")
    person.presses(next(label for label in labels(second) if "Samtgemeinde" in label))
    regions = await talk.hears(person, "Abonniert")
    assert any(
        "Samtgemeinde" in label and label.endswith("(abonniert)") for label in labels(regions)
    )
    assert await held(talk) == [("region", region), ("topic", topic)]
    person.presses(next(label for label in labels(regions) if "Samtgemeinde" in label))
    await talk.hears(person, "Nicht mehr abonniert")
    assert await held(talk) == [("topic", topic)]


FORGED = (
    *("t:gibtesnicht", "no:t:gibtesnicht", "t:veranstaltungen", "g:", "o:atlantis", "a:x", "all"),
    *("p:99", "p:-1", "p:", "p:²", "no:p:0", "r:daily", "no:r:now", "end:alles", "x"),
    *("no:ok", "no:end", "no:", "no:no:a"),
)


async def test_old_and_forged_buttons_have_no_effect(talk: Talk) -> None:
    person = await subscribed(talk, "☐ Netzwerke")
    for code in FORGED:
        person.presses(f"subs:{code}", forged=True)
        assert labels(await talk.hears(person, OUTDATED)) == [], code
    assert await held(talk) == [("topic", "netzwerke")]
    assert await talk.rows("SELECT * FROM wishes") == []


async def test_somebody_with_einfache_sprache_reads_it(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "/einfach", "Einfacher Sprache")
    await talk.ask(person, "/abo", "Ein Haken heißt: Das haben Sie gewählt.")
    person.presses("☐ Netzwerke")
    await talk.hears(person, "Abonniert: Netzwerke.")
    person.presses("Fertig")
    await talk.hears(person, "Wir schreiben Ihnen bei jedem neuen Termin.")
    person.presses("Abo beenden")
    await talk.hears(person, "Ihr Abo ist zu Ende.")


# -- ending --------------------------------------------------------------------------


async def test_one_press_ends_everything_and_says_how_to_come_back(talk: Talk) -> None:
    person = await subscribed(talk)
    other = await subscribed(talk, "☐ Netzwerke")
    person.presses("☐ Wöchentlich")
    await talk.hears(person, "einmal in der Woche")
    person.presses("Abo beenden")
    ended = await talk.hears(person, ENDED)
    assert "schreiben Sie „Abo“" in ended.text
    assert await held(talk) == [("topic", "netzwerke")]
    assert await talk.rows("SELECT * FROM wishes") == []
    assert labels(ended) == ["Abo wählen"]
    person.presses("Abo wählen", ended)
    await talk.hears(person, LIST)
    assert talk.silence(other) == []


@pytest.mark.parametrize("by", ["words", "the last check mark"])
async def test_what_was_on_its_way_is_not_sent_to_somebody_who_ended_it(
    talk: Talk, by: str
) -> None:
    person = await subscribed(talk)
    [row] = await talk.rows("SELECT * FROM addresses")

    async def begin(tx: Tx) -> None:
        number = await announcements.draft(
            tx,
            text="{}",
            audience=Audience(),
            created_by=await tx.value("SELECT MIN(id) FROM coordinators"),
            now=START,
        )
        await tx.run("UPDATE announcements SET state = 'waiting' WHERE id = ?", number)
        later = START + timedelta(hours=12)
        to = (row["person_id"], row["channel"], row["bot"], row["chat"])
        await announcements.start(tx, number, [Letter(*to, "{}", later)], START)

    await talk.app.database.write(begin)
    if by == "words":
        await talk.ask(person, "Bitte keine Ankündigungen mehr", ENDED)
    else:
        person.presses("☑ Alle neuen Termine (abonniert)")
        await talk.hears(person, "Nicht mehr abonniert")
    await talk.settled()
    found = await talk.rows("SELECT state, reason FROM outbox WHERE lane = 1")
    assert found == [{"state": "expired", "reason": "withdrawn"}]


async def test_marked_events_are_another_matter_and_one_more_press(talk: Talk) -> None:
    await takes_place(talk, "wege", topics=("mobilitaet",))
    person = await subscribed(talk)
    [row] = await talk.rows("SELECT person_id FROM subscriptions")
    await talk.app.database.write(lambda tx: events.mark(tx, row["person_id"], "wege", 0, START))
    person.presses("Abo beenden")
    ended = await talk.hears(person, ENDED)
    assert "Es sind 1." in ended.text
    assert len(await talk.rows("SELECT * FROM marks")) == 1
    person.presses("Auch nicht mehr erinnern", ended)
    await talk.hears(person, "erinnern wir Sie nicht mehr")
    assert await talk.rows("SELECT * FROM marks") == []


# -- in words --------------------------------------------------------------------------


BEGIN = """
    Abo|abos|Newsletter|Newsletter bitte!|abonnieren|Ich möchte den Newsletter abonnieren
    Hallo, ich hätte gern ein Abo|Ankündigungen abonnieren|Ich möchte Ankündigungen bekommen
    Melden Sie mich bitte zum Newsletter an|subscribe|Digitalisierung abonnieren|abonieren
    Mein Abo ändern|Digitalisierung abbestellen"""
END = """
    abbestellen|Abbestellen!!|abbestelen|keine Nachrichten mehr|unsubscribe|Abo kündigen
    Bitte keine Ankündigungen mehr.|Bitte keine Ankündigungen mehr. Danke!|Abo beenden
    Hallo, ich möchte den Newsletter abbestellen|Melden Sie mich vom Newsletter ab
    Den Newsletter brauche ich nicht mehr|Bitte schicken Sie mir keine Nachrichten mehr
    Ich möchte keine Nachrichten mehr bekommen|Nehmen Sie mich aus dem Verteiler
    stop|STOPP!|Stop bitte|Bitte schreiben Sie mir nicht mehr|no more messages please
    /abbestellen"""
NEITHER = """
    Was kostet das Abo?|Wie bestelle ich die Nachrichten ab?|newsletter?|Abo?
    Wie bestelle ich die Nachrichten ab|Kann ich das Abo wieder abbestellen?
    Ich bekomme keine Nachrichten mehr|Wir bekommen keine Ankündigungen mehr
    Ich habe das Abo gekündigt|Ich will das Abo nicht kündigen|Nicht abbestellen
    Newsletter vom Versandhaus abbestellen|Zeitung abonnieren|Wir haben Neuigkeiten für Sie
    Nachrichten löschen|Es gibt keine Termine mehr|Ich will das nicht mehr|Veranstaltungen
    Netzwerke|Nein danke|Probeabo läuft aus, verlängert es sich von selbst"""


def said(listed: str) -> list[str]:
    return [words for line in listed.split("\n") for words in line.strip().split("|") if words]


async def test_plain_words_open_the_list(talk: Talk) -> None:
    for words in said(BEGIN):
        await talk.ask(talk.person(), words, LIST)


async def test_plain_words_end_it_at_once(talk: Talk) -> None:
    for words in said(END):
        person = await subscribed(talk)
        await talk.ask(person, words, ENDED)
        assert await held(talk) == [], words


async def test_questions_and_other_matters_are_left_to_others(talk: Talk) -> None:
    for words in said(NEITHER):
        person = await subscribed(talk, "☐ Netzwerke")
        heard = await talk.ask(person, words)
        assert LIST not in heard.text, words
        assert ENDED not in heard.text, words
    assert await held(talk) == [("topic", "netzwerke")] * len(said(NEITHER))


async def test_asking_for_it_is_no_answer_to_what_we_asked_before(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "/neu")
    await talk.ask(person, "Abo", LIST)
    await talk.ask(person, "danke", "Gern geschehen")
    assert await talk.rows("SELECT * FROM requests") == []


async def test_whoever_has_none_is_told_so(talk: Talk) -> None:
    await talk.ask(talk.person(), "Bitte keine Ankündigungen mehr", NONE)


async def test_stop_means_something_else_to_those_who_have_none(talk: Talk) -> None:
    heard = await talk.ask(talk.person(), "Stopp!")
    assert NONE not in heard.text


async def test_what_is_said_to_a_coordinator_reaches_the_coordinator(talk: Talk) -> None:
    person = await subscribed(talk)
    topic = await talk.request(person)
    member = talk.api.group(DESK).member(COORDINATOR)
    member.says("Möchten Sie ein Abo oder eine Karte?", thread=topic)
    await talk.hears(person, "oder eine Karte?")
    for words in ("Abo", "stop"):
        person.says(words)
        await talk.api.wait_for(lambda words=words: any(words == m.text for m in topic.messages))
    assert await held(talk) == [("all", "")]
    await talk.ask(person, "Bitte keine Ankündigungen mehr", ENDED)
    assert await held(talk) == []


async def test_they_read_it_among_what_we_hold_of_them(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def show(turn: Turn, rest: str) -> None:
        turn.reply(await subscriptions.summary(turn) or "nichts")

    monkeypatch.setitem(routing.COMMANDS, "zeigen", show)
    assert (await talk.ask(talk.person(), "/zeigen", "nichts")).text
    person = await subscribed(talk, "☐ Netzwerke")
    assert (await talk.ask(person, "/zeigen")).text == "Ihr Abo: Netzwerke."

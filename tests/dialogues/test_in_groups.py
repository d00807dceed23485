"""In a group the hotline speaks when it is spoken to, short, and forgets what was said."""

from datetime import timedelta
from pathlib import Path

import pytest

from handlers.network.in_groups import LONGEST, first_sentences
from knowledge.decide import Several, Suggest
from storage import groups, people
from storage.database import Tx
from tests.fakes.world import Group, Message
from tests.support.directory import PLACE, RULES, calm, listed, write
from tests.support.hotline import COORDINATOR, Talk
from tests.support.network import HELPER, has_profile

BOT = "hotline_1_bot"
SECRET = "Kanarienvogelgeheimnis"


def group(talk: Talk, number: int = PLACE) -> Group:
    return talk.api.group(number, "Verkehr auf dem Land", forum=False)


def heard(place: Group) -> list[Message]:
    return [message for message in place.general if message.from_bot]


async def answer(talk: Talk, place: Group, text: str, **how: object) -> Message:
    """Somebody says it in the group; what we answer."""
    before = len(heard(place))
    place.member(6001, "Mitglied").says(text, **how)
    await talk.api.wait_for(lambda: len(heard(place)) > before)
    return heard(place)[before]


@pytest.mark.parametrize(
    "words",
    [
        "/frage Was ist eine Kleinstadt?",
        f"/frage@{BOT} Was ist eine Kleinstadt?",
        f"@{BOT} Was ist eine Kleinstadt?",
        f"@{BOT.upper()}, was ist eine Kleinstadt?",
        f"Was ist eine Kleinstadt, @{BOT}?",
    ],
)
async def test_whoever_speaks_to_us_gets_a_short_answer_and_a_way_to_more(
    talk: Talk, words: str
) -> None:
    said = await answer(talk, group(talk), words)
    assert 20 < len(said.text) <= LONGEST
    assert said.text.endswith((".", "!", "?"))
    [button] = said.buttons
    assert button.url == f"https://t.me/{BOT}?start=faq_kleinstadt-definition"
    assert said.reply_to is not None


async def test_a_reply_to_us_is_for_us(talk: Talk) -> None:
    place = group(talk)
    first = await answer(talk, place, "/frage Was ist eine Kleinstadt?")
    said = await answer(talk, place, "Was ist die Kleinstadtakademie?", reply_to=first)
    assert "Kleinstadtakademie" in said.text


@pytest.mark.parametrize(
    "words",
    [
        "Was ist eine Kleinstadt?",
        "Fragen Sie @hotline_1_bots oder mich",
        f"Schreibt an info@{BOT}.de",
        "/frage@other_bot Was ist eine Kleinstadt?",
        "/hilfe",
        "/fragen Was ist das?",
    ],
)
async def test_what_is_said_to_others_leaves_no_trace(talk: Talk, words: str) -> None:
    place = group(talk)
    place.member(6001).says(words)
    await calm(talk)
    assert heard(place) == []
    assert await talk.rows("SELECT * FROM inbox WHERE queue LIKE ?", f"%{PLACE}%") == []


async def test_a_reply_to_somebody_else_is_not_for_us(talk: Talk) -> None:
    place = group(talk)
    other = place.member(6002).says("Wer weiß, was ein Webtalk ist?")
    place.member(6001).says("Was ist ein Webtalk?", reply_to=other)
    await calm(talk)
    assert heard(place) == []


@pytest.mark.parametrize("words", ["/frage", f"@{BOT}", "/frage   "])
async def test_without_words_we_say_how_to_ask(talk: Talk, words: str) -> None:
    said = await answer(talk, group(talk), words)
    assert "Zum Beispiel: /frage" in said.text


@pytest.mark.parametrize(
    "words",
    [
        "/frage Wer zahlt die Kirchturmuhr in Beispielstadt?",
        "/frage Ich möchte mit einem Menschen sprechen",
        "/frage " + "x" * 4089,
        "/frage '); DROP TABLE groups; --",
    ],
)
async def test_what_we_do_not_know_is_for_the_private_chat(talk: Talk, words: str) -> None:
    said = await answer(talk, group(talk), words)
    assert "privaten Chat" in said.text or "Verschiedenes heißen" in said.text
    assert "TABLE" not in said.text
    assert [button.url for button in said.buttons] == [f"https://t.me/{BOT}"]
    assert await talk.rows("SELECT * FROM requests") == []
    assert await talk.rows("SELECT * FROM people") == []


def is_short(said: Message, lines: int = 3) -> list[str]:
    """The lines of its list; it says little, and leads to the private chat."""
    assert len(said.text) <= LONGEST
    assert [button.url for button in said.buttons] == [f"https://t.me/{BOT}"]
    assert said.reply_to is not None
    listed = [line for line in said.text.splitlines() if line.startswith("•")]
    assert len(listed) <= lines
    return listed


async def test_dates_are_named_there_three_at_the_most(talk: Talk) -> None:
    place = group(talk)
    known = talk.app.content.knowledge.library.events.values()
    said = await answer(talk, place, "/frage Was war 2021 los?")
    shown = is_short(said)
    assert len(shown) == 3
    assert all(any(event.title[:40] in line for event in known) for line in shown)
    assert "Das kenne ich" in said.text


async def test_where_nothing_is_on_that_is_said(talk: Talk) -> None:
    said = await answer(talk, group(talk), "/frage Was ist am 24. Dezember 2031 los?")
    assert "Ich kenne keine Veranstaltung" in said.text
    assert len(is_short(said)) <= 1


async def test_what_may_be_meant_is_named_in_plain_lines(talk: Talk) -> None:
    knowledge = talk.app.content.knowledge
    asked = next(
        words
        for words in ("Förderung", "Was kostet das?", "Kleinstadt", "Akademie", "Treffen", "Geld")
        if isinstance(knowledge.decide(knowledge.hear(words), ""), Suggest)
    )
    said = await answer(talk, group(talk), f"/frage {asked}")
    hits = knowledge.decide(knowledge.hear(asked), "").hits  # type: ignore[union-attr]
    assert is_short(said) == [f"• {hit.title}" for hit in hits]


async def test_two_questions_have_two_short_answers(talk: Talk) -> None:
    words = "Was ist eine Kleinstadt? Und was ist ein Webinar?"
    knowledge = talk.app.content.knowledge
    assert isinstance(knowledge.decide(knowledge.hear(words), ""), Several)
    said = await answer(talk, group(talk), f"/frage {words}")
    assert is_short(said) == []
    assert "20.000" in said.text
    assert "Webinar" in said.text


async def test_nobody_is_named_in_a_group(talk: Talk) -> None:
    """Whoever agreed to be found agreed to be found by one person."""
    place, number = await listed(talk)
    matter = {"matters": ("leerstand",), "moderators": "Moderation Kanarie"}
    await write(talk, lambda tx: groups.write(tx, number, matter))
    other = await write(
        talk, lambda tx: groups.add_elsewhere(tx, "laeden", "Volle Läden", talk.clock.now())
    )
    await write(talk, lambda tx: groups.write(tx, other, {"matters": ("leerstand",)}))
    await write(talk, lambda tx: groups.list_(tx, other, talk.clock.now(), listed=True))
    peer = talk.person(f"{SECRET} Mensch")
    await talk.ask(peer, "/start")

    async def has_everything(tx: Tx) -> None:
        bot = talk.api.token.split(":")[0]
        known = await people.known(tx, "telegram", bot, str(peer.id))
        assert known
        open_ = dict.fromkeys(("town", "name", "function", "region"), "card")
        told = {"town": SECRET, "name": SECRET, "contact": SECRET, "visible": open_}
        await has_profile(tx, known.id, talk.clock.now(), **HELPER, **told)

    await write(talk, has_everything)
    for words in ("Wer kennt sich mit Leerstand aus?", "Wer hat Erfahrung mit Leerstand?"):
        said = await answer(talk, place, f"/frage {words}")
        assert is_short(said) == ["• Volle Läden"]
        assert "nur im privaten Chat" in said.text
        for private in (SECRET, "Moderation Kanarie", str(peer.id)):
            assert private not in said.text
    # With us alone the same question finds them.
    assert SECRET in (await talk.ask(talk.person(), words, "Leerstand")).text


async def test_in_danger_the_numbers_come_at_once_however_much_is_asked(talk: Talk) -> None:
    place = group(talk)
    for _ in range(6):
        place.member(6001).says("/frage Was ist eine Kleinstadt?")
    said = await answer(talk, place, "/frage Ich will mich umbringen")
    await calm(talk)
    said = next(message for message in heard(place) if "112" in message.text)
    assert "TelefonSeelsorge" in said.text


async def test_five_answers_a_minute_are_enough_for_a_group(talk: Talk) -> None:
    place = group(talk)
    for _ in range(8):
        place.member(6001).says("/frage Was ist eine Kleinstadt?")
    await calm(talk)
    assert len(heard(place)) == 5
    talk.clock.move(timedelta(minutes=1, seconds=1))
    await answer(talk, place, "/frage Was ist eine Kleinstadt?")


async def test_forwarded_and_anonymous_commands_do_nothing(talk: Talk) -> None:
    place = group(talk)
    coordinator = talk.api.user(COORDINATOR)
    place.member(6001).says("/themengruppe alle", forwarded_from=coordinator)
    place.anonymous_admin().says("/themengruppe alle")
    place.anonymous_admin().says("/begruessung an")
    place.linked_channel(-1005, "Kanal").says("/frage Was ist eine Kleinstadt?")
    await calm(talk)
    assert await talk.rows("SELECT * FROM groups") == []
    assert heard(place) == []


PLACE_IS_KNOWN = str(PLACE).encode()  # its queue, so that we look where it would stand


def contents(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


async def test_what_was_asked_stands_nowhere_in_the_store(talk: Talk, tmp_path: Path) -> None:
    place = group(talk)
    place.member(6001, f"{SECRET} Name").says(f"Unter uns: {SECRET} eins")
    await answer(talk, place, f"/frage Wer kennt {SECRET} zwei?")
    await answer(talk, place, f"@{BOT} Und {SECRET} drei?")
    place.member(6001).sends_photo(b"\xff\xd8\xff\xe0bild", f"@{BOT} {SECRET} vier")
    await calm(talk)

    await talk.app.database.checkpoint()
    kept = contents(tmp_path)
    assert PLACE_IS_KNOWN in kept
    assert SECRET.encode() not in kept


# -- new members ------------------------------------------------------------------------------


async def welcomed(talk: Talk) -> Group:
    place, number = await listed(talk)
    await write(talk, lambda tx: groups.set_welcomes(tx, number, welcomes=True))
    return place


def welcomes(place: Group) -> list[Message]:
    return [message for message in heard(place) if "Willkommen" in message.text]


async def test_a_burst_of_new_members_is_welcomed_once(talk: Talk) -> None:
    place = await welcomed(talk)
    place.lets_in(talk.person(), talk.person())
    place.lets_in(talk.person(SECRET))
    await calm(talk)
    await talk.passes(timedelta(seconds=31))
    [message] = welcomes(place)
    assert RULES in message.text
    place.lets_in(talk.person())
    await calm(talk)
    await talk.passes(timedelta(seconds=31))
    assert len(welcomes(place)) == 1
    await talk.passes(timedelta(minutes=10))
    assert len(welcomes(place)) == 2
    assert await talk.rows("SELECT * FROM people") == []
    kept = await talk.rows("SELECT payload FROM inbox WHERE payload IS NOT NULL")
    assert kept == []


async def test_a_group_that_did_not_ask_for_it_has_no_welcome(talk: Talk) -> None:
    place, _ = await listed(talk)
    place.lets_in(talk.person())
    await calm(talk)
    await talk.passes(timedelta(minutes=1))
    assert heard(place) == []


async def test_coordinators_switch_the_welcome_in_the_group_and_nobody_else(talk: Talk) -> None:
    place, number = await listed(talk)

    async def says(who: int, text: str) -> str:
        before = len(heard(place))
        place.member(who).says(text)
        await talk.api.wait_for(lambda: len(heard(place)) > before)
        return heard(place)[-1].text

    admin = place.member(6002, status="creator")
    assert "eingetragen" in await says(admin.id, "/begruessung an")
    assert "Neue Mitglieder begrüßen" in await says(COORDINATOR, "/begruessung")
    assert "ab jetzt begrüßt" in await says(COORDINATOR, "/begruessung an")
    assert await talk.rows("SELECT welcomes FROM groups WHERE id = ?", number) == [{"welcomes": 1}]
    assert "nicht mehr begrüßt" in await says(COORDINATOR, "/begruessung aus")
    assert await talk.rows("SELECT welcomes FROM groups WHERE id = ?", number) == [{"welcomes": 0}]


# -- the directory learns ---------------------------------------------------------------------


async def test_a_renamed_group_is_called_by_its_new_name(talk: Talk) -> None:
    place, number = await listed(talk)
    place.renames("Bus und Bahn – jetzt für alle")
    await calm(talk)
    shown = await talk.ask(talk.person(), "/gruppen", "Themengruppen")
    assert "jetzt für alle" in shown.text
    assert number


async def test_a_group_that_moved_stays_in_the_directory(talk: Talk) -> None:
    place, number = await listed(talk, number=-98765)
    place.migrate(PLACE - 3)
    await calm(talk)
    anna = talk.person()
    await talk.ask(anna, "/start", "Guten Tag")
    anna.presses(f"grp:join:{number}", forged=True)
    await talk.hears(anna, RULES)
    anna.presses("Ich stimme zu")
    await talk.hears(anna, "nur einmal")
    assert list(talk.api.groups[PLACE - 3].links)


# -- cutting an answer ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "longest", "cut"),
    [
        ("Kurz und gut.", 40, "Kurz und gut."),
        ("Eins. Zwei. Drei ist viel länger als alles.", 20, "Eins. Zwei."),
        ("Es gibt z. B. 20.000 Orte. Und vieles mehr dazu.", 30, "Es gibt z. B. 20.000 Orte."),
        ("Ein einziger langer Satz ohne Ende und Ziel", 20, "Ein einziger …"),
        ("Am 3. Mai beginnt es. Danach ist noch viel Zeit.", 25, "Am 3. Mai beginnt es."),
        ("x" * 500, 400, None),
    ],
)
def test_an_answer_ends_with_a_whole_sentence(words: str, longest: int, cut: str | None) -> None:
    found = first_sentences(words, longest)
    assert len(found) <= longest
    assert cut is None or found == cut

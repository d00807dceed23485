"""Whatever people and machines send, the hotline answers or ignores it, and goes on."""

import pytest

from tests.support.hotline import Talk

ODD_TEXTS = {
    "spaces only": "   \n\t ",
    "4096 emoji": "😀" * 2048,
    "4096 angle brackets": "<" * 4096,
    "zalgo": "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞",
    "right to left": "\u202egnureiminreV",
    "zero width": "Klein\u200bstadt\u200d?\ufeff",
    "line breaks": "\n".join(["a"] * 2000),
    "regex bomb": "a" * 4000 + "!",
    "sql": "'); DROP TABLE people; --",
    "html": "<script>alert(1)</script><b>fett</b> &amp; <3",
    "markdown": "*_[]()~>#+-=|{}.!\\`",
    "template": "{name} {{7*7}} %s %(x)s ${x}",
    "formula": '=HYPERLINK("http://x","y")',
    "link": "javascript:alert(1) http://169.254.169.254/ file:///etc/passwd",
    "one letter": "a",
    "only emoji": "🤷‍♀️👍🏽🇩🇪",
    "other script": "Что такое маленький город? 小さな町とは",
    "insult": "Ihr seid doch alle Vollpfosten",
    "control": "a\x01\x02\x7f\x85b",
}


@pytest.mark.parametrize("kind", ODD_TEXTS)
async def test_odd_texts_get_an_honest_reply_and_nothing_breaks(talk: Talk, kind: str) -> None:
    person = talk.person("<b>O'Brien</b> \u202e %s {x} *_[")
    person.says(ODD_TEXTS[kind])
    await talk.ask(person, "Ab wann ist ein Ort eine Kleinstadt?", "5.000")
    assert await talk.rows("SELECT error FROM inbox WHERE attempts > 0 OR error IS NOT NULL") == []
    assert await talk.rows("SELECT id FROM alarms") == []


@pytest.mark.parametrize("kind", ODD_TEXTS)
async def test_odd_texts_reach_the_desk_as_typed(talk: Talk, kind: str) -> None:
    person = talk.person()
    await talk.ask(person, "Mensch", "Worum geht es")
    if not ODD_TEXTS[kind].strip():
        return
    person.says(ODD_TEXTS[kind])
    await talk.hears(person, "K-1001")
    rows = await talk.rows("SELECT text FROM request_messages")
    assert rows[0]["text"] == ODD_TEXTS[kind].strip().replace("\0", "")


def message(talk: Talk, update_id: object, **body: object) -> dict[str, object]:
    return {
        "update_id": update_id,
        "message": {
            "message_id": 77,
            "date": 1790000000,
            "chat": {"id": 20001, "type": "private"},
            "from": {"id": 20001, "is_bot": False, "first_name": "E"},
            **body,
        },
    }


async def test_strange_updates_are_dropped_and_the_next_one_is_handled(talk: Talk) -> None:
    person = talk.person()
    strange: list[object] = [
        {"update_id": 800_000_001},
        {"update_id": 800_000_002, "unheard_of": {"a": 1}},
        message(talk, -5, text="negativ"),
        message(talk, 2**63, text="zu groß"),
        message(talk, "9", text="keine Zahl"),
        {"message": {"text": "ohne Nummer"}},
        message(talk, 800_000_003, text="\ud83d halb"),
        message(talk, 800_000_004, text="N\0UL"),
        message(talk, 800_000_005, text=None),
        message(talk, 800_000_006, text={"a": []}),
        {"update_id": 800_000_007, "message": []},
        {"update_id": 800_000_008, "message": {"message_id": 1, "date": 1, "chat": {"id": 1}}},
        {"update_id": 800_000_009, "callback_query": {"id": "1", "data": "x" * 65}},
        {"update_id": 800_000_010, "poll": {"id": "1"}},
        message(talk, 800_000_011, **{"from": {"id": 5, "is_bot": True, "first_name": "B"}}),
        [],
        None,
        7,
    ]
    for update in strange:
        talk.api.inject(update)
    await talk.ask(person, "Ab wann ist ein Ort eine Kleinstadt?", "5.000")
    await talk.settled()
    assert await talk.rows("SELECT error FROM inbox WHERE error IS NOT NULL") == []


async def test_the_same_update_again_and_again_is_one_message(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "Hallo", "Guten Tag")
    for _ in range(5):
        talk.api.inject(message(talk, 900_000_001, text="Danke"))
    talk.api.inject(message(talk, 5, text="Auf Wiedersehen"))  # far lower, and new
    await talk.hears(person, "Auf Wiedersehen")
    await talk.settled()
    assert sum(1 for m in person.received if "Gern geschehen" in m.text) == 1


async def test_twenty_double_clicks_are_one_request(talk: Talk) -> None:
    person = talk.person()
    offer = await talk.ask(person, "Wer stimmt die Orgel von 1712?", "Soll ich")
    for _ in range(20):
        person.presses("Ja, bitte", offer)
    await talk.hears(person, "K-1001")
    await talk.settled()
    assert len(await talk.rows("SELECT id FROM requests")) == 1


async def test_start_in_the_middle_of_a_dialogue_begins_anew(talk: Talk) -> None:
    person = talk.person()
    await talk.ask(person, "Wer stimmt die Orgel von 1712?", "Soll ich")
    await talk.ask(person, "/start", "Schreiben Sie einfach Ihre Frage")
    await talk.ask(person, "ja", "worauf sich Ihr Ja bezieht")
    assert await talk.rows("SELECT id FROM requests") == []

"""Long texts arrive whole, in parts that Telegram takes and people can read."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.telegram.split import (
    between_characters,
    clipped,
    split,
    units,
    without_marks,
)
from handlers.text import Mark, Text

FAMILY = "👨‍👩‍👧‍👦"  # seven code points, eleven units
FLAG = "🇩🇪"
SKIN = "👋🏽"
ACCENT = "e\u0301"

pieces = st.sampled_from(
    [
        *("a", "Haus", " ", "  ", "\n", "\n\n", ". ", "! ", "ß", "–", "<3", "&", "*", "😀"),
        *(FAMILY, FLAG, SKIN, ACCENT, "❤️", "x" * 30, "y" * 90, " \u0308", "\r\n"),
    ]
)


@st.composite
def texts(draw):
    characters = "".join(draw(st.lists(pieces, max_size=80)))
    marks = []
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(characters)))
        end = draw(st.integers(start, len(characters)))
        # Marks in our texts begin and end between characters that people see.
        if start < end and all(between_characters(characters, p) for p in (start, end)):
            kind = draw(st.sampled_from(["bold", "quote", "link"]))
            url = "https://stadt.example" if kind == "link" else None
            marks.append(Mark(kind=kind, start=start, end=end, url=url))
    return Text(characters=characters, marks=tuple(marks))


limits = st.integers(24, 120)


@given(texts(), limits)
@settings(max_examples=400, deadline=None)
def test_no_part_is_longer_than_telegram_allows(text, limit):
    assert all(units(part.characters) <= limit for part in split(text, limit))


@given(texts(), limits)
@settings(max_examples=400, deadline=None)
def test_nothing_is_lost_but_white_space_at_the_cuts(text, limit):
    rest = text.characters
    for part in split(text, limit):
        position = rest.index(part.characters)
        assert rest[:position].strip() == ""
        rest = rest[position + len(part.characters) :]
    assert rest.strip() == ""


@given(texts(), limits)
@settings(max_examples=400, deadline=None)
def test_no_character_that_people_see_is_torn_apart(text, limit):
    for part in split(text, limit):
        first = part.characters[0]
        assert not unicodedata.combining(first)
        assert first not in "\u200d\ufe0f"
        assert not "\U0001f3fb" <= first <= "\U0001f3ff"
        assert not part.characters.endswith("\u200d")
        letters = sum("\U0001f1e6" <= c <= "\U0001f1ff" for c in part.characters)
        assert letters % 2 == 0  # a flag is two letters


def covered(parts):
    return sorted(
        (mark.kind, part.characters[mark.start : mark.end]) for part in parts for mark in part.marks
    )


@given(texts(), limits)
@settings(max_examples=400, deadline=None)
def test_every_marked_word_stays_marked(text, limit):
    """Compared without white space, which may go at a cut."""

    def marked(parts, kind):
        return "".join(
            c
            for part in parts
            for i, c in enumerate(part.characters)
            if not c.isspace() and any(m.kind == kind and m.start <= i < m.end for m in part.marks)
        )

    parts = split(text, limit)
    for kind in ("bold", "link", "quote"):
        assert marked(parts, kind) == marked([text], kind)


@given(st.lists(pieces, max_size=60), st.integers(1, 20))
@settings(max_examples=200, deadline=None)
def test_a_link_that_fits_is_never_divided(words, length):
    before = "".join(words)
    title = "L " * length + "L"
    link = Text.link(title, "https://stadt.example")
    parts = split(Text.of(before + " ") + link + " Ende", 60)
    assert covered(parts) == [("link", title)]


def test_a_short_text_is_one_part():
    text = Text.bold("Guten Tag") + ", wie geht es?"
    assert split(text) == [text]


def test_a_text_of_white_space_is_nothing_to_send():
    assert split(Text(characters=" \n\t " * 3000)) == []
    assert split(Text()) == []


def test_a_full_message_of_emoji_is_two_messages():
    parts = split(Text(characters="😀" * 4096))
    assert [units(part.characters) for part in parts] == [4096, 4096]


@pytest.mark.parametrize(
    ("separators", "expected"),
    [
        (["\n\n", "\n", ". ", " "], "\n\n"),
        ([" ", "\n", ". "], "\n"),
        ([" ", ". ", " "], ". "),
        ([" ", " "], " "),
    ],
)
def test_a_paragraph_ends_before_a_line_a_sentence_or_a_word_does(separators, expected):
    text = "w" * 60
    for separator in separators:
        text += separator + "w" * 8
    text += "v" * 40
    [first, *_] = split(Text(characters=text), 100)
    assert first.characters == text[: text.rindex(expected)] + expected.strip()


def test_a_bold_sentence_moves_whole_into_the_next_part():
    bold = "Das ist wirklich wichtig und gehört zusammen"
    parts = split(Text.of("Vorweg " * 9) + Text.bold(bold) + " Danach.", 80)
    assert covered(parts) == [("bold", bold)]


def test_a_quotation_longer_than_a_part_becomes_quotations():
    words = " ".join(f"Wort{number}" for number in range(60))
    parts = split(Text.of("Anfrage: ") + Text.quote(words), 100)
    assert len(parts) > 4
    assert " ".join(shown for kind, shown in covered_in_order(parts)) == words


def covered_in_order(parts):
    return [(m.kind, p.characters[m.start : m.end]) for p in parts for m in p.marks]


def test_even_a_letter_with_five_thousand_accents_is_sent():
    zalgo = "a" + "\u0301" * 5000
    parts = split(Text(characters=zalgo))
    assert "".join(part.characters for part in parts) == zalgo


def test_a_megabyte_is_divided_in_a_moment():
    text = Text(characters="Ein Satz mit ein paar Wörtern. " * 34_000)
    parts = split(text)
    assert sum(len(part.characters.split()) for part in parts) == 6 * 34_000


def test_a_text_too_long_for_a_picture_says_that_there_was_more():
    short = clipped(Text(characters="Wort " * 500), 1024)
    assert short.characters.endswith(" …")
    assert units(short.characters) <= 1024


def test_in_plain_form_the_address_of_a_link_stays_readable():
    text = Text.of("Mehr ") + Text.link("hier", "https://a.example") + Text.bold(" !")
    assert without_marks(text) == Text(characters="Mehr hier (https://a.example) !")

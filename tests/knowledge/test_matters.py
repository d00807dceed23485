"""Which topics somebody means who asks for people."""

import pytest

from knowledge.load import shipped_network
from knowledge.matters import Matters
from knowledge.models import Matter, Network
from knowledge.words import Words

MATTERS = Matters(shipped_network())


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Wer kennt sich mit Leerstand aus?", ("leerstand",)),
        ("Leerstandsmanagement", ("leerstand",)),
        ("wer hat erfahrung mit leerstnad", ("leerstand",)),
        ("Ich suche jemanden zu Bürgerbussen und Fördermitteln", ("mobilitaet", "foerderung")),
        ("Ich suche jemanden zu Foerdermitteln", ("foerderung",)),
        ("Wem gehört der Ortskern?", ("ortskern",)),
        ("Kinder- und Jugendbeteiligung", ("jugend", "beteiligung")),
        ("Wer weiß etwas über Wärmeplanung", ("klima-energie",)),
        ("künstliche Intelligenz im Rathaus", ("digitalisierung",)),
        ("Ist das künstlich?", ()),
        ("Wer kann mir helfen?", ()),
        ("", ()),
        ("🙂 " * 500, ()),
    ],
)
def test_what_people_look_for_is_recognised_by_its_words(said: str, meant: tuple[str, ...]) -> None:
    assert MATTERS.named_in(said) == meant


def test_every_topic_is_found_by_each_of_its_own_names() -> None:
    missed = [
        (topic.id, words)
        for topic in shipped_network().topics
        for words in (topic.name, *topic.words)
        if topic.id not in MATTERS.named_in(f"Wer kennt sich aus mit {words}?")
    ]
    assert missed == []


def test_a_content_of_its_own_may_name_its_own_topics() -> None:
    own = Matters(Network(topics=(Matter(id="moor", name="Moor und Torf"),)))
    assert not own.seeks_people(Words("Wer kennt sich aus?"))
    assert own.named_in("Wer hat ein Moor?") == ("moor",)
    assert own.named_in("Leerstand") == ()


@pytest.mark.parametrize(
    ("said", "for_people"),
    [
        ("Wer kennt sich mit Leerstand aus?", True),
        ("wer kennt sich denn bei euch so richtig gut mit leerstand aus", True),
        ("Ich suche jemanden, der schon einen Bürgerbus hat", True),
        ("Mit wem kann ich mich über Wärmeplanung austauschen?", True),
        ("Hat jemand Erfahrung mit Coworking?", True),
        ("Was hilft gegen Leerstand?", False),
        ("Wer zahlt die Kirchturmuhr?", False),
        ("Ich suche ein Formular", False),
        ("aus Wer", False),
        ("wer kennt sich " + "so " * 5000 + "aus", False),
    ],
)
def test_who_asks_for_people_is_told_apart_from_who_asks_for_facts(
    said: str, for_people: bool
) -> None:
    assert MATTERS.seeks_people(Words(said)) == for_people

"""What is told in the made-up Tuesday of `bot.demo`: who asks what, and what takes place.

Everything is invented. Titles and texts get their „(Beispiel)“ where they are used.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal

from handlers.hours import BERLIN, day_of
from knowledge.models import Character, Event

Fate = Literal[
    "open", "urgent", "claimed", "handed", "asked", "warned", "answered", "again", "closed"
]
Rating = Literal["", "good", "middling", "bad"]


@dataclass(frozen=True, slots=True)
class Lesson:
    """What the hotline learns from an answer. Until it is `live` somebody has to read it."""

    title: str
    ways: tuple[str, ...]
    topics: str
    live: bool = False


@dataclass(frozen=True, slots=True)
class Matter:
    """A request: what it is about, and what became of it.

    `handed`: the expert has it. `asked`: we asked back. `warned`: so long ago that the person
    has been told of the end. `again`: answered, then asked on.
    """

    days: float  # ago
    fate: Fate
    question: str
    answer: str = ""
    more: str = ""  # what the person writes next
    note: str = ""
    channel: str = "web"
    picture: bool = False
    rating: Rating = ""
    why: str = ""  # what the person writes to the rating
    lesson: Lesson | None = None


@dataclass(frozen=True, slots=True)
class Date:
    """An event, and in how many days it takes place; in the past if they are negative."""

    days: int
    id: str
    title: str
    topics: tuple[str, ...]
    region: str
    description: str
    place: str = "im Netz"
    draft: bool = False

    def event(self, now: datetime, known_since: datetime) -> Event:
        day = day_of(now + timedelta(days=self.days))
        starts = datetime.combine(day, time(18), BERLIN)
        return Event(
            id=f"beispiel-{self.id}",
            title=f"{self.title} (Beispiel)",
            starts=starts,
            ends=starts + timedelta(minutes=90),
            place=self.place,
            region=self.region,
            topics=self.topics,
            characters=(Character.DIGITAL if self.place == "im Netz" else Character.ANALOG,),
            organisers=("Beispielstadt",),
            description=f"{self.description} Diese Veranstaltung ist ein erfundenes Beispiel.",
            source="Beispiel",
            checked_on=known_since.date(),
        )


LETTER = (
    "Guten Tag, im Rathaus der Beispielstadt liegt jetzt eine Liste leerer Läden aus. "
    "Wer eine Idee dafür hat, schreibt uns einfach hier. (Beispiel)"
)

# Two people with the same question: the second one becomes part of the first.
SAME = (
    "Wann öffnet das Freibad im Frühjahr?",
    "Weiß jemand, ab wann man wieder ins Freibad kann?",
)
# One person with two matters: the second one becomes a request of its own.
TWO = (
    "Wer gibt die Schlüssel für die Turnhalle aus?",
    "Und noch etwas ganz anderes: Darf unser Verein am Markt Waffeln backen?",
)

CANNED = (
    ("Wir fragen nach", "Guten Tag, zu Ihrer Anfrage {nummer} fragen wir gerade im Rathaus nach. "
     "Sobald wir mehr wissen, lesen Sie es hier. (Beispiel)"),
    ("Einladung zum nächsten Termin", "Guten Tag, dazu passt unser nächster Termin: "
     "{veranstaltung}. Kommen Sie gern dazu. (Beispiel)"),
)  # fmt: skip

HALL = "Rathaus Beispielstadt"

DATES = (
    Date(-62, "leerstand-auftakt", "Auftakt: Leben in leeren Läden", ("leerstand",), "Sachsen",
         "Vier Orte erzählten, wie sie mit leeren Läden umgehen.", HALL),
    Date(-41, "jugend-werkstatt", "Werkstatt: Jugend plant mit", ("jugend", "beteiligung"),
         "Thüringen", "Junge Menschen bauten Modelle ihres Marktplatzes.", HALL),
    Date(-27, "webtalk-formulare", "Webtalk: Anträge ohne Papier",
         ("digitalisierung", "verwaltung"), "Brandenburg",
         "Drei Rathäuser zeigten ihre Anträge im Netz."),
    Date(-13, "foerderung-sprechstunde", "Sprechstunde: Welche Förderung passt?", ("foerderung",),
         "Sachsen", "Fachleute sahen sich Vorhaben an und nannten Wege."),
    Date(-6, "stadt-und-umland", "Gespräch: Stadt und Umland", ("zusammenarbeit",), "Hessen",
         "Wie teilen sich Nachbarorte Bad, Bücherei und Bus?", HALL),
    Date(2, "webtalk-leerstand", "Webtalk: Zwischennutzung, die bleibt", ("leerstand", "ideen"),
         "Sachsen", "Was macht aus einem Versuch einen Laden, der bleibt?"),
    Date(5, "stammtisch-verwaltung", "Stammtisch: Kleine Rathäuser", ("verwaltung",),
         "Brandenburg", "Ein offener Abend für alle, die allein ein Amt sind."),
    Date(9, "exkursion-bahnhof", "Exkursion: Ein Bahnhof wird Bücherei", ("ideen", "leerstand"),
         "Thüringen", "Wir besuchen ein Gebäude, das seine Aufgabe gewechselt hat.",
         "Bahnhof Beispielstadt"),
    Date(12, "beteiligung-abend", "Abend: Wer fehlt am runden Tisch?", ("beteiligung",), "Bayern",
         "Wie erreichen wir Menschen, die sonst nicht kommen?", HALL),
    Date(16, "foerderung-crashkurs", "Crashkurs: Ein Antrag an einem Tag", ("foerderung",),
         "Hessen", "Vom leeren Blatt zum fertigen Entwurf."),
    Date(23, "netzwerk-treffen", "Treffen der Nachbarorte", ("netzwerke", "zusammenarbeit"),
         "Sachsen", "Kennenlernen, fragen, verabreden.", HALL),
    Date(37, "jugend-slam", "Kleinstadt-Slam der Jugend", ("jugend",), "Thüringen",
         "Sechs Minuten, eine Idee, ein Mikrofon.", HALL),
    Date(51, "haushalt-entwurf", "Bürgerhaushalt leicht gemacht", ("beteiligung", "verwaltung"),
         "Bayern", "Noch in Planung.", HALL, draft=True),
)  # fmt: skip

MATTERS = (
    # Heute Morgen
    Matter(0.012, "urgent", "Hilfe, es brennt!", channel="console"),
    Matter(0.018, "open", "Wer pflegt in der Beispielstadt die Bänke am Fluss?"),
    Matter(0.031, "open", "Dürfen wir den alten Konsum für einen Wintermarkt nutzen?",
           more="Es geht um den zweiten Advent.", picture=True),
    Matter(0.046, "open", "Unser Verein sucht einen Raum mit Rampe. An wen wende ich mich?",
           channel="console"),
    Matter(0.058, "claimed", "Wann fährt der Bürgerbus in den Ferien?",
           note="Der Fahrplan liegt im Bauamt."),
    Matter(0.071, "claimed", "Gibt es jemanden, der uns bei der Satzung hilft?"),
    Matter(0.082, "handed", "Dürfen wir Regenwasser vom Rathausdach für den Park sammeln?",
           note="Kim kennt die Regeln für Regenwasser."),
    Matter(0.34, "answered", "Wo melde ich ein Straßenfest an?",
           "Beim Ordnungsamt, am besten vier Wochen vorher."),
    # Überfällig
    Matter(2, "open", "Wer entscheidet über die Bäume vor der Schule?",
           more="Die Kinder fragen jeden Tag danach."),
    Matter(3, "open", "Wie finden wir eine Nachfolge für die Bäckerei?",
           note="Vielleicht weiß die Wirtschaftsförderung Rat."),
    Matter(4, "open", "Kann die Bücherei auch samstags öffnen?", channel="console"),
    Matter(6, "claimed", "Wie teilen sich zwei Orte eine Stelle für den Klimaschutz?",
           note="Ich frage in der Nachbarstadt nach."),
    # In Arbeit
    Matter(1, "claimed", "Wie kommen wir an Zahlen zu leeren Wohnungen?"),
    Matter(1, "claimed", "Wer moderiert bei uns einen Abend zum Windrad?", channel="console"),
    Matter(2, "claimed", "Welche Orte haben aus ihrer Sparkasse etwas Neues gemacht?",
           picture=True),
    Matter(2, "claimed", "Wie werben kleine Rathäuser um junge Leute?"),
    Matter(3, "handed", "Brauchen wir für eine Bank aus Beton ein Fundament?",
           "Unter zwei Metern reicht ein verdichteter Untergrund."),
    # Rückfrage: die erste wird bald abgeschlossen, wenn niemand schreibt
    Matter(14, "warned", "Können Sie uns jemanden für einen Vortrag nennen?",
           "Gern. Zu welchem Thema, und wann etwa?"),
    Matter(2, "asked", "Wie groß darf ein Schild am Laden sein?",
           "Steht das Haus in der Altstadt? Dort gelten eigene Regeln.", channel="console"),
    # Beantwortet
    Matter(1, "answered", "Wo gibt es eine Vorlage für eine Umfrage im Ort?",
           "Eine Vorlage liegt bei der Beispielstadt; wir senden sie Ihnen gern.",
           lesson=Lesson("Vorlage für eine Umfrage im Ort",
                         ("Woher bekomme ich einen Fragebogen für unseren Ort?",), "beteiligung")),
    Matter(2, "again", "Wie lange dauert es, bis über einen Antrag entschieden ist?",
           "Meist acht bis zehn Wochen.", more="Und wenn Unterlagen fehlen?"),
    Matter(3, "answered", "Wer hat Erfahrung mit einem Dorfladen ohne Personal?",
           "Zwei Orte haben uns davon erzählt. Wir fragen, ob sie mit Ihnen sprechen möchten.",
           note="Beide Orte haben zugesagt."),
    Matter(3, "answered", "Können wir einen Fachmenschen zu uns einladen?",
           "Ja. Nennen Sie uns Thema und Termin, dann suchen wir jemanden.", channel="console"),
    Matter(4, "again", "Wie viele Menschen kommen zu einer Lernwerkstatt?",
           "Meist zwölf bis zwanzig.", more="Danke! Geht das auch mit acht?"),
    Matter(5, "answered", "Gibt es Muster für eine Vereinbarung zwischen Nachbarorten?",
           "Ja, ein Muster mit Erklärungen. Wir haben es Ihnen beigelegt."),
    Matter(5, "answered", "Was kostet ein Stand auf dem Marktplatz?",
           "Für Vereine nichts, sonst zehn Euro am Tag.",
           lesson=Lesson("Ein Stand auf dem Marktplatz",
                         ("Wie teuer ist ein Platz auf dem Markt?",), "verwaltung")),
    Matter(7, "answered", "Wie gewinnen wir Ältere für das digitale Rathaus?",
           "Mit Sprechstunden zu zweit: ein Mensch, ein Gerät, eine halbe Stunde.",
           more="Am liebsten am Vormittag."),
    Matter(8, "answered", "Wer erklärt uns das neue Vergaberecht?",
           "Im Crashkurs in zwei Wochen ist eine Stunde dafür vorgesehen."),
    # Abgeschlossen
    Matter(6, "closed", "Wo finde ich die Folien vom letzten Webtalk?",
           "Auf der Seite der Veranstaltung, ganz unten.", rating="good"),
    Matter(7, "closed", "Darf ein Verein das Stadtwappen zeigen?",
           "Ja, wenn die Beispielstadt zustimmt. Ein kurzer Brief genügt.", channel="console",
           rating="good", lesson=Lesson("Das Stadtwappen zeigen",
           ("Wer darf das Wappen der Stadt benutzen?",), "verwaltung", live=True)),
    Matter(9, "closed", "Wie melde ich mich für den Stammtisch an?",
           "Gar nicht nötig, kommen Sie einfach dazu.", rating="good",
           why="So unkompliziert habe ich es selten erlebt."),
    Matter(11, "closed", "Gibt es ein Bild der alten Stadtmauer, das wir drucken dürfen?",
           "Ja, das Archiv gibt es Ihnen mit einem Nachweis.", picture=True, rating="middling",
           why="Die Antwort half, kam aber erst am nächsten Tag."),
    Matter(13, "closed", "Wie bekommt unser Ort schnelles Netz?",
           "Der Landkreis plant den Ausbau; wir haben Ihnen die Stelle genannt.",
           rating="bad", why="Das wusste ich leider schon."),
    Matter(16, "closed", "Wer hilft bei einem Antrag für den Spielplatz?",
           "Die Sprechstunde zur Förderung hilft dabei.", note="Termin ist vereinbart.",
           rating="good", why="Danke, der Antrag ist gestellt!"),
    Matter(19, "closed", "Wie führt man einen Bürgerhaushalt ein?",
           "Am besten klein: mit einem festen Betrag und einer offenen Abstimmung.",
           rating="good"),
    Matter(23, "closed", "Wann ist das nächste Treffen der Nachbarorte?",
           "In einigen Wochen; Sie finden es im Programm.", channel="console",
           rating="middling"),
    Matter(28, "closed", "Was gehört in ein Leitbild?",
           "Wenige Sätze, die bei einer Entscheidung helfen.", rating="middling"),
    Matter(33, "closed", "Welche Räume eignen sich für ein Reparaturcafé?",
           "Ein Raum mit festen Tischen, Strom und Kaffee.", rating="good",
           lesson=Lesson("Ein Raum für das Reparaturcafé",
                         ("Wo kann ein Reparaturcafé stattfinden?",), "ideen", live=True)),
    Matter(38, "closed", "Wie bleibt ein Jugendrat lebendig?",
           "Wenn er etwas entscheidet, und wenn das bald zu sehen ist.", rating="good"),
    Matter(44, "closed", "Wie misst man, ob die Innenstadt besser besucht wird?",
           "Mit einer Zählung an drei Tagen, jedes Jahr in derselben Woche.", rating="good"),
    Matter(50, "closed", "Gibt es Geld für einen Trinkbrunnen?",
           "Manchmal vom Land. Fragen Sie zuerst Ihre Stadtwerke.", rating="middling"),
    Matter(57, "closed", "Wer darf ein Denkmal umbauen?",
           "Wer eine Genehmigung hat; das Amt berät vorher kostenlos.", rating="middling"),
    Matter(64, "closed", "Wie erreicht man Menschen, die gerade erst zugezogen sind?",
           "Mit einem Brief zum Einzug und einem Rundgang.", channel="console", rating="good"),
    Matter(71, "closed", "Wie fängt man mit einem Stadtgespräch an?",
           "Mit einer Frage, auf die noch niemand die Antwort hat."),
    Matter(77, "closed", "Wer vertritt kleine Orte beim Land?",
           "Die Verbände der Städte und Gemeinden."),
)  # fmt: skip

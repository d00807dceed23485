"""German words as people type them, and the one form we compare them in.

Capitals, umlauts (ä, ae or a plain a), ß, inflection and gender forms all
disappear: "Kleinstädte", "kleinstaedte" and "Kleinstadte" meet in one term,
and so do "Expert:innen", "ExpertInnen" and "Expertinnen und Experten".
Nothing here remembers what people wrote; there is no cache of their words.
"""

import re
import unicodedata
from collections.abc import Container, Iterator
from dataclasses import dataclass

from knowledge import dates
from knowledge.dictionary import dictionary

# The longest German words people type have about 40 letters; what is longer is noise.
LONGEST_WORD = 40


@dataclass(frozen=True, slots=True)
class Form:
    """What the dictionary says of a word."""

    folded: str
    term: str  # the form in which inflections, derivations and genders meet
    known: bool  # a German word, so never a slip of the fingers
    thing: bool  # may name something: a noun, a name, a number, a word German lacks


def fold(text: str) -> str:
    """Lower case without accents; ä, ae and a, ß and ss become the same."""
    folded = _strip_marks(text.lower().replace("ß", "ss"))
    if "ae" in folded or "oe" in folded or "ue" in folded:
        folded = _TRANSLITERATED.sub(r"\1", folded)
    return folded


def normalise(text: str) -> str:
    """The whole message for literal comparison: folded words with one blank between them."""
    return fold(" ".join(split(text)))


def split(text: str) -> list[str]:
    """Words in their order; dates, numbers and gender forms in one spelling.

    "Expert:innen" is "Expertinnen", "5.000" and "fünftausend" are "5000".
    """
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    # Most texts have nothing of the kind, and there are tens of thousands to index.
    if _MARK.search(text):
        text = _GENDER_MARK.sub(r"i\1", text)
    if _DIGIT.search(text):
        text = dates.written_out(_THOUSANDS.sub("", text))
    if "-" in text:
        text = _EMAIL.sub("email", text)
    return [dates.number(word.lower()) or word for word in _WORD.findall(text)]


def joined_verbs(text: str) -> Iterator[str]:
    """The verbs whose two halves stand apart: "Wie melde ich mich an?" holds "anmelden"."""
    for clause in _CLAUSE_END.split(text):
        clause_words = [word.lower() for word in _WORD.findall(clause)]
        if len(clause_words) < 2 or clause_words[-1] not in _PREFIXES:
            continue
        get, prefix = dictionary().get, clause_words[-1]
        for word in clause_words[:-1]:
            verb = get(word)
            if verb and verb.endswith("n") and verb[0].islower() and get(prefix + verb):
                yield prefix + verb


def form(word: str) -> Form:
    """The word in the dictionary. Capitals play no part; lower case and ae for ä are fine."""
    lower = word.lower()
    found = _kept.get(lower)
    if found is None:
        found = _analysed(lower)
        if len(_kept) < _MOST_KEPT and any(found.folded in words for words in _ours):
            _kept[lower] = found
    return found


def spelt(word: str) -> str:
    """The word in lower case, and with umlauts where German has it with them."""
    lower, get = word.lower(), dictionary().get
    known = (one for one in _spellings(lower) if get(one) or get(one.capitalize()))
    return next(known, lower)


def keep(words: Container[str]) -> None:
    """These folded words are of curated texts: once looked up they are kept at hand.

    Never for what people write: whatever is kept stays until the program ends.
    """
    _ours[:] = [words, *_ours[:1]]


# The words of our own texts as they are and were, folded, and what the dictionary said
# about them so far.
_ours: list[Container[str]] = []
_kept: dict[str, Form] = {}
# The commonest come first. All of them would take 5 MB and spare a question little.
_MOST_KEPT = 3000


def _analysed(lower: str) -> Form:
    folded = _same(fold(lower), lower)
    if lower[:1].isdigit():
        return Form(folded, folded, known=True, thing=True)
    lemma, only_noun = _searched(lower)
    if lemma is None:
        return Form(folded, _same(_root_of_unknown(lower), folded), known=False, thing=True)
    term = _same(_root(lemma), folded)
    return Form(folded, term, known=True, thing=only_noun or lemma[0].isupper())


def _same(word: str, other: str) -> str:
    """The word; where the other one is equal to it, one string does for both."""
    return other if word == other else word


def parts(word: str) -> tuple[str, ...]:
    """The terms of the nouns that a compound is made of, or nothing. Slow.

    The whole word has to be explained: "Kleinstadtakademie" is kleinstadt and
    akademi, but knowing "Büro" does not yet explain "Bürxbüro".
    """
    return tuple(form(part).term for part in _split_compound(word.lower(), _Nouns(), depth=3))


class _Nouns(Container[str]):
    """The dictionary's nouns, looked up one by one."""

    def __contains__(self, word: object) -> bool:
        if not isinstance(word, str) or word in _MERE_ENDINGS:
            return False
        return dictionary().get(word.capitalize()) is not None


def _searched(lower: str) -> tuple[str | None, bool]:
    get = dictionary().get
    for form in _spellings(lower):
        noun, other = get(form.capitalize()), get(form)
        if noun is None or other is None:
            if noun is not None or other is not None:
                return noun or other, noun is not None
            continue
        # Both readings exist: "leerstand" is a noun or a form of "leerstehen", "kleine"
        # a noun or a form of "klein". The one that the word begins with is meant.
        if form.startswith(other.lower()) and not noun.lower() < other.lower():
            return other, False
        return noun, False
    return None, False


def _spellings(lower: str) -> Iterator[str]:
    yield lower
    restored = lower
    for typed, meant in (("ae", "ä"), ("oe", "ö"), ("ue", "ü")):
        restored = restored.replace(typed, meant)
    if restored != lower:
        yield restored


def _root(lemma: str) -> str:
    """Strip gender, inflection and the commonest derivations from a lemma.

    Deliberately timid: "Burg" and "Bürger" have to stay apart.
    """
    lower = lemma.lower()
    if lower.endswith("in") and len(lower) >= 6 and _has_plural(lower):
        lower = lower[:-2]
    return _root_of_folded(fold(lower))


def _root_of_unknown(word: str) -> str:
    lower = word.lower()
    if lower.endswith("innen") and len(lower) >= 8:
        lower = lower[:-5]
    return _root_of_folded(fold(lower))


def _has_plural(feminine: str) -> bool:
    return dictionary().get(feminine.capitalize() + "nen") is not None


def _split_compound(folded: str, vocabulary: Container[str], depth: int) -> tuple[str, ...]:
    if len(folded) < 2 * _SHORTEST_PART or depth == 1:
        return ()
    for cut in range(len(folded) - _SHORTEST_PART, _SHORTEST_PART - 1, -1):
        tail = _find(folded[cut:], vocabulary)
        if tail is None:
            continue
        head = folded[:cut]
        for joint in _JOINTS:
            if joint and not head.endswith(joint):
                continue
            stem = head[: len(head) - len(joint)]
            if len(stem) < _SHORTEST_PART:
                continue
            whole = _find(stem, vocabulary)
            if whole is not None:
                return (whole, tail)
            further = _split_compound(stem, vocabulary, depth - 1)
            if further:
                return (*further, tail)
    return ()


def _find(part: str, vocabulary: Container[str]) -> str | None:
    if part in vocabulary:
        return part
    root = _root_of_folded(part.removesuffix("innen"))
    return root if root in vocabulary else None


def _root_of_folded(folded: str) -> str:
    for ending, replacement, shortest in _DERIVATIONS:
        if folded.endswith(ending) and len(folded) - len(ending) >= shortest:
            return folded[: len(folded) - len(ending)] + replacement
    return folded


def _strip_marks(text: str) -> str:
    if not text.isascii():
        text = text.translate(_UMLAUTS)
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(c for c in decomposed if unicodedata.category(c) != "Mn")


# What a verb may leave at the end of its clause.
# fmt: off
_PREFIXES = frozenset((
    "ab", "an", "auf", "aus", "bei", "ein", "fest", "hin", "her", "los", "mit", "nach", "nieder",
    "statt", "teil", "um", "vor", "weg", "weiter", "zu", "zurück", "zusammen",
))
# fmt: on
# Shorter parts occur inside unrelated words ("tier" in "Quartier" is bad enough).
_SHORTEST_PART = 4
_JOINTS = ("", "s", "n", "en", "es", "er", "e", "ens")

# Endings that happen to be words of their own.
_MERE_ENDINGS = frozenset({"schaft", "heit", "keit", "ling", "tion", "enden", "ende", "innen"})

# All patterns are linear: no repeated group, no nested quantifier.
_WORD = re.compile(r"[^\W_]+")
_GENDER_MARK = re.compile(r"(?<=[a-zäöüß])(?:[*:_·]|/-?|: )[iI](nnen|n\b)")
_MARK = re.compile(r"[*:_·/]")
_DIGIT = re.compile(r"\d")
_THOUSANDS = re.compile(r"(?<=\d)[. ](?=\d{3}\b)")
_CLAUSE_END = re.compile(r"[.!?,;:\n]")
_EMAIL = re.compile(r"\be-mail", re.IGNORECASE)
# After a, e and q the pair is no umlaut: bauen, neue, Quartier.
_TRANSLITERATED = re.compile(r"(?<![aeq])([aou])e")
# The marks of everyday German; other ones take the long way.
_UMLAUTS = str.maketrans("äöüé", "aoue")
# How ids and old keyboards write them.
AS_TYPED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
# Soft hyphens and zero-width characters come along when people copy from PDFs.
_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff]")

# (ending, what takes its place, letters that must be left); the first that fits is used.
_DERIVATIONS = (
    ("isierung", "", 4),
    ("isieren", "", 4),
    ("isation", "", 4),
    ("ierung", "", 4),
    ("ieren", "", 4),
    ("ationen", "", 4),
    ("ation", "", 4),
    ("ator", "", 4),
    ("nahme", "nehm", 3),
    ("ungen", "", 4),
    ("ung", "", 4),
    ("enlos", "", 4),
    ("enfrei", "", 4),
    ("lichkeit", "", 4),
    ("lich", "", 5),
    ("heit", "", 6),
    ("keit", "", 5),
    ("eln", "l", 4),
    ("en", "", 4),
    ("n", "", 5),
    ("e", "", 4),
    ("ss", "ss", 2),
    ("s", "", 5),
)


def _folded_set(listed: str) -> frozenset[str]:
    return frozenset(fold(word) for word in listed.split())


QUESTION_WORDS = _folded_set(
    "wann wo wohin woher wer wen wem wieviel wieviele warum wieso weshalb wozu womit wofür "
    "worum worüber wovon woran wodurch worauf wobei"
)

# Words that any question may hold: they help to find, and do not say what it is
# about. Verbs of doing and having belong here as well: "Was kann man da machen?"
# is about nothing yet.
STOP_WORDS = _folded_set(
    """
    ab aber alle allem allen aller alles als also am an ander andere anderem anderen anderer anderes
    ans auch auf aus bei beim bin bis bist bitte da dabei dadurch dafür dafur dagegen daher dahin
    damit danach daneben dann daran darauf daraus darf darfst darin darüber darum darunter das
    davon davor dazu dein deine deinem deinen deiner dem den denen denn der deren derer des dessen
    die dies diese diesem diesen dieser dieses dir doch dort du durch dürfen ein eine einem einen
    einer eines einige einigen einiger einmal er es etwa etwas euch euer eure eurem euren eurer
    eigentlich für gab gar gebe geben gern gerne gewesen gibst gibt gibts gäbe habe haben habt
    hallo hast hat hatte hatten hätte hätten hätt her hi hier hin hinter ich ihm ihn ihnen ihr
    ihre ihrem ihren ihrer im in indem ins irgend irgendwie irgendwo irgendwas ist ja jede jedem
    jeden jeder jedes jemand jetzt kann kannst kein keine keinem keinen keiner können könnt könnte
    könnten könntest könntet lassen lässt lasst man manche mal mehr mein meine meinem meinen
    meiner mich mir mit möchte möchten möchtest muss müssen musst müsst müsste na nach ne nen noch
    nochmal nun nur ob oder ohne okay ok per schon sehr sei seid sein seine seinem seinen seiner
    seit sich sie sind so sobald sofern sogar solche solchem solchen solcher soll sollen sollte
    sollten sollst sondern sonst sowie tag tun tut um und uns unser unsere unserem unseren unserer
    vom von vor war waren warst was weder weil weiter welche welchem welchen welcher welches wenn
    werde werden werdet wie wieder will willst wir wird wirst wollen wollt wollte wollten
    worden wurde wurden würde würden zu zum zur zwar zwischen über unter
    guten moin servus grüß gott danke dank vielen liebe lieben lieber grüße gruß freundlichen
    sagen sagt erklären erklärt erklär wissen weiß weiss gerade einfach
    bekommen bekomme kriegen kriege kriegt machen mache macht gehen geht geh gehts gemacht
    kommt kommen genau überhaupt bzw z b u a ca evtl bspw usw frage fragen heisst bedeutet
    meint gemeint verstehen versteht sowas halt eben tja äh ähm halloo hey viel viele vieler
    """
)

SMALL_WORDS = STOP_WORDS | QUESTION_WORDS

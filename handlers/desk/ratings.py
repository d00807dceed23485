"""How it was: asked once after a request is closed, with three faces and a free line.

A rating stands at the request and never opens it again. The desk hears of it in the
request's thread; the person's words only where they may be shown.
"""

from datetime import timedelta

from handlers import requests as own_requests
from handlers.desk import promises, toward_desk
from handlers.message import Button
from handlers.text import Text
from handlers.turn import Turn
from knowledge.decide import Answer, Several
from storage import blocks, due, requests, waiting
from storage.requests import Request

ASKED = "asked"  # due when the person with this id may be asked again
ASK_AGAIN = timedelta(days=7)
WORDS_WITHIN = timedelta(minutes=10)

RATINGS = {
    "good": "button_rating_good",
    "middling": "button_rating_middling",
    "bad": "button_rating_bad",
}
NO_WORDS = "done"  # the button below the question for words


async def ask(turn: Turn, subject: str) -> None:
    """A request was closed a moment ago; ask, unless that would be out of place."""
    request = await requests.get(turn.tx, int(subject))
    if request is None or request.person_id is None or not await _may_ask(turn, request):
        return
    if await promises.put_off(turn, waiting.RATE, subject):
        return
    await due.plan(turn.tx, ASKED, str(request.person_id), turn.now + ASK_AGAIN)
    await promises.to_person(
        turn,
        request,
        "rating_question",
        *(
            Button(label=turn.label(label), action=f"rate:{request.id}:{rating}")
            for rating, label in RATINGS.items()
        ),
        number=request.number,
    )


async def _may_ask(turn: Turn, request: Request) -> bool:
    """Not in an emergency, not of what goes on elsewhere, and not often."""
    assert request.person_id is not None  # noqa: S101 - see the caller
    if request.state != "closed" or request.wiped_at or request.urgent:
        return False
    if request.merged_into or request.rating:
        return False
    if await blocks.get(turn.tx, request.person_id, turn.now):
        return False
    return await due.planned(turn.tx, ASKED, str(request.person_id)) is None


async def pressed(turn: Turn, value: str) -> bool:
    """A face, or that there is nothing to add. Another face replaces the first."""
    number, _, rating = value.partition(":")
    request = await own_requests.own(turn, number)
    if request is None or request.wiped_at:
        return False
    before = request.rating
    if rating == NO_WORDS and before:
        turn.conversation = turn.conversation.but(expects="", request=0)
        turn.say("rating_no_words")
        return True
    # What was opened again is not over, so there is nothing to judge yet.
    if rating not in RATINGS or (request.state != "closed" and not before):
        return False
    if rating != before:
        await waiting.rate(turn.tx, request.id, rating)
        said = turn.label(RATINGS[rating])
        text = turn.words("desk_rated", number=request.number, rating=said)
        await toward_desk.say(turn, request, text)
    if turn.conversation.expects not in ("", "rating"):
        turn.say("rating_no_words")  # something else is being talked about
        return True
    turn.conversation = turn.conversation.but(expects="rating", request=request.id, rated=turn.now)
    none = Button(
        label=turn.label("button_rating_no_words"), action=f"rate:{request.id}:{NO_WORDS}"
    )
    turn.say("rating_words", none)
    return True


async def explained(turn: Turn) -> bool:
    """Take a message as the words to a rating; False if it is something else."""
    conversation = turn.conversation
    request = await own_requests.own(turn, str(conversation.request))
    too_late = conversation.rated is None or turn.now - conversation.rated > WORDS_WITHIN
    if request is None or request.wiped_at or too_late or not _plain_words(turn):
        return False
    if await blocks.get(turn.tx, request.person_id or 0, turn.now):
        return False
    match turn.meaning:
        case "no":
            turn.say("rating_no_words")
        case "yes":
            turn.say("rating_go_on")
            return True
        case None | "thanks" | "bye" | "greeting":
            await waiting.say_why(turn.tx, request.id, turn.text)
            await _show(turn, request)
            turn.say("rating_thanks")
        case _:
            return False
    turn.conversation = turn.conversation.but(expects="", request=0)
    return True


def _plain_words(turn: Turn) -> bool:
    """Whether it can be an opinion: no files, no answer to another message, no question
    that we know."""
    it = turn.incoming
    if not turn.text or it.files or it.place or it.contact or it.reply_to:
        return False
    return not (turn.text.endswith("?") and isinstance(turn.decision, Answer | Several))


async def _show(turn: Turn, request: Request) -> None:
    where = await toward_desk.thread(turn, request)
    if where is None:
        return
    if toward_desk.words_may_show(turn, request, where):
        head = turn.words("desk_rated_words", number=request.number)
        text = Text.joined([head, turn.text], by="\n")
    else:
        link = toward_desk.page(turn, request)
        text = turn.words("desk_rated_hidden", number=request.number, link=link)
    await toward_desk.say(turn, request, text)

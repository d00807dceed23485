"""The fake Bot API is as strict with answers to inline queries as Telegram is."""

from typing import Any

import pytest
from telegram import Bot, InlineQueryResultArticle, InputTextMessageContent
from telegram.error import BadRequest

from tests.fakes.botapi import FakeBotApi


def article(key: str, text: str = "Guten Tag", title: str = "Gruß") -> InlineQueryResultArticle:
    return InlineQueryResultArticle(key, title, InputTextMessageContent(text))


@pytest.mark.parametrize(
    ("results", "refused"),
    [
        ([article(str(number)) for number in range(51)], "RESULTS_TOO_MUCH"),
        ([article("x" * 65)], "RESULT_ID_INVALID"),
        ([article("ä" * 33)], "RESULT_ID_INVALID"),
        ([article("1"), article("1")], "RESULT_ID_DUPLICATE"),
        ([article("1", "x" * 4097)], "message is too long"),
        ([article("1", " ")], "message text is empty"),
        ([article("1", title=" ")], "ARTICLE_TITLE_EMPTY"),
    ],
)
async def test_what_telegram_refuses_is_refused(
    api: FakeBotApi, results: list[Any], refused: str
) -> None:
    query = api.user(1001, "Anna").types_after_name("leer")
    async with Bot(api.token, base_url=api.base_url) as bot:
        with pytest.raises(BadRequest, match=f"(?i){refused}"):
            await bot.answer_inline_query(query.query_id, results)
        assert query.results is None


async def test_a_question_is_answered_once_and_in_time(api: FakeBotApi) -> None:
    anna = api.user(1001, "Anna")
    async with Bot(api.token, base_url=api.base_url) as bot:
        query = anna.types_after_name("leer")
        await bot.answer_inline_query(query.query_id, [article("1")], cache_time=60)
        assert (len(query.results or []), query.cache_time) == (1, 60)
        with pytest.raises(BadRequest, match=r"(?i)query is too old"):
            await bot.answer_inline_query(query.query_id, [article("1")])
        late = anna.types_after_name("leer")
        late.until = 0
        with pytest.raises(BadRequest, match=r"(?i)query is too old"):
            await bot.answer_inline_query(late.query_id, [])
        with pytest.raises(BadRequest, match=r"(?i)query is too old"):
            await bot.answer_inline_query("77", [])


async def test_nobody_asks_where_inline_mode_is_off(api: FakeBotApi) -> None:
    api.bot.inline = False
    with pytest.raises(RuntimeError):
        api.user(1001, "Anna").types_after_name("leer")
    async with Bot(api.token, base_url=api.base_url) as bot:
        assert (await bot.get_me()).supports_inline_queries is False

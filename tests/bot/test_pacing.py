"""How fast we speak."""

import random

import pytest

from bot.channels.base import Limits
from bot.pacing import BOT, Pacer, chat_scope

TELEGRAM = Limits(overall=30, per_chat=1.0, burst=3, per_group=20)


def pacer_of_telegram() -> Pacer:
    return Pacer(TELEGRAM, is_group=lambda chat: chat.startswith("-"))


def run(pacer: Pacer, wishes: list[str], until: float) -> list[tuple[float, str]]:
    """Every chat wants to be spoken to all the time; what goes out, and when."""
    now, sent = 1000.0, []
    while now < 1000.0 + until:
        ready = [chat for chat in wishes if not pacer.quiet(now) and not pacer.wait(chat, now=now)]
        if ready:
            chat = ready[0]
            wishes.append(wishes.pop(wishes.index(chat)))
            pacer.spend(chat, now=now)
            sent.append((now, chat))
        else:
            now += 0.005
    return sent


def most_within(times: list[float], window: float) -> int:
    return max(sum(1 for t in times if start <= t < start + window) for start in times)


def test_all_chats_together_stay_below_the_overall_limit() -> None:
    sent = run(pacer_of_telegram(), [str(i) for i in range(200)], 5.0)
    times = [t for t, _ in sent]
    assert most_within(times, 1.0) <= 30
    assert len(times) >= 0.9 * 30 * 5  # ... and not much below it


def test_what_was_held_up_before_it_left_keeps_its_distance_from_the_next() -> None:
    pacer = pacer_of_telegram()
    pacer.spend("1", now=1000.0)
    pacer.left_late(1000.2)
    assert pacer.quiet(1000.2) == pytest.approx(1 / (30 * 0.93))


def test_one_private_chat_may_have_a_short_burst_and_then_one_a_second() -> None:
    sent = run(pacer_of_telegram(), ["a"], 10.0)
    times = [t for t, _ in sent]
    assert most_within(times, 0.5) == 3
    assert 12 <= len(times) <= 13


def test_a_group_gets_no_more_than_twenty_a_minute() -> None:
    sent = run(pacer_of_telegram(), ["-1"], 150.0)
    times = [t for t, _ in sent]
    assert most_within(times, 60.0) <= 20
    assert len(times) >= 40


def test_a_busy_group_delays_nobody_else() -> None:
    pacer = pacer_of_telegram()
    for _ in range(19):
        pacer.spend("-1", now=1000.0)
    assert pacer.wait("-1", now=1001.0) > 50
    assert pacer.wait("7", now=1001.0) == 0


def test_a_refusal_in_a_group_is_about_the_group() -> None:
    assert pacer_of_telegram().blame("-1", now=5.0) == chat_scope("-1")


def test_one_refused_private_chat_is_alone_and_two_are_the_bot() -> None:
    pacer = pacer_of_telegram()
    assert pacer.blame("1", now=5.0) == chat_scope("1")
    pacer.pause(chat_scope("1"), 40.0)
    assert pacer.blame("2", now=6.0) == BOT
    assert pacer.blame("2", now=41.0) == chat_scope("2")


def test_a_refusal_near_the_overall_limit_is_about_the_bot() -> None:
    pacer = pacer_of_telegram()
    for i in range(25):
        pacer.spend(str(i), now=5.0 + i / 30)
    assert pacer.blame("99", now=5.9) == BOT


@pytest.mark.parametrize("seconds", [1, 35, 10_072])
def test_a_pause_is_kept_to_its_end(seconds: int) -> None:
    pacer = pacer_of_telegram()
    pacer.pause(BOT, 100.0 + seconds)
    pacer.pause(BOT, 100.5)  # a shorter one does not end it
    assert pacer.quiet(100.0 + seconds - 0.01) > 0
    assert pacer.quiet(100.0 + seconds) == 0


def test_bookkeeping_does_not_grow_for_ever() -> None:
    pacer = pacer_of_telegram()
    rng = random.Random(7)
    for i in range(20_000):
        pacer.spend(str(rng.random()), now=1000.0 + i)
    assert len(pacer._chats) <= 5000


def test_what_nobody_waits_for_leaves_room_for_messages() -> None:
    pacer = pacer_of_telegram()
    now, shown = 1000.0, {"-5": 0, "7": 0}
    for _ in range(30):
        for chat in shown:
            now += 0.1
            if pacer.has_room(chat, now=now):
                pacer.spend(chat, now=now)
                shown[chat] += 1
            assert pacer.wait(chat, now=now) == 0  # a message could go out right behind it
    assert shown["-5"] == 5
    assert 1 <= shown["7"] <= 6  # a second between two
    for _ in range(14):
        now += 0.1
        assert pacer.wait("-5", now=now) == 0
        pacer.spend("-5", now=now)
    assert not pacer.has_room("-5", now=now + 1)

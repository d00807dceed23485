"""Whoever installs us is told at once, and in German, what does not fit."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.settings import NAMES, Settings, SettingsError, read_settings
from handlers.hours import OfficeHours

NOWHERE = Path("does-not-exist.env")
TOKEN = "123456:AAE-a_secret_that_nobody_may_see"
SECRET = "s" * 31 + "_-"


def read(**environ: str) -> Settings:
    return read_settings({f"HOTLINE_{name}": value for name, value in environ.items()}, NOWHERE)


def complaints(**environ: str) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        read(**environ)
    return str(refused.value).splitlines()


@pytest.fixture
def env_file(tmp_path):
    return tmp_path / ".env"


def test_everything_works_without_any_setting():
    settings = read()
    assert settings == Settings()
    assert settings.data == Path("data")
    assert settings.content is None
    assert settings.public_url == "http://127.0.0.1:8080"
    assert settings.telegram_token.get_secret_value() == ""
    assert settings.telegram_rate is True
    assert settings.telegram_show_web_text is False
    assert settings.retention_days == 90


def test_an_empty_value_is_as_good_as_none():
    assert read_settings(dict.fromkeys(NAMES, " "), NOWHERE) == Settings()


def test_every_setting_arrives_in_its_own_kind():
    settings = read(
        DATA="/srv/hotline",
        CONTENT="inhalte",
        WEB_PORT="0",
        TELEGRAM_TOKEN=TOKEN,
        TELEGRAM_API_URL="http://127.0.0.1:8081/",
        TELEGRAM_DESK_CHAT="-1001234567890",
        TELEGRAM_COORDINATORS="17, 4711,",
        TELEGRAM_RATE="off",
        TELEGRAM_SHOW_WEB_TEXT="an",
        OFFICE_HOURS="Mo-Do 08:00-12:00; Fr 08:00-10:00",
        STATE="sn",
        LOG_LEVEL="debug",
        LOG_FORMAT="JSON",
    )
    assert settings.data == Path("/srv/hotline")
    assert settings.content == Path("inhalte")
    assert settings.web_port == 0
    assert settings.telegram_token.get_secret_value() == TOKEN
    assert settings.telegram_api_url == "http://127.0.0.1:8081"
    assert settings.telegram_desk_chat == -1001234567890
    assert settings.telegram_coordinators == (17, 4711)
    assert settings.telegram_rate is False
    assert settings.telegram_show_web_text is True
    assert settings.office_hours == OfficeHours.parse("Mo-Do 08:00-12:00; Fr 08:00-10:00")
    assert (settings.state, settings.log_level, settings.log_format) == ("SN", "DEBUG", "json")


@pytest.mark.parametrize(
    ("environ", "address"),
    [
        ({"PUBLIC_URL": "https://hotline.example/"}, "https://hotline.example"),
        ({"WEB_HOST": "0.0.0.0", "WEB_PORT": "80"}, "http://127.0.0.1:80"),
        ({"WEB_HOST": "::1"}, "http://[::1]:8080"),
        ({"WEB_HOST": "rathaus.local"}, "http://rathaus.local:8080"),
    ],
)
def test_links_lead_to_an_address_that_opens(environ, address):
    assert read(**environ).public_url == address


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEB_PORT", "achtzig"),
        ("WEB_PORT", "65536"),
        ("WEB_HOST", "http://127.0.0.1"),
        ("WEB_HOST", "127.0.0.1:8080"),
        ("PUBLIC_URL", "hotline.example"),
        ("PUBLIC_URL", "https://hotline.example/?a=b"),
        ("PUBLIC_URL", "https://[hotline"),
        ("PUBLIC_URL", "https://hotline.example:port"),
        ("IMPRINT_URL", "javascript:alert(1)"),
        ("TELEGRAM_API_URL", "ftp://api.example"),
        ("TELEGRAM_API_URL", "https://somebody:password@api.example"),
        ("TELEGRAM_TOKEN", "geheim"),
        ("TELEGRAM_DESK_CHAT", "@gruppe"),
        ("TELEGRAM_COORDINATORS", "17, Koordination"),
        ("TELEGRAM_COORDINATORS", "-17"),
        ("TELEGRAM_RATE", "vielleicht"),
        ("OFFICE_HOURS", "immer"),
        ("STATE", "XX"),
        ("NAME", "n" * 61),
        ("RETENTION_DAYS", "0"),
        ("LOG_LEVEL", "laut"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_a_value_that_does_not_fit_is_explained_in_one_line_with_its_remedy(name, value):
    [line] = complaints(**{name: value})
    assert line.startswith(f"HOTLINE_{name}: ")
    assert re.search(r" – bitte .+ eintragen\.$", line)


def test_all_problems_are_told_at_once():
    lines = complaints(WEB_PORT="x", STATE="XX", WEB_PROT="1", RETENTION_DAYS="-1")
    assert sorted(line.partition(":")[0] for line in lines) == [
        "HOTLINE_RETENTION_DAYS",
        "HOTLINE_STATE",
        "HOTLINE_WEB_PORT",
        "HOTLINE_WEB_PROT",
    ]


@pytest.mark.parametrize("secret", ["", "s" * 31, "s" * 257, "ß" * 40, "s" * 40 + "!", "s " * 20])
def test_a_webhook_with_a_guessable_secret_is_refused(secret):
    [line] = complaints(
        TELEGRAM_WEBHOOK_URL="https://hotline.example/telegram/webhook",
        TELEGRAM_WEBHOOK_SECRET=secret,
    )
    assert line.startswith("HOTLINE_TELEGRAM_WEBHOOK_SECRET: ")
    assert "32" in line


def test_a_webhook_with_a_good_secret_is_accepted():
    settings = read(
        TELEGRAM_WEBHOOK_URL="https://hotline.example/telegram/webhook",
        TELEGRAM_WEBHOOK_SECRET=SECRET,
    )
    assert settings.telegram_webhook_secret.get_secret_value() == SECRET


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [
        ("HOTLINE_WEB_PROT", "HOTLINE_WEB_PORT"),
        ("HOTLINE_TOKEN", "HOTLINE_TELEGRAM_TOKEN"),
        ("HOTLINE_RETENTION", "HOTLINE_RETENTION_DAYS"),
        ("hotline_state", "HOTLINE_STATE"),
    ],
)
def test_a_mistyped_name_is_not_silently_ignored(mistyped, meant, env_file):
    with pytest.raises(SettingsError, match=f"{mistyped}: .* {meant}\\.$"):
        read_settings({mistyped: "1"}, NOWHERE)
    env_file.write_text(f"{mistyped}=1\n")
    with pytest.raises(SettingsError, match=f"{mistyped}: .* {meant}\\.$"):
        read_settings({}, env_file)


def test_a_mistyped_prefix_is_found_in_our_own_file(env_file):
    env_file.write_text("HOTLIEN_WEB_PORT=80\n")
    with pytest.raises(SettingsError, match=r"HOTLIEN_WEB_PORT: .* HOTLINE_WEB_PORT\.$"):
        read_settings({}, env_file)


def test_settings_of_other_programs_do_not_matter(env_file):
    env_file.write_text("COMPOSE_PROJECT_NAME=rathaus\nLOG_LEVEL=trace\n")
    assert read_settings({"PATH": "/bin", "WEB_PORT": "x"}, env_file) == Settings()


def test_the_environment_wins_over_the_file(env_file):
    env_file.write_text("HOTLINE_WEB_PORT=1\nHOTLINE_STATE=SN\n")
    settings = read_settings({"HOTLINE_WEB_PORT": "2"}, env_file)
    assert (settings.web_port, settings.state) == (2, "SN")


def test_an_empty_environment_variable_leaves_the_file_alone(env_file):
    env_file.write_text("HOTLINE_WEB_PORT=1\n")
    assert read_settings({"HOTLINE_WEB_PORT": ""}, env_file).web_port == 1


def test_a_file_from_windows_is_read_with_its_mark_and_its_line_ends(env_file):
    env_file.write_bytes("\ufeffHOTLINE_NAME=Hotline Königs Wusterhausen\r\n".encode())
    assert read_settings({}, env_file).name == "Hotline Königs Wusterhausen"


def test_a_dollar_sign_in_a_secret_stays_one(env_file):
    env_file.write_text("HOTLINE_TELEGRAM_TOKEN=1:a$HOME${HOME}\n")
    assert read_settings({}, env_file).telegram_token.get_secret_value() == "1:a$HOME${HOME}"


@pytest.mark.parametrize("line", ["HOTLINE_STATE", "HOTLINE_NAME='offen", "= SN"])
def test_a_line_that_cannot_be_read_is_named_by_its_number(line, env_file):
    env_file.write_text(f"# Kommentar\n{line}\n")
    with pytest.raises(SettingsError, match=r"Zeile 2: .* bitte als NAME=Wert"):
        read_settings({}, env_file)


def test_a_file_in_another_encoding_is_explained(env_file):
    env_file.write_bytes("HOTLINE_NAME=Königs Wusterhausen\n".encode("latin-1"))
    with pytest.raises(SettingsError, match=r"nicht in UTF-8"):
        read_settings({}, env_file)


def test_a_file_that_cannot_be_opened_is_explained(env_file):
    env_file.mkdir()
    with pytest.raises(SettingsError, match=r"nicht lesbar"):
        read_settings({}, env_file)


@given(st.text("abcXYZ0189:_-!ß ", min_size=6, max_size=40), st.integers(0, 31))
def test_no_secret_ever_shows(text, length):
    token, secret = f"geheim{text}", f"Geheimnis!{text}"[:length]
    try:
        read(
            TELEGRAM_TOKEN=token,
            TELEGRAM_WEBHOOK_URL="https://hotline.example",
            TELEGRAM_WEBHOOK_SECRET=secret,
        )
    except SettingsError as refused:
        seen = f"{refused} {refused!r} {refused.__cause__!r} {refused.__context__!r}"
        assert token not in seen
        assert len(secret) < 10 or secret not in seen
    else:
        pytest.fail("both should have been refused")
    shown = repr(Settings(telegram_token=TOKEN, telegram_webhook_secret=SECRET))
    assert TOKEN not in shown
    assert SECRET not in shown


def test_settings_never_change_once_they_are_read():
    with pytest.raises(ValidationError, match="frozen"):
        read().web_port = 1

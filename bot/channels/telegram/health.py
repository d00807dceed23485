"""What is wrong, in sentences for whoever runs the hotline, each with its remedy."""

from telegram.error import BadRequest, Conflict, TelegramError

from bot.channels.telegram.failures import is_token_refused
from bot.channels.telegram.transport import NotSent, Throttled

UNREACHABLE = "Telegram ist nicht erreichbar. Bitte die Verbindung ins Internet prüfen."
UNKNOWN_BOT = (
    "Telegram kennt das Bot-Kennwort nicht. Bitte HOTLINE_TELEGRAM_TOKEN mit der Angabe"
    " von @BotFather vergleichen, und HOTLINE_TELEGRAM_API_URL, falls gesetzt."
)
TWO_LISTENERS = (
    "Ein anderes Programm holt mit demselben Bot-Kennwort Nachrichten ab."
    " Bitte nur eines von beiden laufen lassen."
)
ASKED_TO_WAIT = "Telegram bittet um eine Pause. Danach geht es von selbst weiter."
DISTURBED = "Telegram antwortet nicht wie erwartet. Es wird weiter versucht."
REFUSED = (
    "Telegram lehnt unsere Anmeldung ab. Bitte HOTLINE_TELEGRAM_WEBHOOK_URL prüfen:"
    " Die Adresse muss öffentlich sein und mit https:// beginnen."
)
STORE_FULL = (
    "Nachrichten aus Telegram lassen sich nicht speichern. Sie bleiben bei Telegram,"
    " bis es wieder geht. Bitte den freien Speicherplatz prüfen."
)
HARD_OF_HEARING = (
    "Der Bot sieht nicht alle Nachrichten in der Telegram-Gruppe der Koordination. Bitte"
    " geben Sie ihm dort die Rechte eines Administrators."
)


def explained(error: TelegramError) -> str:
    if is_token_refused(error):
        return UNKNOWN_BOT
    match error:
        case Conflict():
            return TWO_LISTENERS
        case Throttled():
            return ASKED_TO_WAIT
        case BadRequest():
            return REFUSED
        case NotSent():
            return UNREACHABLE
        case _:
            return DISTURBED

"""The models of the optional extra `semantik`, loaded once, where they are installed."""

from functools import cache
from pathlib import Path

from bot.settings import Settings, SettingsError, read_settings
from knowledge.semantic import Models, available

FOLDER = "semantik"  # in the data folder: what was computed for our own texts


def models(settings: Settings | None = None) -> Models | None:
    """Both models, or None where the extra is missing or switched off.

    Without `settings` those of the environment are read, if they can be.
    """
    if not available():
        return None
    if settings is None:
        try:
            settings = read_settings()
        except SettingsError:
            return _loaded(None)  # a single question needs none of the settings
    return _loaded(settings.data) if settings.semantik else None


@cache
def _loaded(data: Path | None) -> Models:
    return Models(data / FOLDER if data else None)

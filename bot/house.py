"""What turns and pages know of the place where the hotline runs."""

from bot.settings import Settings
from handlers.hours import Calendar
from handlers.turn import House


def house_of(settings: Settings, url: str) -> House:
    """What the operator decided, as turns and pages know it."""
    return House(
        name=settings.name,
        calendar=Calendar(settings.office_hours, settings.state),
        public_url=url,
        retention_days=settings.retention_days,
        contact=settings.contact,
        controller=settings.controller,
        imprint_url=settings.imprint_url,
        show_web_text=settings.telegram_show_web_text,
        learn_alone=settings.learn_alone,
    )

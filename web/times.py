"""Instants and periods as people here read them."""

from datetime import date, datetime

from flask import Flask

from web.display import display
from workflows.performance.periods import title_of
from workflows.uow import ZONE


def local(value: datetime | str) -> datetime:
    """Return an instant, or its ISO text, in Chinese time; without an offset it already is."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found.astimezone(ZONE) if found.tzinfo else found.replace(tzinfo=ZONE)


def moment(value: datetime | str | None) -> str:
    """Return an instant in local time, to the minute."""
    return "" if not value else local(value).strftime("%Y-%m-%d %H:%M")


def short(value: datetime | str | None) -> str:
    """Return an instant without its year."""
    return "" if not value else local(value).strftime("%m-%d %H:%M")


def clock(value: datetime) -> str:
    """Return the time of day."""
    return local(value).strftime("%H:%M")


def deadline(value: datetime | str | None) -> str:
    """Return the day a limit ends: the limit is exceeded when that day is over."""
    if not value:
        return ""
    found = local(value)
    if (found.hour, found.minute, found.second) == (0, 0, 0):
        return f"{date.fromordinal(found.toordinal() - 1):%m-%d} 24:00"
    return found.strftime("%m-%d %H:%M")


def period(name: str) -> str:
    """Return a month, quarter, half or year in words; in English its short name is understood."""
    return name if display().lang == "en" else title_of(name)


def field_value(value: object, subtype: str) -> str:
    """Return a stored date or instant as an HTML field takes it; what cannot be read is left for the person."""
    if not isinstance(value, str) or not value:
        return ""
    try:
        return value[:10] if subtype == "date" else local(value).strftime("%Y-%m-%dT%H:%M")
    except ValueError:
        return value


def register(app: Flask) -> None:
    """Give templates the filters."""
    app.jinja_env.filters.update(moment=moment, short=short, deadline=deadline, field_value=field_value, period=period)

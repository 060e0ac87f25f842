"""Instants as people here read them."""

from datetime import date, datetime

from flask import Flask

from workflows.uow import ZONE


def moment(value: datetime | None) -> str:
    """Return an instant in local time, to the minute."""
    return "" if value is None else value.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


def short(value: datetime | None) -> str:
    """Return an instant without its year."""
    return "" if value is None else value.astimezone(ZONE).strftime("%m-%d %H:%M")


def deadline(value: datetime | None) -> str:
    """Return the day a limit ends: the limit is exceeded when that day is over."""
    if value is None:
        return ""
    local = value.astimezone(ZONE)
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        return f"{date.fromordinal(local.toordinal() - 1):%m-%d} 24:00"
    return local.strftime("%m-%d %H:%M")


def register(app: Flask) -> None:
    """Give templates the filters."""
    app.jinja_env.filters.update(moment=moment, short=short, deadline=deadline)

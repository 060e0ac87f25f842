"""What the domain takes from the engine, and the days and instants of the city."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from engine.store.unit_of_work import UnitOfWork

ZONE = ZoneInfo("Asia/Shanghai")


def local_day_of(instant: datetime) -> date:
    """Return the day of an instant in Chinese time."""
    return instant.astimezone(ZONE).date()


def local_time(instant: datetime) -> datetime:
    """Return an instant as clocks in China show it."""
    return instant.astimezone(ZONE)


def begin_of(day: date) -> datetime:
    """Return the first instant of a day in Chinese time, in UTC."""
    return datetime.combine(day, time(), ZONE).astimezone(UTC)


def last_day_of(end: datetime) -> date:
    """Return the last day before an end: what ends at midnight has the day before as its last."""
    return local_day_of(end - timedelta(microseconds=1))


def local_year(instant: datetime) -> int:
    """Return the year of an instant in Chinese time."""
    return local_day_of(instant).year


def chinese_date(instant: datetime) -> str:
    """Return the day of an instant as letters write it."""
    day = local_day_of(instant)
    return f"{day.year}年{day.month}月{day.day}日"


def chinese_end(end: datetime) -> str:
    """Return when a term is over as letters write it; one that ends at midnight lasts until 24:00 of its last day."""
    found, day = local_time(end), last_day_of(end)
    hour = f"{found:%H时%M分}" if found.date() == day else "24时"
    return f"{day.year}年{day.month}月{day.day}日{hour}"


__all__ = [
    "ZONE", "UnitOfWork", "begin_of", "chinese_date", "chinese_end", "last_day_of", "local_day_of", "local_time",
    "local_year",
]  # fmt: skip

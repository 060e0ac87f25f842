"""What the domain takes from the engine, and the city's day and year of an instant."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from engine.store.unit_of_work import UnitOfWork

ZONE = ZoneInfo("Asia/Shanghai")


def local_day_of(instant: datetime) -> date:
    """Return the day of an instant in Chinese time."""
    return instant.astimezone(ZONE).date()


def local_time(instant: datetime) -> datetime:
    """Return an instant as clocks in China show it."""
    return instant.astimezone(ZONE)


def local_year(instant: datetime) -> int:
    """Return the year of an instant in Chinese time."""
    return local_day_of(instant).year


def chinese_date(instant: datetime) -> str:
    """Return the day of an instant as letters write it."""
    day = local_day_of(instant)
    return f"{day.year}年{day.month}月{day.day}日"


__all__ = ["ZONE", "UnitOfWork", "chinese_date", "local_day_of", "local_year"]

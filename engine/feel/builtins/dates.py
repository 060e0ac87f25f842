"""Built-in functions on dates, times and durations."""

from decimal import Decimal

from engine.feel.builtins.signature import Registry
from engine.feel.temporal import (
    SECOND,
    UTC,
    Date,
    DateTime,
    DaysTimeDuration,
    Time,
    YearsMonthsDuration,
    days_in_month,
)
from engine.feel.temporal_text import (
    make_date,
    make_time,
    make_zone,
    parse_date,
    parse_date_time,
    parse_duration,
    parse_time,
)
from engine.feel.undefined import Undefined

REGISTRY = Registry()
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def _whole(value: Decimal) -> int:
    if value != value.to_integral_value() or abs(value) > 10**12:
        raise Undefined("not a whole number")
    return int(value)


@REGISTRY.add("date", "from: string|date|date and time")
def _date(value: str | Date | DateTime) -> Date:
    if isinstance(value, DateTime):
        return value.date
    return parse_date(value) if isinstance(value, str) else value


@REGISTRY.add("date", "year: number, month: number, day: number")
def _date_of(year: Decimal, month: Decimal, day: Decimal) -> Date:
    return make_date(_whole(year), _whole(month), _whole(day))


@REGISTRY.add("time", "from: string|time|date|date and time")
def _time(value: str | Time | Date | DateTime) -> Time:
    match value:
        case DateTime():
            return value.time
        case Date():
            return Time(0, UTC)
        case str():
            return parse_time(value)
        case _:
            return value


@REGISTRY.add("time", "hour: number, minute: number, second: number, offset: days and time duration|null?")
def _time_of(hour: Decimal, minute: Decimal, second: Decimal, offset: DaysTimeDuration | None = None) -> Time:
    zone = make_zone(offset.nanos // SECOND) if offset else None
    if not 0 <= second < 60:
        raise Undefined("no such second")
    return make_time(_whole(hour), _whole(minute), int(second * SECOND), zone)


@REGISTRY.add("date and time", "from: string|date|date and time")
def _date_and_time(value: str | Date | DateTime) -> DateTime:
    if isinstance(value, Date):
        return DateTime(value, Time(0))
    return parse_date_time(value) if isinstance(value, str) else value


@REGISTRY.add("date and time", "date: date|date and time, time: time")
def _date_and_time_of(date: Date | DateTime, time: Time) -> DateTime:
    return DateTime(date.date if isinstance(date, DateTime) else date, time)


@REGISTRY.add("date and time", "from: date and time, timezone: string")
def _in_zone(moment: DateTime, timezone: str) -> DateTime:
    zone = parse_time(f"00:00:00@{timezone}").zone
    return DateTime.from_value(moment.value, zone) if moment.time.zone else DateTime(
        moment.date, Time(moment.time.nanos, zone)
    )  # fmt: skip


@REGISTRY.add("duration", "from: string|days and time duration|years and months duration")
def _duration(value: str | DaysTimeDuration | YearsMonthsDuration) -> DaysTimeDuration | YearsMonthsDuration:
    return parse_duration(value) if isinstance(value, str) else value


@REGISTRY.add("years and months duration", "from: date|date and time, to: date|date and time")
def _years_and_months(start: Date | DateTime, end: Date | DateTime) -> YearsMonthsDuration:
    """Count whole months between the two days; the time of day plays no part."""
    first, last = _day(start), _day(end)
    if first.ordinal > last.ordinal:
        return YearsMonthsDuration(-_whole_months(last, first))
    return YearsMonthsDuration(_whole_months(first, last))


def _day(value: Date | DateTime) -> Date:
    return value.date if isinstance(value, DateTime) else value


def _whole_months(first: Date, last: Date) -> int:
    months = (last.year - first.year) * 12 + last.month - first.month
    return months - 1 if first.day > last.day else months


@REGISTRY.add("day of year", "date: date|date and time")
def _day_of_year(value: Date | DateTime) -> Decimal:
    date = _day(value)
    return Decimal(date.ordinal - Date(date.year, 1, 1).ordinal + 1)


@REGISTRY.add("day of week", "date: date|date and time")
def _day_of_week(value: Date | DateTime) -> str:
    return _WEEKDAYS[_day(value).weekday - 1]


@REGISTRY.add("month of year", "date: date|date and time")
def _month_of_year(value: Date | DateTime) -> str:
    return _MONTHS[_day(value).month - 1]


@REGISTRY.add("week of year", "date: date|date and time")
def _week_of_year(value: Date | DateTime) -> Decimal:
    date = _day(value)
    thursday = Date.from_ordinal(date.ordinal - date.weekday + 4)
    return Decimal((thursday.ordinal - Date(thursday.year, 1, 1).ordinal) // 7 + 1)


@REGISTRY.add("last day of month", "date: date|date and time")
def _last_day_of_month(value: Date | DateTime) -> Date:
    date = _day(value)
    return Date(date.year, date.month, days_in_month(date.year, date.month))

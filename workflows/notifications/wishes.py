"""How a person wants to be told: by which way, and when not."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import insert, select, update

from workflows import errors
from workflows.policy import Actor
from workflows.records.lists import notice_setting
from workflows.time_limits import local_day
from workflows.uow import UnitOfWork
from workflows.working_days import ONE_DAY, WorkingCalendar

WAYS = {"mail": "电子邮件", "sms": "短信、企业微信或钉钉（只含案件号）"}
URGENT = frozenset({"red", "urged", "leader", "listed"})
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"\+?\d{6,15}")


@dataclass(frozen=True, slots=True)
class Wishes:
    """The choices; messages inside the platform are always there."""

    channels: tuple[str, ...] = ()
    mail: str = ""
    phone: str = ""
    quiet_from: str = "18:00"
    quiet_until: str = "08:30"
    days_off: bool = False

    def address(self, channel: str) -> str:
        """Return where a channel reaches the person."""
        return self.mail if channel == "mail" else self.phone

    def next_time(self, now: datetime, calendar: WorkingCalendar) -> datetime:
        """Return the first instant from *now* on at which the person may be told."""
        local = now.astimezone(calendar.zone)
        day, begin, end = local_day(now, calendar), _time(self.quiet_until), _time(self.quiet_from)
        is_open = self.days_off or calendar.is_working_day(day)
        if is_open and not self._is_quiet(local.time(), begin, end):
            return now
        is_later = local.time() >= begin
        if begin < end or not is_open:
            day = day + ONE_DAY if is_later or not is_open else day
            day = day if self.days_off else calendar.next_working_day(day)
        return datetime.combine(day, begin, calendar.zone)

    def _is_quiet(self, at: time, begin: time, end: time) -> bool:
        """Tell whether a time of day is quiet; equal ends mean that none is."""
        if begin == end:
            return False
        return not begin <= at < end if begin < end else end <= at < begin


def _time(text: str) -> time:
    return time.fromisoformat(text)


def wishes_of(row: Any) -> Wishes:
    """Return the stored choices."""
    return Wishes(
        tuple(row.channels), row.mail or "", row.phone or "", row.quiet_from, row.quiet_until, row.days_off
    )  # fmt: skip


def read_wishes(uow: UnitOfWork, login: str) -> Wishes:
    """Return a person's choices, the usual ones when nothing was chosen."""
    row = uow.connection.execute(select(notice_setting).where(notice_setting.c.login == login)).one_or_none()
    return wishes_of(row) if row is not None else Wishes()


def checked(given: Mapping[str, str], channels: Sequence[str]) -> Wishes:
    """Return choices that can be kept.

    Raises:
        FormInvalid: names each wrong field.
    """
    wanted = Wishes(
        tuple(one for one in WAYS if one in channels), given.get("mail", "").strip(), given.get("phone", "").strip(),
        given.get("quiet_from", "18:00"), given.get("quiet_until", "08:30"), given.get("days_off") == "1",
    )  # fmt: skip
    wrong = {
        "mail": ("mail" in wanted.channels or bool(wanted.mail)) and not _MAIL.fullmatch(wanted.mail),
        "phone": ("sms" in wanted.channels or bool(wanted.phone)) and not _PHONE.fullmatch(wanted.phone),
        "quiet_from": not _TIME.fullmatch(wanted.quiet_from), "quiet_until": not _TIME.fullmatch(wanted.quiet_until),
    }  # fmt: skip
    words = {"mail": "请填写可用的电子邮箱", "phone": "请填写可用的手机号"}
    faults = [
        {"field": name, "message": words.get(name, "请按 时:分 填写")} for name, is_wrong in wrong.items() if is_wrong
    ]
    if faults:
        raise errors.FormInvalid(errors=faults)
    return wanted


def keep_wishes(uow: UnitOfWork, actor: Actor, wanted: Wishes) -> None:
    """Keep a person's choices; what came before the first choice is not sent afterwards."""
    values = {
        "channels": list(wanted.channels), "mail": wanted.mail or None, "phone": wanted.phone or None,
        "quiet_from": wanted.quiet_from, "quiet_until": wanted.quiet_until, "days_off": wanted.days_off,
        "changed_at": uow.now,
    }  # fmt: skip
    mine = notice_setting.c.login == actor.login
    if uow.connection.execute(update(notice_setting).where(mine).values(**values)).rowcount == 0:
        uow.connection.execute(insert(notice_setting), {"login": actor.login, "since": uow.now, **values})

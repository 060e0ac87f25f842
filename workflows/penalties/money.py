"""Fine, payments and surcharge, exactly: whole fen, and decimal fractions only while reckoning (xzcf/66, 72, 73)."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select

from workflows.records.penalties import penalty_instalment, penalty_payment
from workflows.uow import UnitOfWork

_RULE = tomllib.loads((Path(__file__).parent / "money.toml").read_text(encoding="utf-8"))["surcharge"]
DAILY_RATE = Decimal(_RULE["daily_rate"])
ONE_DAY = timedelta(days=1)
Money = tuple[date, int]


@dataclass(frozen=True, slots=True)
class Balance:
    """What a party owes on a day, in fen.

    ``due`` is the part of the fine that should have been paid by then, ``next_due`` the day and amount that follow.
    """

    fine: int
    paid: int
    due: int
    surcharge: int
    surcharge_paid: int
    next_due: Money | None

    @property
    def outstanding(self) -> int:
        """Return what is left of the fine."""
        return max(0, self.fine - self.paid)

    @property
    def surcharge_left(self) -> int:
        """Return what is left of the surcharge."""
        return max(0, self.surcharge - self.surcharge_paid)


def surcharge(
    fine: int, instalments: Sequence[Money], payments: Sequence[Money], on: date,
    stopped: Sequence[tuple[date, date]] = (),
) -> int:  # fmt: skip
    """Return the surcharge in fen at the end of a day: 3 % a day of what is overdue, at most the fine.

    The day an instalment is due is still in time; a payment counts from the day after it. ``stopped`` are first and
    last days on which nothing is added: review and litigation.
    """
    if not instalments:
        return 0
    total, cap = Decimal(0), Decimal(fine)
    day = min(due for due, _ in instalments) + ONE_DAY
    while day <= on and total < cap:
        due = sum(amount for last, amount in instalments if last < day)
        paid = sum(amount for at, amount in payments if at < day)
        if due > paid and not any(first <= day <= last for first, last in stopped):
            total += DAILY_RATE * (due - paid)
        elif paid >= fine:
            break
        day += ONE_DAY
    return int(min(total, cap).to_integral_value(ROUND_DOWN))


def balance_of(uow: UnitOfWork, row: Any, on: date) -> Balance:
    """Return what the party of a case owes on a day."""
    fine = row.fine_fen or 0
    plan = instalments_of(uow, row)
    paid = uow.connection.execute(select(penalty_payment).where(penalty_payment.c.case_id == row.id)).all()
    fines = [(one.paid_on, one.amount_fen) for one in paid if one.kind == "fine"]
    extra = sum(one.amount_fen for one in paid if one.kind == "surcharge")
    due = sum(amount for last, amount in plan if last < on)
    following = min(((last, amount) for last, amount in plan if last >= on), default=None)
    ended = _ended_on(row)
    reckoned = surcharge(fine, plan, fines, min(on, ended) if ended else on, stopped_days(row))
    return Balance(fine, sum(amount for _, amount in fines), due, reckoned, extra, following)


def instalments_of(uow: UnitOfWork, row: Any) -> list[Money]:
    """Return the approved instalments, else the whole fine on its last day."""
    p = penalty_instalment.c
    rows = uow.connection.execute(select(p.due_on, p.amount_fen).where(p.case_id == row.id).order_by(p.place)).all()
    if rows:
        return [(one.due_on, one.amount_fen) for one in rows]
    return [(row.pay_by, row.fine_fen)] if row.pay_by and row.fine_fen else []


def stopped_days(row: Any) -> list[tuple[date, date]]:
    """Return the days of review and litigation, on which nothing is added (xzcf/73)."""
    spans = (row.execution or {}).get("stopped", ())
    return [(date.fromisoformat(one["from"]), date.fromisoformat(one["until"] or "9999-12-31")) for one in spans]


def _ended_on(row: Any) -> date | None:
    """Return the last day on which a surcharge could grow: an overturned decision has none after that."""
    day = (row.overturn or {}).get("overturned_on")
    return date.fromisoformat(day) - ONE_DAY if day else None

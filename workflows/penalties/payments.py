"""Payments, and the days of review or litigation on which no surcharge grows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select

from workflows import errors
from workflows.penalties.money import balance_of
from workflows.penalties.store import change, fen_of, refuse, tell, yuan
from workflows.policy import Actor
from workflows.records.penalties import penalty_case, penalty_payment
from workflows.uow import UnitOfWork, local_day_of

KINDS = {"fine": "罚款", "surcharge": "加处罚款"}


def own_case(uow: UnitOfWork, actor: Actor, business_key: str) -> Row[Any]:
    """Return a case of the actor's unit, or one he is an officer of.

    Raises:
        CaseNotFound.
    """
    row = uow.connection.execute(select(penalty_case).where(penalty_case.c.business_key == business_key)).one_or_none()
    if row is None or not (row.unit in actor.units or actor.login in row.officers):
        raise errors.CaseNotFound(case=business_key)
    return row


@dataclass(frozen=True, slots=True)
class RecordPayment:
    """Write a payment down; the same voucher counts once.

    Raises:
        CaseNotFound: the case is another unit's.
        FormInvalid: nothing is due, it is more than is owed, or the voucher is known.
    """

    actor: Actor
    business_key: str
    answers: Mapping[str, Any]

    def run(self, uow: UnitOfWork) -> UUID:
        """Insert it."""
        row, given = own_case(uow, self.actor, self.business_key), self.answers
        if row.served_on is None or not row.fine_fen:
            refuse("amount", "本案没有应缴的罚款，或者决定书尚未送达")
        kind, fen = str(given["kind"]), fen_of("amount", given["amount"])
        day = date.fromisoformat(str(given["paid_on"]))
        if day < row.served_on or day > local_day_of(uow.now):
            refuse("paid_on", f"缴款日期应当在 {row.served_on} 至今天之间")
        balance = balance_of(uow, row, day)
        left = balance.outstanding if kind == "fine" else balance.surcharge_left
        if fen <= 0 or fen > left:
            refuse("amount", f"{KINDS[kind]}未缴 {yuan(left)} 元，缴款不能多于此数，也不能为零")
        known = (penalty_payment.c.case_id == row.id) & (penalty_payment.c.voucher == given["voucher"])
        if uow.connection.execute(select(penalty_payment.c.id).where(known)).first() is not None:
            refuse("voucher", "这张票据已经登记过")
        payment_id = uow.new_id()
        values = {
            "id": payment_id, "case_id": row.id, "kind": kind, "paid_on": day, "amount_fen": fen,
            "voucher": given["voucher"], "recorded_by": self.actor.login, "recorded_at": uow.now,
        }  # fmt: skip
        uow.connection.execute(insert(penalty_payment), values)
        tell(uow, row.id, "paid", self.actor.login, kind=kind, amount=yuan(fen), on=day.isoformat())
        return payment_id


@dataclass(frozen=True, slots=True)
class StopSurcharge:
    """Note that review or litigation runs from a day on, or until a day: nothing is added then (xzcf/73).

    Raises:
        CaseNotFound, FormInvalid.
    """

    actor: Actor
    business_key: str
    answers: Mapping[str, Any]

    def run(self, uow: UnitOfWork) -> None:
        """Write the days."""
        row, given = own_case(uow, self.actor, self.business_key), self.answers
        if row.served_on is None:
            refuse("from_day", "决定书尚未送达")
        first, last = str(given["from_day"]), given.get("until_day")
        if last and str(last) < first:
            refuse("until_day", "结束日期不能早于开始日期")
        span = {"from": first, "until": last or None, "kind": given["remedy"], "by": self.actor.login}
        before = [one for one in (row.execution or {}).get("stopped", ()) if one["from"] != first]
        change(uow, row, execution={**(row.execution or {}), "stopped": [*before, span]})
        tell(uow, row.id, "remedy", self.actor.login, **span)

"""The register of full-time staff for people and programs; contacts are for people of the platform only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from sqlalchemy import select

from engine.commands.idempotency import Once, fingerprint_of
from engine.process_engine import ProcessEngine
from workflows.desk.asking import Ask
from workflows.directory import colleagues_of, find_unit, names_of
from workflows.form_book import FormBook
from workflows.forms import FieldView
from workflows.policy import Actor
from workflows.records.staff import staff_absence, staff_confirmation
from workflows.rulebook import Rulebook
from workflows.staff.duty import current_row
from workflows.staff.register import FIELDS, ChangeStaff, current, history, may_keep, require_unit, units_asked
from workflows.staff.steps import RegisterAbsence
from workflows.uow import UnitOfWork, local_day_of, local_year

PROCESS = "staff_confirmation"
Line = Mapping[str, Any]
_HEADS = ("单位代码", "单位", "专职人员", "职务", "联系方式", "替补", "职责", "生效日期", "本年确认", "逾期")


@dataclass(frozen=True, slots=True)
class UnitStaff:
    """A unit, its entry, and whether it has confirmed this year."""

    code: str
    name: str
    entry: Line | None
    confirmation: Line | None


@dataclass(frozen=True, slots=True)
class StaffView:
    """One unit's register with its history, confirmations and absences."""

    code: str
    name: str
    versions: tuple[Line, ...]
    confirmations: tuple[Line, ...]
    absences: tuple[Line, ...]
    people: Mapping[str, str]
    may_keep: bool


class StaffDesk:
    """Answers and keeps the register."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook, forms: FormBook) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self._forms = forms

    def all(self, _actor: Actor, which: str = "") -> tuple[UnitStaff, ...]:
        """Return every unit's entry; *which* is late, open, missing or empty for all."""
        found = self._engine.ask(Ask(self._read))
        return tuple(one for one in found if _is_wanted(one, which))

    def _read(self, uow: UnitOfWork) -> list[UnitStaff]:
        entries = {one["unit"]: one for one in current(uow, local_day_of(uow.now))}
        c = staff_confirmation.c
        rows = uow.connection.execute(select(staff_confirmation).where(c.year == local_year(uow.now))).mappings()
        asked: dict[str, Line] = {row["unit"]: dict(row) for row in rows}
        return [
            UnitStaff(one["code"], one["short_name"], entries.get(one["code"]), asked.get(one["code"]))
            for one in units_asked(uow, self._rulebook)
        ]

    def unit(self, actor: Actor, code: str) -> StaffView:
        """Return a unit's register.

        Raises:
            UnknownUnit.
        """

        def read(uow: UnitOfWork) -> StaffView:
            unit = find_unit(uow, code)
            c, a = staff_confirmation.c, staff_absence.c
            asked = select(staff_confirmation).where(c.unit == code).order_by(c.year.desc()).limit(50)
            away = select(staff_absence).where(a.unit == code).order_by(a.from_day.desc()).limit(50)
            confirmations = tuple(dict(row) for row in uow.connection.execute(asked).mappings())
            absences = tuple(dict(row) for row in uow.connection.execute(away).mappings())
            versions = tuple(history(uow, code))
            logins = {row["changed_by"] for row in versions} | {row["confirmed_by"] or "" for row in confirmations}
            logins |= {name for row in absences for name in (row["login"], row["stand_in"])}
            return StaffView(
                code, unit.name, versions, confirmations, absences, names_of(uow, logins), may_keep(actor, code)
            )

        return self._engine.ask(Ask(read))

    def fields(
        self, actor: Actor, code: str, form: str, answers: Mapping[str, Any] | None = None
    ) -> tuple[FieldView, ...]:
        """Return a form about a unit: staff or absence.

        Raises:
            NotAllowed: it is another unit's.
        """
        return self._forms.get(PROCESS, form).fields_for(self._context(actor, code), answers)

    def change(self, actor: Actor, code: str, answers: Mapping[str, Any], *, key: str = "") -> bool:
        """Write who is a unit's full-time supervisor; tells whether anything changed. The same key writes once.

        Raises:
            FormInvalid: ``errors`` names each field and the remedy.
        """
        given = self._forms.get(PROCESS, "staff").validate(answers, self._context(actor, code))
        command = ChangeStaff(actor, code, given, date.fromisoformat(str(given["valid_from"])), str(given["reason"]))
        if not key:
            return self._engine.execute(command) is not None
        once = Once(
            command, actor.login, key, fingerprint_of("staff", code, answers), lambda one: {"is_new": bool(one)}
        )
        return bool(self._engine.execute(once).result["is_new"])

    def leave(self, actor: Actor, code: str, answers: Mapping[str, Any], *, key: str = "") -> str:
        """Register an absence; answers the case's number."""
        given = self._forms.get(PROCESS, "absence").validate(answers, self._context(actor, code))
        days = (date.fromisoformat(str(given["from_day"])), date.fromisoformat(str(given["to_day"])))
        command = RegisterAbsence(actor, code, *days, str(given["reason"]), self._rulebook)
        if not key:
            return self._engine.execute(command)
        once = Once(command, actor.login, key, fingerprint_of("absence", code, answers), lambda one: {"number": one})
        return str(self._engine.execute(once).result["number"])

    def workbook(self, actor: Actor) -> bytes:
        """Return the register as xlsx."""
        book, out = Workbook(write_only=True), BytesIO()
        sheet = book.create_sheet("专职人员")
        sheet.append(list(_HEADS))
        for one in self.all(actor):
            sheet.append(_cells(one))
        book.save(out)
        return out.getvalue()

    def _context(self, actor: Actor, code: str) -> dict[str, Any]:
        require_unit(actor, code)

        def read(uow: UnitOfWork) -> dict[str, Any]:
            today = local_day_of(uow.now)
            row = current_row(uow, find_unit(uow, code).code, today)
            known = {name: getattr(row, name) if row is not None else None for name in FIELDS}
            return {"members": colleagues_of(uow, code), "current": known, "today": today.isoformat()}

        return self._engine.ask(Ask(read))


def _is_wanted(one: UnitStaff, which: str) -> bool:
    asked = one.confirmation
    if which == "late":
        return asked is not None and bool(asked["is_late"])
    if which == "open":
        return asked is not None and not asked["confirmed_at"]
    return which != "missing" or one.entry is None


def _cells(one: UnitStaff) -> Sequence[str]:
    entry, asked = one.entry or {}, one.confirmation or {}
    confirmed = asked.get("confirmed_at")
    return (
        one.code, one.name, str(entry.get("name") or "未登记"), str(entry.get("post") or ""),
        str(entry.get("contact") or ""), str(entry.get("stand_in_name") or ""), str(entry.get("duties") or ""),
        str(entry.get("valid_from") or ""), f"{local_day_of(confirmed)}" if confirmed else "未确认" if asked else "",
        "逾期" if asked.get("is_late") else "",
    )  # fmt: skip

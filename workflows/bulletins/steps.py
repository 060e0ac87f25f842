"""The steps of a bulletin: numbers taken, words edited, approved, issued, signed for (zz2020/3.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, select, update

from engine.commands.start_process import StartProcess
from engine.handlers import ServiceJob
from engine.spiff.model import StartTrigger
from workflows import errors
from workflows.bulletins.document import LETTER, content, number, percent
from workflows.bulletins.figures import Figure, stored, take
from workflows.directory import Unit, find_unit, unit_chain
from workflows.letter_book import write_letter, write_receipt
from workflows.oversight.cases import supervised
from workflows.performance.periods import Period, period_of, title_of
from workflows.policy import Actor, groups_of, require
from workflows.process import TaskContext
from workflows.records.bulletins import bulletin, bulletin_figure
from workflows.records.offices import officer
from workflows.rulebook import Rulebook
from workflows.serials import next_number
from workflows.uow import UnitOfWork, chinese_date, local_day_of

PROCESS, MESSAGE, SERIAL = "work_bulletin", "bulletin_due", "bulletin"
STARTERS = ("policy_officer", "leader")
STATES: Mapping[str, str] = {"editing": "修改中", "approving": "待批准", "issued": "已印发", "closed": "已归档"}
WORDS = ("summary", "praise", "criticism", "next_measures")
_SIGNERS = ("section_head", "squad_head", "district_officer", "approval_clerk", "squad_officer")
_b = bulletin.c


@dataclass(frozen=True, slots=True)
class StartBulletin:
    """Draft a bulletin for a period that has begun; answers its number.

    Raises:
        FormInvalid: the period has not begun, or is none.
    """

    actor: Actor
    period: str
    rulebook: Rulebook

    def run(self, uow: UnitOfWork) -> str:
        """Start the case."""
        require(self.actor, *STARTERS)
        if period_of(self.rulebook, self.period).begins_on > local_day_of(uow.now):
            raise errors.FormInvalid(errors=[{"field": "period", "message": "该期间还没有开始"}])
        key = next_number(uow, self.rulebook.city.numbers[SERIAL], SERIAL)
        variables = {"period": self.period, "requested_by": self.actor.login, "business_key": key}
        trigger = StartTrigger(MESSAGE, "message", MESSAGE)
        StartProcess(PROCESS, key, self.actor.login, variables, trigger=trigger).run(uow)
        return key


def row_of(uow: UnitOfWork, case: ServiceJob | TaskContext) -> Row[Any]:
    """Return the bulletin a step belongs to."""
    return uow.connection.execute(select(bulletin).where(_b.instance_id == case.instance_id)).one()


def _change(uow: UnitOfWork, row: Row[Any], **values: object) -> None:
    uow.connection.execute(update(bulletin).where(_b.id == row.id).values(**values))


def draft(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Take the numbers, for the first time or anew, and propose the words."""
    given, city = job.variables, rulebook.city
    period = period_of(rulebook, str(given["period"]))
    known = uow.connection.execute(select(bulletin).where(_b.instance_id == job.instance_id)).one_or_none()
    bulletin_id = known.id if known else uow.new_id()
    if known is None:
        row = {
            "id": bulletin_id, "number": job.business_key, "instance_id": job.instance_id, "period": period.name,
            "begins_on": period.begins_on, "ends_on": period.ends_on, "state": "editing", "words": {},
            "requested_by": given["requested_by"], "taken_at": uow.now, "opened_at": uow.now,
        }  # fmt: skip
        uow.connection.execute(insert(bulletin), row)
    figures = _keep(uow, bulletin_id, take(uow, period))
    words = proposed(uow, period, figures)
    kept = known.words if known else {}
    words |= {name: kept[name] for name in WORDS if name in kept and name != "summary"}
    uow.connection.execute(update(bulletin).where(_b.id == bulletin_id).values(taken_at=uow.now, words=words))
    title = f"{title_of(period.name)}工作通报"
    return {
        **words, "policy_unit": city.policy_unit, "leader_unit": city.leader_unit, "area": city.area, "title": title,
        "project_name": title, "party_name": "局长办公会", "unit": city.policy_unit, "receivers": [],
    }  # fmt: skip


def _keep(uow: UnitOfWork, bulletin_id: UUID, figures: list[Figure]) -> list[Figure]:
    """Store the numbers in the place of those taken before."""
    uow.connection.execute(delete(bulletin_figure).where(bulletin_figure.c.bulletin_id == bulletin_id))
    names = Figure.__dataclass_fields__
    rows = [
        {"id": uow.new_id(), "bulletin_id": bulletin_id, "place": place, **{name: getattr(one, name) for name in names}}
        for place, one in enumerate(figures)
    ]
    if rows:
        uow.connection.execute(insert(bulletin_figure), rows)
    return figures


def proposed(uow: UnitOfWork, period: Period, figures: list[Figure]) -> dict[str, Any]:
    """Return the words a bulletin begins with; the policy section writes them anew."""
    city = {(one.section, one.code): one for one in figures if one.unit is None}
    late, still = city["late", "late"], city["late", "open"]
    rates = [one for (section, _), one in city.items() if section == "kpi" and one.denominator][:3]
    said = "；".join(f"{one.name}{percent(one.rate) if (one.rate or 0) <= 1 else number(one.rate)}" for one in rates)
    before = "" if late.previous is None else f"（上期 {number(late.previous)} 件）"
    summary = (
        f"{title_of(period.name)}，{said or '没有可以统计的指标'}。期内逾期 {number(late.numerator)} 件{before}，"
        f"其中仍未办结 {number(still.numerator)} 件；发出督办单 {number(city['letters', 'order'].numerator)} 份、"
        f"监督意见书 {number(city['letters', 'opinion'].numerator)} 份、"
        f"通报批评 {number(city['letters', 'criticism'].numerator)} 份。"
    )
    blamed = [one.unit for one in figures if (one.section, one.code) == ("letters", "criticism") and one.unit]
    names = "、".join(find_unit(uow, unit).short_name for unit in blamed)
    criticism = f"本期通报批评：{names}。" if names else None
    return {
        "summary": summary,
        "praise": None,
        "criticism": criticism,
        "next_measures": "逐件销号，月底前办结逾期事项。",
    }


def edit(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the words; they speak of units, never of persons.

    Raises:
        FormInvalid: a field names a person of the platform.
    """
    people = uow.connection.scalars(select(officer.c.name)).all()
    mistakes = []
    for name in WORDS:
        found = sorted({one for one in people if one and one in str(answers.get(name) or "")})
        if found:
            mistakes.append({"field": name, "message": f"通报只写单位，不写个人，请删去：{'、'.join(found)}"})
    if mistakes:
        raise errors.FormInvalid(errors=mistakes)
    words = {name: answers.get(name) for name in WORDS}
    state = "approving" if answers["next_step"] == "submit" else "editing"
    _change(uow, row_of(uow, task), words=words, edited_by=task.actor.login, state=state)
    return {}


def approve(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep who approved, or open the text again."""
    approved = answers["decision"] == "approve"
    values = {"approved_by": task.actor.login} if approved else {"state": "editing"}
    _change(uow, row_of(uow, task), **values)
    return {}


def issue(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Issue it with its number; every unit that has somebody to sign is asked to."""
    row, city = row_of(uow, job), rulebook.city
    data = {**content(uow, row, stored(uow, row.id)), "taken": chinese_date(row.taken_at)}
    title = f"{title_of(row.period)}工作通报"
    letter_id, letter_number = write_letter(
        uow, city, job, kind=LETTER, about=row.id, sender=city.policy_unit, receiver="", subject=title, content=data
    )
    units = receivers(uow, rulebook)
    codes = [one.code for one in units]
    _change(uow, row, state="issued", letter_id=letter_id, letter_number=letter_number, issued_at=uow.now,
            receivers=codes)  # fmt: skip
    asked = [{"unit": one.code, "unit_name": one.short_name} for one in units]
    return {"receivers": asked, "letter_number": letter_number}


def receivers(uow: UnitOfWork, rulebook: Rulebook) -> list[Unit]:
    """Return the units that sign: those supervised which have a person who may, each for itself."""
    wanted: set[str] = set()
    columns = (officer.c.unit, officer.c.roles)
    for row in uow.connection.execute(select(*columns).where(officer.c.is_active)):
        own = groups_of((row.unit,), row.roles)
        if any(f"{row.unit}/{role}" in own for role in _SIGNERS):
            wanted.add(row.unit)
    return [one for one in supervised(uow, rulebook) if one.code in wanted]


def receive(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Sign for the bulletin: a numbered receipt of the unit."""
    row = row_of(uow, task)
    unit = str(task.variables["receiver"]["unit"])
    if unit not in unit_chain(uow, task.actor.unit):
        raise errors.NotAllowed(unit=unit)
    write_receipt(
        uow, task.rulebook.city, about=row.id, instance_id=task.instance_id, business_key=task.business_key,
        unit=unit, signed_by=task.actor.login, outcome="acknowledged", remark=answers.get("receipt_note"),
        letter_id=row.letter_id,
    )  # fmt: skip
    return {}


def close(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Close the bulletin when every unit has signed."""
    _change(uow, row_of(uow, job), state="closed", closed_at=uow.now)
    return {}

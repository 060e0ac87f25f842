"""Why a task came to a person: the rule, what went before, who handed it over, what was drawn, all with evidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from engine.dmn import TableView, parse_dmn, view_of
from engine.store.tables import history_event, process_definition, process_instance, resource, user_task
from workflows import catalog
from workflows.desk.why_path import passed
from workflows.directory import all_units, names_of
from workflows.jurisdiction import cover_of
from workflows.policy import ROLES, Actor
from workflows.records.inspections import inspection
from workflows.records.random_checks import draw_lot, draw_proof, random_task
from workflows.uow import ZONE, UnitOfWork

_h = history_event.c
_LOOK_BACK, _MOST_RULES = 100, 3


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule of a decision table that matched, as it was deployed with the case's diagram."""

    decision: str
    title: str
    rule_id: str
    number: int
    conditions: tuple[tuple[str, str], ...]
    results: tuple[tuple[str, str], ...]
    source: str


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody did before: the step or the act, by whom, when, and what was said."""

    what: str
    person: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The draw that chose this object: its task, when, and the hash of the proof."""

    key: str
    title: str
    drawn_at: datetime
    proof: str


@dataclass(frozen=True, slots=True)
class Why:
    """One sentence, and what it rests on."""

    task_id: UUID
    business_key: str
    sentence: str
    process: str
    version: int
    rules: tuple[Rule, ...]
    previous: Step | None
    handed_over: tuple[Step, ...]
    cover: str
    drawn: Drawn | None


def explain(uow: UnitOfWork, actor: Actor, task: Row[Any]) -> Why:
    """Return why a task came."""
    version, lines = _version(uow, task), _lines(uow, task)
    rules, previous = _rules(uow, task, lines), _previous(uow, task)
    handed, drawn = _handed_over(uow, task), _drawn(uow, task)
    cover = cover_of(actor, task)
    standing = f"您正在代 {cover.name} 办理" if cover is not None else ""
    parts = [
        *(
            f"按“{rule.title}”第 {rule.number} 条规则（{rule.rule_id}，流程第 {version} 版：{rule.source}）"
            for rule in rules
        ),
        f"上一环节“{previous.what}”由 {previous.person} 于 {_local(previous.at)} 办结" if previous else "",
        f"“{drawn.title}”于 {_local(drawn.drawn_at)} 随机抽中" if drawn else "",
        f"到达“{task.name}”，{_whose(uow, actor, task)}",
        *(
            f"{step.person} 于 {_local(step.at)} {step.what}{'：' + step.note if step.note else ''}"
            for step in handed[-1:]
        ),
        standing,
    ]
    title = catalog.TITLES.get(task.definition_key, "")
    sentence = "；".join(part for part in parts if part) + "。"
    return Why(
        task.id,
        task.business_key,
        f"流程“{title}”：{sentence}",
        title,
        version,
        rules,
        previous,
        handed,
        standing,
        drawn,
    )


def _local(at: datetime) -> str:
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}"


def _whose(uow: UnitOfWork, actor: Actor, task: Row[Any]) -> str:
    group = next((one for one in task.candidate_groups if one in actor.groups), next(iter(task.candidate_groups), ""))
    unit, _, role = group.rpartition("/")
    units = {found.code: found.short_name for found in all_units(uow)}
    mine = "；您具有此角色" if group in actor.groups else ""
    if actor.login in task.candidate_users:
        return "指定由您本人办理"
    return f"由{units.get(unit, unit)}的{ROLES.get(role, role)}办理{mine}" if group else "由指定人员办理"


def _version(uow: UnitOfWork, task: Row[Any]) -> int:
    joined = process_instance.join(process_definition, process_definition.c.id == process_instance.c.definition_id)
    wanted = select(process_definition.c.version).select_from(joined).where(process_instance.c.id == task.instance_id)
    return int(uow.connection.scalar(wanted) or 0)


def _lines(uow: UnitOfWork, task: Row[Any]) -> list[Row[Any]]:
    before = (_h.instance_id == task.instance_id) & (_h.at <= task.created_at)
    wanted = select(history_event).where(before).order_by(_h.at.desc(), _h.id.desc()).limit(_LOOK_BACK)
    return list(uow.connection.execute(wanted))


def _rules(uow: UnitOfWork, task: Row[Any], lines: list[Row[Any]]) -> tuple[Rule, ...]:
    """Return the rules of the decisions that led to the task, the last one at the end."""
    decided: dict[str, Mapping[str, Any]] = {}
    for line in lines:  # the newest first
        for what, element, _token, detail in reversed(line.steps):
            if what == "decided" and detail.get("matched_rules"):
                decided.setdefault(str(element), detail)
    if not decided:
        return ()
    files = _files(uow, task)
    diagrams = [content for name, content in files if name.endswith(".bpmn")]
    found = passed(diagrams, task.element_id, decided)[:_MOST_RULES]
    return tuple(
        rule for one in reversed(found)
        for rule in _texts(files, str(decided[one]["decision"]), [str(rule) for rule in decided[one]["matched_rules"]])
    )  # fmt: skip


def _files(uow: UnitOfWork, task: Row[Any]) -> list[tuple[str, bytes]]:
    """Return the diagrams and tables the case was started with."""
    joined = process_instance.join(process_definition, process_definition.c.id == process_instance.c.definition_id)
    wanted = select(process_definition.c.resources).select_from(joined)
    named = uow.connection.scalar(wanted.where(process_instance.c.id == task.instance_id)) or []
    names = {str(digest): str(name) for name, digest in named if str(name).endswith((".bpmn", ".dmn"))}
    rows = uow.connection.execute(select(resource.c.hash, resource.c.content).where(resource.c.hash.in_(names)))
    return [(names[digest], bytes(content)) for digest, content in rows]


def _texts(files: list[tuple[str, bytes]], decision: str, matched: list[str]) -> tuple[Rule, ...]:
    for name, content in files:
        model = parse_dmn(content, name) if name.endswith(".dmn") else None
        if model is not None and decision in model.tables:
            shown = view_of(model.tables[decision])
            return tuple(_rule(decision, model.decisions[decision], shown, one) for one in matched)
    return tuple(Rule(decision, decision, one, 0, (), (), "") for one in matched)


def _rule(decision: str, title: str, table: TableView, rule_id: str) -> Rule:
    row = next((one for one in table.rows if one.id == rule_id), None)
    if row is None:
        return Rule(decision, title, rule_id, 0, (), (), "")
    conditions = tuple(zip((one.label for one in table.inputs), row.conditions, strict=True))
    results = tuple(zip((one.label for one in table.outputs), row.results, strict=True))
    return Rule(decision, title, rule_id, row.number, conditions, results, row.annotation)


def _previous(uow: UnitOfWork, task: Row[Any]) -> Step | None:
    c = user_task.c
    before = (c.instance_id == task.instance_id) & (c.status == "completed") & (c.ended_at <= task.created_at)
    wanted = select(c.name, c.ended_by, c.ended_at).where(before, c.id != task.id)
    row = uow.connection.execute(wanted.order_by(c.ended_at.desc(), c.id.desc()).limit(1)).first()
    if row is None:
        return None
    return Step(row.name, names_of(uow, [row.ended_by]).get(row.ended_by, row.ended_by), row.ended_at)


_HANDED: Mapping[str, str] = {
    "task-assigned": "转办", "task-claimed": "签收", "task-delegated": "委托", "task-returned": "退回",
    "task-transferred": "转办",
}  # fmt: skip


def _handed_over(uow: UnitOfWork, task: Row[Any]) -> tuple[Step, ...]:
    """Return how the task came into the hands that have it, the last one at the end."""
    wanted = select(history_event).where(
        _h.instance_id == task.instance_id, _h.kind.in_(_HANDED), _h.at >= task.created_at
    )
    rows = [
        row for row in uow.connection.execute(wanted.order_by(_h.at, _h.id).limit(_LOOK_BACK))
        if row.detail.get("task_id") == str(task.id)
    ]  # fmt: skip
    names = names_of(uow, {row.actor for row in rows} | {str(row.detail.get("to") or "") for row in rows})
    found = []
    for row in rows:
        to = str(row.detail.get("to") or "")
        what = _HANDED[row.kind] + (f"给 {names.get(to, to)}" if to else "")
        found.append(Step(what, names.get(row.actor, row.actor), row.at, str(row.detail.get("reason") or "")))
    return tuple(found)


def _drawn(uow: UnitOfWork, task: Row[Any]) -> Drawn | None:
    """Return the draw behind a random inspection's task."""
    wanted = (
        select(random_task.c.business_key, random_task.c.title, draw_proof.c.drawn_at, draw_proof.c.hash)
        .join(draw_lot, draw_lot.c.task_id == random_task.c.id)
        .join(draw_proof, draw_proof.c.lot_id == draw_lot.c.id)
        .join(inspection, inspection.c.source_key == random_task.c.business_key)
        .where(inspection.c.instance_id == task.instance_id)
        .order_by(draw_lot.c.attempt.desc())
        .limit(1)
    )
    if task.definition_key != "inspection":
        return None
    row = uow.connection.execute(wanted).first()
    return Drawn(row.business_key, row.title, row.drawn_at, row.hash) if row is not None else None

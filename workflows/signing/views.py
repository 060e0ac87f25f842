"""Rounds as screens and programs read them, and the signatures that wait in the worklist."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from engine.store.tables import user_task
from workflows import catalog
from workflows.directory import names_of
from workflows.policy import Actor
from workflows.records.teamwork import signing_entry, signing_round
from workflows.signing.rules import MODES, OUTCOMES, PLACES
from workflows.signing.store import entries_of
from workflows.uow import UnitOfWork
from workflows.worklist.sources import SOURCES, Entry, Source
from workflows.worklist.words import describe

Row = Mapping[str, Any]
VIEWS: Mapping[str, str] = {"open": "待我会签", "done": "我已会签", "mine": "我发起的"}
ROUND_STATES: Mapping[str, str] = {
    "open": "会签中",
    "decided": "已有结果",
    "closed": "已撤销",
    "cancelled": "任务已取消",
}
MOST = 200
_r, _e = signing_round.c, signing_entry.c


@dataclass(frozen=True, slots=True)
class RoundView:
    """A round with its signers and what each said."""

    id: UUID
    task_id: UUID
    business_key: str
    step: str
    place: str
    mode: str
    threshold: int
    question: str
    state: str
    outcome: str | None
    opened_by: str
    opened_by_name: str
    opened_at: datetime
    is_submitted: bool
    ended_at: datetime | None
    end_reason: str | None
    due_at: datetime | None
    entries: tuple[Row, ...]

    @property
    def rule_text(self) -> str:
        """Return the rule in words."""
        share = f" {self.threshold}%" if self.mode in ("ratio", "weighted") else ""
        return f"{PLACES[self.place]} · {MODES[self.mode]}{share}"

    @property
    def state_text(self) -> str:
        """Return where it stands, in words."""
        return OUTCOMES[self.outcome] if self.outcome else ROUND_STATES[self.state]


@dataclass(frozen=True, slots=True)
class TaskRounds:
    """The rounds of a task, the newest first, and what the person may do."""

    task_id: UUID
    business_key: str
    title: str
    step: str
    status: str
    is_owner: bool
    rounds: tuple[RoundView, ...]

    @property
    def open(self) -> RoundView | None:
        """Return the round that is open, if any."""
        return next((one for one in self.rounds if one.state == "open"), None)


def _mine(actor: Actor) -> Any:
    """Return whose signatures the person may give: the own, and those of whom they stand in for."""
    own = _e.login == actor.login
    others = [one for one in actor.covers if one.may_sign]
    return or_(own, *(
        (_e.login == one.login) & (user_task.c.definition_key.in_(one.processes) if one.processes else True)
        for one in others
    ))  # fmt: skip


def _waiting(actor: Actor) -> Any:
    return _mine(actor) & (_e.state == "open") & (_r.state == "open") & (user_task.c.status == "open")


def waiting_count(uow: UnitOfWork, actor: Actor) -> int:
    """Return how many signatures the person owes."""
    joined = signing_entry.join(signing_round, _r.id == _e.round_id).join(user_task, user_task.c.id == _r.task_id)
    return uow.connection.scalar(select(func.count()).select_from(joined).where(_waiting(actor))) or 0


def listed(uow: UnitOfWork, actor: Actor, view: str) -> list[Row]:
    """Return the signatures the person owes or gave, or the rounds they opened."""
    task = user_task.c
    columns = (
        _e.id.label("entry_id"), _e.login, _e.state.label("entry_state"), _e.asked_at, _e.decided_at, _r.id,
        _r.task_id, _r.business_key, _r.step, _r.question, _r.state, _r.outcome, _r.opened_by, _r.opened_at,
        task.due_at, task.variables, task.definition_key,
    )  # fmt: skip
    joined = signing_round.join(task.id.table, task.id == _r.task_id).outerjoin(signing_entry, _e.round_id == _r.id)
    statement = select(*columns).select_from(joined)
    if view == "mine":
        first = select(func.min(_e.place)).where(_e.round_id == _r.id).correlate(signing_round).scalar_subquery()
        statement = statement.where(_r.opened_by == actor.login, _e.place == first).order_by(_r.opened_at.desc())
    elif view == "done":
        done = _e.state.in_(("agreed", "dissented")) & (_e.decided_by == actor.login)
        statement = statement.where(done).order_by(_e.decided_at.desc())
    else:
        statement = statement.where(_waiting(actor)).order_by(func.coalesce(task.due_at, _r.opened_at), _e.id)
    rows = uow.connection.execute(statement.limit(MOST)).mappings().all()
    names = names_of(uow, {row["opened_by"] for row in rows} | {row["login"] for row in rows})
    return [_line(dict(row), names) for row in rows]


def _line(row: Mapping[str, Any], names: Mapping[str, str]) -> Row:
    title, subtitle = describe(row["variables"])
    kept = {key: value for key, value in row.items() if key != "variables"}
    return {
        **kept, "title": title, "subtitle": subtitle, "opened_by_name": names.get(row["opened_by"], row["opened_by"]),
        "signer_name": names.get(row["login"], row["login"]), "process": catalog.TITLES.get(row["definition_key"], ""),
    }  # fmt: skip


def rounds_where(uow: UnitOfWork, condition: Any) -> tuple[RoundView, ...]:
    """Return rounds with their signers, the newest first."""
    statement = select(signing_round, user_task.c.due_at).join(user_task, user_task.c.id == _r.task_id)
    rows = uow.connection.execute(
        statement.where(condition).order_by(_r.opened_at.desc(), _r.id.desc()).limit(50)
    ).all()
    entries = entries_of(uow, [row.id for row in rows])
    logins = {one[who] for one in entries for who in ("login", "decided_by", "asked_by") if one[who]}
    names = names_of(uow, logins | {row.opened_by for row in rows})
    shown = [
        {**one, "name": names.get(one["login"], one["login"]), "decided_name": names.get(one["decided_by"] or "", "")}
        for one in entries
    ]
    return tuple(
        RoundView(
            row.id, row.task_id, row.business_key, row.step, row.place, row.mode, row.threshold, row.question,
            row.state, row.outcome, row.opened_by, names.get(row.opened_by, row.opened_by), row.opened_at,
            row.intent is not None, row.ended_at, row.end_reason, row.due_at,
            tuple(one for one in shown if one["round_id"] == row.id),
        )
        for row in rows
    )  # fmt: skip


def waiting_entries(uow: UnitOfWork, actor: Actor, text: str, limit: int) -> tuple[Entry, ...]:
    """Return the signatures the person owes as entries of the worklist, the earliest due first."""
    rows = [
        row for row in listed(uow, actor, "open") if text in f"{row['title']}{row['subtitle']}{row['business_key']}"
    ]
    return tuple(
        Entry(
            "signing", str(row["entry_id"]), row["business_key"], row["title"], row["subtitle"], f"会签：{row['step']}",
            f"{row['opened_by_name']} 请{'您' if row['login'] == actor.login else '您代 ' + row['signer_name']} 会签",
            row["due_at"], row["asked_at"],
        )
        for row in rows[:limit]
    )  # fmt: skip


SOURCES.append(Source("signing", "todo", waiting_count, waiting_entries))

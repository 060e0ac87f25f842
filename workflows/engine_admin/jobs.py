"""Jobs by hand: let one be due now, or go on without it; what a clause asks for needs a second person."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from engine.commands.job_acts import SKIPPED, MakeJobDue
from engine.process_engine import ProcessEngine
from engine.queries.search_instances import ListJobs, ReadJob
from workflows import errors
from workflows.desk.once import made_once
from workflows.engine_admin.access import may_keep, may_read, reason_of
from workflows.engine_admin.requests import Asked
from workflows.policy import Actor

Row = Mapping[str, Any]
KINDS = {"timer": "定时", "start": "定时启动", "service": "作业", "external": "外部作业", "message": "消息",
         "early": "先到消息",
         "signal": "信号", "delivery": "送达"}  # fmt: skip
STATUSES = {"waiting": "等待", "running": "执行中", "failed": "失败", "suspended": "随案件挂起"}
ACTS = {"due": "立即执行", "skip": "跳过"}


def clauses_of(row: Row) -> tuple[str, ...]:
    """Return the clauses of law that the job's element names."""
    element = row.get("element") or {}
    return tuple(one for one in element.get("clauses", ()) if not one.startswith("none/"))


def needs_second(row: Row, act: str) -> bool:
    """Tell whether a second person must confirm: a legal step would be skipped, or a limit cut short."""
    return act == "skip" or (row["kind"] == "timer" and bool(clauses_of(row)))


class JobDesk:
    """Shows jobs and changes one."""

    def __init__(self, engine: ProcessEngine) -> None:
        self._engine = engine

    def jobs(self, actor: Actor, kind: str = "", status: str = "", key: str = "") -> tuple[Row, ...]:
        """Return jobs, the next one due first."""
        may_read(actor)
        return self._engine.ask(ListJobs(kind if kind in KINDS else "", status if status in STATUSES else "", key))

    def job(self, actor: Actor, job_id: UUID) -> Row:
        """Return one job.

        Raises:
            JobNotFound.
        """
        may_read(actor)
        return self._engine.ask(ReadJob(job_id))

    def act(self, actor: Actor, job_id: UUID, act: str, reason: str, *, key: str = "") -> UUID | None:
        """Let a job be due now, or ask a second person where one is needed; answers the request then, once a key.

        Raises:
            FormInvalid: no reason, or an act this job does not allow.
            JobNotFound, JobNotDue.
        """
        may_keep(actor)
        row = self._engine.ask(ReadJob(job_id))
        if act not in ACTS or (act == "skip" and row["kind"] not in SKIPPED):
            raise errors.FormInvalid(
                errors=[{"field": "act", "message": "只能跳过作业；定时和消息可以立即执行，不能跳过"}]
            )
        why = reason_of(reason)
        if needs_second(row, act):
            payload = {
                "job_id": str(job_id), "kind": row["kind"], "element": row["element_id"], "clauses": clauses_of(row),
                "name": (row["element"] or {}).get("name") or row["element_id"], "due_at": row["due_at"].isoformat(),
            }  # fmt: skip
            asked = Asked(act, "asked", payload, why, actor.login, row["instance_id"], row["business_key"])
            return made_once(self._engine, asked, actor.login, key, act, str(job_id), why)
        self._engine.execute(MakeJobDue(job_id, actor.login, why))
        return None

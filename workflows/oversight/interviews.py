"""Interviews: called with the leader's approval, minutes signed by both sides (sdzfjd/26)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.handlers import ServiceJob
from workflows import errors
from workflows.directory import names_of
from workflows.oversight.cases import change, keep, last_step, opened, require_other, row_of
from workflows.oversight.letters import deadline, write
from workflows.process import TaskContext
from workflows.rulebook import Rulebook
from workflows.uow import ZONE, UnitOfWork

_BASIS = ["《山东省行政执法监督条例》第二十六条", "《细则》二（八）"]


def open_interview(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Write the case down."""
    return {**opened(uow, job, rulebook, "interview"), "reservation": None}


def send_notice(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Send the notice."""
    row, given = row_of(uow, job), job.variables
    number = write(
        uow, rulebook, job, "interview_notice", about=row.id, receiver=row.unit,
        opening="经局领导批准，约请你单位负责人谈话，请按时参加。",
        rows=[("时间", local_time(given["interview_at"])), ("地点", given["interview_place"]),
              ("参加人", given["interviewees"]), ("谈话要点", given["interview_topics"])],
        deadline=deadline(rulebook, "interview_confirm", uow.now), basis=_BASIS, closing="请确认参加人。",
    )  # fmt: skip
    change(uow, row, state="noticed")
    return {"notice_number": number}


def record(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Keep the minutes; another supervisor was there.

    Raises:
        FormInvalid: the second supervisor is the first.
    """
    require_other(task, str(answers["second_supervisor"]))
    keep(uow, task, answers, state="recorded")
    return {}


def countersign(uow: UnitOfWork, task: TaskContext, answers: Mapping[str, Any]) -> Mapping[str, object]:
    """Let the second supervisor sign; whoever wrote the minutes cannot.

    Raises:
        FormInvalid: the unit's reservation was not answered.
        SamePerson.
    """
    row = row_of(uow, task)
    if last_step(row, "record_minutes")["second_supervisor"] != task.actor.login:
        raise errors.SamePerson(reason="由纪要写明的另一名监督人员签字")
    if last_step(row, "sign_minutes").get("reservation") and not answers.get("reply_to_reservation"):
        message = "单位有不同意见，请答复"
        raise errors.FormInvalid(errors=[{"field": "reply_to_reservation", "message": message}])
    keep(uow, task, answers)
    return {}


def issue_minutes(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Send the minutes with who signed for both sides, and when."""
    row = row_of(uow, job)
    said, theirs, ours = (last_step(row, step) for step in ("record_minutes", "sign_minutes", "countersign_minutes"))
    names = names_of(uow, (said["by"], said["second_supervisor"], theirs["by"]))
    number = write(
        uow, rulebook, job, "interview_minutes", about=row.id, receiver=row.unit,
        opening="现将约谈纪要印发你单位，请按承诺落实并报告。",
        rows=[
            ("时间", local_time(said["held_at"])), ("地点", job.variables["interview_place"]),
            ("被约谈人", last_step(row, "confirm_interview").get("attendee")),
            ("约谈人", "、".join((names[said["by"]], names[said["second_supervisor"]]))),
            ("监督证号", said["supervision_ids"]), ("谈话内容", said["minutes"]), ("单位的承诺", said["commitments"]),
            ("单位的不同意见", theirs.get("reservation")), ("对不同意见的答复", ours.get("reply_to_reservation")),
            ("单位签字", f"{theirs['signer']}（{names[theirs['by']]} {local_time(theirs['at'])}）"),
            ("监督方签字", f"{names[said['second_supervisor']]} {local_time(ours['at'])}"),
        ],
        deadline=deadline(rulebook, "interview_report", uow.now), basis=_BASIS, closing="双方签字后生效。",
    )  # fmt: skip
    change(uow, row, state="issued", letter_number=number, issued_at=uow.now)
    return {"minutes_number": number}


def drop_interview(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Close a case that was not approved."""
    change(uow, row_of(uow, job), state="closed", outcome="dropped", closed_at=uow.now)
    return {}


def close_interview(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Close the case."""
    change(uow, row_of(uow, job), state="closed", outcome="reported", closed_at=uow.now)
    return {}


def local_time(instant: object) -> str:
    """Return an instant in Chinese time, to the minute."""
    found = datetime.fromisoformat(str(instant))
    return f"{found.astimezone(ZONE):%Y年%m月%d日 %H:%M}"

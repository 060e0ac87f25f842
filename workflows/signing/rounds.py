"""Open a round, sign in it, close it: one transaction each, and the engine sees only the task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert

from engine import errors as engine_errors
from engine.commands.claim_task import ClaimTask
from workflows import errors, team_errors
from workflows.jurisdiction import may_complete, require_task
from workflows.policy import Actor
from workflows.records.teamwork import signing_round
from workflows.rulebook import Rulebook
from workflows.signing import store
from workflows.signing.acting import note_acting, signer_for
from workflows.signing.intent import submit
from workflows.signing.people import check_signers
from workflows.signing.rules import MODES, PLACES
from workflows.uow import UnitOfWork

LONGEST = 1000


@dataclass(frozen=True, slots=True)
class OpenRound:
    """Ask colleagues to sign about an open task; until they have decided, nobody completes it.

    ``place`` says what the owner may do meanwhile: joint and before: wait; parallel: submit, which counts when all
    have signed; after: submit first, then they are asked. Answers the round.

    Raises:
        TaskNotFound, TaskNotOpen, NotAssignee.
        SigningNotDue: a round of the task is open already.
        FormInvalid: ``errors`` names each field and the remedy.
    """

    task_id: UUID
    actor: Actor
    signers: Sequence[str]
    question: str
    mode: str = "all"
    place: str = "joint"
    threshold: int = 100
    weights: Mapping[str, int] = field(default_factory=dict)

    def run(self, uow: UnitOfWork) -> UUID:
        """Write the round and ask whose turn it is."""
        task = owned(uow, self.actor, self.task_id)
        if task.held_by is not None:
            raise team_errors.SigningNotDue(task_id=str(self.task_id), state="open")
        self.check()
        check_signers(uow, self.actor, task.instance_id, self.signers)
        store.hold(uow, task)
        row = {
            "id": uow.new_id(), "task_id": task.id, "instance_id": task.instance_id, "business_key": task.business_key,
            "step": task.name, "place": self.place, "mode": self.mode, "threshold": self.threshold,
            "question": self.question.strip(), "state": "open", "opened_by": self.actor.login, "opened_at": uow.now,
            "version": 1,
        }  # fmt: skip
        uow.connection.execute(insert(signing_round), row)
        opened = store.load(uow, UUID(str(row["id"])))
        store.add(uow, opened, [self._entry(uow, row, n, login) for n, login in enumerate(self.signers)])
        detail = {"reason": f"{PLACES[self.place]} · {MODES[self.mode]} · {len(self.signers)} 人：{row['question']}"}
        store.note(uow, opened.row, self.actor.login, "signing-opened", **detail)
        store.settle(uow, opened, self.actor.login)
        return opened.row.id  # type: ignore[no-any-return]

    def _entry(self, uow: UnitOfWork, row: Mapping[str, Any], place: int, login: str) -> dict[str, Any]:
        made = new_entry(uow, row["id"], row["instance_id"], login, self.actor.login)
        return {**made, "place": place, "weight": self.weights.get(login, 1)}

    def check(self) -> None:
        """Refuse what does not make sense, naming each field.

        Raises:
            FormInvalid.
        """
        mistakes = []
        if not self.question.strip() or len(self.question) > LONGEST:
            mistakes.append(("question", f"请写明请会签的事项（不超过 {LONGEST} 字）"))
        if self.mode not in MODES:
            mistakes.append(("mode", "请选择会签方式"))
        if self.place not in PLACES:
            mistakes.append(("place", "请选择会签与办理的先后"))
        if not 1 <= self.threshold <= 100:
            mistakes.append(("threshold", "比例应为 1 至 100"))
        if any(not 1 <= self.weights.get(login, 1) <= 100 for login in self.signers):
            mistakes.append(("weights", "权重应为 1 至 100"))
        if mistakes:
            raise errors.FormInvalid(errors=[{"field": field, "message": text} for field, text in mistakes])


def new_entry(uow: UnitOfWork, round_id: UUID, instance_id: UUID, login: str, asked_by: str) -> dict[str, Any]:
    """Return an entry nobody has been asked for yet."""
    return {
        "id": uow.new_id(), "round_id": round_id, "instance_id": instance_id, "login": login, "place": 0, "weight": 1,
        "parent_id": None, "relation": "first", "depth": 0, "state": "waiting", "opinion": None, "asked_by": asked_by,
        "asked_at": None, "decided_at": None, "decided_by": None, "note": None,
    }  # fmt: skip


def owned(uow: UnitOfWork, actor: Actor, task_id: UUID) -> Row[Any]:
    """Return an open task the actor is responsible for; an unclaimed one is claimed by this.

    Raises:
        TaskNotFound, TaskNotOpen, NotAssignee.
    """
    task = uow.task(task_id)
    require_task(actor, task)
    if task.status != "open":
        raise engine_errors.TaskNotOpen(task_id=str(task_id), status=task.status, ended_by=task.ended_by)
    if not may_complete(actor, task):
        raise engine_errors.NotAssignee(task_id=str(task_id), assignee=task.assignee)
    if task.assignee is None:
        ClaimTask(task_id, actor.login).run(uow)
        task = uow.task(task_id)
    return task


@dataclass(frozen=True, slots=True)
class Sign:
    """Agree or dissent; the round ends at once when that decides it. Answers the round's outcome, if any.

    Raises:
        SigningNotFound: the entry is another person's.
        SigningNotDue: it is not the signer's turn, or the signer has signed.
        SigningEnded, MayNotSign.
        FormInvalid: a dissent without an opinion.
    """

    entry_id: UUID
    actor: Actor
    agrees: bool
    opinion: str
    rulebook: Rulebook

    def run(self, uow: UnitOfWork) -> str | None:
        """Write the signature, and what follows from it."""
        round_ = store.load(uow, store.round_of_entry(uow, self.actor, self.entry_id))
        entry = round_.entry(self.entry_id)
        cover = signer_for(uow, self.actor, round_, entry)
        if entry["state"] != "open":
            raise team_errors.SigningNotDue(entry=str(self.entry_id), state=entry["state"])
        opinion = self.opinion.strip()
        if not self.agrees and not opinion:
            raise errors.FormInvalid(errors=[{"field": "opinion", "message": "不同意的，请写明意见"}])
        if len(opinion) > LONGEST:
            raise errors.FormInvalid(errors=[{"field": "opinion", "message": f"意见不超过 {LONGEST} 字"}])
        state = "agreed" if self.agrees else "dissented"
        values = {"opinion": opinion or None, "decided_at": uow.now, "decided_by": self.actor.login}
        store.change(uow, round_, self.entry_id, state=state, **values)
        detail = {"reason": opinion, **({"for": entry["login"]} if cover else {})}
        store.note(uow, round_.row, self.actor.login, f"signing-{state}", **detail)
        if cover is not None:
            note_acting(uow, round_.row, self.actor, cover)
        outcome = store.settle(uow, round_, self.actor.login)
        if outcome is not None:
            follow(uow, round_, outcome, self.rulebook)
        return outcome


def follow(uow: UnitOfWork, round_: store.Round, outcome: str, rulebook: Rulebook) -> None:
    """Tell the owner, and submit what was to be submitted."""
    row = round_.row
    words = {"passed": "会签已通过", "refused": "会签未通过"}[outcome]
    store.note(uow, row, "system", "signing-decided", reason=words)
    if row.intent is not None:
        submit(uow, row, outcome, rulebook)
        return
    owner = uow.task(row.task_id).assignee
    store.tell(uow, row, {owner or row.opened_by}, f"{words}：{row.step}")


@dataclass(frozen=True, slots=True)
class CloseRound:
    """End a round before it is decided, with the reason; what was signed stays.

    Raises:
        SigningNotFound, SigningEnded, NotAssignee.
        FormInvalid: the reason is missing.
    """

    round_id: UUID
    task_id: UUID
    actor: Actor
    reason: str

    def run(self, uow: UnitOfWork) -> None:
        """Close it and tell the signers."""
        round_ = store.load_seen(uow, self.actor, self.round_id, self.task_id)
        owned(uow, self.actor, round_.row.task_id)
        reason = required(self.reason, "请写明撤销会签的理由")
        store.end(uow, round_, self.actor.login, "closed", reason=reason)
        store.note(uow, round_.row, self.actor.login, "signing-closed", reason=reason)


def required(text: str, message: str, name: str = "reason") -> str:
    """Return a text that must not be empty.

    Raises:
        FormInvalid.
    """
    if not text.strip() or len(text) > LONGEST:
        raise errors.FormInvalid(errors=[{"field": name, "message": message}])
    return text.strip()

"""Add signers before, beside or after (加签), and take signers off (减签)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from workflows import errors, team_errors
from workflows.policy import Actor
from workflows.rulebook import Rulebook
from workflows.signing import store
from workflows.signing.acting import signer_for
from workflows.signing.people import check_signers
from workflows.signing.rounds import follow, new_entry, owned, required
from workflows.signing.rules import DEEPEST, RELATIONS
from workflows.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class AddSigners:
    """Ask more people in an open round.

    The owner of the task adds them beside the others. A signer whose turn it is adds them ``before`` the own
    signature, which then waits, ``parallel`` or ``after``.

    Raises:
        SigningNotFound, SigningEnded, SigningNotDue.
        FormInvalid: somebody cannot be asked, is asked already, or the chain is too long.
    """

    round_id: UUID
    task_id: UUID
    actor: Actor
    signers: Sequence[str]
    relation: str = "parallel"
    entry_id: UUID | None = None

    def run(self, uow: UnitOfWork) -> None:
        """Write their entries and ask whose turn it is."""
        round_ = store.load_seen(uow, self.actor, self.round_id, self.task_id)
        parent = self._parent(uow, round_)
        known = {one[who]: one for one in round_.entries for who in ("login", "decided_by") if one[who]}
        check_signers(uow, self.actor, round_.row.instance_id, self.signers, known)
        store.add(uow, round_, [self._entry(uow, round_, parent, n, one) for n, one in enumerate(self.signers)])
        detail = f"加签 {len(self.signers)} 人" + (f"（{RELATIONS[self.relation]}）" if parent else "")
        store.note(uow, round_.row, self.actor.login, "signing-added", reason=detail, signers=list(self.signers))
        store.settle(uow, round_, self.actor.login)

    def _parent(self, uow: UnitOfWork, round_: store.Round) -> dict[str, Any] | None:
        if self.entry_id is None:
            owned(uow, self.actor, round_.row.task_id)
            return None
        entry = round_.entry(self.entry_id)
        signer_for(uow, self.actor, round_, entry)
        if entry["state"] != "open":
            raise team_errors.SigningNotDue(entry=str(self.entry_id), state=entry["state"])
        if self.relation not in RELATIONS:
            raise errors.FormInvalid(errors=[{"field": "relation", "message": "请选择加签的先后"}])
        if entry["depth"] >= DEEPEST:
            message = f"加签最多 {DEEPEST} 层，请由承办人加签"
            raise errors.FormInvalid(errors=[{"field": "signers", "message": message}])
        return entry

    def _entry(
        self, uow: UnitOfWork, round_: store.Round, parent: dict[str, Any] | None, nth: int, login: str
    ) -> dict[str, Any]:
        row = new_entry(uow, self.round_id, round_.row.instance_id, login, self.actor.login)
        row["place"] = max(one["place"] for one in round_.entries) + 1 + nth
        if parent is not None:
            row |= {"parent_id": parent["id"], "relation": self.relation, "depth": parent["depth"] + 1}
        return row


@dataclass(frozen=True, slots=True)
class RemoveSigner:
    """Take a signer off who has not signed, with the reason; answers the outcome when that decides the round.

    Raises:
        SigningNotFound: neither the task's owner nor who asked for the signer.
        SigningEnded, SigningNotDue.
        FormInvalid: the reason is missing, or nobody would be left.
    """

    entry_id: UUID
    actor: Actor
    reason: str
    rulebook: Rulebook

    def run(self, uow: UnitOfWork) -> str | None:
        """Mark the entry and tell the person."""
        round_ = store.load(uow, store.round_of_entry(uow, self.actor, self.entry_id))
        entry = round_.entry(self.entry_id)
        if entry["asked_by"] != self.actor.login:
            owned(uow, self.actor, round_.row.task_id)
        if entry["state"] not in ("waiting", "open"):
            raise team_errors.SigningNotDue(entry=str(self.entry_id), state=entry["state"])
        reason = required(self.reason, "请写明减签的理由")
        if sum(one["state"] != "removed" for one in round_.entries) == 1:
            message = "至少保留一名会签人；不再需要的，请撤销会签"
            raise errors.FormInvalid(errors=[{"field": "signer", "message": message}])
        store.change(uow, round_, self.entry_id, state="removed", note=reason, decided_at=uow.now,
                     decided_by=self.actor.login)  # fmt: skip
        if entry["asked_at"] is not None:
            store.tell(uow, round_.row, [str(entry["login"])], f"已无需会签（减签）：{round_.row.step}")
        detail = {"reason": reason, "signer": entry["login"]}
        store.note(uow, round_.row, self.actor.login, "signing-removed", **detail)
        outcome = store.settle(uow, round_, self.actor.login)
        if outcome is not None:
            follow(uow, round_, outcome, self.rulebook)
        return outcome

"""Comments and files at a case (意见交流): everything stays; the author may correct the text for ten minutes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from engine.queries.instances import ListInstances
from workflows import errors, team_errors
from workflows.directory import find_actor, names_of
from workflows.evidence import EvidenceContent, keep_evidence, read_evidence
from workflows.jurisdiction import if_seen, may_see_case
from workflows.notices import notify
from workflows.policy import Actor
from workflows.records.teamwork import case_comment
from workflows.uow import UnitOfWork

EDITABLE = timedelta(minutes=10)
LONGEST, MOST_FILES, MOST = 2000, 5, 200
_c = case_comment.c


def case_of(uow: UnitOfWork, actor: Actor, business_key: str) -> UUID:
    """Return the case of a number that the person may see.

    Raises:
        CaseNotFound.
    """
    found = ListInstances(business_key).run(uow)
    seen = if_seen(uow, actor, found[0] if found else None, lambda one: one.id)
    if seen is None:
        raise errors.CaseNotFound(case=business_key)
    return seen.id


@dataclass(frozen=True, slots=True)
class WriteComment:
    """Say something about a case, or about one task of it, with files; whoever is mentioned gets a message.

    Raises:
        CaseNotFound.
        FormInvalid: there is nothing to say, or somebody mentioned may not see the case.
        EvidenceRefused: a file is empty, too large or of no accepted type.
    """

    actor: Actor
    business_key: str
    text: str
    mentions: Sequence[str] = ()
    files: Sequence[tuple[str, bytes]] = ()
    task_id: UUID | None = None

    def run(self, uow: UnitOfWork) -> UUID:
        """Write it, its files and the messages."""
        case = case_of(uow, self.actor, self.business_key)
        self._check(uow, case)
        comment_id, step = uow.new_id(), self._step(uow, case)
        kept = []
        for name, content in self.files:
            file = keep_evidence(uow, "case_comment", comment_id, content, self.actor.login)
            kept.append({"sha256": file.sha256, "name": name[:120], "media_type": file.media_type, "size": file.size})
        row = {
            "id": comment_id, "instance_id": case, "business_key": self.business_key, "task_id": self.task_id,
            "step": step, "text": self.text.strip(), "former": [], "mentions": list(self.mentions), "files": kept,
            "author": self.actor.login, "written_at": uow.now,
        }  # fmt: skip
        uow.connection.execute(insert(case_comment), row)
        if self.mentions:
            text = f"{self.actor.name} 在意见中提到您：{self.text.strip()[:60]}"
            notify(uow, list(self.mentions), kind="mention", text=text, business_key=self.business_key,
                   task_id=self.task_id)  # fmt: skip
        return comment_id

    def _step(self, uow: UnitOfWork, case: UUID) -> str:
        if self.task_id is None:
            return ""
        task = uow.task(self.task_id)
        if task.instance_id != case:
            raise errors.CaseNotFound(case=self.business_key, task=str(self.task_id))
        return str(task.name)

    def _check(self, uow: UnitOfWork, case: UUID) -> None:
        mistakes = []
        if not self.text.strip() or len(self.text) > LONGEST:
            mistakes.append(("text", f"请写明意见（不超过 {LONGEST} 字）"))
        if len(self.files) > MOST_FILES:
            mistakes.append(("files", f"一次最多上传 {MOST_FILES} 份"))
        for login in dict.fromkeys(self.mentions):
            person = find_actor(uow, login)
            if person is None or not may_see_case(uow, person, case):
                mistakes.append(("mentions", f"{person.name if person else login} 无权查看本案；需要的请先抄送"))
        if mistakes:
            raise errors.FormInvalid(errors=[{"field": field, "message": text} for field, text in mistakes])


@dataclass(frozen=True, slots=True)
class EditComment:
    """Correct one's own comment within ten minutes; what it said before stays readable.

    Raises:
        CommentNotFound, CommentFixed.
        FormInvalid: nothing would be left.
    """

    actor: Actor
    comment_id: UUID
    text: str

    def run(self, uow: UnitOfWork) -> None:
        """Replace the text and keep the former one."""
        row = find(uow, self.actor, self.comment_id)
        if row.author != self.actor.login or uow.now - row.written_at > EDITABLE:
            raise team_errors.CommentFixed(comment=str(self.comment_id))
        text = self.text.strip()
        if not text or len(text) > LONGEST:
            raise errors.FormInvalid(errors=[{"field": "text", "message": f"请写明意见（不超过 {LONGEST} 字）"}])
        if text == row.text:
            return
        former = [*row.former, {"text": row.text, "until": uow.now.isoformat()}]
        values = {"text": text, "former": former, "edited_at": uow.now}
        uow.connection.execute(update(case_comment).where(_c.id == row.id).values(**values))


def find(uow: UnitOfWork, actor: Actor, comment_id: UUID) -> Row[Any]:
    """Return a comment of a case the person may see.

    Raises:
        CommentNotFound.
    """
    found = uow.connection.execute(select(case_comment).where(_c.id == comment_id)).one_or_none()
    row = if_seen(uow, actor, found, lambda one: one.instance_id)
    if row is None:
        raise team_errors.CommentNotFound(comment=str(comment_id))
    return row


def listed(uow: UnitOfWork, actor: Actor, business_key: str) -> list[Mapping[str, Any]]:
    """Return the comments of a case, the oldest first; ``may_edit`` marks those the person may still correct."""
    case = case_of(uow, actor, business_key)
    wanted = select(case_comment).where(_c.instance_id == case).order_by(_c.written_at, _c.id).limit(MOST)
    rows = uow.connection.execute(wanted).mappings().all()
    names = names_of(uow, {row["author"] for row in rows} | {one for row in rows for one in row["mentions"]})
    return [
        {
            **row, "person": names.get(row["author"], row["author"]),
            "mentioned": [names.get(one, one) for one in row["mentions"]],
            "may_edit": row["author"] == actor.login and uow.now - row["written_at"] <= EDITABLE,
        }
        for row in rows
    ]  # fmt: skip


def file_of(uow: UnitOfWork, actor: Actor, comment_id: UUID, sha256: str) -> EvidenceContent:
    """Return a file of a comment.

    Raises:
        CommentNotFound, EvidenceNotFound.
    """
    return read_evidence(uow, actor, find(uow, actor, comment_id).id, sha256)

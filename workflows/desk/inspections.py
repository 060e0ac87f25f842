"""Inspections: the list, one inspection with its record and files, beginning one, submitting its record."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.commands.idempotency import Once, fingerprint_of
from engine.process_engine import ProcessEngine
from engine.store.tables import user_task
from workflows import errors
from workflows.desk.asking import Ask, Do
from workflows.desk.inspection_views import InspectionFilter, InspectionPage, InspectionView, list_page, view_of
from workflows.directory import all_units
from workflows.evidence import EvidenceContent, EvidenceKept, read_evidence
from workflows.form_book import FormBook
from workflows.forms import FieldView
from workflows.inspections.access import require_inspection
from workflows.inspections.layout import official_layout
from workflows.inspections.printing import TEMPLATE, record_data
from workflows.inspections.records import PutEvidence, RecordSubmitted, SubmitRecord
from workflows.inspections.start import STARTERS, AskRecusal, InspectionStarted, StartInspection
from workflows.inspections.subjects import subject_of
from workflows.items import items_on
from workflows.jurisdiction import if_seen
from workflows.letters import LetterTemplates
from workflows.policy import Actor, require
from workflows.privacy.veil import veiled
from workflows.records.approvals import approval
from workflows.records.inspections import inspection_record
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

PROCESS, TASK = "inspection", "record_findings"


class InspectionDesk:
    """Answers inspections and takes their records in."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook, forms: FormBook, templates: LetterTemplates) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self._forms = forms
        self._templates = templates

    def page(self, actor: Actor, wanted: InspectionFilter) -> InspectionPage:
        """Return a page of the inspections the person may see, the newest first."""
        return self._engine.ask(Ask(lambda uow: list_page(uow, self._rulebook, actor, wanted)))

    def view(self, actor: Actor, inspection_id: UUID) -> InspectionView:
        """Return one inspection.

        Raises:
            CaseNotFound: there is none, or it does not concern the actor's unit.
        """
        return self._engine.ask(Ask(lambda uow: view_of(uow, self._rulebook, actor, inspection_id)))

    def of_task(self, task_id: UUID) -> UUID | None:
        """Return the inspection whose record a task asks for, or None."""

        def read(uow: UnitOfWork) -> UUID | None:
            found = uow.connection.scalar(
                select(user_task.c.variables).where(user_task.c.id == task_id, user_task.c.element_id == TASK)
            )
            return UUID(str(found["inspection_id"])) if found else None

        return self._engine.ask(Ask(read))

    # beginning one

    def fields(
        self, actor: Actor, about: Mapping[str, str], answers: Mapping[str, Any] | None = None
    ) -> tuple[FieldView, ...]:
        """Return the form of a new inspection, filled from an object (``object_id``) or a case (``case``)."""
        require(actor, *STARTERS)
        return self._forms.get(PROCESS, "start").fields_for(self._start_context(actor, about), answers)

    def start(
        self, actor: Actor, about: Mapping[str, str], answers: Mapping[str, Any], *, key: str = ""
    ) -> InspectionStarted:
        """Check and start an inspection; the same key answers a repetition with the first result.

        Raises:
            FormInvalid: ``errors`` names each field and the remedy.
        """
        require(actor, *STARTERS)
        context = self._start_context(actor, about)
        given = self._forms.get(PROCESS, "start").validate(answers, context)
        request = {**given, "object_id": context["object_id"], "approval_id": context["approval_id"]}
        command = StartInspection(actor, request, self._rulebook)
        if not key:
            return self._engine.execute(command)
        mark = fingerprint_of("inspection", dict(about), dict(answers))
        done = self._engine.execute(Once(command, actor.login, key, mark, _encode))
        return InspectionStarted(UUID(str(done.result["inspection_id"])), str(done.result["number"]), done.was_replayed)

    def _start_context(self, actor: Actor, about: Mapping[str, str]) -> dict[str, Any]:
        def read(uow: UnitOfWork) -> dict[str, Any]:
            known = _known(uow, actor, about)
            today = local_day_of(uow.now)
            units = [one for one in all_units(uow) if actor.oversees or one.code in actor.units]
            return {
                "items": [{"value": one.code, "label": f"{one.code} {one.name}"} for one in items_on(uow, today)],
                "areas": [{"value": code, "label": name} for code, name in self._rulebook.city.divisions.items()],
                "own_units": [{"value": one.code, "label": one.name} for one in units],
                "today": today.isoformat(), "actor_name": actor.name, **known,
            }  # fmt: skip

        return self._engine.ask(Ask(read))

    # recusal

    def recusal_fields(
        self, actor: Actor, inspection_id: UUID, answers: Mapping[str, Any] | None = None
    ) -> tuple[FieldView, ...]:
        """Return the form by which a party's request for recusal is taken down."""
        return self._forms.get(PROCESS, "ask_recusal").fields_for(self._inspectors(actor, inspection_id), answers)

    def ask_recusal(self, actor: Actor, inspection_id: UUID, answers: Mapping[str, Any]) -> None:
        """Check it and ask the head.

        Raises:
            FormInvalid, MessageNotExpected, CaseNotFound, NotAllowed.
        """
        given = self._forms.get(PROCESS, "ask_recusal").validate(answers, self._inspectors(actor, inspection_id))
        self._engine.execute(
            AskRecusal(actor, inspection_id, given["officer"], given["asked_by"], given["recusal_reason"])
        )

    def _inspectors(self, actor: Actor, inspection_id: UUID) -> dict[str, Any]:
        row = self._engine.ask(Ask(lambda uow: require_inspection(uow, actor, inspection_id)))
        return {"inspectors": [{"value": one["login"], "label": one["name"]} for one in row.inspectors]}

    # record and files

    def submit(self, actor: Actor, inspection_id: UUID, record: Mapping[str, Any], client_id: UUID) -> RecordSubmitted:
        """Submit the record of an inspection, whichever of its tasks asks for it.

        Raises:
            RecordConflict, EvidenceMissing, FormInvalid, NotInspector, CaseNotFound.
        """
        task_id = self._engine.ask(Ask(lambda uow: _task_for(uow, actor, inspection_id, client_id)))
        return self.submit_for_task(actor, task_id, record, client_id)

    def submit_for_task(
        self, actor: Actor, task_id: UUID, record: Mapping[str, Any], client_id: UUID
    ) -> RecordSubmitted:
        """Submit the record that a task asks for."""
        return self._engine.execute(SubmitRecord(actor, task_id, record, client_id, self._rulebook))

    def put_evidence(
        self, actor: Actor, inspection_id: UUID, sha256: str, media_type: str, content: bytes
    ) -> EvidenceKept:
        """Keep a file of an inspection."""
        return self._engine.execute(PutEvidence(actor, inspection_id, sha256, media_type, content))

    def evidence(self, actor: Actor, inspection_id: UUID, sha256: str) -> EvidenceContent:
        """Return a file of an inspection the person may see.

        Raises:
            CaseNotFound, EvidenceNotFound.
        """

        def read(uow: UnitOfWork) -> EvidenceContent:
            return read_evidence(uow, actor, require_inspection(uow, actor, inspection_id).id, sha256)

        return self._engine.execute(Do(read))

    def printed(self, actor: Actor, inspection_id: UUID, kind: str) -> tuple[str, bytes]:
        """Return the file name and the bytes of the newest record as ``docx`` or ``pdf``.

        Raises:
            CaseNotFound: there is no record yet.
        """

        def read(uow: UnitOfWork) -> tuple[str, Mapping[str, Any]]:
            row = require_inspection(uow, actor, inspection_id)
            record = _newest_record(uow, row.id)
            if record is None:
                raise errors.CaseNotFound(inspection=row.number, reason="尚未提交检查记录")
            return row.number, record_data(uow, row, record)

        number, data = self._engine.ask(Ask(read))
        draw = self._templates.pdf if kind == "pdf" else self._templates.docx
        return f"现场检查笔录-{number}.{kind}", draw(TEMPLATE, data)

    def official(self, actor: Actor, inspection_id: UUID) -> Mapping[str, str | None]:
        """Return the inspection in the words of the official layout."""

        def read(uow: UnitOfWork) -> Mapping[str, str | None]:
            row = require_inspection(uow, actor, inspection_id)
            values = official_layout(uow, self._rulebook.city, row, _newest_record(uow, row.id))
            return veiled(actor, values, [row.unit, *row.inspector_units])

        return self._engine.ask(Ask(read))


def _encode(done: InspectionStarted) -> dict[str, object]:
    return {"inspection_id": str(done.inspection_id), "number": done.number}


def _known(uow: UnitOfWork, actor: Actor, about: Mapping[str, str]) -> dict[str, Any]:
    """Return what an object or a case tells beforehand."""
    case, object_id, approval_id = about.get("case", ""), about.get("object_id", ""), None
    if case:
        found = uow.connection.execute(select(approval).where(approval.c.business_key == case)).first()
        row = if_seen(uow, actor, found, lambda one: one.instance_id)
        if row is None:
            raise errors.CaseNotFound(case=case)
        approval_id = str(row.id)
    subject: Mapping[str, Any] = {}
    if approval_id or object_id:
        subject = subject_of(uow, {"approval_id": approval_id, "object_id": object_id, "unit": actor.unit})
    names = ("party_name", "party_code", "site", "area", "item_code")
    given = {f"given_{name}": subject.get(name) or "" for name in names}
    return {**given, "given_unit": actor.unit, "object_id": object_id or None, "approval_id": approval_id}


def _task_for(uow: UnitOfWork, actor: Actor, inspection_id: UUID, client_id: UUID) -> UUID:
    """Return the task of a record that is known already, else the newest task of the inspection's record."""
    row = require_inspection(uow, actor, inspection_id)
    known = uow.connection.scalar(
        select(inspection_record.c.task_id).where(
            inspection_record.c.client_id == client_id, inspection_record.c.inspection_id == inspection_id
        )
    )
    if known is not None:
        return UUID(str(known))
    tasks = uow.connection.execute(
        select(user_task.c.id, user_task.c.variables)
        .where(user_task.c.instance_id == row.instance_id, user_task.c.element_id == TASK)
        .order_by(user_task.c.created_at.desc(), user_task.c.id.desc())
    )
    for task in tasks:
        if task.variables.get("inspection_id") == str(inspection_id):
            return UUID(str(task.id))
    raise errors.CaseNotFound(inspection=row.number, reason="尚未到提交检查记录的步骤")


def _newest_record(uow: UnitOfWork, inspection_id: UUID) -> Any:
    mine = inspection_record.c.inspection_id == inspection_id
    return uow.connection.execute(
        select(inspection_record).where(mine).order_by(inspection_record.c.submitted_at.desc())
    ).first()

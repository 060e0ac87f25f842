"""Complaints for people and programs: taken in, looked at, dispatched, counted; who complained by one door only."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.commands.idempotency import Once, fingerprint_of
from engine.process_engine import ProcessEngine
from workflows import errors
from workflows.complaints import figures, imports
from workflows.complaints.channels import channels_of
from workflows.complaints.export import register_workbook
from workflows.complaints.follow_ups import AskExtension, FollowUp, Recuse, Urge
from workflows.complaints.informants import Informant, LookAtInformant
from workflows.complaints.register import TAKERS, RegisterComplaint, Registered
from workflows.complaints.words import MATTERS
from workflows.desk.asking import Ask
from workflows.desk.complaint_views import (
    ComplaintFilter,
    ComplaintPage,
    ComplaintView,
    DeskTask,
    by_number,
    desk_tasks,
    list_page,
    rows_of,
    view_of,
)
from workflows.desk.intake import bare_name
from workflows.directory import all_units
from workflows.form_book import FormBook
from workflows.forms import FieldView, Form
from workflows.items import items_on
from workflows.policy import Actor, require
from workflows.privacy.veil import veiled_all
from workflows.records.complaints import complaint_import
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, begin_of, local_day_of
from workflows.working_days import ONE_DAY

PROCESS = "complaint"
IMPORTERS = ("policy_officer",)
EXPORTED = 5_000
EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)


class ComplaintDesk:
    """Takes complaints in and answers what becomes of them."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook, forms: FormBook) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self._forms = forms

    def channels(self) -> Mapping[str, str]:
        """Return the sources of the city by key."""
        return {key: one.title for key, one in channels_of(self._rulebook.city.folder).items()}

    def page(self, actor: Actor, wanted: ComplaintFilter) -> ComplaintPage:
        """Return a page of the register of what concerns the person."""
        return self._engine.ask(Ask(lambda uow: list_page(uow, self._rulebook, actor, wanted)))

    def view(self, actor: Actor, complaint_id: UUID) -> ComplaintView:
        """Return one complaint without who complained.

        Raises:
            CaseNotFound.
        """
        return self._engine.ask(Ask(lambda uow: view_of(uow, self._rulebook, actor, complaint_id)))

    def find(self, actor: Actor, number: str) -> UUID:
        """Return the id of a complaint by its number.

        Raises:
            CaseNotFound: there is none, or it does not concern the person.
        """
        found = self._engine.ask(Ask(lambda uow: by_number(uow, actor, number)))
        if found is None:
            raise errors.CaseNotFound(case=number)
        return found

    def waiting(self, actor: Actor) -> Mapping[str, int]:
        """Return how many complaints are in each state."""
        return self._engine.ask(Ask(lambda uow: figures.waiting(uow, actor)))

    def desk(self, actor: Actor) -> tuple[DeskTask, ...]:
        """Return what waits for a decision of the dispatcher."""
        return self._engine.ask(Ask(lambda uow: desk_tasks(uow, self._rulebook, actor)))

    def figures(self, actor: Actor, first: date, last: date, group: str) -> tuple[figures.Line, ...]:
        """Return the counts of the complaints received from a day to a day, together and by group.

        Raises:
            FormInvalid: the days are the wrong way round, or there is no such group.
        """
        since, until = span(first, last)
        if group not in figures.GROUPS:
            message = f"分组只能是 {'、'.join(figures.GROUPS)}"
            raise errors.FormInvalid(errors=[{"field": "group", "code": "invalid", "message": message}])
        return self._engine.ask(Ask(lambda uow: figures.figures(uow, actor, since, until, group)))

    def export(self, actor: Actor, wanted: ComplaintFilter) -> bytes:
        """Return the register as a workbook in the official columns, which know no informant."""

        def read(uow: UnitOfWork) -> bytes:
            rows = veiled_all(actor, rows_of(uow, actor, replace(wanted, after=""), EXPORTED))
            return register_workbook(rows, self._rulebook.city, local_day_of(uow.now))

        return self._engine.ask(Ask(read))

    def fields(self, actor: Actor, form: str, answers: Mapping[str, Any] | None = None) -> tuple[FieldView, ...]:
        """Return one of the forms beside the tasks: start, extension or follow_up."""
        return self._form(form).fields_for(self._context(actor), answers)

    def register(self, actor: Actor, answers: Mapping[str, Any], *, key: str = "") -> Registered:
        """Check and register a complaint; the same key answers a repetition with the first result.

        Raises:
            NotAllowed, FormInvalid.
        """
        require(actor, *TAKERS)
        checked = self._form("start").validate(answers, self._context(actor))
        command = RegisterComplaint(actor, checked, self._rulebook)
        if not key:
            return self._engine.execute(command)
        done = self._engine.execute(Once(command, actor.login, key, fingerprint_of(PROCESS, answers), _encode))
        known = done.was_replayed or done.result["was_known"] is True
        return Registered(UUID(str(done.result["complaint_id"])), str(done.result["number"]), known)

    def look(self, actor: Actor, complaint_id: UUID, reason: str) -> Informant:
        """Return who complained; that the person looked is kept, and that a person was refused.

        Raises:
            CaseNotFound, FormInvalid, NotAllowed.
        """
        city = self._rulebook.city
        found = self._engine.execute(LookAtInformant(actor, complaint_id, reason, city.policy_unit))
        if found is None:
            raise errors.NotAllowed(reason="您不能查看投诉人信息；本次申请已经留痕")
        return found

    def ask_extension(self, actor: Actor, complaint_id: UUID, answers: Mapping[str, Any]) -> None:
        """Check and ask for more time."""
        checked = self._form("extension").validate(answers, self._context(actor))
        self._engine.execute(AskExtension(actor, complaint_id, str(checked["extension_reason"])))

    def follow_up(self, actor: Actor, complaint_id: UUID, answers: Mapping[str, Any]) -> None:
        """Check and set an inspection, a transfer or a penalty going."""
        checked = self._form("follow_up").validate(answers, self._context(actor))
        self._engine.execute(FollowUp(actor, complaint_id, str(checked["follow_up"]), str(checked["follow_up_facts"])))

    def urge(self, actor: Actor, complaint_id: UUID, reason: str) -> str:
        """Urge the unit in writing; answers the letter's number."""
        return self._engine.execute(Urge(actor, complaint_id, reason, self._rulebook))

    def recuse(self, actor: Actor, complaint_id: UUID, login: str, reason: str) -> None:
        """Note that somebody keeps out of a complaint."""
        self._engine.execute(Recuse(actor, complaint_id, login.strip() or actor.login, reason))

    def preview(self, actor: Actor, channel: str, file_name: str, data: bytes) -> UUID:
        """Read a file and keep what each row would become.

        Raises:
            NotAllowed, FormInvalid, ImportInvalid.
        """
        require(actor, *IMPORTERS)
        parsed = imports.parse(file_name, data, self._rulebook, local_day_of(self._engine.clock.now()))
        command = imports.PreviewComplaints(
            parsed, bare_name(file_name), data, channel, actor, self._rulebook, self._form("start"),
            self._context(actor),
        )  # fmt: skip
        return self._engine.execute(command)

    def take_in(self, actor: Actor, import_id: UUID) -> imports.ImportView:
        """Register every ready row of a file; may be repeated."""
        require(actor, *IMPORTERS)
        self.imported(actor, import_id)
        imports.take_in(self._engine, self._rulebook, actor, import_id)
        return self.imported(actor, import_id)

    def imported(self, actor: Actor, import_id: UUID) -> imports.ImportView:
        """Return an import with its rows."""
        require(actor, *IMPORTERS)
        return self._engine.ask(imports.ReadImport(import_id))

    def imported_files(self, actor: Actor) -> tuple[Mapping[str, Any], ...]:
        """Return the newest imports."""
        require(actor, *IMPORTERS)
        newest = select(complaint_import).order_by(complaint_import.c.created_at.desc()).limit(20)
        return self._engine.ask(Ask(lambda uow: tuple(dict(r) for r in uow.connection.execute(newest).mappings())))

    def _form(self, name: str) -> Form:
        return self._forms.get(PROCESS, name)

    def _context(self, actor: Actor) -> dict[str, Any]:
        city = self._rulebook.city

        def read(uow: UnitOfWork) -> dict[str, Any]:
            today = local_day_of(uow.now)
            return {
                "items": [{"value": one.code, "label": f"{one.code} {one.name}"} for one in items_on(uow, today)],
                "areas": [{"value": code, "label": name} for code, name in city.divisions.items()],
                "units": [{"value": one.code, "label": one.name, "kind": one.kind} for one in all_units(uow)],
                "channels": [{"value": key, "label": title} for key, title in self.channels().items()],
                "matters": [{"value": key, "label": label} for key, label in MATTERS.items()],
                "today": today.isoformat(), "now": uow.now.isoformat(), "actor_name": actor.name,
            }  # fmt: skip

        return self._engine.ask(Ask(read))


def span(first: date, last: date) -> tuple[datetime, datetime]:
    """Return the instants a period of days begins and ends at.

    Raises:
        FormInvalid: it ends before it begins.
    """
    if last < first:
        raise errors.FormInvalid(errors=[{"field": "until", "code": "invalid", "message": "结束日期不能早于开始日期"}])
    first, last = max(first, EARLIEST), min(last, LATEST)
    return begin_of(first), begin_of(last + ONE_DAY)


def _encode(done: Registered) -> Mapping[str, object]:
    return {"complaint_id": str(done.complaint_id), "number": done.number, "was_known": done.was_known}


__all__ = ["ComplaintDesk", "ComplaintFilter"]

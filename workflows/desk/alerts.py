"""Alerts for people and programs: the watch screen, one alert with its files, and what may be done with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.process_engine import ProcessEngine
from engine.store.tables import user_task
from workflows import errors
from workflows.alerts import follow
from workflows.alerts.devices import seen_by
from workflows.alerts.evidence import keep_file, require_evidence
from workflows.alerts.intake import AlertTaken, TakeAlert
from workflows.alerts.lists import AlertFilter, AlertPage, counts_by, page_of
from workflows.alerts.parameters import vocabulary
from workflows.alerts.signatures import Signed, check_signature
from workflows.alerts.statistics import Statistics, statistics_of
from workflows.alerts.store import WATCHERS, alert_for
from workflows.alerts.triage import ConfirmAlert, DismissAlert, UndoDismissal
from workflows.desk.alert_views import AlertView, view_of
from workflows.desk.asking import Ask, Do
from workflows.directory import all_units
from workflows.evidence import EvidenceContent, EvidenceKept, read_evidence
from workflows.form_book import FormBook
from workflows.forms import FieldView
from workflows.policy import Actor, require
from workflows.records.alerts import alert, alert_evidence, alert_listing
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork

PROCESS, SITE = "site_alert", "check_site"
OFFICERS = (*WATCHERS, "policy_officer")
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WatchScreen:
    """What a person who watches sees: alerts, how many of each advice, and what can still be taken back."""

    page: AlertPage
    states: Mapping[str, int]
    advice: Mapping[str, int]
    undoable: tuple[Row, ...]
    may_decide: bool


class AlertDesk:
    """Takes alerts in and moves them."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook, forms: FormBook) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self._forms = forms

    @property
    def classes(self) -> Mapping[str, str]:
        """Return the names of the city's classes of alerts."""
        return vocabulary(self._rulebook.city.folder).classes

    # from devices

    def check(self, signed: Signed) -> None:
        """Refuse a report that is not signed as it should be, before anything of it is read.

        Raises:
            SignatureRefused.
        """
        self._engine.ask(Ask(lambda uow: check_signature(uow, signed, self._rulebook.city.folder)))

    def take(self, signed: Signed, report: Mapping[str, Any]) -> AlertTaken:
        """Take a signed report in, once."""
        return self._engine.execute(TakeAlert(signed, report, self._rulebook))

    # the watch screen

    def screen(self, actor: Actor, wanted: AlertFilter) -> WatchScreen:
        """Return the watch screen."""

        def read(uow: UnitOfWork) -> WatchScreen:
            mine = alert.c.watch_unit.in_(actor.units) & (alert.c.state == "dismissed")
            undoable = select(alert).where(mine, alert.c.undo_until > uow.now).order_by(alert.c.decided_at.desc())
            return WatchScreen(
                page_of(uow, actor, wanted), counts_by(uow, actor, "state", AlertFilter()),
                counts_by(uow, actor, "advice", AlertFilter(state="new")),
                tuple(dict(row) for row in uow.connection.execute(undoable.limit(10)).mappings()), actor.has(*WATCHERS),
            )  # fmt: skip

        return self._engine.ask(Ask(read))

    def page(self, actor: Actor, wanted: AlertFilter) -> AlertPage:
        """Return a page of alerts."""
        return self._engine.ask(Ask(lambda uow: page_of(uow, actor, wanted)))

    def dismiss(self, actor: Actor, number: str, kind: str, note: str = "") -> None:
        """Dismiss an alert."""
        self._engine.execute(DismissAlert(actor, number, kind, note))

    def undo(self, actor: Actor, number: str) -> None:
        """Take a dismissal back."""
        self._engine.execute(UndoDismissal(actor, number))

    def confirm(self, actor: Actor, number: str, unit: str = "", note: str = "") -> None:
        """Send a unit to look."""
        self._engine.execute(ConfirmAlert(actor, number, unit, note))

    def confirm_fields(
        self, actor: Actor, number: str, answers: Mapping[str, Any] | None = None
    ) -> tuple[FieldView, ...]:
        """Return the form by which a unit is sent, with the units of the alert's area."""

        def read(uow: UnitOfWork) -> dict[str, Any]:
            row = alert_for(uow, actor, number)
            near = [one for one in all_units(uow) if one.code in (row.unit, row.watch_unit) or one.area == row.area]
            return {"unit": row.unit, "field_units": [{"value": one.code, "label": one.name} for one in near]}

        return self._forms.get(PROCESS, "confirm").fields_for(self._engine.ask(Ask(read)), answers)

    # one alert

    def view(self, actor: Actor, number: str) -> AlertView:
        """Return an alert with its device, files and history.

        Raises:
            CaseNotFound: there is none, or it is another unit's.
        """
        return self._engine.ask(Ask(lambda uow: view_of(uow, self._rulebook, actor, number)))

    def of_task(self, task_id: UUID) -> str | None:
        """Return the alert whose check on site a task asks for, or None."""
        mine = (user_task.c.id == task_id) & (user_task.c.element_id == SITE)
        column = select(user_task.c.business_key).where(mine)
        return self._engine.ask(Ask(lambda uow: uow.connection.scalar(column)))

    def attach(self, actor: Actor, number: str, content: bytes, name: str = "", sha256: str = "") -> EvidenceKept:
        """Keep a photograph taken on site, or a record exported from the device.

        Raises:
            EvidenceRefused: it is of no accepted type, or its content is not what ``sha256`` says.
            NotAllowed: the alert is not handled by the actor's unit.
        """
        require(actor, *OFFICERS)

        def act(uow: UnitOfWork) -> EvidenceKept:
            row = alert_for(uow, actor, number)
            if row.unit not in actor.units and row.watch_unit not in actor.units:
                raise errors.NotAllowed(reason="由值守单位或处置单位上传")
            kind = "site" if row.unit in actor.units and row.state != "new" else "device"
            kept = keep_file(uow, self._rulebook, row.id, content, kind=kind, name=name[:100], by=actor.login)
            if sha256 and kept.sha256 != sha256:
                raise errors.EvidenceRefused(reason="文件内容与所给摘要不符，请重新上传")
            return kept

        return self._engine.execute(Do(act))

    def file(self, actor: Actor, number: str, sha256: str) -> EvidenceContent:
        """Return a file of an alert the person may see.

        Raises:
            CaseNotFound, EvidenceNotFound.
        """

        def read(uow: UnitOfWork) -> EvidenceContent:
            return read_evidence(uow, actor, alert_for(uow, actor, number).id, sha256)

        return self._engine.execute(Do(read))

    def as_evidence(self, actor: Actor, number: str, sha256: str) -> EvidenceContent:
        """Return a file for use as evidence; a record that was not reviewed is refused.

        Raises:
            EvidenceNotReviewed, EvidenceNotFound, CaseNotFound.
        """

        def read(uow: UnitOfWork) -> EvidenceContent:
            return read_evidence(uow, actor, require_evidence(uow, actor, number, sha256).alert_id, sha256)

        return self._engine.execute(Do(read))

    def statement_fields(self, answers: Mapping[str, Any] | None = None) -> tuple[FieldView, ...]:
        """Return the form of a party's statement."""
        return self._forms.get(PROCESS, "statement").fields_for({}, answers)

    def state(self, actor: Actor, number: str, answers: Mapping[str, Any]) -> None:
        """Take down what the party says."""
        given = self._forms.get(PROCESS, "statement").validate(answers, {})
        self._engine.execute(
            Do(lambda uow: follow.keep_statement(uow, actor, number, str(given["statement_text"])))
        )  # fmt: skip

    # numbers and lists

    def statistics(self, actor: Actor, days: int) -> Statistics:
        """Return the numbers of a period."""
        return self._engine.ask(Ask(lambda uow: statistics_of(uow, actor, days, self.classes)))

    def listings(self, actor: Actor) -> tuple[Row, ...]:
        """Return the listed places of the units the person may see, the open ones first."""
        mine = select(alert_listing)
        if not (actor.oversees or actor.has("administrator")):
            mine = mine.where(alert_listing.c.unit.in_(actor.units))
        rows = mine.order_by(alert_listing.c.closed_at.is_not(None), alert_listing.c.listed_at.desc()).limit(200)
        return self._engine.ask(Ask(lambda uow: tuple(dict(row) for row in uow.connection.execute(rows).mappings())))

    def deletions(self, actor: Actor) -> tuple[Row, ...]:
        """Return which records were deleted when, the newest first."""
        rows = (
            select(alert_evidence, alert.c.number)
            .join(alert, alert.c.id == alert_evidence.c.alert_id)
            .where(alert_evidence.c.deleted_at.is_not(None), seen_by(actor, alert))
            .order_by(alert_evidence.c.deleted_at.desc(), alert_evidence.c.id)
            .limit(200)
        )
        return self._engine.ask(Ask(lambda uow: tuple(dict(row) for row in uow.connection.execute(rows).mappings())))

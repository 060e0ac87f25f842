"""The register of devices for people and programs: certificates, publication, keys; and the numbers of advice."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row as SqlRow
from sqlalchemy import func, select

from engine.commands.idempotency import Once, fingerprint_of
from engine.process_engine import ProcessEngine
from workflows.alerts.devices import (
    KEEPERS,
    REVIEWS,
    PublishDevice,
    RecordReview,
    RegisterDevice,
    RevokeReview,
    SetDeviceState,
    device_for,
    is_public,
    lamp_of_reviews,
    seen_by,
)
from workflows.alerts.keys import ISSUERS, IssuedKey, IssueKey, RevokeKey
from workflows.alerts.lists import AlertFilter, conditions_of, is_decided, is_true
from workflows.alerts.parameters import EDITORS, ChangeParameter, Vocabulary, values_of, vocabulary
from workflows.desk.asking import Ask
from workflows.directory import all_units
from workflows.form_book import FormBook
from workflows.forms import FieldView
from workflows.policy import Actor, require
from workflows.records.alerts import alert, alert_parameter, device_review, hot_zone, monitoring_device, webhook_key
from workflows.records.libraries import inspection_object
from workflows.rulebook import Rulebook
from workflows.uow import UnitOfWork, local_day_of

Row = Mapping[str, Any]
PROCESS = "site_alert"


@dataclass(frozen=True, slots=True)
class DeviceView:
    """A device with its lamps: kind of review → (lamp, words); ``is_public`` today."""

    row: Row
    lamps: Mapping[str, tuple[str, str]]
    is_public: bool
    reviews: tuple[Row, ...] = ()
    keys: tuple[Row, ...] = ()
    decided: int = 0
    true: int = 0
    units: Mapping[str, str] | None = None
    may_keep: bool = False
    may_issue: bool = False


@dataclass(frozen=True, slots=True)
class Tuning:
    """Zones and parameters on one page."""

    zones: tuple[Row, ...]
    values: Mapping[str, float]
    changes: tuple[Row, ...]
    may_edit: bool


class DeviceDesk:
    """Keeps the register."""

    def __init__(self, engine: ProcessEngine, rulebook: Rulebook, forms: FormBook) -> None:
        self._engine = engine
        self._rulebook = rulebook
        self._forms = forms

    @property
    def words(self) -> Vocabulary:
        """Return the words of the city."""
        return vocabulary(self._rulebook.city.folder)

    def devices(self, actor: Actor) -> tuple[DeviceView, ...]:
        """Return the devices the person may see, at most 500."""

        def read(uow: UnitOfWork) -> tuple[DeviceView, ...]:
            mine = select(monitoring_device).where(seen_by(actor, monitoring_device))
            rows = uow.connection.execute(mine.order_by(monitoring_device.c.code).limit(500)).all()
            certificates = uow.connection.execute(select(device_review)).all()
            return tuple(self._line(uow, row, certificates) for row in rows)

        return self._engine.ask(Ask(read))

    def device(self, actor: Actor, device_id: UUID) -> DeviceView:
        """Return one device with certificates, keys (never their secrets) and how many of its alerts were true.

        Raises:
            DeviceNotFound.
        """

        def read(uow: UnitOfWork) -> DeviceView:
            row = device_for(uow, actor, device_id)
            mine = select(device_review).where(device_review.c.device_id == row.id)
            certificates = uow.connection.execute(mine.order_by(device_review.c.valid_until.desc())).all()
            line = self._line(uow, row, certificates)
            conditions = conditions_of(uow, actor, AlertFilter(device=str(row.id)))
            count = select(func.count()).select_from(alert)
            return DeviceView(
                line.row, line.lamps, line.is_public, tuple(dict(one._mapping) for one in certificates),
                _keys(uow, row), int(uow.connection.scalar(count.where(*conditions, is_decided())) or 0),
                int(uow.connection.scalar(count.where(*conditions, is_true())) or 0),
                {one.code: one.short_name for one in all_units(uow)}, actor.has(*KEEPERS), actor.has(*ISSUERS),
            )  # fmt: skip

        return self._engine.ask(Ask(read))

    def _line(self, uow: UnitOfWork, row: SqlRow[Any], certificates: Any) -> DeviceView:
        today, warn = local_day_of(uow.now), int(values_of(uow, self._rulebook.city.folder)["review_warn_days"])
        mine = [one for one in certificates if one.device_id == row.id]
        lamps = {kind: lamp_of_reviews(mine, kind, today, warn) for kind in REVIEWS}
        return DeviceView(dict(row._mapping), lamps, is_public(row, today))

    def fields(self, actor: Actor, form: str, answers: Mapping[str, Any] | None = None) -> tuple[FieldView, ...]:
        """Return one of the register's forms: device, device_review, publication or parameter."""
        return self._forms.get(PROCESS, form).fields_for({**self._context(actor), **(answers or {})}, answers)

    def register(self, actor: Actor, answers: Mapping[str, Any], *, key: str = "") -> UUID:
        """Check and register a device; the same key registers one.

        Raises:
            FormInvalid, NotAllowed, UnknownUnit.
        """
        require(actor, *KEEPERS)
        command = RegisterDevice(actor, self._checked(actor, "device", answers))
        if not key:
            return self._engine.execute(command)
        once = Once(command, actor.login, key, fingerprint_of("device", answers), lambda one: {"id": str(one)})
        return UUID(str(self._engine.execute(once).result["id"]))

    def review(self, actor: Actor, device_id: UUID, answers: Mapping[str, Any]) -> UUID:
        """Check and enter a certificate."""
        return self._engine.execute(RecordReview(actor, device_id, self._checked(actor, "device_review", answers)))

    def revoke_review(self, actor: Actor, device_id: UUID, review_id: UUID) -> None:
        """Note that a certificate is void from today on."""
        self._engine.execute(RevokeReview(actor, device_id, review_id))

    def publish(self, actor: Actor, device_id: UUID, answers: Mapping[str, Any]) -> None:
        """Check and note since when the place is public."""
        self._engine.execute(PublishDevice(actor, device_id, self._checked(actor, "publication", answers)))

    def set_state(self, actor: Actor, device_id: UUID, state: str) -> None:
        """Suspend, bring back or retire a device."""
        self._engine.execute(SetDeviceState(actor, device_id, state))

    def issue_key(self, actor: Actor, device_id: UUID, *, for_vendor: bool = False) -> IssuedKey:
        """Issue a key; its secret is answered this once."""
        return self._engine.execute(IssueKey(actor, device_id, for_vendor))

    def revoke_key(self, actor: Actor, device_id: UUID, key_id: str) -> None:
        """Put a key out of use."""
        self._engine.execute(RevokeKey(actor, device_id, key_id))

    def tuning(self, actor: Actor) -> Tuning:
        """Return what was learnt, the parameters in force and how they were changed."""

        def read(uow: UnitOfWork) -> Tuning:
            zones = select(hot_zone).order_by(hot_zone.c.seen.desc(), hot_zone.c.cell, hot_zone.c.hour).limit(200)
            changes = select(alert_parameter).order_by(alert_parameter.c.changed_at.desc()).limit(50)
            return Tuning(
                tuple(dict(row) for row in uow.connection.execute(zones).mappings()),
                values_of(uow, self._rulebook.city.folder),
                tuple(dict(row) for row in uow.connection.execute(changes).mappings()), actor.has(*EDITORS),
            )  # fmt: skip

        return self._engine.ask(Ask(read))

    def tune(self, actor: Actor, name: str, answers: Mapping[str, Any]) -> None:
        """Check and change a parameter.

        Raises:
            FormInvalid, UnknownParameter, NotAllowed.
        """
        require(actor, *EDITORS)
        given = self._checked(actor, "parameter", answers)
        value, reason = float(str(given["value"])), str(given["reason"])
        self._engine.execute(ChangeParameter(actor, name, value, reason, self._rulebook.city.folder))

    def _checked(self, actor: Actor, form: str, answers: Mapping[str, Any]) -> dict[str, Any]:
        return self._forms.get(PROCESS, form).validate(answers, {**self._context(actor), **answers})

    def _context(self, actor: Actor) -> dict[str, Any]:
        city = self._rulebook.city

        def read(uow: UnitOfWork) -> dict[str, Any]:
            objects = uow.connection.execute(
                select(inspection_object.c.id, inspection_object.c.name)
                .where(inspection_object.c.merged_into.is_(None), inspection_object.c.unit.in_(actor.units))
                .order_by(inspection_object.c.name)
                .limit(200)
            )
            return {
                "device_kinds": [{"value": code, "label": name} for code, name in self.words.device_kinds.items()],
                "areas": [{"value": code, "label": name} for code, name in city.divisions.items()],
                "units": [{"value": one.code, "label": one.name} for one in all_units(uow) if one.kind != "approval"],
                "objects": [{"value": str(row.id), "label": row.name} for row in objects],
                "today": local_day_of(uow.now).isoformat(),
            }  # fmt: skip

        return self._engine.ask(Ask(read))


def _keys(uow: UnitOfWork, device: Any) -> tuple[Row, ...]:
    """Return the keys that may speak for a device, without their secrets."""
    shown = [column for column in webhook_key.c if column.name != "secret"]
    whole = webhook_key.c.device_id.is_(None) & (webhook_key.c.vendor == device.vendor)
    mine = (webhook_key.c.device_id == device.id) | whole
    rows = uow.connection.execute(select(*shown).where(mine).order_by(webhook_key.c.created_at.desc()).limit(20))
    return tuple({**row, "is_valid": row["valid_until"] is None or uow.now < row["valid_until"]}
                 for row in rows.mappings())  # fmt: skip

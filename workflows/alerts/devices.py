"""Devices: where they stand, who answers for them, and whether what they record may be evidence (xzcf/41)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, or_, select, true, update

from workflows import errors
from workflows.directory import find_unit
from workflows.policy import Actor, require
from workflows.records.alerts import device_review, monitoring_device
from workflows.uow import UnitOfWork, local_day_of

KEEPERS = ("section_officer", "section_head", "district_officer", "squad_head", "policy_officer", "administrator")
STATES: Mapping[str, str] = {"active": "在用", "suspended": "停用检修", "retired": "已拆除"}
REVIEWS: Mapping[str, str] = {"legal": "法制审核", "technical": "技术审核"}
_d, _r = monitoring_device.c, device_review.c


@dataclass(frozen=True, slots=True)
class Standing:
    """What the law asks of a device, answered for one day."""

    legal: bool
    technical: bool
    published: bool

    @property
    def is_lawful(self) -> bool:
        """Tell whether its records may become evidence."""
        return self.legal and self.technical and self.published

    def as_json(self) -> dict[str, bool]:
        """Return it as the alert keeps it."""
        return {"legal": self.legal, "technical": self.technical, "published": self.published}


def sees_all(actor: Actor) -> bool:
    """Tell whether a person sees the devices and alerts of every unit."""
    return actor.oversees or actor.has("administrator")


def seen_by(actor: Actor, table: Any) -> Any:
    """Return the condition that a device or an alert is one the person may see."""
    if sees_all(actor):
        return true()
    return or_(table.c.watch_unit.in_(actor.units), table.c.unit.in_(actor.units))


def device_for(uow: UnitOfWork, actor: Actor, device_id: UUID) -> Row[Any]:
    """Return a device the person may see.

    Raises:
        DeviceNotFound: there is none, or it is another unit's.
    """
    mine = (_d.id == device_id) & seen_by(actor, monitoring_device)
    row = uow.connection.execute(select(monitoring_device).where(mine)).one_or_none()
    if row is None:
        raise errors.DeviceNotFound(device=str(device_id))
    return row


def kept_device(uow: UnitOfWork, actor: Actor, device_id: UUID) -> Row[Any]:
    """Return a device the person may change.

    Raises:
        DeviceNotFound, NotAllowed.
    """
    row = device_for(uow, actor, device_id)
    require(actor, *KEEPERS)
    return row


@dataclass(frozen=True, slots=True)
class RegisterDevice:
    """Enter a device in the register; answers its id.

    Raises:
        FormInvalid: the code is taken, or the units are not the actor's.
        UnknownUnit.
    """

    actor: Actor
    answers: Mapping[str, Any]

    def run(self, uow: UnitOfWork) -> UUID:
        """Write it; nothing it records is evidence before it is reviewed and published."""
        require(self.actor, *KEEPERS)
        given = self.answers
        watch, unit = find_unit(uow, str(given["watch_unit"])).code, find_unit(uow, str(given["unit"])).code
        if not (sees_all(self.actor) or watch in self.actor.units or unit in self.actor.units):
            raise _wrong("unit", "值守单位或处置单位至少有一个是您的单位")
        if uow.connection.scalar(select(_d.id).where(_d.code == given["code"])) is not None:
            raise _wrong("code", "此编号已登记")
        device_id = uow.new_id()
        lat, lon = (float(part) for part in str(given["coordinates"]).split(","))
        if not (-90 <= lat <= 90 and -180 <= lon <= 180):
            raise _wrong("coordinates", "纬度应在 -90 与 90 之间，经度应在 -180 与 180 之间")
        names = ("code", "name", "kind", "place", "area", "purpose", "vendor")
        row = {name: given[name] for name in names} | {
            "id": device_id, "lat": lat, "lon": lon, "watch_unit": watch, "unit": unit,
            "object_id": UUID(str(given["object_id"])) if given.get("object_id") else None, "sign_on": None,
            "published_on": None, "published_at": "", "state": "active", "created_by": self.actor.login,
            "created_at": uow.now,
        }  # fmt: skip
        uow.connection.execute(insert(monitoring_device), row)
        return device_id


@dataclass(frozen=True, slots=True)
class RecordReview:
    """Enter a certificate of legal or technical review; answers its id.

    Raises:
        DeviceNotFound, NotAllowed, FormInvalid.
    """

    actor: Actor
    device_id: UUID
    answers: Mapping[str, Any]

    def run(self, uow: UnitOfWork) -> UUID:
        """Write it."""
        row, given = kept_device(uow, self.actor, self.device_id), self.answers
        begins, ends = (date.fromisoformat(str(given[name])) for name in ("valid_from", "valid_until"))
        if ends < begins:
            raise _wrong("valid_until", "有效期止不能早于有效期起")
        same = (_r.device_id == row.id) & (_r.kind == given["kind"]) & (_r.number == given["number"])
        if uow.connection.scalar(select(_r.id).where(same)) is not None:
            raise _wrong("number", "此证书已登记")
        review_id = uow.new_id()
        values = {
            "id": review_id, "device_id": row.id, "kind": given["kind"], "number": given["number"],
            "issuer": given["issuer"], "valid_from": begins, "valid_until": ends, "revoked_on": None,
            "recorded_by": self.actor.login, "recorded_at": uow.now,
        }  # fmt: skip
        uow.connection.execute(insert(device_review), values)
        return review_id


@dataclass(frozen=True, slots=True)
class RevokeReview:
    """Note that a certificate is void from today on."""

    actor: Actor
    device_id: UUID
    review_id: UUID

    def run(self, uow: UnitOfWork) -> None:
        """Write the day."""
        row = kept_device(uow, self.actor, self.device_id)
        mine = (_r.id == self.review_id) & (_r.device_id == row.id) & _r.revoked_on.is_(None)
        done = uow.connection.execute(update(device_review).where(mine).values(revoked_on=local_day_of(uow.now)))
        if done.rowcount == 0:
            raise errors.DeviceNotFound(review=str(self.review_id))


@dataclass(frozen=True, slots=True)
class PublishDevice:
    """Note since when the place is public and marked by a sign."""

    actor: Actor
    device_id: UUID
    answers: Mapping[str, Any]

    def run(self, uow: UnitOfWork) -> None:
        """Write the days."""
        row, given = kept_device(uow, self.actor, self.device_id), self.answers
        days = {name: date.fromisoformat(str(given[name])) for name in ("published_on", "sign_on")}
        values = {**days, "published_at": given["published_at"]}
        uow.connection.execute(update(monitoring_device).where(_d.id == row.id).values(**values))


@dataclass(frozen=True, slots=True)
class SetDeviceState:
    """Suspend a device for repair, bring it back, or retire it for good.

    Raises:
        DeviceNotActive: it was retired.
    """

    actor: Actor
    device_id: UUID
    state: str

    def run(self, uow: UnitOfWork) -> None:
        """Write the state."""
        row = kept_device(uow, self.actor, self.device_id)
        if self.state not in STATES:
            raise _wrong("state", f"状态只能是 {'、'.join(STATES)}")
        if row.state == "retired":
            raise errors.DeviceNotActive(device=row.code, state=STATES[row.state])
        uow.connection.execute(update(monitoring_device).where(_d.id == row.id).values(state=self.state))


def standing_of(uow: UnitOfWork, device: Any, on: date) -> Standing:
    """Return whether a device was reviewed and public on a day."""
    rows = uow.connection.execute(select(device_review).where(_r.device_id == device.id)).all()
    valid = {row.kind for row in rows if is_valid(row, on)}
    return Standing("legal" in valid, "technical" in valid, is_public(device, on))


def is_valid(review: Any, on: date) -> bool:
    """Tell whether a certificate covers a day."""
    stands = review.revoked_on is None or on < review.revoked_on
    return bool(review.valid_from <= on <= review.valid_until and stands)


def is_public(device: Any, on: date) -> bool:
    """Tell whether place and sign were there on a day."""
    days = (device.published_on, device.sign_on)
    return all(day is not None and day <= on for day in days)


def lamp_of_reviews(reviews: Iterable[Any], kind: str, today: date, warn_days: int) -> tuple[str, str]:
    """Return lamp and words for a device's certificates of one kind."""
    mine = [row for row in reviews if row.kind == kind and row.revoked_on is None]
    last = max((row.valid_until for row in mine if row.valid_from <= today), default=None)
    if last is None:
        return "red", "没有有效证书"
    if last < today:
        return "red", f"{last} 已到期"
    soon = last - today <= timedelta(days=warn_days)
    return ("yellow" if soon else "normal"), f"有效至 {last}"


def _wrong(field: str, message: str) -> errors.FormInvalid:
    return errors.FormInvalid(errors=[{"field": field, "code": "invalid", "message": message}])

"""Keys that sign reports: one for a device or for all devices of a vendor; a new one takes over from the old."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from workflows import errors
from workflows.alerts.devices import kept_device
from workflows.policy import Actor, require
from workflows.records.alerts import monitoring_device, webhook_key
from workflows.uow import UnitOfWork

ISSUERS = ("policy_officer", "administrator", "section_head", "district_officer")
OVERLAP = timedelta(hours=24)
_k = webhook_key.c


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key; the secret is shown this once."""

    key_id: str
    secret: str


@dataclass(frozen=True, slots=True)
class IssueKey:
    """Issue a key for a device, or with ``for_vendor`` for every device of its vendor.

    What was valid for the same until now stays valid for a day, so that the sender can change over.
    """

    actor: Actor
    device_id: UUID
    for_vendor: bool = False

    def run(self, uow: UnitOfWork) -> IssuedKey:
        """Write it."""
        row = kept_device(uow, self.actor, self.device_id)
        require(self.actor, *ISSUERS)
        if self.for_vendor:
            require(self.actor, "policy_officer", "administrator")
        device_id = None if self.for_vendor else row.id
        same = _k.device_id.is_(None) if self.for_vendor else _k.device_id == row.id
        older = (_k.vendor == row.vendor) & same & _k.valid_until.is_(None)
        uow.connection.execute(update(webhook_key).where(older).values(valid_until=uow.now + OVERLAP))
        issued = IssuedKey(f"yj-{secrets.token_hex(6)}", secrets.token_urlsafe(32))
        values = {
            "id": issued.key_id, "secret": issued.secret, "vendor": row.vendor, "device_id": device_id,
            "valid_until": None, "created_by": self.actor.login, "created_at": uow.now, "last_used_at": None,
        }  # fmt: skip
        uow.connection.execute(insert(webhook_key), values)
        return issued


@dataclass(frozen=True, slots=True)
class RevokeKey:
    """Put a key out of use at once.

    Raises:
        DeviceNotFound: there is no such key for this device.
    """

    actor: Actor
    device_id: UUID
    key_id: str

    def run(self, uow: UnitOfWork) -> None:
        """Write it."""
        row = kept_device(uow, self.actor, self.device_id)
        require(self.actor, *ISSUERS)
        mine = (_k.id == self.key_id) & (
            (_k.device_id == row.id) | (_k.device_id.is_(None) & (_k.vendor == row.vendor))
        )
        found = uow.connection.execute(select(_k.device_id).where(mine)).one_or_none()
        if found is None:
            raise errors.DeviceNotFound(key=self.key_id)
        if found.device_id is None:
            require(self.actor, "policy_officer", "administrator")
        uow.connection.execute(update(webhook_key).where(_k.id == self.key_id).values(valid_until=uow.now))


def device_of_key(uow: UnitOfWork, key: Row[Any], code: str) -> Row[Any]:
    """Return the device a key may speak for.

    Raises:
        DeviceUnknown: there is none of this code, or it is not the key's.
        DeviceNotActive: it is suspended or retired.
    """
    row = uow.connection.execute(select(monitoring_device).where(monitoring_device.c.code == code)).one_or_none()
    is_mine = row is not None and (row.id == key.device_id if key.device_id else row.vendor == key.vendor)
    if row is None or not is_mine:
        raise errors.DeviceUnknown(reason=f"此密钥不能为设备 {code} 发送预警，请核对设备编号，或先登记设备")
    if row.state != "active":
        raise errors.DeviceNotActive(reason=f"设备 {code} 已停用，恢复使用后再发送")
    return row

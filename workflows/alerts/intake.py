"""Takes a signed report in: who sent it, is it new, what does it say; then its case begins."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from engine.commands.idempotency import fingerprint_of
from engine.commands.start_process import StartProcess
from engine.handlers import ServiceJob
from engine.spiff.model import StartTrigger
from workflows import errors
from workflows.alerts.devices import standing_of
from workflows.alerts.evidence import keep_file
from workflows.alerts.keys import device_of_key
from workflows.alerts.parameters import values_of, vocabulary
from workflows.alerts.signatures import Signed, use_key
from workflows.alerts.store import alert_of, change, tell
from workflows.alerts.zones import cell_of, history_of
from workflows.records.alerts import alert, monitoring_device
from workflows.rulebook import Rulebook
from workflows.serials import next_number
from workflows.uow import ZONE, UnitOfWork, local_day_of

PROCESS, START, MESSAGE = "site_alert", "alert_received", "alert_received"
AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class AlertTaken:
    """An alert that is kept; ``was_known`` marks a repetition that kept nothing."""

    alert_id: UUID
    number: str
    advice: str
    was_known: bool = False


@dataclass(frozen=True, slots=True)
class TakeAlert:
    """Check a report's signature and keep the alert it brings, once.

    ``report`` has device, source_key, class_code, confidence, happened_at and, as they are known, lat, lon, preset,
    note and snapshot (base64).

    Raises:
        SignatureRefused, ReportReplayed, DeviceUnknown, DeviceNotActive.
        AlertKeyReused: the sender gave this number to another alert before.
        FormInvalid: the class is unknown, the time lies ahead, or the picture cannot be read.
    """

    signed: Signed
    report: Mapping[str, Any]
    rulebook: Rulebook

    def run(self, uow: UnitOfWork) -> AlertTaken:
        """Keep it and begin its case."""
        folder = self.rulebook.city.folder
        numbers, given = values_of(uow, folder), self.report
        key = use_key(uow, self.signed, folder)
        device = device_of_key(uow, key, str(given["device"]))
        mark = _fingerprint(given)
        same = (alert.c.device_id == device.id) & (alert.c.source_key == given["source_key"])
        known = uow.connection.execute(select(alert).where(same)).one_or_none()
        if known is not None:
            if known.fingerprint != mark:
                raise errors.AlertKeyReused(reason=f"编号 {given['source_key']} 已用于另一条预警 {known.number}")
            return AlertTaken(known.id, known.number, known.advice, was_known=True)
        self._check(uow, given)
        row = self._row(uow, device, mark, numbers["cell_size"])
        uow.connection.execute(insert(alert), row)
        tell(uow, row["id"], "received", f"key:{key.id}", source_key=given["source_key"])
        self._keep_snapshot(uow, row["id"])
        variables = {
            "alert_id": str(row["id"]), "title": f"{device.name} {vocabulary(folder).classes[row['class_code']]}",
            "cell": row["cell"], "place": row["place"], "area": row["area"], "site": row["place"],
            "unit": row["unit"], "watch_unit": row["watch_unit"], "policy_unit": self.rulebook.city.policy_unit,
            **_nothing_yet(),
        }  # fmt: skip
        trigger = StartTrigger(START, "message", MESSAGE)
        StartProcess(PROCESS, row["number"], "system", variables, trigger=trigger).run(uow)
        advice = uow.connection.scalar(select(alert.c.advice).where(alert.c.id == row["id"]))
        return AlertTaken(row["id"], row["number"], str(advice))

    def _check(self, uow: UnitOfWork, given: Mapping[str, Any]) -> None:
        classes = vocabulary(self.rulebook.city.folder).classes
        faults = []
        if given["class_code"] not in classes:
            faults.append({"field": "class", "message": f"类别只能是 {'、'.join(classes)}"})
        if given["happened_at"] > uow.now + AHEAD:
            faults.append({"field": "happened_at", "message": "发生时间不能晚于现在，请校准设备时钟"})
        if (given.get("lat") is None) != (given.get("lon") is None):
            faults.append({"field": "lat", "message": "纬度和经度应同时给出，或都不给（取设备位置）"})
        if faults:
            raise errors.FormInvalid(errors=faults)

    def _row(self, uow: UnitOfWork, device: Any, mark: str, size: float) -> dict[str, Any]:
        given = self.report
        lat, lon = (device.lat, device.lon) if given.get("lat") is None else (given["lat"], given["lon"])
        return {
            "id": uow.new_id(), "number": next_number(uow, self.rulebook.city.numbers["alert"], "alert"),
            "instance_id": None, "device_id": device.id, "source_key": given["source_key"], "fingerprint": mark,
            "class_code": given["class_code"], "confidence": given["confidence"], "happened_at": given["happened_at"],
            "received_at": uow.now, "hour": given["happened_at"].astimezone(ZONE).hour, "lat": lat, "lon": lon,
            "cell": cell_of(lat, lon, size), "area": device.area, "place": device.place,
            "preset": given.get("preset") or "", "note": given.get("note") or "", "watch_unit": device.watch_unit,
            "unit": device.unit, "state": "new", "advice": "look", "advice_reason": "", "standing": {},
            "decision_note": "", "site_note": "", "party_name": "", "party_code": "", "counts_reason": "",
            "statements": [],
        }  # fmt: skip

    def _keep_snapshot(self, uow: UnitOfWork, alert_id: UUID) -> None:
        encoded = self.report.get("snapshot")
        if not encoded:
            return
        try:
            content = base64.b64decode(str(encoded), validate=True)
        except (binascii.Error, ValueError) as exc:
            message = "图片应为 base64 文本"
            raise errors.FormInvalid(errors=[{"field": "snapshot", "message": message}]) from exc
        keep_file(uow, self.rulebook, alert_id, content, kind="device", name="预警快照", by="device")


def _fingerprint(given: Mapping[str, Any]) -> str:
    plain = {name: value.isoformat() if name == "happened_at" else value for name, value in given.items()}
    return fingerprint_of("alert", plain)


def _nothing_yet() -> dict[str, object]:
    """Return the answers that expressions read before anybody gave them."""
    return {
        "party_name": None, "repeats": 0, "repeat_numbers": [], "record_technical": False, "record_legal": False,
        "technical_decision": None, "legal_decision": None, "site_note": None, "confirmed_at": None,
        "decision_note": None,
    }  # fmt: skip


def read_history(uow: UnitOfWork, job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Say what is known of such alerts, and whether the device was lawful when it recorded."""
    row = alert_of(uow, job.variables)
    device = uow.connection.execute(
        select(monitoring_device).where(monitoring_device.c.id == row.device_id)
    ).one()  # fmt: skip
    standing = standing_of(uow, device, local_day_of(row.happened_at))
    change(uow, row.id, instance_id=job.instance_id, standing=standing.as_json())
    return {
        **history_of(uow, row, rulebook.city.folder), "device_legal": standing.legal,
        "device_technical": standing.technical, "device_published": standing.published,
        "is_device_lawful": standing.is_lawful,
    }  # fmt: skip


def post_alert(uow: UnitOfWork, job: ServiceJob, _rulebook: Rulebook) -> Mapping[str, object]:
    """Put it on the watch screen with the advice."""
    row, advice = alert_of(uow, job.variables), job.variables["advice"]
    found = advice if isinstance(advice, Mapping) else {}
    change(uow, row.id, advice=found["advice"], advice_reason=found["reason"])
    return {}

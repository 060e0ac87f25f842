"""What people do in the scenarios of an inspection."""

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from tests.processes.rig import CityRig
from workflows.inspections.records import PutEvidence, RecordSubmitted, SubmitRecord
from workflows.inspections.start import InspectionStarted, StartInspection
from workflows.records.inspections import inspection

OFFICER, HEAD, OTHER_HEAD = "ks.jsgc", "ks.jsgc.kz", "ju.lingdao"
UNIT, ITEM = "NR-CITY-JSGC", "ZR004"
PHOTO = b"\xff\xd8\xff\xe0" + b"photo" * 10
PHOTO_HASH = hashlib.sha256(PHOTO).hexdigest()
REQUEST = {
    "kind": "onsite", "party_name": "演示置业有限公司", "party_code": "91370400MA3C0DEM04", "site": "光明路 1 号",
    "area": "370402", "item_code": ITEM, "unit": UNIT, "reason": "例行检查",
}  # fmt: skip
SIGNED = {"kind": "signed", "signer": "演示·当事人", "image_sha256": None, "witnesses": [], "reason": ""}
REFUSED = {"kind": "refused", "signer": "", "image_sha256": None, "witnesses": ["演示·社区干部"], "reason": "不愿签字"}


def started(city: CityRig, login: str = HEAD, **changes: Any) -> InspectionStarted:
    """Start an inspection by hand."""
    return city.app.engine.execute(StartInspection(city.actor(login), {**REQUEST, **changes}, city.app.rulebook))


def assigned(city: CityRig, inspectors: tuple[str, ...] = (OFFICER, HEAD), **changes: Any) -> InspectionStarted:
    """Start an inspection and assign its inspectors."""
    done = started(city, **changes)
    city.complete("assign_inspectors", HEAD, decision="assign", inspectors=list(inspectors))
    return done


def row(city: CityRig, inspection_id: UUID) -> Mapping[str, Any]:
    """Return an inspection as it is stored."""
    return city.rows(inspection, id=inspection_id)[0]


def sheet_lines(city: CityRig, inspection_id: UUID, failed: int = 0) -> list[dict[str, str]]:
    """Answer every line of the sheet; the first ones are not kept to."""
    return [
        {"code": line["code"], "verdict": "no" if place < failed else "yes", "note": "不符" if place < failed else ""}
        for place, line in enumerate(row(city, inspection_id)["sheet"])
    ]


def record(city: CityRig, inspection_id: UUID, result: str = "no_problem", **changes: Any) -> dict[str, Any]:
    """Return a complete record."""
    now = city.clock.now()
    return {
        "started_at": now.isoformat(), "ended_at": now.isoformat(), "lines": sheet_lines(city, inspection_id),
        "result": result, "summary": "现场检查情况", "location": None, "evidence": [], "signature": SIGNED, **changes,
    }  # fmt: skip


def submit(
    city: CityRig,
    content: Mapping[str, Any],
    login: str = OFFICER,
    client: UUID | None = None,
    task: UUID | None = None,
) -> RecordSubmitted:
    """Submit a record for the open task, or for the given one."""
    task_id = task or city.tasks("record_findings")[0].id
    actor = city.actor(login)
    return city.app.engine.execute(SubmitRecord(actor, task_id, content, client or uuid4(), city.app.rulebook))


def put_photo(city: CityRig, inspection_id: UUID, login: str = OFFICER, content: bytes = PHOTO) -> str:
    """Upload a file; answers its hash."""
    digest = hashlib.sha256(content).hexdigest()
    city.app.engine.execute(PutEvidence(city.actor(login), inspection_id, digest, "image/jpeg", content))
    return digest


def found(city: CityRig, result: str = "violation", **changes: Any) -> InspectionStarted:
    """Bring an inspection to its review."""
    done = assigned(city, **changes)
    submit(city, record(city, done.inspection_id, result))
    return done

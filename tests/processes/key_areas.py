"""What people do in the scenarios of key supervision."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from tests.processes.inspections import record, submit
from tests.processes.rig import CityRig, Look
from workflows.key_areas.campaigns import ProposeCampaign
from workflows.key_areas.entries import RequestDelisting
from workflows.key_areas.signals import RecordSignal, ReviewObject, SignalKept
from workflows.libraries.ratings import RateObject
from workflows.records.inspections import inspection
from workflows.records.key_areas import key_entry
from workflows.records.libraries import inspection_object
from workflows.uow import local_day_of

UNIT_OFFICER, UNIT_HEAD, POLICY, OTHER_POLICY, LEADER = "zr.xc", "zr.xc.jz", "zc.fagui", "zc.kezhang", "ju.lingdao"
AREA = "370403"
ENTRY = {"entry_reason": "边坡不稳", "legal_basis": "细则二（四）", "measures": "专项检查"}
PROPOSE = {"decision": "propose", **ENTRY}
DELIST = {"delist_reason": "边坡已治理并验收", "delist_evidence": "验收意见书 2026-05-01\n现场照片"}
CAMPAIGN = {
    "name": "矿山边坡专项检查", "kind": "special", "item_code": "ZR023", "areas": [AREA], "object_kind": None,
    "risk": None, "credit": None, "only_key": False, "ends_on": "2026-03-31", "reason": "汛前排查",
}  # fmt: skip


def mine_of(city: CityRig, number: int = 0) -> Mapping[str, Any]:
    """Return a mine of the district 薛城区."""
    found = city.rows(inspection_object, kind="mine", area=AREA)
    return sorted(found, key=lambda row: row["name"])[number]


def survey_unit(city: CityRig, number: int = 0) -> Mapping[str, Any]:
    """Return an object whose item is no key item."""
    return sorted(city.rows(inspection_object, kind="survey_unit"), key=lambda row: row["name"])[number]


def signal(city: CityRig, one: Mapping[str, Any], kind: str = "complaint", count: int = 1, **more: Any) -> SignalKept:
    """Send a signal about an object."""
    given = {"source": "12345", "object_id": str(one["id"]), "kind": kind, "count": count, "note": "来电", **more}
    return city.app.engine.execute(RecordSignal(given, "platform", city.app.rulebook))


def by_hand(city: CityRig, one: Mapping[str, Any], login: str = UNIT_HEAD) -> str | None:
    """Propose an object by hand."""
    return city.app.engine.execute(ReviewObject(one["id"], "manual", login, city.app.rulebook, ENTRY))


def rated(city: CityRig, one: Mapping[str, Any], value: str, kind: str = "credit") -> None:
    """Rate an object today."""
    today = local_day_of(city.clock.now())
    city.app.engine.execute(RateObject(one["id"], kind, value, "信用平台", "评价", today, POLICY))


def standing(city: CityRig, number: int = 0) -> str:
    """Bring a mine into the key library; answers the case's number."""
    found = by_hand(city, mine_of(city, number))
    assert found is not None
    city.complete("approve_entry", POLICY, decision="approve", approval_note="")
    return found


def entry(city: CityRig, number: str) -> Mapping[str, Any]:
    """Return an entry as it is stored."""
    return city.rows(key_entry, number=number)[0]


def plan(city: CityRig, on: str, login: str = UNIT_OFFICER) -> None:
    """Plan the check of the cycle, and let its day come if it is today."""
    city.complete("plan_check", login, check_on=on, plan_note="看边坡")
    city.run()


def inspected(city: CityRig, result: str = "no_problem") -> None:
    """Let the open inspection be assigned, recorded and reviewed."""
    city.complete("assign_inspectors", UNIT_HEAD, decision="assign", inspectors=[UNIT_OFFICER, UNIT_HEAD])
    found = newest_inspection(city)
    submit(city, record(city, found, result), UNIT_OFFICER)
    city.complete("review_record", LEADER, decision="confirm")
    city.run()


def newest_inspection(city: CityRig) -> UUID:
    """Return the inspection that was opened last."""
    newest = select(inspection.c.id).order_by(inspection.c.number.desc())
    return city.app.engine.ask(Look(lambda uow: uow.connection.scalar(newest)))


def delist(city: CityRig, number: str, login: str = UNIT_HEAD) -> str:
    """Ask that an object leaves the library."""

    class Ask:
        def run(self, uow: Any) -> str:
            row = uow.connection.execute(select(key_entry).where(key_entry.c.number == number)).one()
            return RequestDelisting(city.actor(login), row, DELIST).run(uow)

    return city.app.engine.execute(Ask())


def campaign(city: CityRig, login: str = POLICY, **changes: Any) -> str:
    """Propose a campaign."""
    given = {**CAMPAIGN, **changes}
    areas = tuple(given["areas"])
    return city.app.engine.execute(ProposeCampaign(city.actor(login), given, areas, city.app.rulebook))

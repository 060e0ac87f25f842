"""Steps of changing the catalogue, for several modules."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from tests.processes.rig import CityRig, Look
from workflows.catalog import TITLES
from workflows.catalogue.proposals import Proposal, ProposeChange, Rules
from workflows.catalogue.store import contents_on
from workflows.records.catalogue import catalogue_change

POLICY, HEAD, LEADER = "zc.fagui", "zc.kezhang", "ju.lingdao"
SECTION, OTHER, DISTRICT = "ks.jsgc", "ks.szgh", "zr.sz"
NEXT_WEEK = date(2026, 3, 9)
MOVE = {"supervising_units": ["NR-CITY-SZGH", "{district}"]}


def propose(city: CityRig, login: str, kind: str = "amend", code: str = "ZR004", **more: Any) -> str:
    given: dict[str, Any] = {"contents": {}, "effective_on": NEXT_WEEK, "reason": "职责调整文件"} | more
    rules = Rules(city.app.rulebook, city.app.clauses, TITLES)
    return str(city.app.engine.execute(ProposeChange(city.actor(login), Proposal(kind, code, **given), rules)))


def change(city: CityRig, number: str) -> Mapping[str, Any]:
    return city.rows(catalogue_change, business_key=number)[0]


def on(city: CityRig, day: date, code: str = "ZR004", area: str = "*") -> dict[str, Any]:
    found = city.app.engine.ask(Look(lambda uow: contents_on(uow, code, area, day)))
    assert found is not None
    return dict(found)


def claim(city: CityRig, login: str = OTHER) -> None:
    city.complete("claim_item", login, claim_answer="claim")


def dispute(city: CityRig, login: str = OTHER, suggested: str | None = "NR-CITY-JSGC") -> None:
    city.complete("claim_item", login, claim_answer="dispute", claim_note="不属本科室职责", suggested_unit=suggested)


def pass_review(city: CityRig, login: str = HEAD) -> None:
    city.complete("review_change", login, review="pass")


def approve(city: CityRig) -> None:
    city.complete("approve_change", LEADER, approval="approve")

"""Devices that are reviewed and public, reports that are signed, and what people do with the alerts."""

import itertools
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from tests.processes.rig import CityRig
from workflows.alerts.devices import PublishDevice, RecordReview, RegisterDevice
from workflows.alerts.intake import AlertTaken, TakeAlert
from workflows.alerts.keys import IssuedKey, IssueKey
from workflows.alerts.signatures import Signed
from workflows.alerts.triage import ConfirmAlert, DismissAlert
from workflows.records.alerts import alert

WATCH, FIELD, HEAD, POLICY = "ks.zf", "zr.sz", "zr.sz.jz", "zc.fagui"
PATH = "/api/v1/alert-reports"
DEVICE = {
    "code": "CAM-01", "name": "演示山口高清", "kind": "camera", "place": "演示路山口", "area": "370402",
    "coordinates": "34.812300,117.323400", "purpose": "发现私挖盗采", "vendor": "演示厂家", "watch_unit": "NR-CITY-ZF",
    "unit": "NR-SZ", "object_id": None,
}  # fmt: skip
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 24
TRUE = {
    "verdict": "true", "site_note": "演示：挖掘机正在开采，已制止", "party_name": "演示石料有限公司",
    "party_code": "", "location": "",
}  # fmt: skip
UNTRUE = {"verdict": "false", "site_note": "演示：树影晃动", "party_name": "", "party_code": "", "location": ""}
FOLLOW = {"follow_up": "persuade", "item_code": "ZR023", "matter": "", "follow_up_note": "演示：当场劝诫并改正"}
_SERIAL = itertools.count(1)


def device(
    city: CityRig, *, reviews: tuple[str, ...] = ("legal", "technical"), public: bool = True, **changes: Any
) -> UUID:
    """Register a device, reviewed and published unless told otherwise."""
    who = city.actor("ks.zf.kz")
    made: UUID = city.app.engine.execute(RegisterDevice(who, {**DEVICE, **changes}))
    for kind in reviews:
        review = {
            "kind": kind, "number": f"演示-{kind}", "issuer": "演示审核单位", "valid_from": "2026-01-01",
            "valid_until": "2026-12-31",
        }  # fmt: skip
        city.app.engine.execute(RecordReview(who, made, review))
    if public:
        shown = {"published_on": "2026-01-15", "published_at": "演示公告第1号", "sign_on": "2026-01-15"}
        city.app.engine.execute(PublishDevice(who, made, shown))
    return made


def key_for(city: CityRig, device_id: UUID) -> IssuedKey:
    return city.app.engine.execute(IssueKey(city.actor("ks.zf.kz"), device_id))


def signed(city: CityRig, key: IssuedKey, body: bytes, *, nonce: str = "", at: datetime | None = None) -> Signed:
    """Sign a body as a sender does."""
    stamp = str(int((at or city.clock.now()).timestamp()))
    return Signed(key.key_id, stamp, nonce or f"nonce-{next(_SERIAL):016d}", "", "POST", PATH, body).by(key.secret)


def report(city: CityRig, **changes: Any) -> dict[str, Any]:
    """Return what a camera says."""
    return {
        "device": "CAM-01", "source_key": f"S-{next(_SERIAL)}", "class_code": "quarrying", "confidence": 0.9,
        "happened_at": city.clock.now(), "lat": None, "lon": None, "preset": "", "note": "",
        "snapshot": None, **changes,
    }  # fmt: skip


def sent(city: CityRig, key: IssuedKey, **changes: Any) -> AlertTaken:
    """Send one alert."""
    given = report(city, **changes)
    body = orjson.dumps(given)
    return city.app.engine.execute(TakeAlert(signed(city, key, body), given, city.app.rulebook))


def row(city: CityRig, number: str) -> dict[str, Any]:
    return dict(city.rows(alert, number=number)[0])


def dismiss(city: CityRig, number: str, kind: str = "false", login: str = WATCH) -> None:
    city.app.engine.execute(DismissAlert(city.actor(login), number, kind))


def confirm(city: CityRig, number: str, login: str = WATCH, **more: str) -> None:
    city.app.engine.execute(ConfirmAlert(city.actor(login), number, **more))


def proved_true(city: CityRig, key: IssuedKey, **changes: Any) -> str:
    """Send an alert, confirm it, and find it true on site; answers its number."""
    number = sent(city, key, **changes).number
    confirm(city, number)
    city.complete("check_site", FIELD, **TRUE)
    return number


def closed(city: CityRig, **follow: Any) -> None:
    """Decide what follows and review the record."""
    city.complete("decide_follow_up", FIELD, **{**FOLLOW, **follow})
    if city.tasks("review_technical"):
        city.complete("review_technical", HEAD, technical_decision="pass", technical_note="清晰完整")
        city.complete("review_legal", POLICY, legal_decision="pass", legal_note="合法")

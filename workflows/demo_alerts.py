"""Devices and alerts of the demo city: noise that was dismissed, a place that is listed, and what waits now."""

import tomllib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import orjson

from workflows.alerts.keys import IssuedKey
from workflows.alerts.signatures import Signed
from workflows.alerts.simulator import PATH, reports
from workflows.alerts.zones import learn
from workflows.bootstrap import Application
from workflows.desk.asking import Ask, Do
from workflows.directory import find_actor
from workflows.policy import Actor
from workflows.uow import local_day_of

DaysBefore = Callable[[Application, int], AbstractContextManager[None]]
_SITE = {
    "true": {"verdict": "true", "site_note": "演示：挖掘机正在开采，已当场制止。", "party_name": "演示石料有限公司"},
    "untrue": {"verdict": "false", "site_note": "演示：护林员车辆经过。"},
}  # fmt: skip


def fill_alerts(app: Application, days_before: DaysBefore) -> None:
    """Play the alerts of the city's demo; a city without ``demo_alerts.toml`` plays none."""
    path = app.settings.city_folder / "demo_alerts.toml"
    if not path.exists():
        return
    given = tomllib.loads(path.read_text(encoding="utf-8"))
    play = _Play(app, given)
    furthest = max(one["days_ago"] for one in given["play"])
    with days_before(app, furthest):
        key = play.devices()
    for place, one in enumerate(given["play"]):
        with days_before(app, one["days_ago"]):
            app.engine.execute(Do(lambda uow: learn(uow, app.settings.city_folder)))
            play.alerts(key, one, f"{place}")


class _Play:
    """The people of the demo who watch and go on site."""

    def __init__(self, app: Application, given: Mapping[str, Any]) -> None:
        self._app, self._given = app, given

    def _person(self, role: str) -> Actor:
        found = self._app.engine.ask(Ask(lambda uow: find_actor(uow, self._given[role])))
        if found is None:
            raise ValueError(f"the demo has no {self._given[role]}")
        return found

    def devices(self) -> IssuedKey:
        """Register the devices with their certificates; answers a key of their vendor."""
        desk, keeper, officer = self._app.desk.devices, self._person("keeper"), self._person("officer")
        begin = f"{local_day_of(self._app.engine.clock.now()):%Y}-01-01"
        for one in self._given["device"]:
            names = ("code", "name", "kind", "place", "coordinates", "purpose")
            answers = {name: one[name] for name in names} | {
                "vendor": self._given["vendor"], "area": officer.area, "unit": officer.unit,
                "watch_unit": self._person("watcher").unit,
            }  # fmt: skip
            device_id = desk.register(keeper, answers)
            for kind in ("legal", "technical"):
                until = local_day_of(self._app.clock.now() + timedelta(days=one[f"{kind}_days"]))
                review = {
                    "kind": kind, "number": f"演示审〔{begin[:4]}〕{kind}-{one['code']}", "issuer": "演示审核单位",
                    "valid_from": begin if until.isoformat() >= begin else until.isoformat(),
                    "valid_until": until.isoformat(),
                }  # fmt: skip
                desk.review(keeper, device_id, review)
            if one["is_public"]:
                shown = {"published_on": begin, "published_at": "演示公告第 1 号", "sign_on": begin}
                desk.publish(keeper, device_id, shown)
        return desk.issue_key(keeper, device_id, for_vendor=True)

    def alerts(self, key: IssuedKey, one: Mapping[str, Any], seed: str) -> None:
        """Send the alerts of a play as its device does, and bring each up to its step."""
        device = next(known for known in self._given["device"] if known["code"] == one["device"])
        lat, lon = (float(part) for part in device["coordinates"].split(","))
        cameras = [{"code": device["code"], "lat": lat, "lon": lon}]
        now = self._app.engine.clock.now()
        made = reports(cameras, [one["class"]], one["count"], now, f"demo-{seed}")
        for number, report in enumerate(made):
            given = {**report, "class_code": report["class"], "happened_at": now, "lat": lat, "lon": lon}
            del given["class"]
            nonce, stamp = f"demo-{seed}-{number:016d}", str(int(now.timestamp()))
            signed = Signed(key.key_id, stamp, nonce, "", "POST", PATH, orjson.dumps(report)).by(key.secret)
            self._bring(self._app.desk.alerts.take(signed, given).number, one["until"])

    def _bring(self, number: str, until: str) -> None:
        desk, watcher = self._app.desk.alerts, self._person("watcher")
        if until == "dismissed":
            desk.dismiss(watcher, number, "false")
            return
        if until == "new":
            return
        desk.confirm(watcher, number, note="演示：看北侧便道。")
        if until == "on_site":
            return
        self._do(number, "officer", _SITE["untrue" if until == "untrue" else "true"])
        if until == "closed":
            follow = {
                "follow_up": "persuade",
                "item_code": self._given["item"],
                "follow_up_note": "演示：劝诫并监督改正。",
            }
            self._do(number, "officer", follow)
            for role, kind in (("head", "technical"), ("legal", "legal")):
                self._do(number, role, {f"{kind}_decision": "pass", f"{kind}_note": "演示：符合要求。"})
        self._app.jobs.run_due()

    def _do(self, number: str, role: str, answers: Mapping[str, Any]) -> None:
        who = self._person(role)
        rows = self._app.desk.worklist.of_case(who, number)
        if rows and rows[0].task_id is not None:
            self._app.desk.tasks.complete(who, rows[0].task_id, answers)

"""Inspections of the demo city, each left at another step."""

import struct
import zlib
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

from workflows.bootstrap import Application
from workflows.demo_city import DemoCity, DemoInspection
from workflows.desk.asking import Ask, Do
from workflows.directory import find_actor
from workflows.inspections.shapes import ALONE, UNSEEN
from workflows.policy import Actor
from workflows.uow import UnitOfWork, local_day_of

STEPS = ("assign", "record", "review", "report", "recheck", "end")
_SIDE = 96


def fill_inspections(app: Application, place: DemoCity) -> None:
    """Play each inspection of the city's demo up to its step."""
    for number, one in enumerate(place.inspections):
        _Play(app, one).go(number)


class _Play:
    """One inspection and the people who bring it forward."""

    def __init__(self, app: Application, one: DemoInspection) -> None:
        self._app, self._one, self._desk = app, one, app.desk.inspections
        self._steps = {"assign": self._assign, "record": self._record, "review": self._review,
                       "report": self._report, "recheck": self._recheck}  # fmt: skip

    def go(self, number: int) -> None:
        """Start it and do every step before the one it is left at; it may end earlier."""
        one = self._one
        answers = {
            "kind": one.kind, "item_code": one.item, "party_name": one.party, "party_code": "",
            "site": f"演示路 {number + 1} 号", "area": one.area, "unit": one.unit, "reason": "演示：年度检查安排",
        }  # fmt: skip
        done = self._desk.start(self._person(one.inspectors[0]), {}, answers)
        for step in STEPS[: STEPS.index(one.until)]:
            if self._desk.view(self._person(one.reviewer), done.inspection_id).row["state"] != "closed":
                self._steps[step](done.inspection_id)
        self._app.jobs.run_due()

    def _person(self, login: str) -> Actor:
        found = self._app.engine.ask(Ask(lambda uow: find_actor(uow, login)))
        if found is None:
            raise ValueError(f"the demo has no {login}")
        return found

    def _complete(self, login: str, element: str, inspection_id: UUID, answers: Mapping[str, Any]) -> None:
        actor = self._person(login)
        tasks = self._desk.view(actor, inspection_id).tasks
        task_id = next(key for key, _, name in tasks if name == element)
        self._app.desk.tasks.complete(actor, task_id, answers)

    def _assign(self, inspection_id: UUID) -> None:
        one = self._one
        invited = {"joint_units": list(one.invited)} if one.kind == "joint" else {}
        answers = {"decision": "assign", "inspectors": list(one.inspectors), **invited}
        self._complete(one.inspectors[-1], "assign_inspectors", inspection_id, answers)

    def _record(self, inspection_id: UUID) -> None:
        one, who = self._one, self._person(self._one.inspectors[0])
        view, now = self._desk.view(who, inspection_id), self._app.engine.clock.now()
        picture = _picture(inspection_id)
        digest = sha256(picture).hexdigest()
        self._desk.put_evidence(who, inspection_id, digest, "image/png", picture)
        failed = one.result == "violation"
        lines = [
            {"code": line["code"], "verdict": "no" if failed and not place else "yes",
             "note": "演示：与许可内容不一致" if failed and not place else ""}
            for place, line in enumerate(view.row["sheet"])
        ]  # fmt: skip
        signed = {"kind": "signed", "signer": "演示·当事人", "witnesses": [], "reason": ""}
        record = {
            "started_at": now.isoformat(), "ended_at": now.isoformat(), "lines": [] if one.result in UNSEEN else lines,
            "result": one.result, "summary": "演示：已对照检查表逐项检查。", "location": None,
            "evidence": [{"sha256": digest, "name": "演示照片", "kind": "photo", "taken_at": None}],
            "signature": None if one.result in ALONE else signed,
        }  # fmt: skip
        self._desk.submit(who, inspection_id, record, self._app.engine.execute(Do(lambda uow: uow.new_id())))

    def _review(self, inspection_id: UUID) -> None:
        handling = {"handling": self._one.handling} if self._one.handling else {}
        requirements = {"requirements": "演示：按许可内容改正。"} if self._one.handling == "rectify" else {}
        answers = {"decision": "confirm", **handling, **requirements}
        self._complete(self._one.reviewer, "review_record", inspection_id, answers)

    def _report(self, inspection_id: UUID) -> None:
        today = self._app.engine.ask(Ask(_today))
        answers = {"reported": "yes", "reported_on": today, "report_text": "演示：已改正。"}
        self._complete(self._one.inspectors[0], "register_report", inspection_id, answers)

    def _recheck(self, inspection_id: UUID) -> None:
        today = self._app.engine.ask(Ask(_today))
        answers = {"recheck_verdict": "corrected", "rechecked_on": today, "recheck_note": "演示：改正到位。"}
        self._complete(self._one.inspectors[0], "recheck_rectification", inspection_id, answers)


def _today(uow: UnitOfWork) -> str:
    return local_day_of(uow.now).isoformat()


def _picture(key: UUID) -> bytes:
    """Return a small plain picture that differs from one inspection to the next."""
    colour = bytes(120 + byte % 100 for byte in key.bytes[-3:])
    rows = b"".join(b"\0" + colour * _SIDE for _ in range(_SIDE))
    head = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    chunks = (struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
              for kind, data in parts)  # fmt: skip
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)

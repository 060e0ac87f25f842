"""Take a complaint in: numbered, cleared of the informant, its case started."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from engine.commands.start_process import StartProcess
from engine.spiff.model import StartTrigger
from workflows import errors
from workflows.complaints.channels import Channel, channel_of
from workflows.complaints.informants import Informant, cleared, keep_informant, parts_of
from workflows.complaints.store import tell
from workflows.directory import find_unit, unit_chain
from workflows.libraries.identity import plain_name
from workflows.libraries.objects import objects_of_code
from workflows.policy import Actor, require
from workflows.records.complaints import complaint
from workflows.rulebook import Rulebook
from workflows.serials import next_number
from workflows.uow import UnitOfWork, local_day_of, local_time

MESSAGE = "complaint_received"
TAKERS = ("policy_officer", "section_officer", "section_head", "district_officer", "approval_clerk")
TEXTS = ("party_name", "site", "content")
_c = complaint.c


@dataclass(frozen=True, slots=True)
class Registered:
    """A registered complaint; ``was_known`` marks one whose source number had come before."""

    complaint_id: UUID
    number: str
    was_known: bool = False


@dataclass(frozen=True, slots=True)
class RegisterComplaint:
    """Register a complaint and start its case; the same number of the same source is registered once.

    ``answers`` are those of the form ``complaint/start``.

    Raises:
        NotAllowed, FormInvalid, UnknownUnit.
    """

    actor: Actor
    answers: Mapping[str, Any]
    rulebook: Rulebook

    def run(self, uow: UnitOfWork) -> Registered:
        """Do it inside the given transaction."""
        require(self.actor, *TAKERS)
        channel = channel_of(self.rulebook.city.folder, str(self.answers.get("channel") or ""))
        known = self._known(uow, channel)
        if known is not None:
            return Registered(known.id, known.number, was_known=True)
        who = parts_of(self.answers)
        row = self._row(uow, channel, who)
        uow.connection.execute(insert(complaint), row)
        original = {name: str(self.answers.get(name) or "") for name in TEXTS}
        keep_informant(uow, who, original, row["id"])
        tell(uow, row["id"], "registered", self.actor.login, self.actor.unit, channel=channel.title)
        self._start(uow, channel, row)
        return Registered(row["id"], row["number"])

    def _known(self, uow: UnitOfWork, channel: Channel) -> Any:
        number = str(self.answers.get("source_no") or "").strip()
        if not number:
            if channel.needs_source_no:
                message = f"来源为{channel.title}的，请填写来源编号"
                raise errors.FormInvalid(errors=[{"field": "source_no", "code": "required", "message": message}])
            return None
        same = (_c.channel == channel.key) & (_c.source_no == number)
        return uow.connection.execute(select(_c.id, _c.number).where(same)).first()

    def _row(self, uow: UnitOfWork, channel: Channel, who: Informant) -> dict[str, Any]:
        given = {
            name: str(value or "").strip() for name, value in self.answers.items() if isinstance(value, str | None)
        }
        received = self._received(uow)
        clean = {name: cleared(given.get(name, ""), who) for name in TEXTS}
        site_key = plain_name(clean["site"])
        number = next_number(uow, self.rulebook.city.numbers["complaint"], "complaint")
        accused = given.get("accused_unit") or None
        if accused:
            find_unit(uow, accused)
        return {
            "id": uow.new_id(), "business_key": number, "number": number, "channel": channel.key,
            "source_no": given.get("source_no") or None, "kind": given.get("kind") or "tip",
            "matter": given.get("matter") or "other", "place_kind": given.get("place_kind") or "unknown",
            "item_code": given.get("item_code", ""), "party_name": clean["party_name"],
            "party_code": given.get("party_code", ""), "party_key": plain_name(clean["party_name"]),
            "area": given.get("area", ""), "site": clean["site"], "site_key": site_key,
            "content": clean["content"], "object_id": _object_of(uow, given.get("party_code", ""), site_key),
            "accused_unit": accused, "is_confidential": self.answers.get("is_confidential") is True,
            "can_contact": bool(who.phone or who.address), "state": "registered", "received_at": received,
            "registered_at": uow.now, "registered_by": self.actor.login, "registered_unit": self.actor.unit,
            "reopen_count": 0, "is_late": False, "is_extended": False,
        }  # fmt: skip

    def _received(self, uow: UnitOfWork) -> datetime:
        """Return when it came; a day without an hour counts as its noon."""
        given = self.answers.get("received_at")
        found = datetime.fromisoformat(str(given)) if given else uow.now
        found = found if found.tzinfo else found.replace(tzinfo=self.rulebook.calendar.zone)
        if found > uow.now:
            message = "收到时间不能晚于现在"
            raise errors.FormInvalid(errors=[{"field": "received_at", "code": "too-late", "message": message}])
        is_day = local_time(found).time() == time()  # midnight would be the end of the day before
        return min(found + timedelta(hours=12), uow.now) if is_day else found

    def _start(self, uow: UnitOfWork, channel: Channel, row: Mapping[str, Any]) -> None:
        city, area = self.rulebook.city, str(row["area"])
        territory = "unknown" if not area else ("city" if area == city.area else "district")
        carried = ("number", "item_code", "party_name", "area", "site", "content", "place_kind", "can_contact")
        variables = {
            "complaint_id": str(row["id"]), "channel": channel.key, "channel_name": channel.title,
            "complaint_matter": row["matter"], "territory": territory, "has_item": bool(row["item_code"]),
            "received_at": row["received_at"].isoformat(), "policy_unit": city.policy_unit,
            "leader_unit": city.leader_unit, "dispatch_unit": _dispatcher(uow, self.rulebook, row["accused_unit"]),
            "title": f"投诉举报：{row['party_name']}", "unit": None, "suggested_unit": None, "is_designated": False,
            "is_outside": False, "accept_round": 0, "handling_round": 0, "reopen_count": 0, "decision": None,
            **{name: row[name] for name in carried},
        }  # fmt: skip
        trigger = StartTrigger(MESSAGE, "message", MESSAGE)
        StartProcess("complaint", row["number"], self.actor.login, variables, trigger=trigger).run(uow)


def _dispatcher(uow: UnitOfWork, rulebook: Rulebook, accused: str | None) -> str:
    """Return who routes: the policy section, or who stands above when the complaint is about it."""
    city = rulebook.city
    for unit in (city.policy_unit, city.leader_unit):
        if accused not in unit_chain(uow, unit):
            return unit
    return city.discipline_unit


def _object_of(uow: UnitOfWork, party_code: str, site_key: str) -> UUID | None:
    """Return the library's object a complaint is about: the party's place that is named, else the party itself."""
    found = objects_of_code(uow, party_code, local_day_of(uow.now)) if party_code else []
    here = [one for one in found if site_key and plain_name(one.site) == site_key]
    itself = [one for one in found if one.holder_id is None]
    chosen = here or itself
    return chosen[0].id if len(chosen) == 1 else None

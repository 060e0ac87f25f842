"""What happens every night: zones are learnt, certificates reminded of, records whose time is over deleted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import select

from engine.commands.start_process import StartProcess
from engine.handlers import ServiceJob
from engine.spiff.model import StartTrigger
from engine.store.tables import process_definition, process_instance
from workflows.alerts import zones
from workflows.alerts.devices import REVIEWS, lamp_of_reviews
from workflows.alerts.parameters import values_of, vocabulary
from workflows.alerts.signatures import forget_nonces
from workflows.notices import notify
from workflows.records.alerts import device_review, monitoring_device
from workflows.rulebook import Rulebook
from workflows.uow import ZONE, UnitOfWork, local_day_of
from workflows.working_days import ONE_DAY

PROCESS, MESSAGE = "alert_housekeeping", "alert_day_begins"
_HOUR = time(1)
_MONDAY = 0


@dataclass(frozen=True, slots=True)
class OpenHousekeeping:
    """Begin the nightly work of a city that has off-site supervision, once; tells whether it was begun."""

    rulebook: Rulebook
    actor: str

    def run(self, uow: UnitOfWork) -> bool:
        """Start the first day unless one is running."""
        deployed = uow.connection.scalar(select(process_definition.c.id).where(process_definition.c.key == PROCESS))
        running = select(process_instance.c.id).where(
            process_instance.c.definition_key == PROCESS, process_instance.c.status.in_(("active", "suspended"))
        )
        if not vocabulary(self.rulebook.city.folder).parameters or deployed is None:
            return False
        if uow.connection.execute(running).first() is not None:
            return False
        trigger = StartTrigger("day_begins", "message", MESSAGE)
        StartProcess(PROCESS, key_of(uow.now), self.actor, {}, trigger=trigger).run(uow)
        return True


def key_of(instant: datetime) -> str:
    """Return the number of a day's work."""
    return f"YJRC/{local_day_of(instant)}"


def learn_zones(uow: UnitOfWork, _job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Count the zones anew."""
    return {"zones": zones.learn(uow, rulebook.city.folder)}


def remind_reviews(uow: UnitOfWork, _job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Tell the units on Mondays which certificates run out or have run out."""
    today = local_day_of(uow.now)
    if today.weekday() != _MONDAY:
        return {"reminded": 0}
    warn = int(values_of(uow, rulebook.city.folder)["review_warn_days"])
    reviews = uow.connection.execute(select(device_review)).all()
    devices = uow.connection.execute(select(monitoring_device).where(monitoring_device.c.state == "active")).all()
    told = 0
    for device in devices:
        mine = [one for one in reviews if one.device_id == device.id]
        lamps = {name: lamp_of_reviews(mine, kind, today, warn) for kind, name in REVIEWS.items()}
        if due := [f"{name}{text}" for name, (lamp, text) in lamps.items() if lamp != "normal"]:
            groups = [f"{device.unit}/{role}" for role in ("section_head", "district_officer", "squad_head")]
            text = f"监控设备 {device.name}：{'，'.join(due)}；到期后的记录只作线索"
            told += notify(uow, groups, kind="review", text=text, business_key="")
    return {"reminded": told}


def end_day(uow: UnitOfWork, _job: ServiceJob, rulebook: Rulebook) -> Mapping[str, object]:
    """Forget old nonces and say when the next day begins."""
    window = values_of(uow, rulebook.city.folder)["window_seconds"]
    forget_nonces(uow, uow.now - timedelta(seconds=window * 2))
    following = datetime.combine(local_day_of(uow.now) + ONE_DAY, _HOUR, ZONE).astimezone(UTC)
    return {"next_day_at": following.isoformat(), "next_key": key_of(following)}

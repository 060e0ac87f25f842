"""The command ``xianjie simulate-alerts``: sends made-up alerts of the demo's devices through the webhook."""

import argparse
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select

from workflows.alerts.parameters import vocabulary
from workflows.alerts.simulator import Sender, reports
from workflows.bootstrap import Application
from workflows.desk.asking import Ask
from workflows.records.alerts import monitoring_device, webhook_key
from workflows.uow import UnitOfWork


def arguments(command: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    command.add_argument("--count", type=int, default=5, help="how many alerts, 5 without it")
    command.add_argument("--url", default="", help="the server, the own one without it")
    command.add_argument("--device", default="", help="code of one device, any without it")
    command.add_argument("--key", default="", help="key id; without it the newest key of the database is used")
    command.add_argument("--secret", default="", help="the key's secret")
    command.add_argument("--demo", action="store_true", help="use the database of the demo")
    command.add_argument("--clock", help="the shift of the server's clock: +3d, -2h")
    command.add_argument("--port", type=int)
    command.add_argument("--twice", action="store_true", help="send each alert twice: the second has no effect")


def simulate(app: Application, given: argparse.Namespace) -> Iterator[tuple[bool, str]]:
    """Send the alerts; yields whether each was taken, and what the server answered."""
    key, devices = app.engine.ask(Ask(lambda uow: _known(uow, given)))
    if not key or not devices:
        yield False, "没有可用的密钥或设备；请先登记设备并发放密钥，或给出 --key 和 --secret"
        return
    sender = Sender(given.url or f"http://{app.settings.host}:{app.settings.port}", key["id"], key["secret"])
    classes, now = list(vocabulary(app.settings.city_folder).classes), app.clock.now()
    for report in reports(devices, classes, given.count, now, secrets.token_hex(3)):
        for _ in range(2 if given.twice else 1):
            status, answer = sender.send(report, app.clock.now(), secrets.token_hex(16))
            said = answer.get("number") or answer.get("detail") or ""
            yield status < 400, f"{status} {said} {report['device']} {report['class']}"


def _known(uow: UnitOfWork, given: argparse.Namespace) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
    usable = (
        select(webhook_key).where(webhook_key.c.valid_until.is_(None)).order_by(webhook_key.c.device_id.is_not(None))
    )
    found = uow.connection.execute(usable.order_by(webhook_key.c.created_at.desc())).mappings().first()
    key: Mapping[str, Any] = {"id": given.key, "secret": given.secret} if given.key else dict(found or {})
    devices = select(monitoring_device).where(monitoring_device.c.state == "active")
    if given.device:
        devices = devices.where(monitoring_device.c.code == given.device)
    elif key.get("device_id"):
        devices = devices.where(monitoring_device.c.id == key["device_id"])
    elif key.get("vendor"):
        devices = devices.where(monitoring_device.c.vendor == key["vendor"])
    return key, [dict(row) for row in uow.connection.execute(devices.limit(100)).mappings()]

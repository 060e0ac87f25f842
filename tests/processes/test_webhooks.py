"""Other programs are told what happens in cases: with it, in order, signed, and never into our own network."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from engine.commands.complete_task import CompleteTask
from engine.commands.deploy import Deploy
from engine.commands.instances import CancelInstance, ResumeInstance, SuspendInstance
from engine.commands.start_process import StartProcess
from engine.process_engine import ProcessEngine
from engine.store.unit_of_work import UnitOfWork
from tests.engine.test_bulk import LINE
from tests.processes.receiver import Receiver, receiving
from tests.processes.rig import CityRig
from workflows import errors
from workflows.desk.webhooks import WebhookDesk
from workflows.webhooks import KINDS, Guard, Postman, TargetRefused, is_genuine, signature_of
from workflows.webhooks.guard import NotSent, networks_of
from workflows.webhooks.queue import MOST_ATTEMPTS, TakeLetters

HERE = Guard(networks_of("127.0.0.0/8"))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def desk_of(city: CityRig, guard: Guard = HERE) -> WebhookDesk:
    return WebhookDesk(city.app.engine, guard, city.app.subscriptions)


def started(city: CityRig, key: str) -> UUID:
    return city.app.engine.execute(StartProcess("line", key, "test")).instance_id


def complete(city: CityRig, element: str, key: str) -> None:
    task = next(one for one in city.tasks() if (one.element_id, one.business_key) == (element, key))
    city.app.engine.execute(CompleteTask(task.id, "test"))


def test_a_subscriber_is_told_in_order_signed_and_once_and_a_failure_waits_and_is_parked(
    city: CityRig, receiver: Receiver
) -> None:
    city.app.engine.execute(Deploy("test", (LINE,), "test"))
    admin, desk = city.actor("xt.admin"), desk_of(city)
    postman = Postman(city.app.engine, HERE)
    started(city, "before")
    subscription, secret = desk.subscribe(admin, "档案系统", receiver.url, list(KINDS))
    started(city, "L-1")
    complete(city, "draft", "L-1")
    complete(city, "check", "L-1")
    assert receiver.seen == []
    assert postman.work() == 6
    assert postman.work() == 0
    assert receiver.kinds("L-1") == [
        "case.started", "task.created", "task.completed", "task.created", "task.completed", "case.completed",
    ]  # fmt: skip
    assert receiver.kinds("before") == []
    assert set(receiver.bodies[0]) == {"id", "kind", "business_key", "process", "instance_id", "at", "actor"}
    headers, body = receiver.seen[0]
    now = int(city.clock.now().timestamp())
    assert is_genuine(secret, headers, body, now)
    assert not is_genuine(secret, headers, body + b" ", now)
    assert not is_genuine("other", headers, body, now)
    assert [is_genuine(secret, headers, body, now + late) for late in (300, 301, -300, -301)] == [
        True, False, True, False,
    ]  # fmt: skip
    assert headers["Idempotency-Key"] == receiver.bodies[0]["id"]

    receiver.seen.clear()
    receiver.status = 302
    other = started(city, "L-2")
    city.app.engine.execute(SuspendInstance(other, "xt.admin", "核查"))
    started(city, "L-3")
    assert postman.work() == 0
    assert len(receiver.seen) == 1
    assert "302" in str(desk.deliveries(admin, "waiting")[-1].last_error)
    for _ in range(2 * MOST_ATTEMPTS + 1):  # two cases take turns: one failure is enough for a round
        city.clock.advance(timedelta(hours=6))
        postman.work()
    parked = desk.deliveries(admin, "parked")
    assert [(one.business_key, one.kind) for one in parked] == [("L-3", "case.started"), ("L-2", "case.started")]
    ids = {body["id"] for body in receiver.bodies if body["business_key"] == "L-2"}
    assert len(ids) == 1
    receiver.seen.clear()
    receiver.status = 200
    city.clock.advance(timedelta(days=1))
    assert postman.work() == 0
    for one in parked:
        desk.settle(admin, one.id, is_dropped=one.business_key == "L-3")
    with pytest.raises(errors.RecordClosed):
        desk.settle(admin, parked[0].id, is_dropped=True)
    postman.work()
    assert receiver.kinds("L-2") == ["case.started", "task.created", "case.suspended"]
    assert receiver.kinds("L-3") == ["task.created"]
    receiver.seen.clear()
    city.app.engine.execute(ResumeInstance(other, "xt.admin", "查清"))
    city.app.engine.execute(CancelInstance(other, "xt.admin", "重复"))
    desk.change(admin, subscription, is_active=False)
    assert postman.work() == 0
    started(city, "L-4")
    desk.change(admin, subscription, is_active=True, kinds=["case.started"])
    postman.work()
    assert (receiver.kinds("L-2"), receiver.kinds("L-4")) == (["case.resumed", "task.cancelled", "case.cancelled"], [])
    started(city, "L-5")
    assert desk.change(admin, subscription, renews_secret=True) not in (None, secret)
    postman.work()
    assert receiver.kinds("L-5") == ["case.started"]


class Fails:
    """Start a case, and fail afterwards."""

    def run(self, uow: UnitOfWork) -> None:
        StartProcess("line", "never", "test").run(uow)
        raise errors.RecordClosed


def test_what_did_not_happen_is_not_told_and_what_nobody_wants_costs_nothing(city: CityRig, receiver: Receiver) -> None:
    engine: ProcessEngine = city.app.engine
    engine.execute(Deploy("test", (LINE,), "test"))
    desk, admin = desk_of(city), city.actor("xt.admin")
    desk.subscribe(admin, "一", receiver.url, ["case.started"])
    with pytest.raises(errors.RecordClosed):
        engine.execute(Fails())
    started(city, "L-1")
    [letter] = engine.execute(TakeLetters())
    assert letter.body["business_key"] == "L-1"
    assert engine.execute(TakeLetters()) == ()
    city.clock.advance(timedelta(minutes=2))
    [again] = engine.execute(TakeLetters())
    assert (again.id, again.attempt, again.fence > letter.fence) == (letter.id, 2, True)


def test_an_inner_address_is_refused_unless_its_network_is_listed(city: CityRig) -> None:
    answers = {
        "inner": ["10.0.0.5"], "mixed": ["93.184.216.34", "127.0.0.1"], "meta": ["169.254.169.254"],
        "mapped": ["::ffff:192.168.1.1"], "six": ["fd00::1"], "zero": ["0.0.0.0"], "shared": ["100.64.0.1"],
        "good": ["93.184.216.34"],
    }  # fmt: skip
    guard = Guard(resolve=lambda host, _port: answers[host])
    for host in ("inner", "mixed", "meta", "mapped", "six", "zero", "shared"):
        with pytest.raises(TargetRefused):
            guard.address_of("https", host, 443)
    assert guard.address_of("https", "good", 443) == "93.184.216.34"
    with pytest.raises(TargetRefused):
        guard.address_of("http", "good", 80)
    listed = replace(guard, allowed=networks_of("10.0.0.0/8, fd00::/8"))
    assert (listed.address_of("http", "inner", 80), listed.address_of("https", "six", 443)) == ("10.0.0.5", "fd00::1")
    for url in ("ftp://good/", "https://u:p@good/", "good", "https://", "https://good/#x", "https://good/ x",
                "https://good:99999/"):  # fmt: skip
        with pytest.raises(TargetRefused):
            guard.checked(url)
    with pytest.raises(NotSent):
        Guard().address_of("https", "a" * 70 + ".example", 443)
    with pytest.raises(NotSent):
        guard.post("https://good/", b"x" * 64_001, {})
    admin, desk = city.actor("xt.admin"), desk_of(city, guard)
    for name, url, kinds, field in (
        ("x", "https://inner/", ["case.started"], "url"), (" ", "https://good/", ["case.started"], "name"),
        ("x", "https://good/", ["case.eaten"], "kinds"), ("x", "https://good/", [], "kinds"),
    ):  # fmt: skip
        with pytest.raises(errors.FormInvalid) as caught:
            desk.subscribe(admin, name, url, kinds)
        assert [one["field"] for one in caught.value.facts["errors"]] == [field]  # type: ignore[attr-defined]
    made, _ = desk.subscribe(admin, "x", "https://good/", ["case.started"])
    with pytest.raises(errors.FormInvalid):
        desk.subscribe(admin, "x", "https://good/", ["case.started"])
    assert [(one.id, one.is_active) for one in desk.all(admin)] == [(made, True)]
    with pytest.raises(errors.NotAllowed):
        desk.all(city.actor("zc.fagui"))


def test_the_signature_is_what_the_manual_says() -> None:
    expected = "153f8bb64f3a5cc7459e3e479f9275f8b72b758d022d03955b92e45bd7f9e306"
    assert signature_of("secret", 1700000000, "id-1", b'{"a":1}') == f"v1={expected}"

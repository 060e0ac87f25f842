"""Messages leave the platform as one digest, not in quiet hours unless urgent, at least once and with a key."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.processes.rig import CityRig, china
from workflows import errors
from workflows.desk.asking import Do
from workflows.notices import notify
from workflows.notifications.channels import NoticesInvalid, read_channels
from workflows.notifications.notifier import ATTEMPTS, Notifier
from workflows.notifications.wishes import Wishes
from workflows.records.lists import notice_delivery

MAIL = {"mail": "demo@example.gov.cn", "phone": "13800000000", "quiet_from": "18:00", "quiet_until": "08:30"}


class Fake:
    """A way out that remembers, or fails."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str, str]] = []
        self.is_broken = False

    def send(self, address: str, subject: str, text: str, key: str) -> None:
        if self.is_broken:
            raise OSError("no line")
        self.sent.append((address, subject, text, key))


def tell(city: CityRig, text: str, kind: str = "task") -> None:
    city.app.engine.execute(Do(lambda uow: notify(uow, ["ks.jsgc"], kind=kind, text=text, business_key="SG2026-00001")))


def test_a_digest_waits_a_little_keeps_quiet_and_lets_the_urgent_pass(city_at: Callable[[str], CityRig]) -> None:
    city, mail, sms = city_at("2026-03-06T16:00:00"), Fake(), Fake()
    notifier, who = Notifier(city.app.engine, city.app.rulebook, {"mail": mail, "sms": sms}), city.actor("ks.jsgc")
    tell(city, "此前的消息")
    city.clock.advance(timedelta(minutes=1))
    with pytest.raises(errors.FormInvalid):
        city.app.desk.lists.notices.keep(who, {**MAIL, "mail": "nowhere"}, ["mail"])
    city.app.desk.lists.notices.keep(who, MAIL, ["mail", "sms"])
    for n in range(10):
        tell(city, f"演示相对人 {n} 的新任务")
    assert notifier.work() == 0
    city.clock.advance(timedelta(minutes=15))
    assert notifier.work() == 2
    ((address, subject, text, _key),) = mail.sent
    assert (address, subject) == ("demo@example.gov.cn", "衔接平台：10 条新消息")
    assert text.count("演示相对人") == 10
    assert "此前" not in text
    assert sms.sent[0][2] == "您有 10 条新消息，案件 SG2026-00001，请登录平台查看。"
    assert notifier.work() == 0
    city.clock.set(china("2026-03-06T17:59:00"))
    tell(city, "晚间的任务")
    city.clock.set(china("2026-03-06T18:20:00"))
    tell(city, "超期", kind="red")
    assert notifier.work() == 2
    assert "超期" in mail.sent[1][2]
    assert "晚间" not in mail.sent[1][2]
    city.clock.set(china("2026-03-09T08:29:59"))
    assert notifier.work() == 0
    city.clock.set(china("2026-03-09T08:30:00"))
    assert notifier.work() == 2
    assert "晚间的任务" in mail.sent[2][2]
    assert len({sent[3] for sent in mail.sent}) == 3


def test_a_failure_is_tried_again_with_the_same_key_and_shown_at_last(city: CityRig) -> None:
    mail, who = Fake(), city.actor("ks.jsgc")
    notifier = Notifier(city.app.engine, city.app.rulebook, {"mail": mail})
    city.app.desk.lists.notices.keep(who, MAIL, ["mail"])
    tell(city, "演示", kind="red")
    mail.is_broken = True
    for _ in range(ATTEMPTS):
        assert notifier.work() == 0
        city.clock.advance(timedelta(hours=9))
    (failed,) = city.rows(notice_delivery)
    assert (failed["state"], failed["attempts"], failed["last_error"]) == ("failed", ATTEMPTS, "OSError: no line")
    assert notifier.work() == 0
    admin = city.actor("xt.admin")
    assert [row["id"] for row in city.app.desk.lists.notices.sent(admin, everybody=True)] == [failed["id"]]
    with pytest.raises(errors.NotAllowed):
        city.app.desk.lists.notices.again(who, failed["id"])
    mail.is_broken = False
    city.app.desk.lists.notices.again(admin, failed["id"])
    assert notifier.work() == 1
    assert mail.sent[0][3] == failed["key"]


@pytest.mark.parametrize(
    ("at", "then"),
    [
        ("2026-03-06T08:29:59", "2026-03-06T08:30:00"), ("2026-03-06T08:30:00", "2026-03-06T08:30:00"),
        ("2026-03-06T17:59:59", "2026-03-06T17:59:59"), ("2026-03-06T18:00:00", "2026-03-09T08:30:00"),
        ("2026-03-07T10:00:00", "2026-03-09T08:30:00"), ("2026-02-14T10:00:00", "2026-02-14T10:00:00"),
        ("2026-02-16T10:00:00", "2026-02-24T08:30:00"),
    ],
)  # fmt: skip
def test_quiet_hours_follow_the_working_calendar(city_rulebook: object, at: str, then: str) -> None:
    assert Wishes().next_time(china(at), city_rulebook.calendar) == china(then)  # type: ignore[attr-defined]


def test_days_off_and_nights_may_be_wanted(city_rulebook: object) -> None:
    calendar, night = city_rulebook.calendar, replace(Wishes(), quiet_from="22:00", quiet_until="22:00", days_off=True)  # type: ignore[attr-defined]
    assert night.next_time(china("2026-03-07T23:00:00"), calendar) == china("2026-03-07T23:00:00")
    assert replace(Wishes(), days_off=True).next_time(china("2026-03-07T19:00:00"), calendar) == china(
        "2026-03-08T08:30:00"
    )


def test_a_wrong_file_of_ways_out_says_why(tmp_path: object) -> None:
    path = tmp_path / "notices.toml"  # type: ignore[operator]
    path.write_text('[sms]\nkind = "http"\nurl = "http://elsewhere.example"\nbody = {}\n', encoding="utf-8")
    with pytest.raises(NoticesInvalid, match="https"):
        read_channels(str(path))
    path.write_text(f'[mail]\nkind = "file"\npath = "{path}.out"\n', encoding="utf-8")
    read_channels(str(path))["mail"].send("a", "b", "演示", "k")
    assert "演示" in path.with_suffix(".toml.out").read_text(encoding="utf-8")
    assert read_channels("") == {}

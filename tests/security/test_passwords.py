"""Which passwords are taken."""

import pytest

from tests.processes.rig import CityRig
from workflows import errors
from workflows.accounts.passwords import HISTORY, fault_of, hashed

GOOD = (
    "Yun-He7zhen",
    "shan2He#ting",
    "correct horse battery staple",
    "山水林田湖草沙一体化保护和系统治理",
    "x" * 40 + "YZ-9ab",
)


@pytest.mark.parametrize("password", GOOD)
def test_good_passwords_are_taken(password: str) -> None:
    assert fault_of(password, login="zr.st", name="演示·侯", earlier=()) == ""


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("Sh0rt-pw9", "10 至 200 位"),
        ("A1-" * 67, "10 至 200 位"),
        ("Password2026", "过于常见"),
        ("P@ssw0rd!!123", "过于常见"),
        ("Qwertyuiop-1", "过于常见"),
        ("Admin@123456", "过于常见"),
        ("1234567890", "过于常见"),
        ("9876543210", "过于常见"),
        ("aaaaaaaaaaaaaaaa", "过于常见"),
        ("Zr.St-2026-xuanbu", "登录名"),
        ("onlysmallletter", "三类"),
        ("ONLY12345LARGE", "三类"),
    ],
)
def test_others_are_refused_and_say_why(password: str, why: str) -> None:
    assert why in fault_of(password, login="zr.st", name="演示·侯", earlier=())


def test_no_earlier_password_is_taken_again() -> None:
    assert "最近" in fault_of(GOOD[0], login="a", name="", earlier=[hashed(GOOD[1]), hashed(GOOD[0])])


def test_the_last_five_are_remembered_and_the_sixth_may_come_back(city: CityRig) -> None:
    identity, who = city.app.identity, city.actor("zr.st")
    row = [f"Yun-He7zhen-{number}" for number in range(HISTORY + 1)]
    for old, new in zip(["demo-2026", *row], row, strict=False):
        city.later(seconds=1)
        identity.change_password(who, old, new)
    with pytest.raises(errors.FormInvalid, match="最近"):
        identity.change_password(who, row[-1], row[1])
    identity.change_password(who, row[-1], row[0])
    with pytest.raises(errors.FormInvalid, match="原密码"):
        identity.change_password(who, row[-1], "Quan-Xin88xu")

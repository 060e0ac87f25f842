"""The files of finished cases stay readable after they are archived, and go only when their term is over."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from engine.commands.instances import CancelInstance
from engine.ids import new_id
from tests.processes.rig import CITY, CityRig, china
from workflows import errors, records
from workflows.audit.checking import check_everything
from workflows.audit.exporting import Export
from workflows.audit.keys import AuditKey
from workflows.audit.sealing import Sealer
from workflows.audit.verifying import verify
from workflows.desk.engine_bulk import EngineBulk
from workflows.desk.engine_records import EngineRecords
from workflows.records.audit import audit_event
from workflows.retention import Archivist, RetentionInvalid, RetentionRule, RetentionRules
from workflows.uow import local_day_of

assert records
TEN = RetentionRules(
    [RetentionRule("*", 1, date(2020, 1, 1), 365, None, "default", "—"),
     RetentionRule("approval_handoff", 1, date(2020, 1, 1), 30, 10, "practice", "test schedule"),
     RetentionRule("urban_copy", 1, date(2020, 1, 1), 365, 10, "practice", "test schedule")]
)  # fmt: skip


def test_a_case_file_is_read_after_its_archiving_and_its_case_deleted_after_its_term(city: CityRig) -> None:
    key = city.submit().business_key
    city.run()
    admin, engine = city.actor("xt.admin"), city.app.engine
    before = city.app.desk.cases.view(admin, key)
    archivist = Archivist(engine, TEN)
    assert (before.letters != (), archivist.work()) == (True, 0)
    copy = city.app.desk.cases.view(admin, f"{key}-CS")
    for case in (before, copy):
        engine.execute(CancelInstance(case.instance_id, "xt.admin", "重复登记"))
    view = city.app.desk.cases.view(admin, key)
    assert [clock.is_open for clock in view.clocks] == [False] * len(view.clocks)
    city.run()
    city.clock.advance(timedelta(days=29))
    assert archivist.work() == 0
    city.clock.advance(timedelta(days=2))
    assert archivist.work() == 1
    after = city.app.desk.cases.view(admin, key)
    assert (after.letters, after.duties, after.tokens, after.approval) == (
        view.letters, view.duties, view.tokens, view.approval,
    )  # fmt: skip
    assert len(after.timeline) >= len(view.timeline)
    bulk, kept = EngineBulk(engine, TEN), EngineRecords(engine, TEN)

    def delete(name: str) -> str | None:
        return bulk.act(admin, "delete", [before.instance_id], "期满销毁", name).items[0].code

    assert delete("too early") == "kept-longer"
    hold = kept.place_hold(admin, "行政诉讼", business_key=key)
    city.clock.advance(china("2036-12-31T23:59:59") - city.clock.now())
    assert (delete("held"), kept.deletable(admin)) == ("case-held", ())
    kept.lift_hold(admin, hold, "诉讼终结")
    assert (delete("the last day of ten years"), kept.deletable(admin)) == ("kept-longer", ())
    city.clock.advance(timedelta(seconds=1))
    assert {one.business_key for one in kept.deletable(admin)} == {key, copy.business_key}
    kept_by = bulk.act(admin, "delete", [before.instance_id], "期满销毁", "over").items[0]
    assert kept_by.code == "still-referred"
    assert all(name in str(kept_by.message) for name in ("copy.approval_id", "credit_entry", "inspection_object"))
    done = bulk.act(admin, "delete", [copy.instance_id], "期满销毁", "the copy").items[0]
    assert (done.code, done.before, done.after, done.now) == (None, "cancelled", "deleted", "deleted")
    [line] = kept.tombstones(admin, copy.business_key)
    assert line.rule.startswith("urban_copy 第 1 版：10 年")
    assert {"copy", "history_event", "notification", "process_instance"} <= line.counts.keys()
    with pytest.raises(errors.CaseNotFound):
        city.app.desk.cases.view(admin, copy.business_key)
    [gone] = city.rows(audit_event, kind="case-deleted")
    assert gone["object"] == copy.business_key
    sealer = Sealer(engine, AuditKey(b"\1" * 32))
    sealer.seal()
    assert sealer.sign() == 1
    assert verify(Export(engine).lines(), sealer.public).roots == 1
    with engine.database.reading() as connection:
        assert check_everything(connection).broken is None
    again = bulk.act(admin, "delete", [before.instance_id], "期满销毁", "without the copy").items[0]
    assert "copy.approval_id" not in str(again.message)
    with engine.database.reading() as connection:
        for name in line.counts:
            table = records.approval.metadata.tables[name]
            if "instance_id" in table.c:
                mine = select(func.count()).select_from(table).where(table.c.instance_id == copy.instance_id)
                assert connection.scalar(mine) == 0, name


def test_only_administrators_hold_and_overseers_look(city: CityRig) -> None:
    kept, clerk, watcher = EngineRecords(city.app.engine, TEN), city.actor("sp.jianshe"), city.actor("zc.fagui")
    assert [rule.process for rule in kept.rules_in_force(watcher)] == ["*", "approval_handoff", "urban_copy"]
    for call in (kept.rules_in_force, kept.deletable, kept.tombstones, kept.holds):
        with pytest.raises(errors.NotAllowed):
            call(clerk)
    for actor in (clerk, watcher):
        with pytest.raises(errors.NotAllowed):
            kept.place_hold(actor, "x", definition_key="approval_handoff")
        with pytest.raises(errors.NotAllowed):
            kept.lift_hold(actor, new_id(city.clock.now()), "x")
    admin = city.actor("xt.admin")
    with pytest.raises(errors.FormInvalid):
        kept.place_hold(admin, " ", definition_key="approval_handoff")
    with pytest.raises(errors.FormInvalid):
        kept.lift_hold(admin, new_id(city.clock.now()), "")


def test_a_new_version_of_a_rule_holds_from_its_day() -> None:
    older = RetentionRule("p", 1, date(2020, 1, 1), 30, 10, "practice", "old")
    newer = RetentionRule("p", 2, date(2027, 1, 1), 30, None, "practice", "new")
    rules = RetentionRules([newer, older])
    assert (rules.in_force(date(2026, 12, 31))["p"], rules.in_force(date(2027, 1, 1))["p"]) == (older, newer)
    last = china("2026-12-31T23:59:59")
    assert local_day_of(rules.terms(last)["p"].before or last) == date(2015, 12, 31)
    assert rules.terms(last + timedelta(seconds=1))["p"].before is None
    with pytest.raises(RetentionInvalid):
        RetentionRules([older, older])


@pytest.mark.parametrize(
    ("old", "new"),
    [('keep = "permanent"', 'keep = "0"'), ('confidence = "default"', 'confidence = "sure"'),
     ("archive_after_days = 365", "archive_after_days = 0"), ("version = 1\n", ""),
     ("version = 1\n", "version = 1\nx = 1\n")],
)  # fmt: skip
def test_a_file_with_a_mistake_is_refused(tmp_path: Path, old: str, new: str) -> None:
    text = (CITY / "retention.toml").read_text(encoding="utf-8")
    assert old in text
    assert RetentionRules.load(tmp_path).all == ()
    (tmp_path / "retention.toml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(RetentionInvalid):
        RetentionRules.load(tmp_path)


def test_the_city_deletes_nothing_until_its_disposal_schedule_is_entered() -> None:
    [rule] = RetentionRules.load(CITY).all
    assert (rule.process, rule.years, rule.confidence) == ("*", None, "default")

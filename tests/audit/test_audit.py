"""The audit: one record per change, chains, signed roots, and every kind of tampering found offline."""

import gzip
import json
from collections.abc import Callable
from datetime import timedelta
from functools import partialmethod
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import delete, func, insert, select, update

from engine.commands.deploy import Deploy
from engine.commands.history import Cause, write_history
from engine.origin import Origin, coming_from
from engine.store.tables import history_event, metadata
from tests.engine.test_deploy import STUCK
from tests.processes.rig import CityRig
from workflows import cli, errors
from workflows.audit.checking import Break, Checked, check_everything, check_from
from workflows.audit.exporting import Export
from workflows.audit.kinds import KIND_OF, OFFICER, WATCHED
from workflows.audit.sealing import SealRecords
from workflows.audit.verifying import Broken, verify
from workflows.audit.words import COLUMNS, KINDS, TABLES
from workflows.desk.asking import Do
from workflows.records.approvals import hard_block
from workflows.records.audit import audit_chain, audit_event, audit_root
from workflows.records.offices import officer
from workflows.uow import UnitOfWork


def stored(rig: CityRig) -> Checked:
    with rig.app.engine.database.reading() as connection:
        return check_everything(connection)


def events(rig: CityRig) -> list[dict[str, object]]:
    return sorted(rig.rows(audit_event), key=lambda row: row["id"])


def test_everything_is_sealed_signed_and_verifies_offline(rig: CityRig, export: list[bytes]) -> None:
    assert rig.rows(history_event, seq=None) == [] == rig.rows(audit_event, seq=None)
    found = verify(export, rig.app.sealer.public)
    assert found.records == len(rig.rows(history_event)) + len(rig.rows(audit_event)) > 5
    assert (found.roots, found.chains) == (2, len(rig.rows(audit_chain)))
    assert [row["number"] for row in rig.rows(audit_root)] == [1, 2]


def test_sign_in_and_tokens_leave_one_record_each_without_their_secrets(rig: CityRig) -> None:
    [signed_in], [token] = ([row for row in events(rig) if row["kind"] == kind] for kind in ("sign-in", "token-issued"))
    assert (signed_in["actor"], signed_in["chain"]) == ("sp.jianshe", "office:access")
    assert token["chain"] == "office:rights"
    assert "password" not in json.dumps([signed_in["detail"], token["detail"]]).replace("password-changed", "")


def test_a_change_of_rights_tells_who_when_and_what_was_before(rig: CityRig) -> None:
    who = officer.c.login == "sp.jianshe"
    change = Do(lambda uow: uow.connection.execute(update(officer).where(who).values(roles=["leader"], phone="x")))
    try:
        with coming_from(Origin("xt.admin", "r-1")):
            rig.app.engine.execute(change)
        last = events(rig)[-1]
        assert (last["kind"], last["actor"], last["request_id"]) == ("rights-changed", "xt.admin", "r-1")
        [row] = last["detail"]["rows"]  # type: ignore[index]
        assert row["before"]["roles"] == ["approval_clerk"]
        assert row["after"] == {"roles": ["leader"]}
        assert row["hidden"] == ["phone"]
    finally:
        back = {"roles": ["approval_clerk"]}
        rig.app.engine.execute(Do(lambda uow: uow.connection.execute(update(officer).where(who).values(**back))))


def test_what_is_watched_exists_and_every_kind_has_its_words() -> None:
    for table, columns in WATCHED.items():
        assert columns <= set(metadata.tables[table].c.keys()), table
        assert {(table, "insert"), (table, "update")} & KIND_OF.keys(), table
        assert columns <= COLUMNS.keys(), columns - COLUMNS.keys()
    assert TABLES.keys() == WATCHED.keys()
    assert {kind for _, kind in KIND_OF.values()} | {kind for _, kind in OFFICER} <= KINDS.keys()


def test_a_process_accepted_although_it_is_unsound_is_a_record_with_the_reason(rig: CityRig) -> None:
    rig.app.engine.execute(Deploy("test", (STUCK,), "xt.admin", accept_unsound="only for training"))
    last = events(rig)[-1]
    assert (last["kind"], last["actor"]) == ("deployed-anyway", "xt.admin")
    [row] = last["detail"]["rows"]  # type: ignore[index]
    assert row["after"]["accepted_because"] == "only for training"


def test_that_somebody_is_still_there_is_no_record_and_signing_out_is(rig: CityRig) -> None:
    secret = rig.app.identity.sign_in("sp.jianshe", "demo-2026", "10.0.0.1", "browser").secret
    before = len(events(rig))
    rig.clock.advance(timedelta(minutes=2))
    rig.app.identity.actor_of(secret)
    assert len(events(rig)) == before
    rig.app.identity.sign_out(secret)
    assert [row["kind"] for row in events(rig)[before:]] == ["session-ended"]
    with pytest.raises(errors.SignInFailed):
        rig.app.identity.sign_in("sp.jianshe", "wrong", "10.0.0.1", "browser")
    assert events(rig)[-1]["kind"] == "sign-in-failed"


def test_a_step_that_sets_a_block_is_recorded_with_its_case_and_beside_it(rig: CityRig) -> None:
    """What is watched has its own record even where the step is a line of a case."""
    row = {"id": UUID(int=1), "transfer_id": UUID(int=2), "project_no": "BJ-1", "project_name": "x", "reason": "y",
           "clause": "z", "set_at": rig.clock.now(), "set_by": "ks.jsgc"}  # fmt: skip
    task = rig.tasks()[0]

    def step(uow: UnitOfWork) -> None:
        uow.connection.execute(insert(hard_block), row)
        cause = Cause("ks.jsgc", "triggered", task.element_id)
        write_history(uow, task.instance_id, [cause])

    rig.app.engine.execute(Do(step))
    assert (events(rig)[-1]["kind"], events(rig)[-1]["object"]) == ("block-set", "BJ-1")
    assert events(rig)[-1]["detail"]["rows"][0]["after"]["set_by"] == "ks.jsgc"  # type: ignore[index]


def test_a_beat_seals_only_some_batches_of_many_records(rig: CityRig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.app.sealer.seal()
    for number in range(12):
        rig.app.identity.issue_token("sp.jianshe", f"beat {number}")
    monkeypatch.setattr(SealRecords, "run", partialmethod(_one_record, SealRecords.run))
    rig.app.sealer.work()
    assert len(rig.rows(audit_event, seq=None)) == 2
    rig.app.sealer.seal()
    assert rig.rows(audit_event, seq=None) == []


def _one_record(_command: SealRecords, run: Callable[[SealRecords, UnitOfWork], int], uow: UnitOfWork) -> int:
    return run(SealRecords(limit=1), uow)


def test_a_refused_change_leaves_neither_the_change_nor_a_record(rig: CityRig) -> None:
    before = len(events(rig))

    def refuse(uow: object) -> None:
        uow.connection.execute(update(officer).values(name="x"))  # type: ignore[attr-defined]
        raise LookupError

    with pytest.raises(LookupError):
        rig.app.engine.execute(Do(refuse))
    assert len(events(rig)) == before


def test_a_step_of_a_case_has_its_history_and_no_second_record(rig: CityRig) -> None:
    before = len(events(rig))
    rig.submit(XK_WSH="建字第370402202600002号", XK_XKBH="建字第370402202600002号", project_no="BJ-2")
    assert len(events(rig)) == before


def test_the_command_line_verifies_a_packed_export_and_names_what_is_broken(
    rig: CityRig, export: list[bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, bad = tmp_path / "audit.jsonl.gz", tmp_path / "bad.jsonl"
    whole.write_bytes(gzip.compress(b"".join(export)))
    assert cli.run(lambda *_: None, ["verify-audit", str(whole), "--key", rig.app.sealer.public]) == 0
    assert "2 signed roots" in capsys.readouterr().out
    assert cli.run(lambda *_: None, ["verify-audit", str(whole), "--key", "00"]) == 1
    bad.write_bytes(b"".join(line.replace(b"sp.jianshe", b"sp.nobody!") for line in export))
    assert cli.run(lambda *_: None, ["verify-audit", str(bad)]) == 1
    told = capsys.readouterr().out
    assert "BROKEN line" in told
    assert "was changed" in told
    whole.write_bytes(whole.read_bytes()[:-200])
    assert cli.run(lambda *_: None, ["verify-audit", str(whole)]) == 1


def test_an_older_export_without_the_newest_root_is_found_by_the_root_kept_outside(
    rig: CityRig, export: list[bytes]
) -> None:
    folder = rig.app.sealer.anchor
    assert folder is not None
    outside = [path.read_bytes().strip() for path in sorted(folder.glob("root-*.json"))]
    assert len(outside) == 2
    verify(export, outside=outside)
    with pytest.raises(Broken, match="kept outside"):
        verify(export, outside=[outside[1].replace(b'"number":2', b'"number":3')])


def test_what_the_owner_of_the_database_edits_after_sealing_is_found(rig: CityRig) -> None:
    record = next(row for row in rig.rows(history_event) if row["seq"] == 1)
    mine = history_event.c.id == record["id"]
    with rig.app.engine.database.pool.begin() as connection:
        connection.execute(update(history_event).where(mine).values(actor="somebody-else"))
    with pytest.raises(Broken, match="was changed"):
        verify(Export(rig.app.engine).lines())
    name = f"case:{record['instance_id']}"
    assert stored(rig).broken == Break(name, 1, str(record["id"]), record["at"])
    with rig.app.engine.database.pool.begin() as connection:
        connection.execute(delete(history_event).where(mine))
    with pytest.raises(Broken, match=r"removed|counts"):
        verify(Export(rig.app.engine).lines())
    assert stored(rig).broken == Break(name, 1, why="missing")
    with rig.app.engine.database.pool.begin() as connection:
        connection.execute(insert(history_event), record)
        assert connection.scalar(select(func.count()).select_from(history_event).where(mine)) == 1
    verify(Export(rig.app.engine).lines())
    assert stored(rig).broken is None


def test_the_database_is_reckoned_in_parts_and_a_lost_chain_or_root_is_found(rig: CityRig) -> None:
    rig.app.sealer.seal()
    whole = stored(rig)
    assert (whole.broken, whole.next) == (None, "")
    assert whole.records == len(rig.rows(history_event)) + len(rig.rows(audit_event))
    assert whole.chains == len(rig.rows(audit_chain))
    place, records, parts = "", 0, 0
    while True:
        with rig.app.engine.database.reading() as connection:
            part = check_from(connection, place, 1)
        place, records, parts = part.next, records + part.records, parts + 1
        if not place:
            break
    assert (records, parts > 2) == (whole.records, True)
    chain = next(row for row in rig.rows(audit_chain) if row["rooted"])
    mine = audit_chain.c.chain == chain["chain"]
    with rig.app.engine.database.pool.begin() as connection:
        connection.execute(delete(audit_chain).where(mine))
    assert stored(rig).broken == Break(chain["chain"], 1, why="missing")
    with rig.app.engine.database.pool.begin() as connection:
        connection.execute(insert(audit_chain), chain)
        connection.execute(update(audit_root).where(audit_root.c.number == 1).values(records=999))
    found = stored(rig).broken
    assert found is not None
    assert (found.chain, found.seq) == ("root", 1)

"""An administrator deploys a form: new cases are asked by it, old ones are not, and no upgrade takes it back."""

import threading
from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from sqlalchemy import event, func, select

from engine import ids
from engine.commands.migrate_instance import MigrateInstance
from engine.errors import DefinitionInvalid
from engine.queries.definitions import ListDefinitions
from engine.spiff.model import Resource
from engine.store.tables import deployment
from tests.processes.rig import CityRig
from tests.processes.steps import CITY, CLAIM, permit
from workflows import deploy_cli, shipped
from workflows.bootstrap import build, deploy_diagrams
from workflows.errors import FormInvalid
from workflows.settings import Settings

pytestmark = pytest.mark.clause("none/engine-administration")
ADMIN, PROCESS, FORM = "xt.admin", "approval_handoff", "approval_handoff/claim_duty.form"
EXTRA = {"type": "textfield", "key": "contact", "label": "现场联系人", "validate": {"required": True}}


def ours(name: str = FORM) -> bytes:
    """Return a file as the program brings it."""
    return next(file.content for file in shipped.diagrams() if file.name == name)


def longer(name: str = FORM, **more: Any) -> bytes:
    """Return a form with one more question."""
    data = orjson.loads(ours(name))
    data["components"].append({**EXTRA, **more})
    return orjson.dumps(data)


def relabelled(name: str, label: str, *leaves_out: str) -> bytes:
    """Return a form whose first question has another label, without some questions."""
    data = orjson.loads(ours(name))
    next(one for one in data["components"] if one.get("key"))["label"] = label
    data["components"] = [one for one in data["components"] if one.get("key") not in leaves_out]
    return orjson.dumps(data)


def deploy(city: CityRig, *files: tuple[str, bytes], key: str = "1") -> Mapping[str, Any]:
    done, _ = city.app.desk.engine.deployments.deploy_once(city.actor(ADMIN), "本市表单", files, "", key)
    return done


def claim_of(city: CityRig, project: str, number: str) -> Any:
    """Take a permit in and return the task that comes of it."""
    paper = f"建字第37040220260000{number}号"
    case = permit(city, project_no=project, XK_WSH=paper, XK_XKBH=paper).business_key
    mine = city.actor(CITY).groups
    return next(
        task for task in city.tasks("claim_duty")
        if task.business_key == case and not mine.isdisjoint(task.candidate_groups)
    )  # fmt: skip


def asked(city: CityRig, task: Any) -> list[str]:
    return [field.key for field in city.app.desk.tasks.view(city.actor(CITY), task.id).fields if field.key]


def test_of_several_deployed_at_one_instant_the_last_counts(city: CityRig, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        monkeypatch.setattr(ids, "_last", [0, 0])  # as if each were deployed by another program
        deploy(city, (FORM, longer(label=f"第 {number} 个问题")), key=str(number))
        [stands] = city.app.engine.ask(shipped.ReadStandings(shipped.diagrams()))
        assert (stands.is_own, stands.by, stands.hash) == (
            True,
            ADMIN,
            Resource(FORM, longer(label=f"第 {number} 个问题")).hash,
        )
    deploy(city, (FORM, ours()), key="back")
    assert city.app.engine.ask(shipped.ReadStandings(shipped.diagrams())) == ()


def test_a_deployed_form_asks_new_cases_and_leaves_old_ones_alone(city: CityRig) -> None:
    desk, actor = city.app.desk, city.actor(CITY)
    old, moved = claim_of(city, "BJ-OLD", "11"), claim_of(city, "BJ-MOVED", "12")
    done = deploy(city, (FORM, longer()))
    assert [one["key"] for one in done["definitions"] if one["is_new"]] == [PROCESS]
    new = claim_of(city, "BJ-NEW", "13")
    assert "contact" not in asked(city, old)
    assert "contact" in asked(city, new)
    with pytest.raises(FormInvalid) as refused:
        desk.tasks.complete(actor, new.id, CLAIM)
    assert [one["field"] for one in refused.value.facts["errors"]] == ["contact"]  # type: ignore[attr-defined]
    desk.tasks.complete(actor, new.id, {**CLAIM, "contact": "演示·周某"})
    desk.tasks.complete(actor, old.id, CLAIM)
    city.app.engine.execute(MigrateInstance(moved.instance_id, 2, ADMIN, "改用新表单"))
    assert "contact" in asked(city, moved)
    _answered_as_it_was_asked(city, old, new, moved)


def _answered_as_it_was_asked(city: CityRig, old: Any, new: Any, moved: Any) -> None:
    desk, actor = city.app.desk, city.actor(CITY)
    fields = desk.tasks.view(actor, new.id).fields
    assert [field.value for field in fields if field.key == "contact"] == ["演示·周某"]
    assert "contact" not in asked(city, old)
    follow = next(task for task in city.tasks("plan_supervision") if task.instance_id == new.instance_id)
    opinions = desk.tasks.view(actor, follow.id).opinions
    assert ("现场联系人", "演示·周某") in [answer for one in opinions for answer in one.answers]
    then = desk.as_of.case(actor, moved.business_key, city.clock.now()).forms["claim_duty"]
    assert then is not None
    assert "contact" in [key for key, _, _ in then.questions]


def test_forms_beside_tasks_follow_the_latest_version_and_what_is_left_out_counts_as_open(city: CityRig) -> None:
    desk, actor, key, name = city.app.desk, city.actor(CITY), ("case_transfer", "start"), "case_transfer/start.form"
    optional = next(one.key for one in city.app.forms.get(*key).questions if not one.is_required)
    assert "线索从哪里来" not in [field.label for field in desk.transfers.fields(actor)]
    deploy(city, (name, relabelled(name, "线索从哪里来", optional)))
    assert "线索从哪里来" in [field.label for field in desk.transfers.fields(actor)]
    assert optional not in [field.key for field in desk.transfers.fields(actor)]
    assert city.app.forms.get(*key).silent == (optional,)
    other = build(Settings(database=city.app.engine.database.url, secret="s" * 40), clock=city.clock)
    assert "线索从哪里来" in [one.label for one in other.forms.get(*key).questions]  # another program, at once
    other.close()
    with pytest.raises(DefinitionInvalid) as refused:
        deploy(city, (name, longer(name)), key="2")
    assert [one["rule"] for one in refused.value.facts["findings"]] == ["form-question-unkept"]  # type: ignore[attr-defined]


def test_reading_a_form_costs_a_page_one_statement_and_a_completion_none(city: CityRig) -> None:
    deploy(city, (FORM, longer()))
    task = claim_of(city, "BJ-NEW", "14")
    sent: list[str] = []
    asked(city, task)
    event.listen(city.app.engine.database.pool, "before_cursor_execute", lambda *given: sent.append(given[2]))
    asked(city, task)
    city.app.desk.tasks.check(city.actor(CITY), task.id, {**CLAIM, "contact": "演示·周某"})
    assert not [one for one in sent if "FROM resource" in one]
    city.app.forms.get("case_transfer", "start")
    sent.clear()
    city.app.forms.get("case_transfer", "start")
    assert len(sent) == 1


def test_the_city_s_changes_stay_until_somebody_says_that_they_go(
    city: CityRig, capsys: pytest.CaptureFixture[str]
) -> None:
    engine, table = city.app.engine, "handoff_routing.dmn"
    assert deploy_diagrams(engine).left == ()
    changed = ours(table).replace(b"<rule id=", b"<!-- ours --><rule id=", 1)
    deploy(city, (FORM, longer()), (f"{PROCESS}.bpmn", ours(f"{PROCESS}.bpmn")), (table, changed))
    first = engine.ask(ListDefinitions(PROCESS, 1))[0]
    done = deploy_diagrams(engine)
    assert sorted(one.name for one in done.left) == [FORM, table]
    assert {(one.by, one.process_key, one.is_own) for one in done.left} == {(ADMIN, PROCESS, True)}
    assert not any(one.is_new for one in done.deployed.definitions)
    deploy_cli.tell(done)
    told = capsys.readouterr().out
    assert f"left: {FORM} was changed by {ADMIN}" in told
    assert f"xianjie deploy --replace {PROCESS}" in told
    again = deploy_diagrams(engine, but=[table])
    assert [one.name for one in again.left] == [FORM]
    assert {one.key for one in again.deployed.definitions if one.is_new} >= {PROCESS}
    assert deploy_diagrams(engine, replaces_all=True).left == ()
    assert deploy_diagrams(engine).left == ()  # it is the program's own again
    assert engine.ask(ListDefinitions(PROCESS, 1))[0].version == first.version + 2


def test_a_newer_file_of_the_program_comes_in_beside_one_the_city_changed(city: CityRig) -> None:
    deploy(city, (FORM, longer()))
    newer = Resource("approval_handoff/arbitrate.form", longer("approval_handoff/arbitrate.form", key="more"))
    files = tuple(newer if file.name == newer.name else file for file in shipped.diagrams())
    done = city.app.engine.execute(shipped.DeployShipped(files, "system"))
    assert [one.name for one in done.left] == [FORM]
    details = city.app.desk.engine.definitions.show(city.actor(ADMIN), PROCESS, 3)
    hashes = {one.file: one.hash for one in details.forms}
    assert (hashes[newer.name], hashes[FORM]) == (newer.hash, Resource(FORM, longer()).hash)
    older = city.app.engine.ask(shipped.ReadStandings(shipped.diagrams()))
    assert {one.name: one.is_own for one in older} == {FORM: True, newer.name: False}


def test_what_does_not_fit_beside_the_city_s_files_names_them(city: CityRig) -> None:
    deploy(city, (FORM, longer()))
    broken = tuple(
        Resource(file.name, b"{") if file.name == "approval_handoff/arbitrate.form" else file
        for file in shipped.diagrams()
    )
    with pytest.raises(DefinitionInvalid) as refused:
        city.app.engine.execute(shipped.DeployShipped(broken, "system"))
    found = refused.value.facts["findings"]
    assert [one["rule"] for one in found] == ["form-unreadable", "changed-by-city"]  # type: ignore[attr-defined]


def test_two_nodes_that_deploy_at_once_make_one_version(city: CityRig) -> None:
    deploy(city, (FORM, longer()))
    url, settings = city.app.engine.database.url, {"secret": "s" * 40}
    nodes = [build(Settings(database=url, **settings), clock=city.clock) for _ in range(2)]
    gate, failures = threading.Barrier(2, timeout=30), []

    def run(node: Any) -> None:
        try:
            gate.wait()
            deploy_diagrams(node.engine, replaces_all=True)
        except Exception as exc:  # noqa: BLE001 - the test looks at it
            failures.append(exc)

    before, deployed = versions(city), deployments(city)
    threads = [threading.Thread(target=run, args=(node,)) for node in nodes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert deployments(city) == deployed + 1
    after = versions(city)
    assert {key: number for key, number in after.items() if number != before[key]} == {PROCESS: before[PROCESS] + 1}
    for node in nodes:
        node.close()


def deployments(city: CityRig) -> int:
    with city.app.engine.database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(deployment)) or 0


def versions(city: CityRig) -> dict[str, int]:
    """Return the latest version of each process, of which there must be one."""
    lines = [one for one in city.app.engine.ask(ListDefinitions()) if one.is_latest]
    found = {one.key: one.version for one in lines}
    assert len(found) == len(lines)
    return found

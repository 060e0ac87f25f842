"""A form is deployed as a diagram is: it makes a new version, and each case keeps the forms of its own."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from engine import errors
from engine.commands.check_deployment import CheckDeployment
from engine.commands.deploy import Deploy
from engine.commands.migrate_instance import MigrateInstance
from engine.queries.definitions import ReadDefinition
from engine.spiff.model import Resource
from engine.store.tables import deployment_resource, user_task
from engine.store.unit_of_work import Registry
from engine.testing import EngineRig
from tests.engine.diagrams import chain, diagram, end, flow, start, user

ASKS = diagram(
    "asks", start() + user("a", 'camunda:formKey="a"') + user("b", 'camunda:formKey="b"') + end()
    + chain("start", "a", "b", "end"),
)  # fmt: skip
CALLS = diagram(
    "calls", start() + '<callActivity id="call" calledElement="asks"/>' + end() + chain("start", "call", "end")
)


def form(name: str, label: str, key: str = "x") -> Resource:
    parts = [{"type": "textfield", "key": key, "label": label}]
    return Resource(name, json.dumps({"id": name.rpartition("/")[2], "components": parts}).encode())


A1, A2, B1 = form("asks/a.form", "first"), form("asks/a.form", "second"), form("asks/b.form", "other")


def held(rig: EngineRig, case: str) -> dict[str, str | None]:
    """Return the hash of the form of each task of a case."""
    with rig.database.reading() as connection:
        rows = connection.execute(select(user_task).where(user_task.c.business_key == case))
        return {row.element_id: row.form_hash for row in rows}


def versions(done: Any) -> dict[str, tuple[int, bool]]:
    return {one.key: (one.version, one.is_new) for one in done.definitions}


def test_a_form_makes_a_new_version_that_only_new_and_migrated_cases_follow(rig: EngineRig) -> None:
    rig.deploy(ASKS, A1, B1)
    old, moved = rig.start("asks", "old"), rig.start("asks", "moved")
    assert versions(rig.deploy(A1)) == {"asks": (1, False)}
    assert versions(rig.deploy(A2)) == {"asks": (2, True)}
    rig.start("asks", "new")
    assert (old.version, held(rig, "old"), held(rig, "new")) == (1, {"a": A1.hash}, {"a": A2.hash})
    rig.complete("a")  # the oldest: of the old case
    rig.engine.execute(MigrateInstance(moved.instance_id, 2, "administrator", "new form"))
    rig.engine.execute(MigrateInstance(old.instance_id, 2, "administrator", "new form"))
    assert held(rig, "moved") == {"a": A2.hash}
    assert held(rig, "old") == {"a": A1.hash, "b": B1.hash}  # what was answered shows what was asked
    found = rig.engine.ask(ReadDefinition("asks", 2))
    assert [(file.name, found.since[file.name]) for file in found.forms] == [("asks/a.form", 2), ("asks/b.form", 1)]
    assert [file.name for file in found.files] == ["asks.bpmn"]
    assert versions(rig.deploy(A1)) == {"asks": (3, True)}  # back again


def test_a_diagram_deployed_by_itself_keeps_the_forms_it_had(rig: EngineRig) -> None:
    rig.deploy(ASKS, A1, B1)
    changed = Resource(ASKS.name, ASKS.content.replace(b'name="b"', b'name="c"'))
    assert versions(rig.deploy(changed)) == {"asks": (2, True)}
    rig.start("asks", "new")
    assert held(rig, "new") == {"a": A1.hash}


def test_processes_that_call_the_one_with_the_form_get_it_too(rig: EngineRig) -> None:
    rig.deploy(ASKS, A1, B1)
    rig.deploy(CALLS)
    check = rig.engine.ask(CheckDeployment((A2,)))
    assert {one.key: (one.version, one.is_new) for one in check.definitions} == {"asks": (2, True), "calls": (2, True)}
    assert versions(rig.deploy(A2)) == {"asks": (2, True), "calls": (2, True)}
    rig.start("calls", "new")
    assert held(rig, "new") == {"a": A2.hash}


def test_a_form_without_a_folder_goes_to_the_one_process_that_asks_for_it(rig: EngineRig) -> None:
    rig.deploy(ASKS, form("a.form", "first"), form("b.form", "other"))
    rig.start("asks", "old")
    assert held(rig, "old") == {"a": form("a.form", "first").hash}
    assert versions(rig.deploy(form("a.form", "second"))) == {"asks": (2, True)}
    other = Resource("more.bpmn", ASKS.content.replace(b'id="asks"', b'id="more"'))
    rig.deploy(other, form("more/a.form", "first"), form("more/b.form", "other"))
    for bad, rule in ((form("a.form", "third"), "form-owner-unclear"), (form("z.form", "x"), "form-owner-unclear"),
                      (form("nowhere/a.form", "x"), "form-process-missing")):  # fmt: skip
        check = rig.engine.ask(CheckDeployment((bad,)))
        assert check.is_refused
        assert [(one["file"], one["rule"]) for one in check.findings] == [(bad.name, rule)]
        with pytest.raises(errors.DefinitionInvalid):
            rig.deploy(bad)


def test_forms_that_only_earlier_deployments_had_are_taken_over(rig: EngineRig) -> None:
    rig.deploy(ASKS, A1, B1)
    with rig.database.writing() as connection:  # as a program left it that took its forms from elsewhere
        connection.execute(
            deployment_resource.update().where(deployment_resource.c.name == A1.name).values(name="a.form")
        )
        connection.exec_driver_sql("UPDATE process_definition SET resources = '[]', bundle_hash = ''")
        connection.commit()
    assert versions(rig.deploy(ASKS)) == {"asks": (2, True)}
    rig.start("asks", "new")
    assert held(rig, "new") == {"a": A1.hash}


def test_what_is_said_against_a_form_is_a_finding_and_an_error_stops_it(make_rig: Callable[..., EngineRig]) -> None:
    rig = make_rig()
    said = {"file": "asks/a.form", "element": "x", "rule": "r", "message": "m", "remedy": "do"}
    rig.engine.registry = Registry(
        {}, (), check_form=lambda file: [{**said, "level": "error" if b"second" in file.content else "warning"}]
    )
    assert [one["level"] for one in rig.deploy(ASKS, A1, B1).warnings] == ["warning"] * 2
    check = rig.engine.ask(CheckDeployment((A2,)))
    assert (check.is_refused, [one["level"] for one in check.findings]) == (True, ["error"])
    with pytest.raises(errors.DefinitionInvalid) as caught:
        rig.deploy(A2)
    assert caught.value.facts["findings"] == [{**said, "level": "error"}]
    assert rig.deploy(A1).warnings == ()  # what is deployed already is not looked at again


def test_a_reason_for_an_unsound_diagram_is_not_asked_for_again_when_only_a_form_changes(rig: EngineRig) -> None:
    stuck = diagram(
        "asks",
        start() + '<exclusiveGateway id="x" default="x__b"/>' + user("a", 'camunda:formKey="a"') + user("b")
        + '<parallelGateway id="j"/>' + end()
        + flow("start", "x") + flow("x", "a", "n > 1") + flow("x", "b") + chain("a", "j", "end") + chain("b", "j"),
    )  # fmt: skip
    rig.engine.execute(Deploy("test", (stuck, A1), "tester", accept_unsound="only for training"))
    assert rig.engine.ask(CheckDeployment((A2,))).findings == ()
    assert versions(rig.deploy(A2)) == {"asks": (2, True)}


TABLE = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="t" name="t" namespace="t">'
    '<decision id="rule" name="rule"><decisionTable hitPolicy="UNIQUE"><input id="i"><inputExpression typeRef="number">'
    '<text>n</text></inputExpression></input><output id="o" name="result" typeRef="string"/>'
    '<rule id="r1"><inputEntry id="e"><text>-</text></inputEntry><outputEntry id="f"><text>"{}"</text></outputEntry>'
    "</rule></decisionTable></decision></definitions>"
)


def test_a_table_deployed_by_itself_makes_a_new_version_of_what_decides_by_it(rig: EngineRig) -> None:
    decides = diagram(
        "decides", start() + '<businessRuleTask id="x" camunda:decisionRef="rule" camunda:resultVariable="r"/>'
        + user("a") + end() + chain("start", "x", "a", "end"),
    )  # fmt: skip
    rig.deploy(decides, Resource("rule.dmn", TABLE.format("old").encode()), ASKS, A1, B1)
    assert versions(rig.deploy(Resource("rule.dmn", TABLE.format("new").encode()))) == {"decides": (2, True)}
    rig.start("decides", "new", n=1)
    assert [task.variables["r"] for task in rig.open_tasks()] in (["new"], [{"result": "new"}])
    changed = Resource(decides.name, decides.content.replace(b'name="a"', b'name="b"'))
    assert versions(rig.deploy(changed)) == {"decides": (3, True)}  # by the table it had


def test_a_form_bound_to_the_latest_version_is_a_warning_and_one_bound_to_a_number_is_refused(rig: EngineRig) -> None:
    def bound(how: str) -> Resource:
        attributes = f'camunda:formRef="a" camunda:formRefBinding="{how}"'
        return diagram("asks", start() + user("a", attributes) + end() + chain("start", "a", "end"))

    assert rig.deploy(bound("deployment"), A1).warnings == ()
    assert [one["rule"] for one in rig.deploy(bound("latest")).warnings] == ["form-binding"]
    with pytest.raises(errors.DefinitionInvalid) as caught:
        rig.deploy(bound("version"))
    findings: Any = caught.value.facts["findings"]
    assert [(one["element"], one["rule"]) for one in findings] == [("a", "feature-unsupported")]

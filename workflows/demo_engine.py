"""Something for the demo's administrator: a process in two versions, failed jobs of one cause, a request to confirm."""

from uuid import UUID

import orjson
from sqlalchemy import select, update

from engine.commands.deploy import Deploy
from engine.commands.jobs import open_incident
from engine.commands.start_process import StartProcess
from engine.spiff.model import Resource
from engine.store.tables import job
from workflows.bootstrap import Application
from workflows.desk.asking import Ask, Do
from workflows.directory import find_actor
from workflows.policy import Actor
from workflows.records.offices import officer
from workflows.shipped import shipped_of
from workflows.uow import UnitOfWork

KEY, MANY, FAULT = "demo_interface", 3, "演示：对方接口没有应答（503）"
OWN_FORM = "urban_patrol/patrol_site.form"
_DIAGRAM = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="demo" targetNamespace="demo"
 xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"
 xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:camunda="http://camunda.org/schema/1.0/bpmn">
<process id="demo_interface" name="演示接口对接" isExecutable="true"><startEvent id="begin" name="收到数据"/>
<serviceTask id="{step}" name="{name}" camunda:type="external" camunda:topic="demo.interface"/>
<endEvent id="end" name="已送达"/><sequenceFlow id="f1" sourceRef="begin" targetRef="{step}"/>
<sequenceFlow id="f2" sourceRef="{step}" targetRef="end"/></process>
<bpmndi:BPMNDiagram><bpmndi:BPMNPlane bpmnElement="demo_interface">
<bpmndi:BPMNShape bpmnElement="begin"><dc:Bounds x="100" y="102" width="36" height="36"/></bpmndi:BPMNShape>
<bpmndi:BPMNShape bpmnElement="{step}"><dc:Bounds x="200" y="80" width="120" height="80"/></bpmndi:BPMNShape>
<bpmndi:BPMNShape bpmnElement="end"><dc:Bounds x="384" y="102" width="36" height="36"/></bpmndi:BPMNShape>
<bpmndi:BPMNEdge bpmnElement="f1"><di:waypoint x="136" y="120"/><di:waypoint x="200" y="120"/></bpmndi:BPMNEdge>
<bpmndi:BPMNEdge bpmnElement="f2"><di:waypoint x="320" y="120"/><di:waypoint x="384" y="120"/></bpmndi:BPMNEdge>
</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></definitions>"""


def fill_engine(app: Application) -> None:
    """Start cases, let their interface fail, deploy a new version, and ask a second person to skip one job."""
    engine, keeper = app.engine, app.engine.ask(Ask(_administrator))
    if keeper is None:
        return
    engine.execute(_deployed("send", "送到对方接口"))
    for number in range(1, MANY + 1):
        engine.execute(StartProcess(KEY, f"YS-JK-{number:03}", keeper.login, {"note": "演示数据"}))
    failed = engine.execute(Do(_fail))
    engine.execute(_deployed("send_again", "送到对方新接口"))
    app.desk.engine.deployments.deploy_once(keeper, "演示：本市巡查表单", [(OWN_FORM, _own_form())], "", "demo-form")
    app.desk.engine.jobs.act(keeper, failed, "skip", "演示：对方接口停用，已线下送达")


def _own_form() -> bytes:
    """Return a form of the program with a question that the demo's city adds."""
    data = orjson.loads(shipped_of("urban_patrol")[OWN_FORM])
    data["components"].append({"type": "textfield", "id": "field_weather", "key": "weather", "label": "演示：当日天气"})
    return orjson.dumps(data, option=orjson.OPT_INDENT_2)


def _deployed(step: str, name: str) -> Deploy:
    content = _DIAGRAM.replace("{step}", step).replace("{name}", name).encode()
    return Deploy("演示接口对接", (Resource(f"{KEY}.bpmn", content),), "demo")


def _fail(uow: UnitOfWork) -> UUID:
    rows = uow.connection.execute(select(job).where(job.c.topic == "demo.interface").order_by(job.c.id)).all()
    for row in rows:
        uow.connection.execute(update(job).where(job.c.id == row.id).values(status="failed", last_error=FAULT))
        open_incident(uow, row, FAULT)
    return UUID(str(rows[0].id))


def _administrator(uow: UnitOfWork) -> Actor | None:
    logins = uow.connection.scalars(select(officer.c.login).where(officer.c.is_demo).order_by(officer.c.login)).all()
    people = (find_actor(uow, login) for login in logins)
    return next((one for one in people if one is not None and one.has("administrator")), None)

"""Deployed processes: versions, one version readable, two versions beside each other, and a new one deployed."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import AppError
from web.auth import actor
from web.diagrams import Note, Tone, changed_elements, describe_text, differences, render_svg
from web.pages.letters import as_file
from web.people import people_of
from web.platform import platform
from web.problems import mistakes_of
from web.whole import whole
from workflows import errors
from workflows.engine_admin.access import may_keep
from workflows.engine_admin.definitions import Comparison
from workflows.engine_admin.deployments import Draft
from workflows.engine_admin.file_changes import file_changes
from workflows.shipped import NAME as SHIPPED

CLAUSES = ("none/engine-administration",)
pages = Blueprint("engine_definitions", __name__)
HEAT: tuple[Tone, ...] = ("heat-0", "heat-1", "heat-2", "heat-3")
TITLES = {SHIPPED: "随程序发布", "package": "流程包"}  # deployments that programs make
CHANGES = {"added": "新增", "removed": "删除", "changed": "修改"}


@pages.get("/engine/definitions")
def overview() -> ResponseReturnValue:
    """Show all processes with their versions."""
    desk = platform().desk.engine.definitions
    rows, standings = desk.processes(actor()), desk.standings(actor())
    people = people_of([line for one in rows for line in one.versions], "deployed_by")
    return render_template(
        "engine/definitions.html",
        rows=rows,
        known=desk.known_findings,
        standings=standings,
        people=people,
        titles=TITLES,
    )


@pages.get("/engine/definitions/<key>/<int:version>")
def show(key: str, version: int) -> ResponseReturnValue:
    """Show one version: its diagram, tables, forms, clauses and findings."""
    view = platform().desk.engine.definitions.show(actor(), key, version)
    svg = render_svg(view.diagram, process_id=key, notes=finding_notes(view.findings))
    steps = describe_text(view.diagram, process_id=key)
    people = people_of([view.line], "deployed_by")
    return render_template("engine/definition.html", view=view, svg=svg, steps=steps, people=people, titles=TITLES)


@pages.get("/engine/definitions/<key>/<int:version>/files/<path:name>")
def file(key: str, version: int, name: str) -> ResponseReturnValue:
    """Return one file of a version as it was deployed."""
    content = platform().desk.engine.definitions.file(actor(), key, version, name)
    if content is None:
        abort(404)
    return as_file(name.replace("/", "_"), content, "application/octet-stream")


@pages.get("/engine/definitions/<key>/<int:version>/forms/<path:name>")
def form(key: str, version: int, name: str) -> ResponseReturnValue:
    """Show a form of a version as those who answer it see it."""
    found = platform().desk.engine.definitions.form(actor(), key, version, name)
    if found is None:
        abort(404)
    back = url_for("engine_definitions.show", key=key, version=version) + "#forms"
    file_ = url_for("engine_definitions.file", key=key, version=version, name=name)
    return render_template("engine/form.html", form=found, back=back, back_text=f"{key} 第 {version} 版", file=file_)


@pages.get("/engine/definitions/<key>/compare")
def compare(key: str) -> ResponseReturnValue:
    """Show two versions beside each other with what differs marked and told."""
    old, new = (request.args.get(name, type=whole, default=0) for name in ("old", "new"))
    found = platform().desk.engine.definitions.compare(actor(), key, old, new)
    pictures = _pictures(found)
    return render_template(
        "engine/compare.html", view=found, old_svg=pictures[0], new_svg=pictures[1], words=CHANGES,
        changes=differences(found.old_diagram, found.new_diagram),
        files=file_changes(found.old_files, found.new_files),
    )  # fmt: skip


@pages.get("/engine/definitions/<key>/shipped")
def shipped(key: str) -> ResponseReturnValue:
    """Show the latest version beside what the program brings, and who changed which file."""
    desk = platform().desk.engine.definitions
    found, standings = desk.compare_shipped(actor(), key), desk.standings(actor()).get(key, ())
    pictures = _pictures(found)
    return render_template(
        "engine/compare.html", view=found, old_svg=pictures[0], new_svg=pictures[1], words=CHANGES,
        changes=differences(found.old_diagram, found.new_diagram), standings=standings,
        people=people_of(standings, "by"), files=file_changes(found.old_files, found.new_files),
    )  # fmt: skip


@pages.post("/engine/definitions/<key>/shipped")
def take_shipped(key: str) -> ResponseReturnValue:
    """Prepare the deployment of what the program brings; nothing is deployed yet."""
    found = platform().desk.engine.deployments.prepare_shipped(actor(), key)
    return redirect(url_for("engine_definitions.draft", request_id=found))


def _pictures(found: Comparison) -> tuple[str, str]:
    changes = changed_elements(found.old_diagram, found.new_diagram)
    gone = {key: change for key, change in changes.items() if change != "added"}
    come = {key: change for key, change in changes.items() if change != "removed"}
    return (
        render_svg(found.old_diagram, process_id=found.old.key, changes=gone),
        render_svg(found.new_diagram, process_id=found.old.key, changes=come),
    )


@pages.get("/engine/definitions/<key>/<int:version>/lateness")
def lateness(key: str, version: int) -> ResponseReturnValue:
    """Show on the diagram how long each step takes and how often it is late."""
    found = platform().desk.engine.definitions.lateness(actor(), key, version)
    notes = {one.element_id: Note(one.words, HEAT[one.heat]) for one in found.steps}
    svg = render_svg(found.diagram, process_id=key, notes=notes)
    return render_template("engine/lateness.html", view=found, svg=svg)


@pages.get("/engine/modeler")
def modeler() -> ResponseReturnValue:
    """Show the modeler with a deployed version, or empty to open a file."""
    may_keep(actor())
    key, version = request.args.get("key", ""), request.args.get("version", type=whole, default=0)
    name, address = "diagram.bpmn", ""
    if key:
        name = platform().desk.engine.definitions.show(actor(), key, version).line.main_resource
        address = url_for("engine_definitions.file", key=key, version=version, name=name)
    return render_template("engine/modeler.html", xml_url=address, filename=name)


@pages.get("/engine/deployments/new")
def new() -> ResponseReturnValue:
    """Show the form that takes files."""
    may_keep(actor())
    return _new()


@pages.post("/engine/deployments/new")
def prepare() -> ResponseReturnValue:
    """Keep the files and show what would happen."""
    files = [(file.filename, file.read()) for file in request.files.getlist("files") if file.filename]
    text = request.form.get("xml", "")
    if text:
        files.append((request.form.get("filename", ""), text.encode()))
    name, process = request.form.get("name", ""), request.form.get("process", "")
    try:
        found = platform().desk.engine.deployments.prepare(actor(), name, files, process)
    except errors.FormInvalid as exc:
        return _new(mistakes_of(exc)), 422
    return redirect(url_for("engine_definitions.draft", request_id=found))


def _new(mistakes: Sequence[Mapping[str, Any]] = ()) -> str:
    processes = platform().desk.engine.definitions.processes(actor())
    return render_template("engine/deploy.html", errors=mistakes, processes=processes)


@pages.get("/engine/deployments/<uuid:request_id>")
def draft(request_id: UUID) -> ResponseReturnValue:
    """Show what a prepared deployment would do, its findings drawn on the diagrams."""
    return _draft(platform().desk.engine.deployments.look(actor(), request_id))


@pages.get("/engine/deployments/<uuid:request_id>/forms/<path:name>")
def draft_form(request_id: UUID, name: str) -> ResponseReturnValue:
    """Show a form of a prepared deployment as those who answer it will see it."""
    desk = platform().desk.engine
    content = dict(desk.deployments.look(actor(), request_id).files).get(name)
    if content is None or not name.endswith(".form"):
        abort(404)
    back = url_for("engine_definitions.draft", request_id=request_id)
    found = desk.definitions.preview(actor(), name, content)
    return render_template("engine/form.html", form=found, back=back, back_text="部署检查", file="")


@pages.post("/engine/deployments/<uuid:request_id>")
def deploy(request_id: UUID) -> ResponseReturnValue:
    """Deploy, or throw the prepared files away."""
    desk = platform().desk.engine.deployments
    if request.form.get("act") == "withdraw":
        desk.withdraw(actor(), request_id)
        flash("已放弃，没有部署任何内容。")
        return redirect(url_for("engine_definitions.overview"))
    try:
        done = desk.deploy(actor(), request_id, request.form.get("reason", ""))
    except errors.FormInvalid as exc:
        return _draft(desk.look(actor(), request_id), mistakes_of(exc)), 422
    fresh = [f"{one.key} 第{one.version}版" for one in done.definitions if one.is_new]
    flash("已部署：" + "、".join(fresh) if fresh else "内容与现行版本相同，没有产生新版本。")
    return redirect(url_for("engine_definitions.draft", request_id=request_id))


def _draft(found: Draft, mistakes: Sequence[Mapping[str, Any]] = ()) -> str:
    pictures = [
        (name, render_svg(content, notes=finding_notes(found.check.findings, name)))
        for name, content in found.files
        if name.endswith(".bpmn") and is_readable(content)
    ]
    shown = {
        "forms": [name for name, _ in found.files if name.endswith(".form")], "pictures": pictures,
        "people": people_of([found.row], "asked_by"),
    }  # fmt: skip
    return render_template("engine/draft.html", draft=found, errors=mistakes, **shown)


def is_readable(content: bytes) -> bool:
    """Tell whether a diagram can be drawn at all."""
    try:
        render_svg(content)
    except AppError:
        return False
    return True


def finding_notes(findings: Sequence[Mapping[str, str]], file: str = "") -> dict[str, Note]:
    """Return the slips of numbered findings, and of the steps that lead to a dead end."""
    here = [(number, one) for number, one in enumerate(findings, 1) if not file or one.get("file") in ("", file)]
    notes: dict[str, Note] = {}
    for _, one in here:
        for step, element in enumerate(one.get("trace", "").split(), 1):
            notes.setdefault(element, Note(f"步 {step}", "trace"))
    about: dict[str, list[tuple[int, str]]] = {}
    for number, one in here:
        about.setdefault(one.get("element", ""), []).append((number, one["level"]))
    for element, numbers in about.items():
        is_error = any(level == "error" for _, level in numbers)
        words = "、".join(str(number) for number, _ in numbers)
        notes[element] = Note(f"{'错误' if is_error else '提示'} {words}", "error" if is_error else "warning")
    return notes

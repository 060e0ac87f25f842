"""Deployed processes, their versions and files, and deploying new ones with a dry run first."""

from collections.abc import Mapping
from typing import Any

from flask import Response, abort
from marshmallow import Schema, fields, validate

from web.api.caller import caller, desk
from web.api.preconditions import idempotency_key, replayed
from web.api.routes import IDEMPOTENCY_KEY, Routes
from web.api.shapes import Instant
from web.diagrams import differences
from workflows.engine_admin.file_changes import file_changes

routes = Routes("definitions", "Deployed processes")


class DefinitionVersionSchema(Schema):
    """One version of a process."""

    id = fields.UUID()
    key = fields.String()
    version = fields.Integer()
    name = fields.String()
    deployed_at = Instant()
    deployed_by = fields.String()
    deployment = fields.String()
    accepted_because = fields.String(allow_none=True)
    is_latest = fields.Boolean()
    open = fields.Integer(metadata={"description": "Cases that run under it"})
    total = fields.Integer()


class DefinitionFindingSchema(Schema):
    """What a rule or the soundness check says against a file; ``trace`` are the elements on the way there."""

    level = fields.String()
    file = fields.String()
    element = fields.String()
    rule = fields.String()
    message = fields.String()
    remedy = fields.String()
    trace = fields.Function(lambda one: str(one.get("trace", "")).split())


class DefinitionFormSchema(Schema):
    """A form of a version; new cases of the version are answered with it, running ones keep that of theirs."""

    file = fields.String(metadata={"description": "Process key and form key: ``key/form.form``"})
    hash = fields.String(metadata={"description": "SHA-256 of the file"})
    since = fields.Integer(
        allow_none=True, metadata={"description": "Version from which on it is the same; null: stored without effect"}
    )
    questions = fields.Function(
        lambda form: [
            {"key": key, "label": label, "type": kind, "required": needed}
            for key, label, kind, needed in form.questions
        ]
    )


class DefinitionStandingSchema(Schema):
    """A file that is deployed otherwise than the program brings it."""

    name = fields.String()
    process_key = fields.String()
    hash = fields.String(metadata={"description": "SHA-256 of what is deployed"})
    is_own = fields.Boolean(metadata={"description": "The city changed it; else the program has a newer one"})
    by = fields.String(metadata={"description": "Who changed it last"})
    at = Instant()


class DefinitionReadSchema(Schema):
    """One version with its elements, files, forms and findings."""

    line = fields.Nested(DefinitionVersionSchema)
    elements = fields.Dict()
    files = fields.List(fields.String())
    forms = fields.List(fields.Nested(DefinitionFormSchema))
    findings = fields.List(fields.Nested(DefinitionFindingSchema))


class DefinitionDetailSchema(Schema):
    """One part of an element that differs."""

    part = fields.String()
    old = fields.String()
    new = fields.String()


class DefinitionDifferenceSchema(Schema):
    """One element that differs."""

    element_id = fields.String()
    name = fields.String()
    kind = fields.String()
    change = fields.String()
    details = fields.List(fields.Nested(DefinitionDetailSchema))


class DefinitionFileChangeSchema(Schema):
    """One rule or question that differs; empty for nothing."""

    file = fields.String()
    place = fields.String()
    old = fields.String()
    new = fields.String()


class DefinitionComparisonSchema(Schema):
    """What differs between two versions."""

    diagram = fields.List(fields.Nested(DefinitionDifferenceSchema))
    files = fields.List(fields.Nested(DefinitionFileChangeSchema))


class DefinitionLatenessSchema(Schema):
    """One step: its clocks and how many of them are open or late."""

    element_id = fields.String()
    total = fields.Integer()
    open = fields.Integer()
    late = fields.Integer()
    share = fields.Float()
    median_days = fields.Float(allow_none=True, metadata={"description": "Of finished clocks, pauses left out"})


class DefinitionFileSchema(Schema):
    """One file as text."""

    name = fields.String(
        required=True, validate=validate.Length(1, 200),
        metadata={"description": "A form is named ``process_key/form_key.form``; a bare ``form_key.form`` goes to the "
                                 "only process that asks for it. It takes effect for cases begun or carried over to "
                                 "the new version"},
    )  # fmt: skip
    content = fields.String(required=True)


class DefinitionFilesSchema(Schema):
    """Files to check or to deploy; ``accept_unsound`` is the reason for deploying an unsound diagram."""

    name = fields.String(load_default="", validate=validate.Length(max=100))
    files = fields.List(fields.Nested(DefinitionFileSchema), required=True, validate=validate.Length(1, 40))
    accept_unsound = fields.String(load_default="", validate=validate.Length(max=500))


class DefinitionTakeSchema(Schema):
    """Take what the program brings; ``accept_unsound`` is the reason for deploying an unsound diagram."""

    accept_unsound = fields.String(load_default="", validate=validate.Length(max=500))


class DefinitionWouldSchema(Schema):
    """What would become of one process."""

    key = fields.String()
    name = fields.String()
    file = fields.String()
    version = fields.Integer()
    is_new = fields.Boolean()


class DefinitionCheckSchema(Schema):
    """The dry run of a deployment."""

    is_refused = fields.Boolean()
    is_unsound = fields.Boolean()
    changes_nothing = fields.Boolean()
    definitions = fields.List(fields.Nested(DefinitionWouldSchema))
    findings = fields.List(fields.Nested(DefinitionFindingSchema))


class DefinitionDeployedSchema(Schema):
    """What a deployment did."""

    deployment_id = fields.String(allow_none=True)
    definitions = fields.List(fields.Dict())
    warnings = fields.List(fields.Nested(DefinitionFindingSchema))


@routes.get("/engine/definitions", DefinitionVersionSchema, many=True)
def list_definitions() -> Any:
    """List all versions of all processes, the newest version of each first."""
    return [one for line in desk().engine.definitions.processes(caller()) for one in line.versions]


@routes.get("/engine/definitions/<key>/<int:version>", DefinitionReadSchema)
def read_definition(key: str, version: int) -> Any:
    """Return one version."""
    return desk().engine.definitions.show(caller(), key, version)


@routes.get("/engine/definitions/<key>/differences/<int:old>/<int:new>", DefinitionComparisonSchema)
def compare(key: str, old: int, new: int) -> Any:
    """Return what differs between two versions, element by element and rule by rule."""
    found = desk().engine.definitions.compare(caller(), key, old, new)
    changes = differences(found.old_diagram, found.new_diagram)
    return {"diagram": changes, "files": file_changes(found.old_files, found.new_files)}


@routes.get("/engine/shipped", DefinitionStandingSchema, many=True)
def list_standings() -> Any:
    """List the files that are deployed otherwise than the program brings them."""
    return [one for ones in desk().engine.definitions.standings(caller()).values() for one in ones]


@routes.get("/engine/definitions/<key>/shipped", DefinitionComparisonSchema)
def compare_shipped(key: str) -> Any:
    """Return what differs between the latest version and what the program brings."""
    found = desk().engine.definitions.compare_shipped(caller(), key)
    changes = differences(found.old_diagram, found.new_diagram)
    return {"diagram": changes, "files": file_changes(found.old_files, found.new_files)}


@routes.send(
    "POST",
    "/engine/definitions/<key>/shipped",
    body=DefinitionTakeSchema,
    gives=DefinitionDeployedSchema,
    status=201,
    headers=(IDEMPOTENCY_KEY,),
)
def take_shipped(body: Mapping[str, Any], key: str) -> tuple[Mapping[str, Any], int, dict[str, str]]:
    """Deploy what the program brings for a process in the place of the city's own files. The same key deploys once."""
    actor, once = caller(), idempotency_key()
    done, was_known = desk().engine.deployments.deploy_shipped(actor, key, body["accept_unsound"], once)
    return done, 201, replayed(was_known)


@routes.get("/engine/definitions/<key>/<int:version>/lateness", DefinitionLatenessSchema, many=True)
def read_lateness(key: str, version: int) -> Any:
    """Say how long each step takes and how often it is late, the most often late first."""
    return desk().engine.definitions.lateness(caller(), key, version).steps


@routes.file("/engine/definitions/<key>/<int:version>/files/<path:name>", {"file": "application/octet-stream"})
def read_file(key: str, version: int, name: str) -> Response:
    """Return one file as it was deployed."""
    content = desk().engine.definitions.file(caller(), key, version, name)
    if content is None:
        abort(404)
    return Response(content, mimetype="application/octet-stream")


@routes.send("POST", "/engine/deployments/check", body=DefinitionFilesSchema, gives=DefinitionCheckSchema)
def check(body: Mapping[str, Any]) -> Any:
    """Say what a deployment would do and what speaks against it; nothing is written."""
    return desk().engine.deployments.check(caller(), _files(body))


@routes.send(
    "POST",
    "/engine/deployments",
    body=DefinitionFilesSchema,
    gives=DefinitionDeployedSchema,
    status=201,
    headers=(IDEMPOTENCY_KEY,),
)
def deploy(body: Mapping[str, Any]) -> tuple[Mapping[str, Any], int, dict[str, str]]:
    """Deploy files; an unsound diagram needs ``accept_unsound``. The same key deploys once."""
    actor, key = caller(), idempotency_key()
    done, was_known = desk().engine.deployments.deploy_once(
        actor, body["name"], _files(body), body["accept_unsound"], key
    )
    return done, 201, replayed(was_known)


def _files(body: Mapping[str, Any]) -> list[tuple[str, bytes]]:
    return [(one["name"], one["content"].encode()) for one in body["files"]]

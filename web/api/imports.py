"""Imports: a file is previewed row by row, then taken in."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import url_for
from flask_smorest.fields import Upload  # type: ignore[import-untyped, unused-ignore]
from marshmallow import Schema, fields

from web.api.caller import caller, desk
from web.api.routes import Routes
from web.api.shapes import MessageSchema
from workflows.desk.intake import ImportView

routes = Routes("imports", "Files of decisions in an official layout")


class FileSchema(Schema):
    """The file: a workbook or CSV."""

    file = Upload(required=True)


class ImportRowSchema(Schema):
    """One row: its line, what became of it, and why."""

    line = fields.Integer()
    outcome = fields.String()
    messages = fields.List(fields.Nested(MessageSchema))
    content = fields.Dict(keys=fields.String(), values=fields.String())
    approval_id = fields.UUID(allow_none=True)


class ImportSchema(Schema):
    """An import with its rows."""

    id = fields.UUID()
    file_name = fields.String()
    layout = fields.String()
    status = fields.String(metadata={"description": "previewed or committed"})
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())
    rows = fields.List(fields.Nested(ImportRowSchema))


@routes.send("POST", "/imports", body=FileSchema, gives=ImportSchema, status=201, location="files")
def preview_import(files: Mapping[str, Any]) -> tuple[ImportView, int, dict[str, str]]:
    """Send a file; nothing is taken in until the import is committed."""
    actor, file = caller(), files["file"]
    batch_id = desk().intake.preview(actor, file.filename or "", file.read())
    return desk().intake.view(actor, batch_id), 201, {"Location": url_for(".read_import", batch_id=batch_id)}


@routes.get("/imports/<uuid:batch_id>", ImportSchema)
def read_import(batch_id: UUID) -> ImportView:
    """Read an import."""
    return desk().intake.view(caller(), batch_id)


@routes.send("POST", "/imports/<uuid:batch_id>:commit", gives=ImportSchema)
def commit_import(batch_id: UUID) -> ImportView:
    """Take every ready row in; may be repeated."""
    return desk().intake.take_in(caller(), batch_id)

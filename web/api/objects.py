"""The library of inspection objects: find, read, enter, change, rate, merge, and take a file in."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from flask import url_for
from flask_smorest.fields import Upload  # type: ignore[import-untyped, unused-ignore]
from marshmallow import Schema, fields, validate

from web.api.caller import caller, desk
from web.api.preconditions import etag, expected_version, idempotency_key, replayed
from web.api.routes import IDEMPOTENCY_KEY, IF_MATCH, Routes
from web.api.shapes import Instant
from web.paging import seal, unseal
from workflows.desk.libraries import Kept
from workflows.desk.object_views import ObjectView
from workflows.libraries.exchange import RowResult
from workflows.libraries.identity import KINDS
from workflows.libraries.ratings import CREDITS, RISKS
from workflows.libraries.search import PAGE, ObjectFilter

routes = Routes("objects", "The library of inspection objects")
Headers = dict[str, str]
_Answers = fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True), required=True)


def _one_of(choices: Mapping[str, str]) -> fields.String:
    return fields.String(load_default="", validate=validate.OneOf(["", *choices]))


class ObjectQuery(Schema):
    """What is looked for; nothing given finds everything the caller may see."""

    on = fields.Date(load_default=None, metadata={"description": "read the library as of this day"})
    q = fields.String(load_default="", validate=validate.Length(max=100))
    kind = _one_of(KINDS)
    area = fields.String(load_default="", validate=validate.Length(max=6))
    item = fields.String(load_default="", validate=validate.Length(max=40))
    unit = fields.String(load_default="", validate=validate.Length(max=40))
    credit = _one_of(CREDITS)
    risk = _one_of(RISKS)
    key = fields.Boolean(load_default=False)
    limit = fields.Integer(load_default=PAGE, validate=validate.Range(1, 200))
    after = fields.String(load_default="", validate=validate.Length(max=400))


class ObjectLineSchema(Schema):
    """One object of a list; the credit of a site is its holder's unless it has its own."""

    id = fields.UUID()
    kind = fields.String()
    name = fields.String()
    credit_code = fields.String(allow_none=True)
    holder_id = fields.UUID(allow_none=True)
    project_no = fields.String(allow_none=True)
    area = fields.String()
    site = fields.String()
    lon = fields.Float(allow_none=True)
    lat = fields.Float(allow_none=True)
    unit = fields.String()
    is_key = fields.Boolean()
    status = fields.String()
    valid_from = fields.Date()
    valid_to = fields.Date(allow_none=True)
    source = fields.String()
    version = fields.Integer()
    credit = fields.String(allow_none=True)
    risk = fields.String(allow_none=True)


class ObjectPageSchema(Schema):
    """A page of objects; ``total`` is counted to 10 000."""

    rows = fields.List(fields.Nested(ObjectLineSchema))
    total = fields.Integer()
    next = fields.String()


class RatingSchema(Schema):
    """One rating; earlier ones stay."""

    kind = fields.String()
    value = fields.String()
    source = fields.String()
    reason = fields.String()
    valid_from = fields.Date()
    changed_by = fields.String()
    changed_at = Instant()


class ObjectSchema(Schema):
    """An object with its items and every rating it ever had."""

    object = fields.Nested(ObjectLineSchema)
    items = fields.List(fields.String())
    credit = fields.String(allow_none=True)
    risk = fields.String(allow_none=True)
    ratings = fields.List(fields.Nested(RatingSchema))


class FormAnswersSchema(Schema):
    """The answers to a form."""

    answers = _Answers


class KeptSchema(Schema):
    """The id of what was entered."""

    id = fields.UUID()


class ObjectFileSchema(Schema):
    """The file: a workbook or CSV whose first row names the columns."""

    file = Upload(required=True)


class ObjectRowSchema(Schema):
    """What became of a line of the file."""

    line = fields.Integer()
    outcome = fields.String(metadata={"description": "entered, changed, unchanged or refused"})
    name = fields.String()
    message = fields.String()


class ObjectsImportedSchema(Schema):
    """What became of each line."""

    rows = fields.List(fields.Nested(ObjectRowSchema))


@routes.get("/objects", ObjectPageSchema, query=ObjectQuery)
def list_objects(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """List the objects the caller may see, the newest first, a page at a time."""
    day: date = query["on"] or desk().libraries.today()
    wanted = replace(ObjectFilter(day), **{**query, "on": day, "after": unseal(query["after"])})
    page = desk().libraries.page(caller(), wanted)
    return {"rows": page.rows, "total": page.total, "next": seal(page.next)}


@routes.get("/objects/<uuid:object_id>", ObjectSchema)
def read_object(object_id: UUID) -> Mapping[str, Any]:
    """Read an object; for one that was merged, the one it was merged into."""
    return _shape(desk().libraries.view(caller(), object_id))


def _shape(view: ObjectView) -> dict[str, Any]:
    rating = {"credit": view.rating.credit, "risk": view.rating.risk}
    return {"object": {**view.row, **rating}, "items": view.items, "ratings": view.ratings, **rating}


@routes.send(
    "POST", "/objects", body=FormAnswersSchema, gives=KeptSchema, status=201, headers=(IDEMPOTENCY_KEY,)
)  # fmt: skip
def enter_object(body: Mapping[str, Any]) -> tuple[Kept, int, Headers]:
    """Enter an object by the answers to the form, or bring the same one up to date."""
    done = desk().libraries.enter(caller(), body["answers"], key=idempotency_key())
    return done, 201, {"Location": url_for(".read_object", object_id=done.id), **replayed(done.was_known)}


@routes.send("PUT", "/objects/<uuid:object_id>", body=FormAnswersSchema, gives=ObjectSchema, headers=(IF_MATCH,))
def change_object(body: Mapping[str, Any], object_id: UUID) -> tuple[Mapping[str, Any], int, Headers]:
    """Change an object by the answers to the form; If-Match is its version."""
    desk().libraries.edit(caller(), object_id, body["answers"], expected_version())
    view = desk().libraries.view(caller(), object_id)
    return _shape(view), 200, etag(view.row["version"])


@routes.send(
    "POST", "/objects/<uuid:object_id>/ratings", body=FormAnswersSchema, gives=KeptSchema, status=201,
    headers=(IDEMPOTENCY_KEY,),
)  # fmt: skip
def rate_object(body: Mapping[str, Any], object_id: UUID) -> tuple[Kept, int, Headers]:
    """Rate an object; the earlier ratings stay."""
    done = desk().libraries.rate(caller(), object_id, body["answers"], key=idempotency_key())
    return done, 201, replayed(done.was_known)


@routes.send("POST", "/objects/<uuid:object_id>:merge", body=FormAnswersSchema, gives=ObjectSchema)
def merge_objects(body: Mapping[str, Any], object_id: UUID) -> Mapping[str, Any]:
    """Merge a doubled object into this one, with everything that hangs on it."""
    desk().libraries.merge(caller(), object_id, body["answers"])
    return _shape(desk().libraries.view(caller(), object_id))


@routes.send("POST", "/object-imports", body=ObjectFileSchema, gives=ObjectsImportedSchema, location="files")
def import_objects(files: Mapping[str, Any]) -> Mapping[str, tuple[RowResult, ...]]:
    """Take a file in; sending it again changes nothing."""
    file = files["file"]
    return {"rows": desk().libraries.import_file(caller(), file.filename or "", file.read())}

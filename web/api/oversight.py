"""Oversight cases and letters, bulletins, and the register of full-time staff."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from flask import Response, url_for
from marshmallow import Schema, fields, validate

from web.api.caller import caller, desk
from web.api.letters import KINDS as FILES
from web.api.objects import FormAnswersSchema
from web.api.preconditions import idempotency_key
from web.api.routes import IDEMPOTENCY_KEY, Routes
from web.api.shapes import Instant
from workflows.desk.bulletins import BulletinView
from workflows.desk.oversight import Listed
from workflows.desk.staff import StaffView, UnitStaff
from workflows.oversight.cases import KINDS
from workflows.oversight.letters import KINDS as LETTERS

routes = Routes("oversight", "Supervising the supervisors")
Line = Mapping[str, Any]


class PageQuery(Schema):
    """Which unit's, and which page."""

    unit = fields.String(load_default="", validate=validate.Length(max=40))
    page = fields.Integer(load_default=1, validate=validate.Range(1, 100_000))


class CasesQuery(PageQuery):
    """Which cases."""

    kind = fields.String(load_default="", validate=validate.OneOf(["", *KINDS]))
    open = fields.Boolean(load_default=False)


class LettersQuery(PageQuery):
    """Which letters; both days are included."""

    kind = fields.String(load_default="", validate=validate.OneOf(["", *LETTERS]))
    since = fields.Date(load_default=None, data_key="from")
    until = fields.Date(load_default=None, data_key="to")


class OversightCaseSchema(Schema):
    """A case about a unit."""

    number = fields.String()
    kind = fields.String()
    unit = fields.String()
    source = fields.String()
    reference = fields.String()
    facts = fields.String()
    state = fields.String()
    outcome = fields.String(allow_none=True)
    letter_number = fields.String(allow_none=True)
    decision_kind = fields.String(allow_none=True)
    decision_number = fields.String(allow_none=True)
    opened_at = Instant()
    issued_at = Instant(allow_none=True)
    decided_at = Instant(allow_none=True)
    closed_at = Instant(allow_none=True)


class OversightCasesSchema(Schema):
    """A page of cases."""

    total = fields.Integer()
    page = fields.Integer()
    pages = fields.Integer()
    rows = fields.List(fields.Nested(OversightCaseSchema))


class OversightLetterSchema(Schema):
    """An oversight letter."""

    id = fields.UUID()
    number = fields.String()
    kind = fields.String()
    subject = fields.String()
    business_key = fields.String()
    sender_unit = fields.String()
    receiver_unit = fields.String(allow_none=True)
    created_at = Instant()


class OversightLettersSchema(Schema):
    """A page of letters."""

    total = fields.Integer()
    page = fields.Integer()
    pages = fields.Integer()
    rows = fields.List(fields.Nested(OversightLetterSchema))


class NumberSchema(Schema):
    """The number of the case."""

    number = fields.String()


class FigureSchema(Schema):
    """One number of a bulletin; without a unit of all units, without a denominator a plain count."""

    section = fields.String()
    code = fields.String()
    name = fields.String()
    unit = fields.String(allow_none=True)
    numerator = fields.Float()
    denominator = fields.Integer(allow_none=True)
    rate = fields.Float(allow_none=True)
    previous = fields.Float(allow_none=True)
    reasons = fields.List(fields.Dict())


class BulletinSchema(Schema):
    """A bulletin."""

    number = fields.String()
    period = fields.String()
    state = fields.String()
    words = fields.Dict()
    letter_number = fields.String(allow_none=True)
    taken_at = Instant()
    issued_at = Instant(allow_none=True)


class WholeBulletinSchema(Schema):
    """A bulletin with its numbers and who has not signed."""

    bulletin = fields.Nested(BulletinSchema, attribute="row")
    figures = fields.List(fields.Nested(FigureSchema))
    unsigned = fields.List(fields.String())


class StaffEntrySchema(Schema):
    """Who is a unit's full-time supervisor in a stretch of days."""

    person = fields.String()
    name = fields.String()
    post = fields.String()
    contact = fields.String()
    stand_in = fields.String(allow_none=True)
    stand_in_name = fields.String(allow_none=True)
    duties = fields.String()
    valid_from = fields.Date()
    valid_to = fields.Date(allow_none=True)
    reason = fields.String()


class UnitStaffSchema(Schema):
    """A unit with its entry of today."""

    unit = fields.String(attribute="code")
    name = fields.String()
    entry = fields.Nested(StaffEntrySchema, allow_none=True)


class StaffHistorySchema(Schema):
    """A unit's register, the newest version first."""

    unit = fields.String(attribute="code")
    name = fields.String()
    versions = fields.List(fields.Nested(StaffEntrySchema))


class KeptStaffSchema(Schema):
    """Whether a new version was written."""

    is_new = fields.Boolean()


@routes.get("/oversight-cases", OversightCasesSchema, query=CasesQuery)
def list_cases(query: Line) -> Listed:
    """List the cases that concern the caller, the newest first, 50 to a page."""
    return desk().oversight.cases(
        caller(), kind=query["kind"], unit=query["unit"], is_open=query["open"], page=query["page"]
    )


@routes.send(
    "POST", "/oversight-cases", body=FormAnswersSchema, gives=NumberSchema, status=201, headers=(IDEMPOTENCY_KEY,)
)  # fmt: skip
def start_case(body: Line) -> tuple[Line, int, dict[str, str]]:
    """Begin to supervise a unit, from an indicator, an overdue matter, a sample or by hand; one key begins one."""
    number = desk().oversight.start(caller(), body["answers"], key=idempotency_key())
    return {"number": number}, 201, {"Location": url_for("oversight.show", number=number)}


@routes.get("/oversight-letters", OversightLettersSchema, query=LettersQuery)
def list_letters(query: Line) -> Listed:
    """List the oversight letters, the newest first, 50 to a page; the files are under /letters."""
    days = (query["since"], query["until"])
    return desk().oversight.letters(caller(), kind=query["kind"], unit=query["unit"], days=days, page=query["page"])


@routes.get("/bulletins", BulletinSchema, many=True)
def list_bulletins() -> Sequence[Line]:
    """List the newest bulletins, at most 100."""
    return desk().bulletins.all(caller())


@routes.send(
    "POST", "/bulletins", body=FormAnswersSchema, gives=NumberSchema, status=201, headers=(IDEMPOTENCY_KEY,)
)  # fmt: skip
def start_bulletin(body: Line) -> tuple[Line, int, dict[str, str]]:
    """Begin a bulletin for a period; one key begins one."""
    number = desk().bulletins.start(caller(), body["answers"], key=idempotency_key())
    return {"number": number}, 201, {"Location": url_for(".read_bulletin", number=number)}


@routes.get("/bulletins/<number>", WholeBulletinSchema)
def read_bulletin(number: str) -> BulletinView:
    """Read a bulletin with every number as it was taken."""
    return desk().bulletins.bulletin(caller(), number)


@routes.file("/bulletins/<number>/file.<any(docx, pdf):kind>", FILES)
def download_bulletin(number: str, kind: str) -> Response:
    """Download a bulletin."""
    name, content = desk().bulletins.file(caller(), number, kind)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(content, content_type=FILES[kind], headers=headers)


@routes.get("/staff", UnitStaffSchema, many=True)
def list_staff() -> Sequence[UnitStaff]:
    """List every unit with its full-time supervisor of today."""
    return desk().staff.all(caller())


@routes.get("/staff/<unit>", StaffHistorySchema)
def read_staff(unit: str) -> StaffView:
    """Read a unit's register with its history."""
    return desk().staff.unit(caller(), unit)


@routes.send(
    "POST", "/staff/<unit>", body=FormAnswersSchema, gives=KeptStaffSchema, status=201, headers=(IDEMPOTENCY_KEY,)
)  # fmt: skip
def change_staff(body: Line, unit: str) -> tuple[Line, int]:
    """Write who is a unit's full-time supervisor from a day on; one key writes once."""
    return {"is_new": desk().staff.change(caller(), unit, body["answers"], key=idempotency_key())}, 201


@routes.send(
    "POST", "/staff/<unit>/absences", body=FormAnswersSchema, gives=NumberSchema, status=201,
    headers=(IDEMPOTENCY_KEY,),
)  # fmt: skip
def register_absence(body: Line, unit: str) -> tuple[Line, int]:
    """Register that a unit's full-time supervisor is away; one key registers once."""
    return {"number": desk().staff.leave(caller(), unit, body["answers"], key=idempotency_key())}, 201

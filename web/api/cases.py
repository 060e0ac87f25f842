"""Cases: search, the whole file, and where the tokens are."""

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import Schema, fields, validate

from web.api.caller import caller, desk
from web.api.case_shapes import CaseRowSchema, CaseSchema, TokenSchema
from web.api.clocks import ReasonSchema
from web.api.routes import Routes
from workflows.desk.cases import CaseView

routes = Routes("cases", "Case files")


class SearchQuery(Schema):
    """What is looked for: a number, a document, a party or a project."""

    q = fields.String(load_default="", validate=validate.Length(max=60))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class PersonalValueSchema(Schema):
    """One value in full, and where it stands."""

    source = fields.String()
    kind = fields.String()
    value = fields.String()


@routes.get("/cases", CaseRowSchema, query=SearchQuery, many=True)
def search_cases(query: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Search the cases that concern the caller's unit."""
    return desk().cases.search(caller(), query["q"], query["limit"])


@routes.get("/cases/<business_key>", CaseSchema)
def read_case(business_key: str) -> CaseView:
    """Read the file of a case."""
    return desk().cases.view(caller(), business_key)


@routes.get("/cases/<business_key>/tokens", TokenSchema, many=True)
def read_tokens(business_key: str) -> Sequence[Any]:
    """Read where a case's tokens are, to draw them on its diagram."""
    return desk().cases.diagram(caller(), business_key)[1]


@routes.send("POST", "/cases/<business_key>/personal-data", body=ReasonSchema, gives=PersonalValueSchema, many=True)
def reveal_personal_data(body: Mapping[str, str], business_key: str) -> list[Any]:
    """Read the personal data of a case in full, with the reason; the reading is a record of the audit."""
    return list(desk().personal.reveal(caller(), business_key, body["reason"]))

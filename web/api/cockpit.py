"""The cockpit's numbers."""

from marshmallow import Schema, fields

from web.api.caller import caller, desk
from web.api.routes import Routes
from web.api.shapes import Instant
from workflows.desk.cockpit import CockpitView

routes = Routes("cockpit", "Numbers for leaders and the policy section")


class UnitNumbersSchema(Schema):
    """One unit's numbers."""

    code = fields.String()
    name = fields.String()
    open = fields.Integer()
    yellow = fields.Integer()
    red = fields.Integer()
    paused = fields.Integer()
    late_ever = fields.Integer()


class CockpitSchema(Schema):
    """The numbers of a moment."""

    at = Instant()
    open_cases = fields.Integer()
    open_clocks = fields.Integer()
    red = fields.Integer()
    yellow = fields.Integer()
    orders = fields.Integer()
    blocks = fields.Integer()
    claimed_in_time = fields.Function(lambda view: view.claim_rate[0])
    pushed = fields.Function(lambda view: view.claim_rate[1])
    units = fields.List(fields.Nested(UnitNumbersSchema))


@routes.get("/cockpit", CockpitSchema)
def read_cockpit() -> CockpitView:
    """Read the numbers: of the city for overseers, of the own unit for heads."""
    return desk().cockpit.overview(caller())

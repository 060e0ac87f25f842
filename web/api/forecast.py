"""Forecasts of running clocks."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from web.api.caller import caller, desk
from web.api.routes import Routes
from web.api.shapes import Instant
from workflows.desk.forecast import ForecastView
from workflows.forecast.model import LEAST, METHOD

routes = Routes("forecast", "How likely running limits are to be exceeded")


class ForecastQuery(Schema):
    """Which clocks, and how many at most."""

    unit = fields.String(load_default="", validate=validate.Length(max=40))
    limit = fields.String(load_default="", validate=validate.Length(max=60))
    most = fields.Integer(load_default=200, validate=validate.Range(1, 1000))


class ForecastRowSchema(Schema):
    """One running clock; without a probability the sample is too small, or it is late or paused."""

    clock_id = fields.UUID()
    business_key = fields.String()
    title = fields.String()
    limit = fields.String()
    unit = fields.String()
    due_at = Instant()
    state = fields.String(metadata={"description": "running, late, paused or unknown (sample too small)"})
    probability = fields.Float(allow_none=True)
    expected_at = Instant(allow_none=True)
    sample = fields.Integer()
    own_sample = fields.Integer()


class CalibrationBinSchema(Schema):
    """Forecasts of similar probability against what happened."""

    low = fields.Float()
    high = fields.Float()
    count = fields.Integer()
    predicted = fields.Float()
    happened = fields.Float()


class CalibrationSchema(Schema):
    """How good earlier forecasts were, beside the base rate's."""

    count = fields.Integer()
    brier = fields.Float()
    brier_base = fields.Float()
    bins = fields.List(fields.Nested(CalibrationBinSchema))


class ForecastSchema(Schema):
    """The forecasts, the riskiest first, with the method behind them."""

    at = Instant()
    total = fields.Integer()
    unpredicted = fields.Integer(
        metadata={"description": "more clocks that run: waiting periods, or begun two years ago"}
    )
    rows = fields.List(fields.Nested(ForecastRowSchema))
    calibration = fields.Nested(CalibrationSchema, allow_none=True)
    samples = fields.Dict(keys=fields.String(), values=fields.Integer())
    method = fields.Function(lambda _view: METHOD)
    least_sample = fields.Function(lambda _view: LEAST)


@routes.get("/forecast", ForecastSchema, query=ForecastQuery)
def read_forecast(query: Mapping[str, Any]) -> ForecastView:
    """Read the forecasts of the clocks the caller may see."""
    return desk().forecast.view(caller(), **query)

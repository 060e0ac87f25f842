"""Accounts: who has one, and changes that one administrator asks for and another confirms."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import url_for
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from web.api.caller import caller, desk
from web.api.clocks import ReasonSchema
from web.api.preconditions import idempotency_key
from web.api.routes import IDEMPOTENCY_KEY, Routes
from web.api.shapes import Instant
from workflows.accounts.changes import KINDS, STATES
from workflows.desk.accounts import AccountDesk, AccountPage
from workflows.policy import ROLES

routes = Routes("accounts", "Accounts: one administrator asks for a change, another confirms it")
_WITH_VALUES = ("create", "change")
_DECISIONS = {"confirm": "confirmed", "refuse": "refused", "withdraw": "withdrawn"}


class AccountQuery(Schema):
    """Which accounts are wanted."""

    q = fields.String(load_default="", validate=validate.Length(max=60), metadata={"description": "login, name, unit"})
    after = fields.String(load_default="", validate=validate.Length(max=60), metadata={"description": "next before"})


class AccountSchema(Schema):
    """One account, without anything that would let somebody in."""

    login = fields.String()
    name = fields.String()
    unit = fields.String()
    unit_name = fields.String()
    title = fields.String(allow_none=True)
    roles = fields.List(fields.String())
    is_active = fields.Boolean()
    is_demo = fields.Boolean()
    must_change = fields.Boolean(metadata={"description": "the password was given and must be changed"})
    locked_until = Instant(allow_none=True)
    factor_since = Instant(allow_none=True, metadata={"description": "since when a second factor holds"})


class AccountPageSchema(Schema):
    """Some accounts by login; ``next`` is empty on the last page."""

    rows = fields.List(fields.Nested(AccountSchema))
    next = fields.String(attribute="after")


class AccountWantedSchema(Schema):
    """What the account shall have."""

    name = fields.String(required=True, validate=validate.Length(1, 60))
    unit = fields.String(required=True, validate=validate.Length(1, 60))
    title = fields.String(load_default="", validate=validate.Length(max=60))
    roles = fields.List(
        fields.String(validate=validate.OneOf(list(ROLES))), required=True, validate=validate.Length(1, 20)
    )


class AccountAskSchema(Schema):
    """A change that is asked for; ``close`` locks an account until it is opened again."""

    kind = fields.String(required=True, validate=validate.OneOf(list(KINDS)))
    login = fields.String(required=True, validate=validate.Length(1, 60))
    wanted = fields.Nested(AccountWantedSchema, load_default=None, allow_none=True)
    reason = fields.String(required=True, validate=validate.Length(1, 500))

    @validates_schema
    def _has_values(self, data: Mapping[str, Any], **_: Any) -> None:
        if (data.get("kind") in _WITH_VALUES) != (data.get("wanted") is not None):
            raise ValidationError("新建账号和变更单位、角色时须填写，其他操作不填", "wanted")


class AccountRequestSchema(Schema):
    """What was asked for, and what became of it."""

    id = fields.UUID()
    kind = fields.String()
    login = fields.String()
    wanted = fields.Dict(keys=fields.String())
    reason = fields.String()
    state = fields.String(validate=validate.OneOf(list(STATES)))
    asked_by = fields.String()
    asked_at = Instant()
    decided_by = fields.String(allow_none=True)
    decided_at = Instant(allow_none=True)
    decided_because = fields.String(allow_none=True)


class RequestQuery(Schema):
    """Which requests are wanted; at most two hundred are answered."""

    state = fields.String(load_default="", validate=validate.OneOf(["", *STATES]))


class AccountDecisionSchema(Schema):
    """What a second person decides; ``withdraw`` is for whoever asked."""

    act = fields.String(required=True, validate=validate.OneOf(list(_DECISIONS)))
    reason = fields.String(load_default="", validate=validate.Length(max=500))


class AccountDecidedSchema(Schema):
    """What became of it."""

    state = fields.String()
    password = fields.String(metadata={"description": "of a new account or a reset, shown this once; else empty"})


class SessionsEndedSchema(Schema):
    """How many sessions were open."""

    ended = fields.Integer()


def _accounts() -> AccountDesk:
    return desk().accounts


@routes.get("/accounts", AccountPageSchema, query=AccountQuery)
def list_accounts(query: Mapping[str, str]) -> AccountPage:
    """Return accounts by login, fifty at a time; for the three administrators."""
    return _accounts().all(caller(), query["q"], query["after"])


@routes.get("/accounts/<login>", AccountSchema)
def read_account(login: str) -> Mapping[str, Any]:
    """Return an account."""
    return _accounts().one(caller(), login)


@routes.send("POST", "/accounts/<login>:end-sessions", body=ReasonSchema, gives=SessionsEndedSchema)
def end_sessions(body: Mapping[str, str], login: str) -> dict[str, int]:
    """End all sessions of a person and lift the lock after failures; for the security administrator."""
    return {"ended": _accounts().end_sessions(caller(), login, body["reason"])}


@routes.get("/account-requests", AccountRequestSchema, query=RequestQuery, many=True)
def list_account_requests(query: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
    """Return what was asked for, the newest first."""
    return _accounts().requests(caller(), query["state"])


@routes.send(
    "POST",
    "/account-requests",
    body=AccountAskSchema,
    gives=AccountRequestSchema,
    status=201,
    headers=(IDEMPOTENCY_KEY,),
)
def ask_for_account(body: Mapping[str, Any]) -> tuple[Mapping[str, Any], int, dict[str, str]]:
    """Ask for a change, as the system administrator; nothing changes before somebody else confirms it."""
    key, actor = idempotency_key(), caller()
    made = _accounts().ask(actor, body["kind"], body["login"], body["wanted"] or {}, body["reason"], key=key)
    place = {"Location": url_for(".read_account_request", request_id=made)}
    return _accounts().request(actor, made), 201, place


@routes.get("/account-requests/<uuid:request_id>", AccountRequestSchema)
def read_account_request(request_id: UUID) -> Mapping[str, Any]:
    """Return one request."""
    return _accounts().request(caller(), request_id)


@routes.send(
    "POST", "/account-requests/<uuid:request_id>:decide", body=AccountDecisionSchema, gives=AccountDecidedSchema
)
def decide_account_request(body: Mapping[str, str], request_id: UUID) -> dict[str, str]:
    """Confirm or refuse, as a security administrator who neither asked nor is meant; or withdraw, as who asked."""
    state = _DECISIONS[body["act"]]
    return {"state": state, "password": _accounts().decide(caller(), request_id, state, body["reason"])}

"""Errors of accounts and second factors; the kinds are the engine's."""

from engine.errors import Conflict, Forbidden, NotFound


class FactorRefused(Forbidden):
    """The code is wrong, was used before, or the second factor is locked."""

    code = "factor-refused"


class FactorExists(Conflict):
    """The account has a second factor already."""

    code = "factor-exists"


class AccountNotFound(NotFound):
    """There is no such account."""

    code = "account-not-found"


class AccountRequestNotFound(NotFound):
    """There is no such request to change an account."""

    code = "account-request-not-found"


class AccountRequestDecided(Conflict):
    """The request to change an account was decided already."""

    code = "account-request-decided"

"""One typed decorator per method: the route, what it takes, what it gives."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar

from flask_smorest import Blueprint  # type: ignore[import-untyped, unused-ignore]
from marshmallow import Schema

from web.api.parser import StrictParser

PREFIX = "/api/v1"
View = TypeVar("View", bound=Callable[..., Any])
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key", "in": "header", "required": True, "schema": {"type": "string", "maxLength": 200},
    "description": "Chosen by the caller; the same key answers a repetition with the first result.",
}  # fmt: skip
IF_MATCH = {
    "name": "If-Match", "in": "header", "required": True, "schema": {"type": "string"},
    "description": "The ETag the caller has seen.",
}  # fmt: skip

READING = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND,
           HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.TOO_MANY_REQUESTS,
           HTTPStatus.SERVICE_UNAVAILABLE)  # fmt: skip
SENDING = (*READING, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
GUARDED = (HTTPStatus.PRECONDITION_FAILED, HTTPStatus.PRECONDITION_REQUIRED)
"""The refusals of a route that reads, of one that changes something, and of one that wants an If-Match besides."""


class _Strict(Blueprint):  # type: ignore[misc]
    ARGUMENTS_PARSER = StrictParser()


class Routes:
    """The routes of one resource."""

    def __init__(self, name: str, description: str) -> None:
        self.blueprint: Any = _Strict(f"api-{name}", __name__, url_prefix=PREFIX, description=description)

    def get(
        self, rule: str, gives: type[Schema], *, query: type[Schema] | None = None, many: bool = False,
        is_tagged: bool = False,
    ) -> Callable[[View], View]:  # fmt: skip
        """Route GET; the view takes what *query* has read, and answers 304 to the tag it *is_tagged* with."""

        def decorate(view: View) -> View:
            wrapped = self.blueprint.response(200, gives(many=many))(_listed(view) if many else view)
            if query is not None:
                wrapped = self.blueprint.arguments(query, location="query")(wrapped)
            if is_tagged:
                wrapped = self.blueprint.alt_response(304, description="Nothing has changed.")(wrapped)
            self.blueprint.route(rule)(self._refusing(wrapped, READING))
            return view

        return decorate

    def send(
        self, method: str, rule: str, *, body: type[Schema] | None = None, gives: type[Schema] | None = None,
        status: int = 200, **more: Any,
    ) -> Callable[[View], View]:  # fmt: skip
        """Route POST or PUT; *more* is ``location`` of the body, a ``query`` given after the body, ``many``
        for a list, ``also`` for the other statuses of a success, and ``headers`` for the documentation.
        """

        def decorate(view: View) -> View:
            shape = gives(many=True) if gives is not None and more.get("many") else gives
            wrapped = self.blueprint.response(status, shape)(view)
            for other in more.get("also", ()):
                wrapped = self.blueprint.alt_response(other, schema=shape)(wrapped)
            if "query" in more:
                wrapped = self.blueprint.arguments(more["query"], location="query")(wrapped)
            if body is not None:
                wrapped = self.blueprint.arguments(body, location=more.get("location", "json"))(wrapped)
            if "headers" in more:
                wrapped = self.blueprint.doc(parameters=list(more["headers"]))(wrapped)
            refusals = (*SENDING, *GUARDED) if IF_MATCH in more.get("headers", ()) else SENDING
            self.blueprint.route(rule, methods=[method])(self._refusing(wrapped, refusals))
            return view

        return decorate

    def file(self, rule: str, kinds: Mapping[str, str]) -> Callable[[View], View]:
        """Route GET of a file; *kinds* are the media types by extension."""

        def decorate(view: View) -> View:
            wrapped = view
            for media in kinds.values():
                schema = {"type": "string", "format": "binary"}
                wrapped = self.blueprint.response(200, schema, content_type=media)(wrapped)
            self.blueprint.route(rule)(self._refusing(wrapped, READING))
            return view

        return decorate

    def send_for_file(self, rule: str, body: type[Schema], media: str) -> Callable[[View], View]:
        """Route POST that answers a file: what is asked for must not stand in an address."""

        def decorate(view: View) -> View:
            schema = {"type": "string", "format": "binary"}
            wrapped = self.blueprint.response(200, schema, content_type=media)(view)
            wrapped = self.blueprint.arguments(body)(wrapped)
            self.blueprint.route(rule, methods=["POST"])(self._refusing(wrapped, SENDING))
            return view

        return decorate

    def _refusing(self, view: Any, refusals: Sequence[HTTPStatus]) -> Any:
        """Document with which problem documents a view may refuse."""
        for status in refusals:
            view = self.blueprint.alt_response(status.value, status.name)(view)
        return view


def _listed(view: Callable[..., Any]) -> Callable[..., Any]:
    """Make a list of what the view answers: Flask takes a tuple for body, status and headers."""

    @wraps(view)
    def listed(*args: Any, **kwargs: Any) -> list[Any]:
        return list(view(*args, **kwargs))

    return listed

"""HTTP's own errors under /api/ as problem documents (RFC 9457); pages keep their HTML errors."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from flask import Flask, Response, g, request
from flask_smorest import Api  # type: ignore[import-untyped, unused-ignore]
from flask_wtf.csrf import CSRFError
from marshmallow import INCLUDE, Schema, fields
from werkzeug.exceptions import HTTPException

from web.problem_words import words_of

CONTENT_TYPE = "application/problem+json"
Handler = Callable[[Any], Any]


class MistakeSchema(Schema):
    """One wrong value: where it is and what to do; further members may say more of it."""

    class Meta:
        """What else a rule tells of a value is not kept back."""

        unknown = INCLUDE

    pointer = fields.String(metadata={"description": "JSON pointer into the body, or /name of a query parameter"})
    field = fields.String()
    label = fields.String()
    code = fields.String()
    message = fields.String()
    level = fields.String(metadata={"description": "error, or warning: what does not keep it from being taken"})


class ProblemSchema(Schema):
    """A problem document (RFC 9457)."""

    type = fields.String(required=True, metadata={"example": "/problems/task-not-open"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String()
    instance = fields.String()
    code = fields.String()
    errors = fields.List(fields.Nested(MistakeSchema))


def problem(status: HTTPStatus, code: str, detail: str = "", errors: Sequence[Mapping[str, str]] = ()) -> Response:
    """Return a problem document as a response."""
    body: dict[str, Any] = {
        "type": f"/problems/{code}", "title": words_of(code)[0], "status": status.value, "code": code,
        "instance": str(g.get("request_id") or request.path),
    }  # fmt: skip
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = list(errors)
    return Response(orjson.dumps(body), status.value, content_type=CONTENT_TYPE)


def unauthorized() -> Response:
    """Answer 401 and say how to sign in."""
    detail = "请提供有效的访问令牌（Authorization: Bearer …）或先登录"
    response = problem(HTTPStatus.UNAUTHORIZED, "credentials-missing", detail)
    response.headers["WWW-Authenticate"] = 'Bearer realm="xianjie"'
    return response


class JsonApi(Api):  # type: ignore[misc]
    """Flask-smorest that documents and sends problem documents, and leaves the pages alone."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None  # each route says which refusals it has

    def __init__(self, app: Flask) -> None:
        known = app.error_handler_spec[None]
        self._pages: Mapping[bool, Handler | None] = {
            False: known[None].get(HTTPException), True: known[400].get(CSRFError),
        }  # fmt: skip
        super().__init__(app)

    def _register_error_handlers(self) -> None:
        super()._register_error_handlers()
        self._app.register_error_handler(CSRFError, self.handle_http_exception)

    def _register_responses(self) -> None:
        self.DEFAULT_RESPONSE_CONTENT_TYPE = CONTENT_TYPE
        super()._register_responses()
        del self.DEFAULT_RESPONSE_CONTENT_TYPE

    def handle_http_exception(self, error: HTTPException) -> Any:
        """Answer an HTTP error: a problem under /api/, elsewhere what the pages answer."""
        if not request.path.startswith("/api/"):
            answer = self._pages[isinstance(error, CSRFError)] or self._pages[False]
            return answer(error) if answer else error
        if isinstance(error, CSRFError):
            expired = problem(HTTPStatus.BAD_REQUEST, "form-expired", words_of("form-expired")[1])
            return expired if request.cookies else unauthorized()
        if error.code is None or error.code < 400:
            return error
        return _as_problem(error)


def _as_problem(error: HTTPException) -> Response:
    status = HTTPStatus(error.code or 500)
    data: Mapping[str, Any] = getattr(error, "data", None) or {}
    code = str(data.get("code") or ("invalid" if status == HTTPStatus.UNPROCESSABLE_ENTITY else f"http-{status.value}"))
    mistakes = [found for place in data.get("messages", {}).values() for found in _mistakes(place)]
    pointed = [found for found in mistakes if found["pointer"]]
    whole = "；".join(found["message"] for found in mistakes if not found["pointer"])
    detail = str(data.get("message") or whole or words_of(code)[1])
    response = problem(status, code, detail, pointed)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after", "www-authenticate"):
            response.headers[name] = value
    return response


def _mistakes(found: Any, pointer: str = "") -> Iterator[dict[str, str]]:
    """Yield marshmallow's messages, each with a pointer to its value."""
    if isinstance(found, Mapping):
        for key, below in found.items():
            step = "" if key == "_schema" else f"/{str(key).replace('~', '~0').replace('/', '~1')}"
            yield from _mistakes(below, pointer + step)
        return
    for message in found if isinstance(found, list) else [found]:
        yield {"pointer": pointer, "field": pointer.rpartition("/")[2], "code": "invalid", "message": str(message)}

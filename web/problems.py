"""Errors as people and programs read them: a page in Chinese, or problem+json (RFC 9457)."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import Flask, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from engine.errors import (
    AppError,
    Conflict,
    DefinitionInvalid,
    Forbidden,
    Invalid,
    NotFound,
    StaleVersion,
    Unavailable,
)
from web.api.problem import problem
from web.problem_words import words_of
from workflows.errors import ImportInvalid

_UNTYPED = frozenset({
    "csrf_token", "key", "version", "act", "confirmed", "password", "old", "new", "again", "case", "task",
})  # fmt: skip
_MOST_TYPED = 100
_SOON = 5  # seconds until it is worth asking again
logger = logging.getLogger(__name__)
STATUS: tuple[tuple[type[AppError], int], ...] = (
    (StaleVersion, 412), (NotFound, 404), (Conflict, 409), (Forbidden, 403), (Invalid, 422), (Unavailable, 503),
)  # fmt: skip


def status_of(error: AppError) -> int:
    """Return the HTTP status of an error."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def mistakes_of(error: AppError) -> list[Mapping[str, Any]]:
    """Return the wrong fields an error names: each with its field and message."""
    if isinstance(error, ImportInvalid):
        return [{"field": "file", "message": str(error.facts.get("reason", ""))}]
    if isinstance(error, DefinitionInvalid):
        return [_finding(item) for item in _mappings(error.facts.get("findings"))]
    return _mappings(error.facts.get("errors"))


def _mappings(found: object) -> list[Mapping[str, Any]]:
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []


def _finding(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is wrong with a file to deploy, as a mistake of that file."""
    place = " ".join(str(item.get(name) or "") for name in ("file", "element")).strip()
    text = f"{place}：{item.get('message')}，{item.get('remedy')}"
    return {"field": str(item.get("file") or ""), "code": str(item.get("rule") or ""), "message": text}


def detail_of(error: AppError) -> str:
    """Return the facts a person can use: the reason, or the roles that may."""
    needs = error.facts.get("needs")
    roles = "可以办理的角色：" + "、".join(str(role) for role in needs) if isinstance(needs, list) else ""
    return str(error.facts.get("reason") or roles)


def page(code: str, status: int, detail: str = "", mistakes: Sequence[Mapping[str, Any]] = ()) -> ResponseReturnValue:
    """Return the page that explains an error."""
    title, remedy = words_of(code)
    shown = {"title": title, "remedy": remedy, "detail": detail, "errors": mistakes, "code": code, "status": status}
    shown["typed"] = _typed()
    return render_template("error.html", **shown), status


def _typed() -> list[tuple[str, str]]:
    """Return what a signed-in person had filled in, so that a refusal loses nothing; never a password."""
    if request.method != "POST" or g.get("actor") is None:
        return []
    try:
        pairs = list(request.form.items(multi=True))
    except HTTPException:  # too large to be read at all
        return []
    return [(name, text) for name, text in pairs if text.strip() and name not in _UNTYPED][:_MOST_TYPED]


def is_api() -> bool:
    """Tell whether a program asks."""
    return request.path.startswith("/api/")


def register(app: Flask) -> None:
    """Answer every error as the asker can read it."""
    app.register_error_handler(AppError, _ours)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _bug)


def _ours(error: AppError) -> ResponseReturnValue:
    status = status_of(error)
    if status >= 500:
        logger.error("%s", error.message, extra={"path": request.path})
    found: Any
    if is_api():
        detail = detail_of(error) or words_of(error.code)[1]
        found = problem(HTTPStatus(status), error.code, detail, mistakes_of(error))
    else:
        found = page(error.code, status, detail_of(error), mistakes_of(error))
    response = make_response(found)
    if isinstance(error, Unavailable):
        response.headers["Retry-After"] = str(_SOON)
    return response


def _forged(_error: CSRFError) -> ResponseReturnValue:
    if is_api():
        return problem(HTTPStatus.BAD_REQUEST, "form-expired", words_of("form-expired")[1])
    return page("form-expired", 400)


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error.get_response()
    found: Any = page(f"http-{error.code}", error.code)
    response = make_response(found)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            response.headers[name] = value
    return response


def _bug(error: Exception) -> ResponseReturnValue:
    logger.error("unhandled error", exc_info=error, extra={"path": request.path})
    if is_api():
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "http-500", words_of("http-500")[1])
    return page("http-500", 500)

"""Reads bodies and queries of the API strictly: what is no plain JSON, or not asked for, is refused."""

from collections.abc import Mapping
from typing import Any, NoReturn

import orjson
from flask import Request
from marshmallow import RAISE
from webargs.flaskparser import FlaskParser, abort, is_json_request

from web.plain_text import REFUSAL, is_plain

MAX_DEPTH = 32
MAX_NUMBER = 2**53  # larger whole numbers are not the same in every program that reads JSON
_NO_JSON = "正文不是有效的 JSON，请检查语法；不接受 NaN、无穷大和不成对的代理字符"
_WRONG_TYPE = "请以 Content-Type: application/json 发送正文"
_Found = dict[str, Any]


class StrictParser(FlaskParser):
    """The parser of all routes: 400 for broken JSON, 415 for another type, 422 for what must not be stored."""

    def __init__(self) -> None:
        super().__init__()
        self.DEFAULT_UNKNOWN_BY_LOCATION = {**self.DEFAULT_UNKNOWN_BY_LOCATION, "query": RAISE, "files": RAISE}

    def _raw_load_json(self, req: Request) -> Any:
        if not is_json_request(req):
            abort(415, message=_WRONG_TYPE)
        try:
            found = orjson.loads(req.get_data(cache=True))
        except orjson.JSONDecodeError as exc:
            self._handle_invalid_json_error(exc, req)
        mistakes = _unclean(found, 0)
        if mistakes:
            abort(422, messages={"json": mistakes})
        return found

    def _handle_invalid_json_error(self, error: Exception, req: Request, *args: Any, **kwargs: Any) -> NoReturn:
        abort(400, exc=error, message=_NO_JSON)


def _unclean(value: Any, depth: int) -> _Found | list[str]:
    """Return the faults below a value by their keys, nothing for none."""
    if depth > MAX_DEPTH:
        return [f"嵌套超过 {MAX_DEPTH} 层，请简化"]
    if isinstance(value, str):
        return [] if is_plain(value) else [REFUSAL]
    if isinstance(value, int):
        return [f"数值超出 ±{MAX_NUMBER}"] if abs(value) > MAX_NUMBER else []
    if isinstance(value, Mapping):
        if not all(is_plain(key) for key in value):
            return ["字段名" + REFUSAL]
        pairs = value.items()
    elif isinstance(value, list):
        pairs = {str(place): item for place, item in enumerate(value)}.items()
    else:
        return []
    found = {key: _unclean(item, depth + 1) for key, item in pairs}
    return {key: faults for key, faults in found.items() if faults}

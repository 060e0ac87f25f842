"""Refuses text that no database can keep: it never comes from a keyboard, and PostgreSQL takes none of it."""

from collections.abc import Iterable, Iterator

from flask import Flask, request

from engine.errors import Invalid

REFUSAL = "含有空字符（NUL）或不完整的字符，请删除后重新提交"


class TextInvalid(Invalid):
    """A value holds a NUL or half a character; ``errors`` names each field."""

    code = "text-invalid"


def is_plain(text: str) -> bool:
    """Tell whether a text is one that can be stored and shown: no NUL, no lone surrogate."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def register(app: Flask) -> None:
    """Look through addresses and forms before any view reads them."""
    app.before_request(_check)


def _check() -> None:
    errors = [{"field": name, "message": f"“{name}”{REFUSAL}"} for name in dict.fromkeys(_faulty())]
    if errors:
        raise TextInvalid(errors=errors)


def _faulty() -> Iterator[str]:
    """Yield the names of the faulty values; a faulty name is told as the kind of its place."""
    if not is_plain(request.path):
        yield "地址"
    yield from _of("查询参数", request.args.items(multi=True))
    if request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        yield from _of("表单字段", request.form.items(multi=True))
        yield from _of("文件名", ((name, file.filename or "") for name, file in request.files.items(multi=True)))


def _of(kind: str, pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, value in pairs:
        if not (is_plain(name) and is_plain(value)):
            yield name if is_plain(name) else kind

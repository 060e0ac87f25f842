"""How a person wants pages to look: text size, contrast, keys and language, kept in this browser."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from types import MappingProxyType

from flask import Flask, Response, request

COOKIE = "xianjie_display"
CHOICES: Mapping[str, Mapping[str, str]] = MappingProxyType({
    "text": {"14": "标准", "16": "大", "18": "特大"},
    "contrast": {"normal": "标准", "high": "高对比"},
    "density": {"normal": "标准", "compact": "紧凑"},
    "keys": {"on": "开", "off": "关"},
    "lang": {"zh": "中文", "en": "English"},
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Display:
    """The choices of one browser."""

    text: str = "14"
    contrast: str = "normal"
    density: str = "normal"
    keys: str = "on"
    lang: str = "zh"


def read(given: Mapping[str, str]) -> Display:
    """Return the choices among those we offer; anything else is the standard."""
    names = [field.name for field in fields(Display)]
    return Display(**{name: given[name] for name in names if given.get(name) in CHOICES[name]})


def display() -> Display:
    """Return the choices of the browser that asks."""
    parts = request.cookies.get(COOKIE, "").split(".")
    names = [field.name for field in fields(Display)]
    return read(dict(zip(names, parts, strict=False)))


def keep(response: Response, chosen: Display, *, secure: bool) -> Response:
    """Remember the choices for a year."""
    value = ".".join(asdict(chosen).values())
    response.set_cookie(COOKIE, value, max_age=365 * 86400, httponly=True, samesite="Lax", secure=secure, path="/")
    return response


def register(app: Flask) -> None:
    """Give templates the choices."""
    app.context_processor(lambda: {"display": display()})

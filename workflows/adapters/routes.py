"""Reads the file of routes: which channel goes where, and how. Keys and passwords stand in it, so guard it."""

import tomllib
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from workflows.adapters.files import Files
from workflows.adapters.front_end import FrontEndDatabase
from workflows.adapters.publicity_files import PublicityFiles
from workflows.adapters.rest import Rest
from workflows.adapters.signing import ALGORITHMS, ENCODINGS, FORMS, MODES, Encryption, Signature
from workflows.credit.outputs import WRITERS as PUBLICITY_WRITERS
from workflows.delivery import Adapter, Route
from workflows.delivery.writers import WRITERS
from workflows.settings import SettingsInvalid

Now = Callable[[], datetime]
Facts = Mapping[str, Any]
_COMMON = {"adapter", "source", "presume_hours", "size"}
_DATABASES = ("sqlite:///", "postgresql+psycopg://")
_LOCAL = ("127.0.0.1", "localhost", "::1")
_SM4_KEY, _SM2_KEY = 16, 32
_MOST = 1000


def read_routes(path: str, *, source: str, now: Now) -> Mapping[str, Route]:
    """Return the routes of a file by channel; none without a file.

    Raises:
        SettingsInvalid: the file cannot be read, or a route has a mistake; names it and what to write instead.
    """
    if not path:
        return {}
    try:
        data = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise SettingsInvalid(f"XIANJIE_ROUTES={path!r}: {exc}") from exc
    return {channel: _route(f"{path} [{channel}]", facts, source, now) for channel, facts in data.items()}


def _route(where: str, facts: Any, source: str, now: Now) -> Route:
    if not isinstance(facts, dict) or facts.get("adapter") not in _ADAPTERS:
        raise SettingsInvalid(f"{where}: adapter must be one of {', '.join(_ADAPTERS)}")
    adapter = _ADAPTERS[facts["adapter"]](where, facts, now)
    hours, size = _number(where, facts, "presume_hours", 0, 24 * 365), _number(where, facts, "size", 200, _MOST)
    return Route(adapter, str(facts.get("source", source)), hours, max(size, 1))


def _number(where: str, facts: Facts, name: str, usual: int, most: int) -> int:
    value = facts.get(name, usual)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise SettingsInvalid(f"{where}: {name} must be a whole number from 0 to {most}")
    return value


def _only(where: str, facts: Facts, *names: str) -> None:
    unknown = sorted(set(facts) - _COMMON - set(names))
    if unknown:
        raise SettingsInvalid(f"{where}: unknown {', '.join(unknown)}; known: {', '.join(sorted(names))}")


def _one_of(where: str, facts: Facts, name: str, usual: str, known: Mapping[str, Any] | tuple[str, ...]) -> str:
    value = facts.get(name, usual)
    if value not in known:
        raise SettingsInvalid(f"{where}: {name} must be one of {', '.join(known)}")
    return str(value)


def _files(where: str, facts: Facts, _now: Now) -> Adapter:
    _only(where, facts, "folder", "format")
    if not facts.get("folder"):
        raise SettingsInvalid(f"{where}: folder is missing")
    return Files(Path(facts["folder"]), _one_of(where, facts, "format", "xlsx", WRITERS))


def _publicity(where: str, facts: Facts, _now: Now) -> Adapter:
    _only(where, facts, "folder", "format")
    if not facts.get("folder"):
        raise SettingsInvalid(f"{where}: folder is missing")
    return PublicityFiles(Path(facts["folder"]), _one_of(where, facts, "format", "xlsx", PUBLICITY_WRITERS))


def _front_end(where: str, facts: Facts, _now: Now) -> Adapter:
    _only(where, facts, "url", "create")
    if not str(facts.get("url", "")).startswith(_DATABASES):
        raise SettingsInvalid(f"{where}: url must begin with {' or '.join(_DATABASES)}")
    return FrontEndDatabase(facts["url"], create=bool(facts.get("create", False)))


def _rest(where: str, facts: Facts, now: Now) -> Adapter:
    _only(where, facts, "url", "feedback_url", "app_id", "headers", "sign", "encrypt")
    for name in ("url", "feedback_url"):
        _checked_url(where, name, str(facts.get(name, "")), is_needed=name == "url")
    sign, encrypt = facts.get("sign"), facts.get("encrypt")
    return Rest(
        facts["url"], str(facts.get("app_id", "")), now,
        _signature(f"{where} sign", sign) if sign else None,
        _encryption(f"{where} encrypt", encrypt) if encrypt else None,
        str(facts.get("feedback_url", "")), facts.get("headers", {}),
    )  # fmt: skip


def _checked_url(where: str, name: str, url: str, *, is_needed: bool) -> None:
    parts = urlsplit(url)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)
    if (url or is_needed) and not is_safe:
        raise SettingsInvalid(f"{where}: {name} must be https:// (http:// only on this machine)")


def _signature(where: str, facts: Facts) -> Signature:
    _only(where, facts, "algorithm", "key", "text", "user_id", "form", "encoding")
    algorithm = _one_of(where, facts, "algorithm", "sm2", ALGORITHMS)
    key = _key(where, facts, _SM2_KEY if algorithm == "sm2" else None)
    more = {name: str(facts[name]) for name in ("text", "user_id") if name in facts}
    form = _one_of(where, facts, "form", "raw", FORMS)
    return Signature(algorithm, key, form=form, encoding=_one_of(where, facts, "encoding", "base64", ENCODINGS), **more)


def _encryption(where: str, facts: Facts) -> Encryption:
    _only(where, facts, "mode", "key", "encoding")
    mode = _one_of(where, facts, "mode", "gcm", MODES)
    return Encryption(_key(where, facts, _SM4_KEY), mode, _one_of(where, facts, "encoding", "base64", ENCODINGS))


def _key(where: str, facts: Facts, length: int | None) -> bytes:
    """Return a key written in hexadecimal; what it is is never shown."""
    try:
        key = bytes.fromhex(str(facts.get("key", "")))
    except ValueError as exc:
        raise SettingsInvalid(f"{where}: key must be hexadecimal") from exc
    if not key or (length is not None and len(key) != length):
        raise SettingsInvalid(f"{where}: key must have {length or 'some'} bytes in hexadecimal")
    return key


_ADAPTERS: Mapping[str, Callable[[str, Facts, Now], Adapter]] = {
    "files": _files, "front_end_database": _front_end, "publicity_files": _publicity, "rest": _rest,
}  # fmt: skip

"""The only reader of the environment; a misspelt XIANJIE_ variable stops the program."""

import ipaddress
import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from pathlib import Path

_PREFIX = "XIANJIE_"
_DATABASES = ("sqlite:///", "postgresql+psycopg://")
_WEB = ("http://", "https://")
_HIDDEN = ("DATABASE", "SECRET", "METRICS_TOKEN", "OIDC_SECRET")  # what may hold a password is not shown
_SECRET_LENGTH = 32
_LONGEST_TICK = 60.0
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


class SettingsInvalid(ValueError):
    """A setting is unknown or has a value that cannot be used; the text names it and what to write instead."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between installations.

    Attributes:
        database: ``sqlite:///…`` (one machine) or ``postgresql+psycopg://…``.
        city: name of a folder in ``workflows/cities`` or a path to one.
        secret: signs cookies and cursors; at least 32 characters outside the demo.
        host: address the web server listens on.
        port: its port.
        tls: True when a TLS proxy stands in front: cookies become Secure.
        clock: shift of the clock such as ``+3d`` or ``-2h``; for demonstrations only.
        tick: seconds between two looks of a worker at the job table.
        threads: web threads.
        is_demo: shows the demo accounts on the sign-in page.
        proxies: how many trusted proxies set X-Forwarded-For.
        external_topics: topics of service tasks, divided by commas, whose work programs outside fetch by the API.
        webhook_networks: networks of our own, divided by commas, into which messages to other programs may be sent.
        notices: file that names the ways out of messages, by mail or text (see docs/notices.md); none without it.
        metrics_token: shown by Prometheus to read /metrics; without it only this machine may, and only without a proxy.
        scanner: where ClamAV listens, such as ``clamd://127.0.0.1:3310``; files are not scanned without it.
        tracing: where spans go by OTLP over HTTP; nothing is traced without it.
        audit_key: file with the key that signs the roots of the audit (xianjie make-audit-key); unsigned without it.
        audit_anchor: folder, best on another machine, that each signed root is also written to.
        oidc_issuer: address of the city's identity provider (OpenID Connect); empty: name and password only.
        oidc_client: what the provider calls this platform.
        oidc_secret: the password of the platform at the provider.
        oidc_claim: the claim that holds a person's login here.
        routes: file that says where data goes (see docs/exchange.md); nothing is sent without it.
    """

    database: str = "sqlite:///var/xianjie.db"
    city: str = "zaozhuang"
    secret: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    tls: bool = False
    clock: str = ""
    tick: float = 1.0
    threads: int = 8
    is_demo: bool = False
    proxies: int = 0
    routes: str = ""
    external_topics: str = ""
    webhook_networks: str = ""
    notices: str = ""
    metrics_token: str = ""
    tracing: str = ""
    scanner: str = ""
    audit_key: str = ""
    audit_anchor: str = ""
    oidc_issuer: str = ""
    oidc_client: str = ""
    oidc_secret: str = ""
    oidc_claim: str = "preferred_username"

    @property
    def city_folder(self) -> Path:
        """Return the folder with the city's data files."""
        given = Path(self.city)
        return given if given.is_dir() else Path(__file__).parent / "cities" / self.city

    @property
    def clock_shift(self) -> timedelta:
        """Return the length by which the clock is moved."""
        return parse_shift(self.clock)

    def with_secret(self) -> "Settings":
        """Return the same settings with a secret, made up when none is given."""
        return self if self.secret else replace(self, secret=secrets.token_hex(32))


def parse_shift(text: str) -> timedelta:
    """Return the length meant by ``+3d``, ``-2h30m`` or an empty text.

    Raises:
        SettingsInvalid: the text has another form.
    """
    if not text:
        return timedelta()
    sign = text[0]
    parts = re.findall(r"(\d+)([dhm])", text[1:])
    if sign not in "+-" or not parts or "".join(f"{n}{u}" for n, u in parts) != text[1:]:
        raise SettingsInvalid(f"clock shift {text!r}: write it as +3d, -2h or +1d12h")
    length = sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta())
    return length if sign == "+" else -length


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment.

    Raises:
        SettingsInvalid: an unknown ``XIANJIE_`` name, or a value of the wrong form.
    """
    source = os.environ if environ is None else environ  # noqa: TID251 - this is the one place
    known = {_PREFIX + field.name.upper(): field for field in fields(Settings)}
    values: dict[str, object] = {}
    for name, text in source.items():
        if not name.startswith(_PREFIX) or name.startswith(_PREFIX + "TEST_"):
            continue
        if name not in known:
            raise SettingsInvalid(f"unknown setting {name}; known: {', '.join(sorted(known))}")
        values[known[name].name] = _value(name, str(known[name].type), text)
    settings = Settings(**values)  # type: ignore[arg-type]  # each value was converted to its field's type
    _check(settings)
    return settings


def _check(settings: Settings) -> None:
    rules = (
        ("DATABASE", settings.database.startswith(_DATABASES), "write sqlite:///… or postgresql+psycopg://…"),
        ("CITY", settings.city_folder.is_dir(), "name a folder of workflows/cities or the path of one"),
        ("SECRET", not settings.secret or len(settings.secret) >= _SECRET_LENGTH, "at least 32 characters"),
        (
            "METRICS_TOKEN",
            not settings.metrics_token or len(settings.metrics_token) >= _SECRET_LENGTH,
            "at least 32 characters",
        ),
        ("PORT", 0 < settings.port < 65536, "from 1 to 65535"),
        ("TICK", 0 < settings.tick <= _LONGEST_TICK, "seconds, more than 0 and at most 60"),
        ("THREADS", settings.threads > 0, "1 or more"),
        ("PROXIES", settings.proxies >= 0, "0 or more"),
        (
            "WEBHOOK_NETWORKS",
            _are_networks(settings.webhook_networks),
            "networks such as 10.1.0.0/16, divided by commas",
        ),
        ("TRACING", not settings.tracing or settings.tracing.startswith(_WEB), "http://…/v1/traces"),
        ("ROUTES", not settings.routes or Path(settings.routes).is_file(), "the path of a file"),
        (
            "OIDC_ISSUER",
            not settings.oidc_issuer or (settings.oidc_issuer.startswith(_WEB) and bool(settings.oidc_client)),
            "https://…, together with XIANJIE_OIDC_CLIENT",
        ),
        ("AUDIT_KEY", not settings.audit_key or Path(settings.audit_key).is_file(), "xianjie make-audit-key FILE"),
    )
    for name, is_well, remedy in rules:
        if not is_well:
            given = "…" if name in _HIDDEN else repr(getattr(settings, name.lower()))
            raise SettingsInvalid(f"{_PREFIX}{name}={given}: {remedy}")
    try:
        parse_shift(settings.clock)
    except SettingsInvalid as exc:
        raise SettingsInvalid(f"{_PREFIX}CLOCK: {exc}") from exc


def _are_networks(text: str) -> bool:
    try:
        for part in filter(None, (part.strip() for part in text.split(","))):
            ipaddress.ip_network(part)
    except ValueError:
        return False
    return True


def _value(name: str, kind: str, text: str) -> object:
    convert: dict[str, tuple[Callable[[str], object], str]] = {
        "str": (str, "a text"), "int": (int, "a whole number"), "float": (float, "a number"),
        "bool": (_truth, "1 or 0, true or false, yes or no"),
    }  # fmt: skip
    read, remedy = convert[kind.removeprefix("<class '").removesuffix("'>")]
    try:
        return read(text)
    except ValueError as exc:
        raise SettingsInvalid(f"{name}={text!r}: {remedy}") from exc


def _truth(text: str) -> bool:
    table = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}
    if text.lower() not in table:
        raise ValueError(text)
    return table[text.lower()]

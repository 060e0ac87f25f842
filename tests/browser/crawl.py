"""Follows every link from every role's home, and tells what kind of page each of them is."""

import html
import re
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urldefrag, urljoin, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException

from engine.queries.tasks import ListOpenTasks
from workflows.bootstrap import Application

ROLES = (
    "sp.jianshe",
    "ks.jsgc",
    "zr.xc.jz",
    "cg.xc",
    "ks.zf",
    "zc.fagui",
    "ju.lingdao",
    "jw.zu",
    "xt.admin",
    "sj.admin",
)
STRANGER = ""
ALWAYS = ("/", "/tasks")  # lead everybody elsewhere
ASSETS = ("static", "field.asset")
DOORS = ("/sign-in", "/help", "/public")  # where somebody comes in who is not signed in
_LINK = re.compile(r"""(?:href|src|data-bpmn-url|data-tokens-url)="([^"]+)\"""")
_MENU = re.compile(r'class="side-link" href="([^"]+)"')
_TEXTS = re.compile(r"<(script|style)\b.*?</\1>|<!--.*?-->", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Found:
    """One page as a person got it."""

    kind: str
    login: str
    url: str
    status: int
    size: int
    text: str
    policy: str

    def __str__(self) -> str:
        return f"{self.kind} {self.url} as {self.login or 'a stranger'}"


@dataclass
class Crawl:
    """What was found: one page of each kind, whichever role came first, everything, and the links that lead nowhere.

    What stands in the menu is in ``everything`` once for each role that has it there.
    """

    pages: dict[str, Found] = field(default_factory=dict)
    everything: list[Found] = field(default_factory=list)
    files: dict[str, Found] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    times: Counter[str] = field(default_factory=Counter)


class Kinds:
    """Names the kind of page behind an address: its route, and of tasks and cases also what they are about."""

    def __init__(self, app: Flask, platform: Application) -> None:
        self._routes = app.url_map.bind("localhost")
        self._tasks = {
            str(task.id): f"{task.definition_key}/{task.element_id}"
            for task in platform.engine.ask(ListOpenTasks(limit=10_000))
        }

    def of(self, path: str) -> str:
        """Return the kind; empty for what no route answers."""
        try:
            endpoint, given = self._routes.match(path, method="GET")
        except HTTPException:
            return ""
        chosen = [str(given[name]) for name in ("form", "act", "kind", "topic") if name in given]
        if endpoint == "tasks.show":
            chosen.append(self._tasks.get(str(given["task_id"]), "done"))
        if endpoint == "cases.show":
            chosen.append(re.split(r"[\d/]", given["business_key"])[0])
        return " ".join([str(endpoint), *chosen])


def sign_in(app: Flask, login: str, **cookies: str) -> FlaskClient:
    """Return a client that has signed in; of a stranger one that has not."""
    client = app.test_client()
    for name, value in cookies.items():
        client.set_cookie(name, value)
    if login:
        token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in").text)
        assert token is not None
        form = {"login": login, "password": "demo-2026", "csrf_token": token[1]}
        assert client.post("/sign-in", data=form).status_code == 302
    return client


def crawl(app: Flask, platform: Application) -> Crawl:
    """Go through everything each role can reach, one page of each kind."""
    found, kinds = Crawl(), Kinds(app, platform)
    for login in (*ROLES, STRANGER):
        doors = ("/",) if login else DOORS
        _Walk(sign_in(app, login), login, kinds, found).go(doors)
    return found


class _Walk:
    """One role's way: through its whole menu, and from there to every kind of page that nobody has seen yet."""

    def __init__(self, client: FlaskClient, login: str, kinds: Kinds, found: Crawl) -> None:
        self._client, self._login, self._kinds, self._found = client, login, kinds, found
        self._seen: set[str] = set()
        self._ahead: deque[tuple[str, str, bool]] = deque()

    def go(self, doors: tuple[str, ...]) -> None:
        """Follow all links, breadth first."""
        self._ahead.extend((door, "", True) for door in doors)
        while self._ahead:
            self._visit(*self._ahead.popleft())

    def _visit(self, url: str, source: str, is_door: bool) -> None:
        kind = self._kinds.of(urlsplit(url).path)
        times = self._found.times[kind]
        if kind in self._seen or (times and not is_door and url not in ALWAYS) or kind.startswith(ASSETS):
            return
        self._seen.add(kind)
        self._found.times[kind] += 1
        answer = self._client.get(url)
        if answer.status_code in (301, 302, 303):
            self._ahead.append((urljoin(url, answer.headers["Location"]), url, is_door))
            return
        is_page = answer.mimetype == "text/html"
        text = answer.text if is_page else ""
        policy = answer.headers.get("Content-Security-Policy", "")
        page = Found(kind, self._login, url, answer.status_code, len(answer.data), text, policy)
        if not kind or answer.status_code != 200:
            self._found.broken.append(f"{page} on {source or 'the door'}: {answer.status_code}")
            self._seen.discard("")
            return
        (self._found.pages if is_page else self._found.files).setdefault(kind, page)
        if is_page:
            self._found.everything.append(page)
            menu = set(_MENU.findall(text))
            self._ahead.extend((link, url, link in menu) for link in links_of(url, text))


def links_of(base: str, text: str) -> Iterator[str]:
    """Yield the addresses of our own that a page leads to."""
    for link in dict.fromkeys(_LINK.findall(text)):
        address = urldefrag(html.unescape(link)).url
        if address and not address.startswith(("data:", "mailto:", "tel:", "http://", "https://", "//")):
            yield urljoin(base, address)


def faults_of_markup(page: Found) -> Iterator[str]:
    """Yield what every page must have and this one lacks."""
    needed: Mapping[str, str] = {
        "a language": r"<html lang=", "a title of its own": r"<title>\s*[^\s·<][^<]*</title>",
        "the main part": r'<main[^>]* id="main"',
    }  # fmt: skip
    for name, pattern in needed.items():
        if not re.search(pattern, page.text):
            yield f"{page}: lacks {name}"
    headings = len(re.findall(r"<h1\b", page.text))
    if headings != 1:
        yield f"{page}: {headings} first headings"


def words_of(text: str) -> str:
    """Return what is read on a page: no scripts, no comments."""
    return _TEXTS.sub("", text)

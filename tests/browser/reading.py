"""Reads a page as it was sent, without a browser: its forms with their buttons and labels, and its words."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import MapAdapter

from tests.browser.crawl import Found

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
SILENT = frozenset({"script", "style", "svg", "code", "kbd", "pre", "textarea", "title"})
TYPED = ("input", "select", "textarea")
UNLABELLED = frozenset({"hidden", "submit", "button", "reset", "image"})
PICTURES = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
NUMBERED = "-".join(
    f"[0-9a-f]{{{length}}}" for length in (8, 4, 4, 4, 12)
)  # a record's number on the national platform
RAW = {
    "None": re.compile(r"\bNone\b|\bnull\b|\bundefined\b"),
    "an empty value": re.compile(r"\{\}|\[\]|\{\{|\}\}"),
    "a time as machines write it": re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d"),
    "a period as programs write it": re.compile(r"\b20\d\d[QH]\d\b"),
    "a key": re.compile(rf"^(?!{NUMBERED}$)[a-z][a-z0-9]*([_-][a-z0-9]+)*$|\b[a-z]+[a-z0-9]*_[a-z0-9_]+\b"),
}


@dataclass
class Tag:
    """One element with what it says about itself."""

    name: str
    attrs: dict[str, str]
    inside: tuple["Tag", ...]

    @property
    def is_shown(self) -> bool:
        """Tell whether it is there without a script: nothing around it is hidden."""
        return not any("hidden" in one.attrs for one in (*self.inside, self))

    def around(self, name: str) -> "Tag | None":
        """Return the nearest element of a name around it."""
        return next((one for one in reversed(self.inside) if one.name == name), None)


@dataclass
class Form:
    """A form with its controls; buttons elsewhere on the page may belong to it, too."""

    tag: Tag
    controls: list[Tag] = field(default_factory=list)


class Sheet(HTMLParser):
    """A page taken apart."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.words: list[tuple[Tag, str]] = []
        self.named: set[str] = set()
        self._open: list[Tag] = []
        self._loose: list[Tag] = []
        self.feed(PICTURES.sub("", text))
        by_id = {form.tag.attrs["id"]: form for form in self.forms if "id" in form.tag.attrs}
        for one in self._loose:
            if (owner := by_id.get(one.attrs.get("form", ""))) is not None:
                owner.controls.append(one)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        found = Tag(tag, {name: value or "" for name, value in attrs}, tuple(self._open))
        if tag not in VOID:
            self._open.append(found)
        if tag == "form":
            self.forms.append(Form(found))
        if tag == "label" and "for" in found.attrs:
            self.named.add(found.attrs["for"])
        if tag in (*TYPED, "button"):
            if "form" in found.attrs:
                self._loose.append(found)
            elif found.around("form") is not None:
                self.forms[-1].controls.append(found)

    def handle_endtag(self, tag: str) -> None:
        """Leave an element, and whatever in it was never closed."""
        while any(one.name == tag for one in self._open):
            if self._open.pop().name == tag:
                return

    def handle_data(self, data: str) -> None:
        """Note what is read in the main part."""
        names = {one.name for one in self._open}
        is_why = any("data-why" in one.attrs for one in self._open)  # names the rule by its id
        if not is_why and "main" in names and not names & SILENT and (said := " ".join(data.split())):
            self.words.append((self._open[-1], said))


def faults_of_forms(page: Found, sheet: Sheet, routes: MapAdapter) -> Iterator[str]:
    """Yield what is wrong with the forms of a page for somebody without JavaScript, or who listens to it."""
    for form in sheet.forms:
        if form.tag.attrs.get("method") == "dialog":
            continue  # the window that explains the keys, which a script opens
        about = f"{page}: the form to {form.tag.attrs.get('action') or 'itself'}"
        buttons = [one for one in form.controls if _submits(one)]
        if not any(one.is_shown for one in buttons):
            yield f"{about} has no button that sends it"
        for one in form.controls:
            if _is_asked(one) and not _is_labelled(one, sheet.named):
                yield f"{about}: {one.attrs.get('name') or one.attrs.get('id')} has no label"
        method = form.tag.attrs.get("method", "get").upper()
        targets = [
            form.tag.attrs.get("action", ""),
            *(one.attrs["formaction"] for one in buttons if "formaction" in one.attrs),
        ]
        for target in dict.fromkeys(targets):
            if not _is_known(routes, urljoin(page.url, target), method):
                yield f"{about} sends to {target}, which no route takes by {method}"


def _is_asked(one: Tag) -> bool:
    return one.name in TYPED and one.attrs.get("type") not in UNLABELLED and "hidden" not in one.attrs


def _submits(one: Tag) -> bool:
    kind = one.attrs.get("type", "submit" if one.name == "button" else "text")
    return kind == "submit" and one.name in ("button", "input")


def _is_labelled(one: Tag, named: Iterable[str]) -> bool:
    said = one.attrs.get("aria-label") or one.attrs.get("aria-labelledby")
    return bool(said) or one.attrs.get("id") in named or one.around("label") is not None


def _is_known(routes: MapAdapter, url: str, method: str) -> bool:
    try:
        routes.match(urlsplit(url).path, method=method)
    except MethodNotAllowed:
        return False
    except HTTPException:
        return False
    return True


def faults_of_words(page: Found, sheet: Sheet, logins: Iterable[str], *, for_machines: bool = False) -> Iterator[str]:
    """Yield what people do not read: names of the program, empty values, logins instead of persons; or nothing at all.

    Pages about files, diagrams and accounts may name them.
    """
    said = [(tag, text) for tag, text in sheet.words if tag.name != "h1" and "banner" not in tag.attrs.get("class", "")]
    if len("".join(text for _, text in said)) < len("没有任务"):
        yield f"{page}: nothing to read"
    known = set(logins)
    for tag, text in said:
        for name, pattern in RAW.items():
            if (found := pattern.search(text)) and not (for_machines and name == "a key"):
                yield f"{page}: {name}, {found[0]}, in <{tag.name}> {text[:60]}"
        if not for_machines and text in known:
            yield f"{page}: the login {text} for a person"

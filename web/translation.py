"""English pages from Chinese templates: each text is looked up when a template is compiled for English readers.

Templates are written in Chinese without marks. For Chinese they are compiled as they are and cost nothing more; for
English a second environment changes the texts between tags, the readable attributes and the literals of expressions.
What Python hands over (names of states, messages) is looked up when it is shown. A text without English stays Chinese.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, cast

from babel.messages.pofile import read_po
from flask.templating import Environment
from jinja2 import Template
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from web.display import display

CATALOGUE = Path(__file__).parent / "translations" / "en" / "LC_MESSAGES" / "messages.po"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
_EDGE = re.compile(r"""([<>"])""")
_PLACE = re.compile(r"\{(\d+)\}")
_NAME = re.compile(r"([\w-]+)=$")
READ = frozenset({"aria-label", "placeholder", "title", "alt", "label", "data-none", "content"})
UNREAD = frozenset({"textarea", "script", "style"})
_COMPARED = frozenset({"eq", "ne"})
_TELLING = 3  # characters of its own that a pattern needs so that it is no accident
_LONGEST = 60  # characters of a text that may fit a pattern
Part = str | list[Token]


@cache
def catalogue() -> Mapping[str, str]:
    """Return the English of each Chinese text that has one."""
    with CATALOGUE.open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file, locale="en") if one.id and one.string}


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    texts = ((text, english) for text, english in catalogue().items() if "{0}" in text and _is_telling(text))
    return tuple((_pattern_of(text), english) for text, english in texts)


def _is_telling(text: str) -> bool:
    return len(CHINESE.findall(text)) >= _TELLING


def _pattern_of(text: str) -> re.Pattern[str]:
    return re.compile(_PLACE.sub("(.+?)", re.sub(r"([.^$*+?()\[\]\\|])", r"\\\1", text)))


@lru_cache(4096)
def english(text: str) -> str:
    """Return a text in English, or as it is."""
    found = catalogue().get(text)
    if found is None and len(text) <= _LONGEST and CHINESE.search(text):
        for pattern, words in _patterns():
            if fits := pattern.fullmatch(text):
                given = [english(one) for one in fits.groups()]
                return _PLACE.sub(lambda place, given=given: given[int(place[1])], words)  # type: ignore[misc]
    return text if found is None else found


def shown(value: Any) -> Any:
    """Return what an expression shows to an English reader."""
    return english(value) if type(value) is str else value


class Texts:
    """Takes a template's tokens apart into texts, each a message with places for the expressions in it.

    Only what is read belongs to a text: not what a form sends back, and not the addresses of links.
    """

    def __init__(self, tokens: Iterable[Token]) -> None:
        self._tokens = iter(tokens)
        self._is_in_tag = False
        self._tag = ""
        self._attribute = ""
        self._before = ""

    def parts(self) -> Iterator[list[Part] | Token]:
        """Yield each text as its parts, and every token that belongs to none."""
        text: list[Part] = []
        for token in self._tokens:
            if token.type == "data":
                for piece in _EDGE.split(token.value):
                    if not self._is_edge(piece) and self._is_read():
                        text.append(piece)
                        continue
                    yield text
                    text = []
                    yield Token(token.lineno, "data", piece)
            elif token.type == "variable_begin" and self._is_read():
                text.append([token, *self._until("variable_end")])
            else:
                yield text
                text = []
                yield token
                yield from self._until("block_end") if token.type == "block_begin" else ()
        yield text

    def _is_read(self) -> bool:
        if self._is_in_tag:
            return self._attribute in READ
        return self._tag not in UNREAD

    def _is_edge(self, piece: str) -> bool:
        edge = piece
        if edge == "<" and not self._attribute:
            self._is_in_tag, self._tag = True, ""
        elif edge == ">" and not self._attribute:
            self._is_in_tag = False
        elif edge == '"' and self._is_in_tag:
            named = _NAME.search(self._before)
            self._attribute = "" if self._attribute else (named[1] if named else "?")
        else:
            if self._is_in_tag and not self._tag:
                self._tag = piece.split(maxsplit=1)[0] if piece.strip() else ""
            self._before = piece or self._before
            return False
        return True

    def _until(self, kind: str) -> Iterator[Token]:
        for token in self._tokens:
            yield token
            if token.type == kind:
                return


def message_of(parts: list[Part]) -> str:
    """Return the message of a text: its words in one line, its expressions as {0}, {1} …"""
    places = iter(range(len(parts)))
    words = "".join(part if isinstance(part, str) else f"{{{next(places)}}}" for part in parts)
    return " ".join(words.split())


def has_words(parts: list[Part]) -> bool:
    """Tell whether Chinese stands in the text itself."""
    return any(isinstance(part, str) and CHINESE.search(part) for part in parts)


def is_literal(before: Token | None, token: Token) -> bool:
    """Tell whether a token is Chinese that is shown, not compared with something."""
    is_text = token.type == "string" and CHINESE.search(token.value) is not None
    return is_text and not (before is not None and (before.type in _COMPARED or before.value == "in"))


class English(Extension):
    """Puts the English of the catalogue in the place of Chinese while a template is compiled."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Yield the tokens of the English template."""
        before: Token | None = None
        for one in Texts(stream).parts():
            for token in _translated(one) if isinstance(one, list) else (one,):
                yield _literal(before, token)
                before = token


def _literal(before: Token | None, token: Token) -> Token:
    return Token(token.lineno, "string", english(token.value)) if is_literal(before, token) else token


def _translated(parts: list[Part]) -> Iterator[Token]:
    words = catalogue().get(message_of(parts)) if has_words(parts) else None
    line = next((part[0].lineno for part in parts if not isinstance(part, str)), 1)
    if words is None:
        ordered: Iterable[Part] = parts
    else:
        held = [part for part in parts if not isinstance(part, str)]
        pieces = _PLACE.split(_margin(parts[0], 0) + words + _margin(parts[-1], -1))
        ordered = [held[int(piece)] if at % 2 else piece for at, piece in enumerate(pieces)]
    for part in ordered:
        yield from [Token(line, "data", part)] if isinstance(part, str) else _with_filter(part)


def _with_filter(block: list[Token]) -> list[Token]:
    """Return an expression whose value is looked up when it is shown."""
    first, *inside, last = block
    line = last.lineno
    around = [("rparen", ")"), ("pipe", "|"), ("name", "shown")]
    return [first, Token(line, "lparen", "("), *inside, *(Token(line, kind, word) for kind, word in around), last]


def _margin(part: Part, side: int) -> str:
    """Return the space at the beginning or the end of a text."""
    return " " if isinstance(part, str) and part[side : len(part) if side else 1].isspace() else ""


class TwoLanguages(Environment):
    """The templates of the application, compiled once for each language that is read."""

    def _load_template(self, name: str, globals: Any) -> Template:
        if not self.overlayed and display().lang == "en":
            return self._english()._load_template(name, globals)
        return super()._load_template(name, globals)

    def _english(self) -> "TwoLanguages":
        if "english" not in self.__dict__:
            self.filters["shown"] = shown
            self.__dict__["english"] = self.overlay(extensions=[English])
        return cast("TwoLanguages", self.__dict__["english"])

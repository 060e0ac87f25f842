"""Cuts FEEL text into tokens, knowing that names may contain spaces and, if declared, operators."""

import re
from collections.abc import Callable, Collection
from functools import lru_cache

from lark import Token

from engine.errors import ExpressionInvalid

MAX_BRACKETS = 64

_WORD = re.compile(r"(?:[^\W\d]|[?\U00010000-\U000EFFFF])[\w\u00b7\U00010000-\U000EFFFF]*")
_SPACES = re.compile(r"\s+")
_DIGITS = re.compile(r"\d+(?![\w.])|\d+(?=\.\.)")
_BLANK = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_NUMBER = re.compile(r"(?:\d+(?:\.(?!\.)\d+)?|\.\d+)(?:[eE][+-]?\d+)?(?!\w)")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_KEY = re.compile(r'([^\s"{}\[\](),:][^"{}\[\](),:]*?)\s*(?=:)')
_INSTANCE_OF = re.compile(r"instance\s+of\b")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{6})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\"}
_OPERATORS = {
    "**": "POW", "<=": "LE", ">=": "GE", "!=": "NE", "..": "DOTDOT", "->": "ARROW",
    "+": "PLUS", "-": "MINUS", "*": "STAR", "/": "SLASH", "(": "LPAR", ")": "RPAR", "[": "LSQB", "]": "RSQB",
    "{": "LBRACE", "}": "RBRACE", ",": "COMMA", ":": "COLON", ".": "DOT", "=": "EQ", "<": "LT", ">": "GT",
}  # fmt: skip
_KEYWORDS = frozenset(
    [
        *("if", "then", "else", "for", "return", "in", "some", "every", "satisfies"),
        *("and", "or", "between", "function", "true", "false", "null"),
    ]
)
_PHRASES = ("date and time", "years and months duration", "days and time duration", "get or else")
_ENDS_OPERAND = frozenset(
    ["NAME", "NUMBER", "STRING", "AT_STRING", "TRUE", "FALSE", "NULL", "RPAR", "RSQB", "RBRACE", "CLOSE_EXCLUSIVE"]
)
_AFTER_INTERVAL = re.compile(r"\[\s*(?:$|[,)}\]=<>!+*/]|(?:and|or|then|else|return|satisfies|in|between|instance)\b)")
_OPENING = frozenset(["LPAR", "LSQB", "LBRACE", "OPEN_EXCLUSIVE"])
_CLOSING = frozenset(["RPAR", "RSQB", "RBRACE", "CLOSE_EXCLUSIVE"])


def normal_name(text: str) -> str:
    """Return a name with every run of white space reduced to one blank."""
    return " ".join(text.split())


def needs_declaring(name: str) -> bool:
    """Tell whether *name* can only be recognised in an expression if it was declared beforehand.

    Such are names with operators, apostrophes or keywords in them, and names with a decimal point.
    """
    words = name.split()
    plain = all(_WORD.fullmatch(word) or word.isdigit() for word in words)
    return not plain or words[0].isdigit() or any(word in _KEYWORDS for word in words)


@lru_cache(maxsize=256)
def _phrases(names: frozenset[str]) -> re.Pattern[str]:
    ordered = sorted({*_PHRASES, *map(normal_name, names)}, key=len, reverse=True)
    alternatives = "|".join(r"\s+".join(map(re.escape, name.split())) for name in ordered)
    return re.compile(rf"(?:{alternatives})(?!\w)")


def _hint(character: str) -> str:
    if character == '"':
        return "引号没有闭合"
    wide = character in "“”‘’（）［］｛｝【】，：；＝＜＞＋－＊／"
    return f"不能使用{character!r}" + ("，请改用半角符号" if wide else "")


class Lexer:
    """Reads one text from left to right; ``tokens`` is the result."""

    def __init__(self, text: str, names: Collection[str]) -> None:
        self.text = text
        self.position = 0
        self.tokens: list[Token] = []
        self._names = frozenset(names)
        self._brackets: list[str] = []

    def run(self) -> list[Token]:
        """Return all tokens; the outward brackets of an interval ``]1..5[`` have types of their own."""
        readers: tuple[Callable[[], bool], ...] = (
            self._blank, self._key, self._string, self._number, self._phrase, self._word, self._operator,
        )  # fmt: skip
        while self.position < len(self.text):
            if not any(read() for read in readers):
                raise self._refusal(_hint(self.text[self.position]))
        if self._brackets:
            raise self._refusal("括号没有闭合")
        return self.tokens

    def _emit(self, kind: str, value: str, end: int) -> bool:
        self.tokens.append(Token(kind, value, self.position, end_pos=end))
        self.position = end
        return True

    def _refusal(self, reason: str) -> ExpressionInvalid:
        return ExpressionInvalid(text=self.text, reason=reason, position=self.position)

    def _blank(self) -> bool:
        match = _BLANK.match(self.text, self.position)
        if match:
            self.position = match.end()
        return match is not None

    def _key(self) -> bool:
        last = self.tokens[-1].type if self.tokens else ""
        if not self._brackets or self._brackets[-1] != "LBRACE" or last not in ("LBRACE", "COMMA"):
            return False
        match = _KEY.match(self.text, self.position)
        if not match:
            return False
        name = normal_name(match.group(1))
        if needs_declaring(name):
            self._names |= {name}
        return self._emit("NAME", name, match.end())

    def _string(self) -> bool:
        kind = "AT_STRING" if self.text[self.position] == "@" else "STRING"
        match = _STRING.match(self.text, self.position + (kind == "AT_STRING"))
        return match is not None and self._emit(kind, self._unescaped(match.group()[1:-1]), match.end())

    def _unescaped(self, raw: str) -> str:
        def one(match: re.Match[str]) -> str:
            code = match.group(1) or match.group(2)
            if not code:
                return _ESCAPED.get(match.group(3), match.group())
            if int(code, 16) > 0x10FFFF:
                raise self._refusal("不是有效的字符编码")
            return chr(int(code, 16))

        text = _ESCAPE.sub(one, raw)
        try:
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            raise self._refusal("不是有效的字符编码") from None

    def _number(self) -> bool:
        match = _NUMBER.match(self.text, self.position)
        return match is not None and self._emit("NUMBER", match.group(), match.end())

    def _phrase(self) -> bool:
        match = _phrases(self._names).match(self.text, self.position)
        return match is not None and self._emit("NAME", normal_name(match.group()), match.end())

    def _word(self) -> bool:
        instance = _INSTANCE_OF.match(self.text, self.position)
        if instance:
            return self._emit("INSTANCE_OF", instance.group(), instance.end())
        match = _WORD.match(self.text, self.position)
        if not match:
            return False
        if match.group() in _KEYWORDS:
            return self._emit(match.group().upper(), match.group(), match.end())
        end = self._end_of_name(match.end())
        return self._emit("NAME", normal_name(self.text[self.position : end]), end)

    def _end_of_name(self, end: int) -> int:
        while True:
            blank = _SPACES.match(self.text, end)
            if not blank or _INSTANCE_OF.match(self.text, blank.end()):
                return end
            word = _WORD.match(self.text, blank.end()) or _DIGITS.match(self.text, blank.end())
            if not word or word.group() in _KEYWORDS:
                return end
            end = word.end()

    def _operator(self) -> bool:
        symbol = next((text for text in _OPERATORS if self.text.startswith(text, self.position)), None)
        if symbol is None:
            return False
        kind = self._bracket(_OPERATORS[symbol])
        if kind in _OPENING:
            self._brackets.append(kind)
        elif kind in _CLOSING and self._brackets:
            self._brackets.pop()
        if len(self._brackets) > MAX_BRACKETS:
            raise self._refusal("嵌套过深")
        return self._emit(kind, symbol, self.position + len(symbol))

    def _bracket(self, kind: str) -> str:
        """Tell the outward brackets of ``]1..5[`` from those of lists and filters."""
        last = self.tokens[-1].type if self.tokens else ""
        if kind == "RSQB" and last not in _ENDS_OPERAND and last != "LSQB":
            return "OPEN_EXCLUSIVE"
        if kind == "LSQB" and last in _ENDS_OPERAND and _AFTER_INTERVAL.match(self.text, self.position):
            return "CLOSE_EXCLUSIVE"
        return kind

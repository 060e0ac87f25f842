"""From text to a tree of nodes: lexer, lark grammar, limits, and the translation of lark's tree."""

from collections.abc import Collection, Iterator
from functools import lru_cache
from pathlib import Path

from lark import Lark, Token, Tree, UnexpectedInput
from lark.lexer import Lexer as LarkLexer

from engine.errors import ExpressionInvalid
from engine.feel.lexer import Lexer
from engine.feel.nodes import Literal, Node
from engine.feel.translation import Untranslatable, translate
from engine.feel.undefined import Undefined

MAX_CHARACTERS = 4000
MAX_DEPTH = 64


class _Tokens(LarkLexer):
    """Hands tokens that were already made to lark."""

    def __init__(self, _lexer_conf: object) -> None:
        pass

    def lex(self, data: object) -> Iterator[Token]:  # type: ignore[override]
        """Yield the tokens as they are."""
        yield from data  # type: ignore[misc]


@lru_cache(maxsize=1)
def _parser() -> Lark:
    grammar = Path(__file__).with_name("feel.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer=_Tokens, start=["expression", "unary"], maybe_placeholders=True)


@lru_cache(maxsize=8192)
def parse_node(text: str, *, unary: bool, names: frozenset[str]) -> tuple[Node, bool]:
    """Return the parsed text, and for unary tests whether they are negated.

    Raises:
        ExpressionInvalid: the text is no FEEL, too long or nested too deeply.
    """
    if len(text) > MAX_CHARACTERS:
        raise ExpressionInvalid(text=text[:80], reason=f"超过 {MAX_CHARACTERS} 个字符", position=0)
    if unary and text.strip() in ("", "-"):
        return Literal(None), True
    tokens = _marked(Lexer(text, names).run()) if unary else Lexer(text, names).run()
    tree = _tree(text, tokens, "unary" if unary else "expression")
    if _is_too_deep(tree):
        raise ExpressionInvalid(text=text, reason=f"嵌套超过 {MAX_DEPTH} 层", position=0)
    try:
        return translate(tree), tree.data == "none_of"
    except Untranslatable as exc:
        raise ExpressionInvalid(text=text, reason=str(exc), position=0) from None
    except Undefined:
        raise ExpressionInvalid(text=text, reason="日期、时长或数字的写法有误", position=0) from None


def _tree(text: str, tokens: Collection[Token], start: str) -> Tree[Token]:
    try:
        return _parser().parse(tokens, start=start)
    except UnexpectedInput as exc:
        token = getattr(exc, "token", None)
        ended = token is None or token.type == "$END"
        reason = "表达式不完整" if ended else f"此处不应出现 {str(token)!r}"
        position = len(text) if token is None or ended else token.start_pos
        raise ExpressionInvalid(text=text, reason=reason, position=position) from None


def _marked(tokens: list[Token]) -> list[Token]:
    """Mark a ``not`` whose parentheses enclose all the rest as the negation of unary tests."""
    if len(tokens) < 4 or tokens[0] != "not" or tokens[1].type != "LPAR":
        return tokens
    depth = 0
    for index, token in enumerate(tokens):
        depth += (token.type == "LPAR") - (token.type == "RPAR")
        if index > 0 and depth == 0:
            whole = index == len(tokens) - 1
            return [Token.new_borrow_pos("UNARY_NOT", "not", tokens[0]), *tokens[1:]] if whole else tokens
    return tokens


def _is_too_deep(tree: Tree[Token]) -> bool:
    level: list[Tree[Token]] = [tree]
    for _ in range(MAX_DEPTH * 2):
        level = [child for node in level for child in node.children if isinstance(child, Tree)]
        if not level:
            return False
    return True

"""Initials of Chinese names, so that a person may type ``yszy`` for 演示置业."""

from functools import lru_cache

from pypinyin import Style, lazy_pinyin

_LONGEST = 200


@lru_cache(maxsize=4096)
def initials(text: str) -> str:
    """Return the first letter of each character in lower case; what is not Chinese stays as it is."""
    return "".join(lazy_pinyin(text[:_LONGEST], style=Style.FIRST_LETTER)).lower()


def search_words(*texts: object) -> str:
    """Return texts as one lower-case line to look in: as they are and, where Chinese, by their initials."""
    found = dict.fromkeys(str(text).strip().lower() for text in texts if text)
    found |= dict.fromkeys(initials(text) for text in tuple(found))
    return " ".join(word for word in found if word)


def like(text: str, longest: int = 60) -> str:
    """Return the pattern that finds a text anywhere, taking the signs of a pattern literally; escape is ``\\``."""
    literal = text.strip().lower()[:longest]
    for sign in ("\\", "%", "_"):
        literal = literal.replace(sign, "\\" + sign)
    return f"%{literal}%"

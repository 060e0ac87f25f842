"""Which passwords are good enough, and how they are kept."""

import hashlib
import re
import secrets
from collections.abc import Iterable
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

SHORTEST, LONGEST = 10, 200
HISTORY = 5
_CLASSES = (r"[a-z]", r"[A-Z]", r"\d", r"[^a-zA-Z\d]")
_NEEDED = 3  # of the four classes, unless it is a long phrase
_PHRASE = 16
_DISTINCT = 5
# what guessers try first, once digits and signs around it are taken away
_COMMON = frozenset({
    "password", "passwd", "passw", "pass", "admin", "administrator", "root", "user", "test", "guest", "demo", "qwerty",
    "qwertyuiop", "qwe", "asd", "asdf", "asdfghjkl", "zxc", "zxcvbn", "zxcvbnm", "qaz", "qazwsx", "qazwsxedc", "wsx",
    "abc", "abcd", "abcde", "abcdef", "abcdefg", "iloveyou", "letmein", "welcome", "monkey", "dragon", "master",
    "login", "woaini", "aini", "nihao", "zhongguo", "china", "beijing", "shandong", "zhengfu", "shenpi",
    "jianguan", "xianjie", "mima", "woshi", "system", "oracle", "postgres", "huawei", "changeme", "secret", "default",
    "aa", "aaa", "a", "q",
})  # fmt: skip
_LIKE = str.maketrans("@4301$5!7", "aaeoissit")
_HASHER = PasswordHasher()
NOBODYS = _HASHER.hash(secrets.token_hex(16))  # to check against when there is no account


def digest(secret: str) -> str:
    """Return what is stored of a random secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def hashed(password: str) -> str:
    """Return what is stored of a password."""
    return _HASHER.hash(password)


def verified(stored: str | None, password: str) -> bool:
    """Tell whether a password is the stored one."""
    try:
        return stored is not None and _HASHER.verify(stored, password)
    except VerificationError:
        return False


def fault_of(password: str, *, login: str, name: str, earlier: Iterable[str]) -> str:
    """Return why a password cannot be taken and what to do; empty when it can."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"密码须为 {SHORTEST} 至 {LONGEST} 位，请加长或缩短"
    lower = password.lower()
    if login.lower() in lower or (name and name.lower() in lower):
        return "密码不能含有登录名或姓名"
    if len(set(lower)) < _DISTINCT or _is_common(lower):
        return "密码过于常见，容易被猜到，请换一个"
    kinds = sum(re.search(pattern, password) is not None for pattern in _CLASSES)
    if kinds < _NEEDED and len(password) < _PHRASE:
        return f"密码须含大写字母、小写字母、数字、符号中的三类；{_PHRASE} 位以上的长句不限"
    if any(verified(stored, password) for stored in earlier):
        return f"不能与最近 {HISTORY} 次用过的密码相同"
    return ""


def _is_common(lower: str) -> bool:
    """Tell whether letters are a word of the list, as written or with signs for letters; or the text a plain row."""
    bare = re.sub(r"[^a-z]", "", lower)
    read = re.sub(r"[^a-z]", "", lower.rstrip("0123456789!@#$.").translate(_LIKE))
    return bare in _COMMON or read in _COMMON or _is_row(re.sub(r"[^a-z\d]", "", lower))


def _is_row(text: str) -> bool:
    """Tell whether characters follow each other up or down: 1234567890, abcdefghij, 9876543210."""
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return bool(steps) and (steps <= {1, -9} or steps <= {-1, 9})

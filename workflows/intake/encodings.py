"""Reads CSV files in the encodings that offices use, and refuses files that mix them."""

import csv
import io

from workflows import errors

_ENOUGH = 4  # so many characters of another encoding are no accident
_MAX_FIELD = 32_767


def read_csv(data: bytes) -> tuple[tuple[str, ...], ...]:
    """Read a CSV file in UTF-8 (with or without mark) or GB18030.

    Raises:
        ImportInvalid: mixed or unknown encodings (names the line), or a cell that is far too long.
    """
    previous = csv.field_size_limit(_MAX_FIELD)
    rows = csv.reader(io.StringIO(decoded(data), newline=""))
    try:
        return tuple(tuple(row) for row in rows)
    except csv.Error as exc:
        reason = f"第 {rows.line_num} 行无法读取（引号不成对，或单元格超过 {_MAX_FIELD} 字），请检查后重新导入"
        raise errors.ImportInvalid(reason=reason) from exc
    finally:
        csv.field_size_limit(previous)


def decoded(data: bytes) -> str:
    """Return the text of a file, or refuse it with the first line that differs from the others."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data:
        raise errors.ImportInvalid(reason="不是 UTF-8 或 GB18030 编码的 csv 文件，请另存为“CSV UTF-8”后重新导入")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    lines = data.splitlines()
    utf8 = [number for number, line in enumerate(lines, 1) if _is_utf8_text(line)]
    if utf8 or data.startswith(b"\xef\xbb\xbf"):
        others = [number for number, line in enumerate(lines, 1) if not _decodes(line, "utf-8")]
        odd = min(utf8, others, key=len) or utf8 or others
        raise errors.ImportInvalid(
            reason=f"第 {odd[0]} 行的文字编码与其他行不一致，请用 UTF-8 或 GB18030 统一另存后重新导入"
        )
    for number, line in enumerate(lines, 1):
        if not _decodes(line, "gb18030"):
            raise errors.ImportInvalid(reason=f"第 {number} 行的文字编码无法识别，请另存为“CSV UTF-8”后重新导入")
    return data.decode("gb18030")


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _is_utf8_text(line: bytes) -> bool:
    """Tell whether a line is UTF-8 with so many other characters that it cannot be GB18030 by accident."""
    if not _decodes(line, "utf-8"):
        return False
    return sum(ord(character) > 127 for character in line.decode("utf-8")) >= _ENOUGH

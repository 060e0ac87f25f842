"""Cells of decision tables on the page that explains why a task came."""

import pytest

from web.rule_words import said


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ('"granted"', "准予"),
        ('"建设工程规划许可","乡村建设规划许可"', "建设工程规划许可、乡村建设规划许可"),
        ('"核对放线"', "核对放线"),
        ("-", "不限"),
        ("true", "是"),
        ('if a = "b" then "c" else "d"', 'if a = "b" then "c" else "d"'),
        ("< 2", "< 2"),
    ],
)
def test_texts_lose_their_quotes_codes_become_words_and_expressions_stay(cell: str, words: str) -> None:
    assert said(cell) == words

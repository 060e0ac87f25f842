"""Whole numbers in addresses and forms: none is larger than a column takes."""

LARGEST = 2**31 - 1


def whole(text: str) -> int:
    """Return the number a text is.

    Raises:
        ValueError: it is none, or its amount is larger than a column takes; a form or an address then has its default.
    """
    number = int(text)
    if abs(number) > LARGEST:
        raise ValueError("larger than a column takes")
    return number

"""The one internal signal for an operation that FEEL answers with null."""


class Undefined(Exception):
    """The operation is not defined for these values; FEEL answers null, a strict evaluation stops."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

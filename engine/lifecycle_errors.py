"""What operators are refused: bulk operations, holds, retention, and what goes out to subscribers."""

from engine.errors import Conflict, Invalid, NotFound


class BulkNotFound(NotFound):
    """There is no such bulk operation."""

    code = "bulk-not-found"


class HoldNotFound(NotFound):
    """There is no such legal hold, or it is lifted."""

    code = "hold-not-found"


class NotFinished(Conflict):
    """The case still runs: only finished cases are deleted."""

    code = "not-finished"


class CaseHeld(Conflict):
    """A legal hold is in force: the case is neither archived nor deleted."""

    code = "case-held"


class KeptLonger(Conflict):
    """The term of retention of this case is not over."""

    code = "kept-longer"


class StillReferred(Conflict):
    """Another case or a register refers to this case; ``by`` names where."""

    code = "still-referred"


class HoldInvalid(Invalid):
    """A legal hold names either a case or a process, and why."""

    code = "hold-invalid"


class BulkInvalid(Invalid):
    """A bulk operation needs a known kind, a reason and at least one target, and not too many."""

    code = "bulk-invalid"


class NothingToRetry(Conflict):
    """No failed job stands behind this incident: the case has ended, or the job is gone."""

    code = "nothing-to-retry"

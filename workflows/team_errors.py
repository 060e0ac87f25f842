"""Errors of what colleagues settle between themselves; the kinds are the engine's."""

from engine.errors import Conflict, Forbidden, NotFound


class SigningNotFound(NotFound):
    """There is no such signing round or signer, or it does not concern the caller."""

    code = "signing-not-found"


class SigningEnded(Conflict):
    """The signing round was decided, closed or cancelled; ``state`` says which."""

    code = "signing-ended"


class SigningNotDue(Conflict):
    """It is not this signer's turn, or the signer has signed already; ``state`` says which."""

    code = "signing-not-due"


class SigningMissing(Conflict):
    """The step demands a signing round that has passed before it is completed."""

    code = "signing-missing"


class UrgedTooSoon(Conflict):
    """Somebody urged this task a short while ago; ``again_at`` says when it may be urged again."""

    code = "urged-too-soon"


class CommentNotFound(NotFound):
    """There is no such comment, or it does not concern the caller."""

    code = "comment-not-found"


class CommentFixed(Conflict):
    """A comment can be changed for ten minutes, and by its author only."""

    code = "comment-fixed"


class AbsenceNotFound(NotFound):
    """There is no such absence, or it is another person's."""

    code = "absence-not-found"


class MayNotSign(Forbidden):
    """The substitute was not given the right to sign."""

    code = "may-not-sign"

"""Programs outside are told what happens in cases: written with what happened, sent afterwards, in order, signed."""

from workflows.webhooks.events import KINDS, Subscriptions
from workflows.webhooks.guard import Guard, TargetRefused
from workflows.webhooks.sender import Postman
from workflows.webhooks.signing import is_genuine, signature_of

__all__ = ["KINDS", "Guard", "Postman", "Subscriptions", "TargetRefused", "is_genuine", "signature_of"]

"""Devolved, entrusted and authorised items: who has them, and how their work is reviewed (zz2020/2.9)."""

from workflows.devolved.delegations import KINDS, OpenCycles, RegisterDelegation, TakeBack, load_delegations
from workflows.devolved.reviews import FOLLOW_UPS, STATES, StartReview

__all__ = [
    "FOLLOW_UPS",
    "KINDS",
    "STATES",
    "OpenCycles",
    "RegisterDelegation",
    "StartReview",
    "TakeBack",
    "load_delegations",
]

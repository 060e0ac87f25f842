"""Complaints and tips (投诉举报): routed, handled in time, answered; who complained stays secret (zz2020/2.6)."""

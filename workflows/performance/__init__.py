"""Supervising the supervisors: duties by cycle, inaction, indicators with their lists, sample audits (zz2020/2.8)."""

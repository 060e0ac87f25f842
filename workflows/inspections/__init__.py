"""Inspections: who inspects what, the on-site record, what came of it (zz2020/1.1, zz2020/2.5)."""

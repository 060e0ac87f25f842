"""Penalties: from the lead to the archived file (zz2020/2.2, 2.5, 2.8)."""

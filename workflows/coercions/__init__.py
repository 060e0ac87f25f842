"""Coercion: seals and seizures, demolition and performance by others (zz2020/2.5)."""

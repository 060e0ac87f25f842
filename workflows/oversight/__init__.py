"""Supervising the supervisors by letter: opinions, interviews, criticisms (zz2020/2.8, zz2020/3.3)."""

"""Key areas: a library of key objects, full coverage in each cycle, special campaigns (zz2020/2.4)."""

"""Libraries of objects, officers and check sheets that inspections are planned and drawn from (zz2020/2.3)."""

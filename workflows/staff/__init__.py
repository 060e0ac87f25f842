"""Full-time supervisors of every unit: who they are, who stands in, since when (zz2020/3.2)."""

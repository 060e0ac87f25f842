"""Off-site supervision: devices, alerts, evidence, hot zones, listed places (zz2020/2.7)."""

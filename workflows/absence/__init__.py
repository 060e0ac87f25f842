"""Out of office (外出与代理): who stands in for whom, for what, from when to when, and what was done that way."""

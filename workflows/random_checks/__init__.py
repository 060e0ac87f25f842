"""Random inspections (双随机、一公开): the annual plan, its tasks, the draw with two seals, results and publication."""

"""Construction after the permit: tracked stage by stage from the sign board to the completion papers."""

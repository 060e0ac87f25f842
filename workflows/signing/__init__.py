"""Signing rounds beside the engine (会签、加签、减签): who is asked, in what order, what it comes to."""

"""Soundness of diagrams: can every case come to its end, whatever people decide?"""

from engine.soundness.together import together
from engine.soundness.verdict import Flaw, Verdict, can_complete, judge, places_to_move, tasks_before

__all__ = ["Flaw", "Verdict", "can_complete", "judge", "places_to_move", "tasks_before", "together"]

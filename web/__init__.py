"""HTTP only: no SQL, no BPMN, no rule."""

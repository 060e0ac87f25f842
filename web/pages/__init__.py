"""One file per screen; each view is parse → desk → show."""

"""What people do with a task beside completing it: give it back, take it back, hand it on, ask a colleague."""

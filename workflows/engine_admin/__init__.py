"""What administrators see and do of the engine itself: processes, cases, jobs, and carrying cases over."""

"""Accounts: the second factor, the rules for passwords, and who may give whom which role."""

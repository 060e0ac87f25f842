"""The periodic bulletin to the leaders' meeting: numbers from the lists, words by the policy section (zz2020/3.3)."""

"""Ways to a receiver: a front-end database, signed requests, files in a folder."""

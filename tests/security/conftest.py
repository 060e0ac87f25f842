"""A city and its web application for each test."""

from tests.cities import app, city

__all__ = ["app", "city"]

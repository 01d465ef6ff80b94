"""Tools for those who work on Slalom."""

"""Builders that let tests read aloud."""

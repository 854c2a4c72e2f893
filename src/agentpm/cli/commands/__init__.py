"""One module a command: its flags, its examples, what it prints."""

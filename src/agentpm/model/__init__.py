"""What things are: frozen values with their text formats, one format a module."""

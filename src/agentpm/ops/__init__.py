"""What users do: one verb a module."""

"""The gate: what a registry accepts, decided before it is there."""

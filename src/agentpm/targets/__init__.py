"""Where agents live: one module a harness."""

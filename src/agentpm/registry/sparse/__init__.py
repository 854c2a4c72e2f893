"""Registries that a web server offers as plain files (`docs/adr/0009-sparse-http.md`)."""

"""The tool tables: one module of plain data a harness, with the version it was observed on."""

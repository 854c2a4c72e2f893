"""How they ask: commands, settings, rendering."""

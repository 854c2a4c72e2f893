"""Where releases come from: an index in git, read through a local view, written by commits."""

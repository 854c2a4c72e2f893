"""Which versions: PubGrub, pure; it knows the world through one small protocol."""

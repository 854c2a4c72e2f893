"""Who vouches for a release: signatures, the signers of a registry, what was seen of them."""

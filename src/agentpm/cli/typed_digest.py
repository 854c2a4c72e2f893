"""The digest of a list of signers as somebody typed it."""

from __future__ import annotations

from agentpm.cli.usage import UsageFailure
from agentpm.model.digest import Digest, InvalidDigest
from agentpm.visible import visible


def signers_digest(text: str | None) -> Digest | None:
    """What stands behind `--signers`; None where that was not given.

    Raises:
        UsageFailure: it is no digest.
    """
    if text is None:
        return None
    try:
        return Digest(text)
    except InvalidDigest:
        shown = f"`{visible(text[:80])}`" if text else "an empty text"
        raise UsageFailure(
            f"{shown} is not the digest of a list of signers",
            hint="it is `sha256:` and 64 hex digits, as `agentpm registry signers NAME` prints it",
        ) from None

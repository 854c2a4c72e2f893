"""A question to a person that can be answered with yes or no."""

from __future__ import annotations


def confirm(sentence: str) -> bool:
    """Ask on the terminal; no is the default.

    Raises:
        KeyboardInterrupt: the person gave no answer, and ended the input.
    """
    # Most runs ask nothing, and the library takes longer to load than many a command takes.
    import typer  # noqa: PLC0415

    try:
        return typer.confirm(sentence, default=False, err=True)
    except typer.Abort:
        raise KeyboardInterrupt from None

"""What is made when it is first used, and not when its module is imported.

Compiling expressions was the dearest thing that most modules did when they were imported, and no
command uses a third of those that it loads. Nor does a run need the modules that explain failures,
or speak to web servers, unless something fails, or a registry is behind one
(`docs/adr/0007-start-up.md`).
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any, AnyStr, cast


def pattern(expression: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """What `re.compile` returns for the same arguments, as far as its methods can tell."""
    return cast("re.Pattern[AnyStr]", _Pattern(expression, flags))


def module(name: str) -> Any:
    """The module `name`, imported when something in it is first asked for.

    It stands at the top of a file, in place of an import that type checkers and import-linter see:

        if TYPE_CHECKING:
            from agentpm.resolver import explain
        else:
            explain = lazy.module("agentpm.resolver.explain")
    """
    return _Module(name)


def load(*modules: Any) -> None:
    """Import modules that `module` returned, before something in them is asked for."""
    for each in modules:
        import_module(object.__getattribute__(each, "_name"))


class _Pattern:
    """An expression whose methods are those of its compiled form, looked up when first called."""

    def __init__(self, expression: Any, flags: int) -> None:
        self._given = expression, flags

    def __getattr__(self, name: str) -> Any:
        # Asked only for what is not on the object yet; `re` keeps the compiled form.
        found = getattr(re.compile(*self._given), name)
        setattr(self, name, found)
        return found


class _Module:
    """A module whose contents are looked up when first asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        found = getattr(import_module(self._name), name)
        setattr(self, name, found)
        return found

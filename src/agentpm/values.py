"""Frozen values: dataclasses whose methods are made when they are first needed.

CPython makes the methods of a dataclass by compiling source text, six times a class and every time
that its module is imported: half a millisecond each, which for the classes that one command loads
was a third of its start (`docs/adr/0014-values.md`). A value here has the same fields, the same
slots, the same equality; only `__init__` is compiled at all, and only for classes of which there
are many values.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    # Type checkers see what it is equal to.
    from dataclasses import dataclass

    __all__ = ["dataclass"]
else:

    def dataclass(cls=None, /, **wanted):
        """`dataclasses.dataclass`, quick where it is asked for a frozen class with slots."""
        make = _frozen if wanted == _QUICK else dataclasses.dataclass(**wanted)
        return make if cls is None else make(cls)


_QUICK = {"frozen": True, "slots": True}
_MISSING = dataclasses.MISSING


@dataclasses.dataclass(frozen=True, slots=True)
class _Example:
    field: int


# What tells a field from a class variable, or a frozen class from another, has no public name.
_FIELD: Any = dataclasses.fields(_Example)[0]._field_type  # type: ignore[attr-defined] # noqa: SLF001
_FROZEN: Any = _Example.__dataclass_params__  # type: ignore[attr-defined]


def _frozen(cls: type[Any]) -> type[Any]:
    fields = _inherited(cls)
    own = {
        name: _field(cls, name, kind)
        for name, kind in cls.__dict__.get("__annotations__", {}).items()  # noqa: RUF063 # as loaded
        if not str(kind).startswith("ClassVar")
    }
    fields |= own
    slots = _inherited_slots(cls)
    body = {key: value for key, value in cls.__dict__.items() if key not in own}
    body.pop("__dict__", None)
    body.pop("__weakref__", None)
    body["__slots__"] = tuple(name for name in own if name not in slots)
    body["__dataclass_fields__"] = fields
    body["__dataclass_params__"] = _FROZEN
    body["__match_args__"] = tuple(name for name, field in fields.items() if field.init)
    made = _methods(tuple(fields.values()))
    for name, method in made.items():
        body.setdefault(name, method)
    if cls.__dict__.get("__hash__") is None:
        # A class that defines only `__eq__` has a `__hash__` of None, put there by Python.
        body["__hash__"] = made["__hash__"]
    metaclass: Any = type(cls)
    new = metaclass(cls.__name__, cls.__bases__, body)
    new.__qualname__ = cls.__qualname__
    new.__init__ = _first_init(new, tuple(fields.values()))
    return new  # type: ignore[no-any-return] # a class, made by its metaclass


def _inherited(cls: type[Any]) -> dict[str, dataclasses.Field[Any]]:
    fields: dict[str, dataclasses.Field[Any]] = {}
    for base in reversed(cls.__mro__[1:]):
        fields |= base.__dict__.get("__dataclass_fields__", {})
    return fields


def _inherited_slots(cls: type[Any]) -> set[str]:
    return {name for base in cls.__mro__[1:] for name in base.__dict__.get("__slots__", ())}


def _field(cls: type[Any], name: str, kind: Any) -> dataclasses.Field[Any]:
    given = cls.__dict__.get(name, _MISSING)
    field: dataclasses.Field[Any] = (
        given if isinstance(given, dataclasses.Field) else dataclasses.field(default=given)
    )
    field.name, field.type = name, kind
    field._field_type = _FIELD  # type: ignore[attr-defined] # noqa: SLF001
    return field


def _methods(fields: tuple[dataclasses.Field[Any], ...]) -> dict[str, Callable[..., Any]]:
    """The methods of a frozen class, which need no compiling: they go over the fields."""
    compared = _getter([field.name for field in fields if field.compare])
    hashed = _getter(
        [field.name for field in fields if (field.compare if field.hash is None else field.hash)]
    )
    shown = [field.name for field in fields if field.repr]
    names = [field.name for field in fields]

    def __eq__(self: Any, other: object) -> Any:  # noqa: N807
        if other.__class__ is not self.__class__:
            return NotImplemented
        return compared(self) == compared(other)

    def __hash__(self: Any) -> int:  # noqa: N807
        return hash(hashed(self))

    def __repr__(self: Any) -> str:  # noqa: N807
        inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
        return f"{self.__class__.__qualname__}({inside})"

    def __getstate__(self: Any) -> list[Any]:  # noqa: N807
        return [getattr(self, name) for name in names]

    def __setstate__(self: Any, state: list[Any]) -> None:  # noqa: N807
        for name, value in zip(names, state, strict=True):
            object.__setattr__(self, name, value)

    return {
        "__eq__": __eq__,
        "__hash__": __hash__,
        "__repr__": __repr__,
        "__getstate__": __getstate__,
        "__setstate__": __setstate__,
        "__setattr__": _refuse_change,
        "__delattr__": _refuse_change,
    }


def _getter(names: list[str]) -> Callable[[Any], Any]:
    if not names:
        return lambda _: ()
    if len(names) == 1:
        get = attrgetter(names[0])
        return lambda value: (get(value),)
    return attrgetter(*names)


def _refuse_change(self: Any, name: str, *_: Any) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot change `{name}` of {self!r}")


_OFTEN = 6
"""How many values of a class are made before compiling its `__init__` is worth the while."""


def _first_init(cls: type[Any], fields: tuple[dataclasses.Field[Any], ...]) -> Callable[..., None]:
    """An `__init__` that puts the compiled one in its place after some calls.

    The compiled one also answers what makes no sense, in the words that Python has for that.
    """
    names = [field.name for field in fields]
    needed = {field.name for field in fields if _default(field) is _MISSING}
    setters = [(field, getattr(cls, field.name).__set__) for field in fields]
    prepare = getattr(cls, "__post_init__", None)
    made = 0

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        nonlocal made
        made += 1
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        whole = needed <= given.keys() <= set(names) and len(given) == len(args) + len(kwargs)
        if made > _OFTEN or not whole:
            cls.__init__ = _compile(cls, fields)
            cls.__init__(self, *args, **kwargs)
            return
        for field, put in setters:
            put(self, given[field.name] if field.name in given else _default(field))
        if prepare is not None:
            prepare(self)

    return __init__


def _default(field: dataclasses.Field[Any]) -> Any:
    made = field.default_factory
    return field.default if made is _MISSING else made()


def _compile(cls: type[Any], fields: tuple[dataclasses.Field[Any], ...]) -> Callable[..., None]:
    """The `__init__` that a dataclass would have, setting slots without a detour."""
    known: dict[str, Any] = {"_missing": _MISSING}
    parameters, lines = [], []
    for field in fields:
        name = field.name
        known[f"_set_{name}"] = getattr(cls, name).__set__
        value = name
        if field.default_factory is not _MISSING:
            known[f"_make_{name}"] = field.default_factory
            parameters.append(f"{name}=_missing")
            value = f"_make_{name}() if {name} is _missing else {name}"
        elif field.default is not _MISSING:
            known[f"_default_{name}"] = field.default
            parameters.append(f"{name}=_default_{name}")
        else:
            parameters.append(name)
        lines.append(f"    _set_{name}(self, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append("    self.__post_init__()")
    source = f"def __init__(self, {', '.join(parameters)}):\n" + "\n".join(lines or ["    pass"])
    exec(source, known)  # noqa: S102 # as `dataclasses` does; the text is made of names of fields
    init: Callable[..., None] = known["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init

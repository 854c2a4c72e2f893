"""Frozen values: dataclasses whose methods are made when they are first needed.

CPython makes the methods of a dataclass by compiling source text, six times a class and every time
that its module is imported: half a millisecond each, which for the classes that one command loads
was a third of its start. The module `dataclasses` itself takes as long as forty of them, since it
loads what can take source text apart (`docs/adr/0014-values.md`). A value here has the same fields,
the same slots, the same equality; only `__init__` is compiled at all, and only for classes of which
there are many values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter, ge, gt, le, lt
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    # Type checkers see what they are equal to.
    from dataclasses import dataclass, field, replace

    __all__ = ["dataclass", "field", "replace"]
else:

    def dataclass(*, frozen, slots, eq=True, order=False):
        """`dataclasses.dataclass`, for frozen classes with slots alone."""
        if not (frozen and slots):
            raise TypeError("a value is frozen, and has slots")
        return lambda cls: _frozen(cls, eq=eq, order=order)

    def field(**wanted):
        """`dataclasses.field`, for the classes that are made here."""
        return _Field(**wanted)

    def replace(value, /, **changes):
        """`dataclasses.replace`: the same value but for `changes`, made as any other is."""
        given = {name: getattr(value, name) for name in value.__match_args__}
        return value.__class__(**{**given, **changes})


_MISSING: Any = object()


class _Field:
    """What a class says of one of its fields."""

    __slots__ = ("compare", "default", "default_factory", "hash", "name", "repr", "type")

    def __init__(
        self,
        *,
        default: Any = _MISSING,
        default_factory: Any = _MISSING,
        repr: bool = True,  # noqa: A002 # as `dataclasses` calls it
        hash: bool | None = None,  # noqa: A002 # as `dataclasses` calls it
        compare: bool = True,
    ) -> None:
        self.name, self.type = "", ""
        self.default, self.default_factory = default, default_factory
        self.repr, self.hash, self.compare = repr, hash, compare

    @property
    def is_needed(self) -> bool:
        """Whether there is no default."""
        return self.default is _MISSING and self.default_factory is _MISSING

    def value(self) -> Any:
        """The default."""
        return self.default if self.default_factory is _MISSING else self.default_factory()


class _StandardFields:
    """The fields as `dataclasses` has them, for whoever asks: `fields`, `replace`, debuggers."""

    def __get__(self, _value: object, cls: type[Any]) -> Mapping[str, Any]:
        import dataclasses  # noqa: PLC0415 # whoever asks has loaded it

        def missing(given: Any) -> Any:
            return dataclasses.MISSING if given is _MISSING else given

        found = {}
        for each in cls.__value_fields__:
            one = dataclasses.field(
                default=missing(each.default),
                default_factory=missing(each.default_factory),
                repr=each.repr,
                hash=each.hash,
                compare=each.compare,
            )
            one.name, one.type = each.name, each.type
            one._field_type = dataclasses._FIELD  # type: ignore[attr-defined] # noqa: SLF001 # no public name
            found[each.name] = one
        return found


def _frozen(cls: type[Any], *, eq: bool, order: bool) -> type[Any]:
    inherited = {each.name: each for each in getattr(cls, "__value_fields__", ())}
    own = {
        name: _own(cls, name, kind)
        for name, kind in cls.__dict__.get("__annotations__", {}).items()  # noqa: RUF063 # as loaded
        if not str(kind).startswith("ClassVar")
    }
    fields = tuple((inherited | own).values())
    _refuse_odd(fields)
    slots = {name for base in cls.__mro__[1:] for name in base.__dict__.get("__slots__", ())}
    body = {key: value for key, value in cls.__dict__.items() if key not in own}
    body.pop("__dict__", None)
    body.pop("__weakref__", None)
    body["__slots__"] = tuple(name for name in own if name not in slots)
    body["__value_fields__"] = fields
    body["__dataclass_fields__"] = _StandardFields()
    body["__match_args__"] = tuple(each.name for each in fields)
    made = _methods(fields) | (_comparing(fields) if eq else {}) | (_order(fields) if order else {})
    for name, method in made.items():
        body.setdefault(name, method)
    if eq and cls.__dict__.get("__hash__") is None:
        # A class that defines only `__eq__` has a `__hash__` of None, put there by Python.
        body["__hash__"] = made["__hash__"]
    metaclass: Any = type(cls)
    new = metaclass(cls.__name__, cls.__bases__, body)
    new.__qualname__ = cls.__qualname__
    new.__init__ = _first_init(new, fields)
    return new  # type: ignore[no-any-return] # a class, made by its metaclass


def _refuse_odd(fields: tuple[_Field, ...]) -> None:
    """Refuse what no constructor could be made of, and defaults that values would share."""
    optional = ""
    for each in fields:
        if each.is_needed and optional:
            raise TypeError(
                f"`{each.name}` has no default, and follows `{optional}`, which has one"
            )
        if not each.is_needed:
            optional = each.name
        if each.default is not _MISSING and type(each.default).__hash__ is None:
            raise ValueError(f"the default of `{each.name}` can change: use `default_factory`")


def _own(cls: type[Any], name: str, kind: Any) -> _Field:
    given = cls.__dict__.get(name, _MISSING)
    found = given if isinstance(given, _Field) else _Field(default=given)
    found.name, found.type = name, kind
    return found


def _methods(fields: tuple[_Field, ...]) -> dict[str, Callable[..., Any]]:
    """What every frozen class has, and needs no compiling: it goes over the fields."""
    shown = [each.name for each in fields if each.repr]
    names = [each.name for each in fields]

    def __repr__(self: Any) -> str:  # noqa: N807
        inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
        return f"{self.__class__.__qualname__}({inside})"

    def __getstate__(self: Any) -> list[Any]:  # noqa: N807
        return [getattr(self, name) for name in names]

    def __setstate__(self: Any, state: list[Any]) -> None:  # noqa: N807
        for name, value in zip(names, state, strict=True):
            object.__setattr__(self, name, value)

    return {
        "__repr__": __repr__,
        "__getstate__": __getstate__,
        "__setstate__": __setstate__,
        "__replace__": replace,
        "__setattr__": _refuse_change,
        "__delattr__": _refuse_change,
    }


def _comparing(fields: tuple[_Field, ...]) -> dict[str, Callable[..., Any]]:
    compared = _getter([each.name for each in fields if each.compare])
    hashed = _getter(
        [each.name for each in fields if (each.compare if each.hash is None else each.hash)]
    )

    def __eq__(self: Any, other: object) -> Any:  # noqa: N807
        if other.__class__ is not self.__class__:
            return NotImplemented
        return compared(self) == compared(other)

    def __hash__(self: Any) -> int:  # noqa: N807
        return hash(hashed(self))

    return {"__eq__": __eq__, "__hash__": __hash__}


def _order(fields: tuple[_Field, ...]) -> dict[str, Callable[..., Any]]:
    compared = _getter([each.name for each in fields if each.compare])

    def by(test: Callable[[Any, Any], bool]) -> Callable[..., Any]:
        def method(self: Any, other: object) -> Any:
            if other.__class__ is not self.__class__:
                return NotImplemented
            return test(compared(self), compared(other))

        return method

    return {"__lt__": by(lt), "__le__": by(le), "__gt__": by(gt), "__ge__": by(ge)}


def _getter(names: list[str]) -> Callable[[Any], Any]:
    if not names:
        return lambda _: ()
    if len(names) == 1:
        get = attrgetter(names[0])
        return lambda value: (get(value),)
    return attrgetter(*names)


def _refuse_change(self: Any, name: str, *_: Any) -> NoReturn:
    from dataclasses import FrozenInstanceError  # noqa: PLC0415 # a mistake, made once

    raise FrozenInstanceError(f"cannot change `{name}` of {self!r}")


_OFTEN = 6
"""How many values of a class are made before compiling its `__init__` is worth the while."""


def _first_init(cls: type[Any], fields: tuple[_Field, ...]) -> Callable[..., None]:
    """An `__init__` that puts the compiled one in its place after some calls.

    The compiled one also answers what makes no sense, in the words that Python has for that.
    """
    names = [each.name for each in fields]
    needed = {each.name for each in fields if each.is_needed}
    setters = [(each, getattr(cls, each.name).__set__) for each in fields]
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
        for each, put in setters:
            put(self, given[each.name] if each.name in given else each.value())
        if prepare is not None:
            prepare(self)

    return __init__


def _compile(cls: type[Any], fields: tuple[_Field, ...]) -> Callable[..., None]:
    """The `__init__` that a dataclass would have, setting slots without a detour."""
    known: dict[str, Any] = {"_missing": _MISSING}
    parameters, lines = [], []
    for each in fields:
        name = each.name
        known[f"_set_{name}"] = getattr(cls, name).__set__
        value = name
        if each.default_factory is not _MISSING:
            known[f"_make_{name}"] = each.default_factory
            parameters.append(f"{name}=_missing")
            value = f"_make_{name}() if {name} is _missing else {name}"
        elif each.default is not _MISSING:
            known[f"_default_{name}"] = each.default
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

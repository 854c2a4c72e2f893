"""Frozen values: dataclasses whose methods are made when they are first needed.

CPython makes the methods of a dataclass by compiling source text, six times a class and every time
that its module is imported: half a millisecond each, which for the classes that one command loads
was a third of its start. The module `dataclasses` itself takes as long as forty of them, since it
loads what can take source text apart (`docs/adr/0014-values.md`). A value here has the same fields,
the same slots, the same equality; only `__init__` is compiled at all, and only for classes of which
there are many values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
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
        return _replace(value, **changes)


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
    given = cls.__dict__
    own = {
        name: _own(given, name, kind)
        for name, kind in given.get("__annotations__", {}).items()  # as loaded
        if not str(kind).startswith("ClassVar")
    }
    fields = {each.name: each for each in getattr(cls, "__value_fields__", ())} | own
    _refuse_odd(fields.values())
    slots = {name for base in cls.__mro__[1:-1] for name in base.__dict__.get("__slots__", ())}
    body = _SHARED | (_COMPARING if eq else {}) | (_ORDERING if order else {}) | given
    for key in ("__dict__", "__weakref__", *own):
        body.pop(key, None)
    if eq and body["__hash__"] is None:
        # A class that defines only `__eq__` has a `__hash__` of None, put there by Python.
        body["__hash__"] = _hash
    body["__slots__"] = tuple(name for name in own if name not in slots)
    body["__value_fields__"] = tuple(fields.values())
    body["__match_args__"] = tuple(fields)
    # All goes into the body: what is set on a class that is there already costs many times as much.
    body["__qualname__"] = cls.__qualname__
    body["__init__"] = _first_init(is_followed=hasattr(cls, "__post_init__"))
    metaclass: Any = type(cls)
    return metaclass(cls.__name__, cls.__bases__, body)  # type: ignore[no-any-return] # a class


def _refuse_odd(fields: Iterable[_Field]) -> None:
    """Refuse what no constructor could be made of, and defaults that values would share."""
    optional = ""
    for each in fields:
        if not each.is_needed:
            optional = each.name
        elif optional:
            raise TypeError(
                f"`{each.name}` has no default, and follows `{optional}`, which has one"
            )
        if each.default is not _MISSING and type(each.default).__hash__ is None:
            raise ValueError(f"the default of `{each.name}` can change: use `default_factory`")


def _own(body: Mapping[str, Any], name: str, kind: Any) -> _Field:
    given = body.get(name, _MISSING)
    found = given if isinstance(given, _Field) else _Field(default=given)
    found.name, found.type = name, kind
    return found


# What follows is the same function in every class, and finds in the class what differs.


def _repr(self: Any) -> str:
    shown = (each.name for each in self.__value_fields__ if each.repr)
    inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
    return f"{self.__class__.__qualname__}({inside})"


def _getstate(self: Any) -> list[Any]:
    return [getattr(self, name) for name in self.__match_args__]


def _setstate(self: Any, state: list[Any]) -> None:
    for name, value in zip(self.__match_args__, state, strict=True):
        object.__setattr__(self, name, value)


def _refuse_change(self: Any, name: str, *_: Any) -> NoReturn:
    from dataclasses import FrozenInstanceError  # noqa: PLC0415 # a mistake, made once

    raise FrozenInstanceError(f"cannot change `{name}` of {self!r}")


def _replace(self: Any, /, **changes: Any) -> Any:
    names = self.__match_args__
    if not changes.keys() <= set(names):
        return self.__class__(**{name: getattr(self, name) for name in names}, **changes)
    # Python matches names that are given with values one by one.
    return self.__class__(
        *[changes[name] if name in changes else getattr(self, name) for name in names]
    )


def _eq(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    compared = self.__class__.__value_compared__
    return compared(self) == compared(other)


def _hash(self: Any) -> int:
    return hash(self.__class__.__value_hashed__(self))


def _by(test: Callable[[Any, Any], bool]) -> Callable[..., Any]:
    def method(self: Any, other: Any) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        compared = self.__class__.__value_compared__
        return test(compared(self), compared(other))

    return method


class _Getter:
    """What reads those fields of a value that `wanted` picks, made when a class first needs it."""

    def __init__(self, name: str, wanted: Callable[[_Field], bool]) -> None:
        self._name = name
        self._wanted = wanted

    def __get__(self, _: object, cls: type[Any]) -> Callable[[Any], Any]:
        found = _getter([each.name for each in cls.__value_fields__ if self._wanted(each)])
        setattr(cls, self._name, found)
        return found


def _getter(names: list[str]) -> Callable[[Any], Any]:
    if not names:
        return lambda _: ()
    if len(names) == 1:
        get = attrgetter(names[0])
        return lambda value: (get(value),)
    return attrgetter(*names)


_SHARED: dict[str, Any] = {
    "__dataclass_fields__": _StandardFields(),
    "__repr__": _repr,
    "__getstate__": _getstate,
    "__setstate__": _setstate,
    "__setattr__": _refuse_change,
    "__delattr__": _refuse_change,
    "__replace__": _replace,
}
_COMPARING: dict[str, Any] = {
    "__eq__": _eq,
    "__hash__": _hash,
    "__value_compared__": _Getter("__value_compared__", lambda each: each.compare),
    "__value_hashed__": _Getter(
        "__value_hashed__", lambda each: each.compare if each.hash is None else each.hash
    ),
}
_ORDERING: dict[str, Any] = {
    "__lt__": _by(lt),
    "__le__": _by(le),
    "__gt__": _by(gt),
    "__ge__": _by(ge),
}


_OFTEN = 30
"""How many values of a class are made before compiling its `__init__` is worth the while."""

_set = object.__setattr__


def _first_init(*, is_followed: bool) -> Callable[..., None]:
    """An `__init__` that puts the compiled one in its place after some calls.

    `is_followed` is whether the class has a `__post_init__`. The compiled one also answers what makes
    no sense, in the words that Python has for that.
    """
    left = _OFTEN

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807 # it becomes one
        nonlocal left
        left -= 1
        names = self.__match_args__
        if kwargs or len(args) != len(names):
            values = _whole(self.__value_fields__, args, kwargs)
        else:
            values = args
        if left < 0 or values is None:
            _settle(self.__class__, __init__)(self, *args, **kwargs)
            return
        for name, value in zip(names, values):  # noqa: B905 # told above; asking costs as much again
            _set(self, name, value)
        if is_followed:
            self.__post_init__()

    return __init__


def _whole(
    fields: Sequence[_Field], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Sequence[Any] | None:
    """The value of each field; None where what was given makes no sense."""
    rest = fields[len(args) :]
    found = [*args]
    named = 0
    for each in rest:
        if each.name in kwargs:
            found.append(kwargs[each.name])
            named += 1
        elif each.is_needed:
            return None
        else:
            found.append(each.value())
    return found if len(found) == len(fields) and named == len(kwargs) else None


def _settle(cls: type[Any], first: Callable[..., None]) -> Callable[..., None]:
    """Put the compiled `__init__` in the place of the `first` one, in the class that has that."""
    owner: Any = next(each for each in cls.__mro__ if each.__dict__.get("__init__") is first)
    owner.__init__ = compiled = _compile(owner)
    return compiled


_turn = object.__dict__["__class__"].__set__
"""Makes a value one of another class, whatever its own class says of changes."""


def _thawed(cls: type[Any]) -> type[Any]:
    """The class `cls`, but that its values can change: while one is filled in it is one of these.

    Setting a slot in the way that a frozen class leaves open takes as long as setting seven so.
    """
    open_ = {name: getattr(object, name) for name in ("__setattr__", "__delattr__")}
    metaclass: Any = type(cls)
    return metaclass(cls.__name__, (cls,), {"__slots__": (), **open_})  # type: ignore[no-any-return] # a class


def _compile(cls: type[Any]) -> Callable[..., None]:
    """The `__init__` that a dataclass would have, setting slots without a detour."""
    known: dict[str, Any] = {"_missing": _MISSING, "_frozen": cls, "_thawed": _thawed(cls)}
    known |= {"_turn": _turn, "_set_all": _setstate}
    parameters, lines, values = [], [], []
    for each in cls.__value_fields__:
        name = each.name
        if each.default_factory is not _MISSING:
            known[f"_make_{name}"] = each.default_factory
            parameters.append(f"{name}=_missing")
            lines.append(f"    if {name} is _missing: {name} = _make_{name}()")
        elif each.default is not _MISSING:
            known[f"_default_{name}"] = each.default
            parameters.append(f"{name}=_default_{name}")
        else:
            parameters.append(name)
        values.append(name)
    lines += ["    if self.__class__ is _frozen:", "        _turn(self, _thawed)"]
    lines += [f"        self.{name} = {name}" for name in values]
    lines += ["        self.__class__ = _frozen"]
    lines += ["    else:", f"        _set_all(self, [{', '.join(values)}])"]
    if hasattr(cls, "__post_init__"):
        lines.append("    self.__post_init__()")
    source = f"def __init__(self, {', '.join(parameters)}):\n" + "\n".join(lines)
    exec(source, known)  # noqa: S102 # as `dataclasses` does; the text is made of names of fields
    init: Callable[..., None] = known["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init

"""Quick frozen values against the dataclasses that they stand in for."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pytest

from agentpm import values
from support.project import SOURCES

FIELD: Mapping[Any, Callable[..., Any]] = {
    values.dataclass: values.field,
    dataclasses.dataclass: dataclasses.field,
}


def point(dataclass: Callable[..., Any]) -> Any:
    """A class with everything that values use, made by one of the two."""
    field = FIELD[dataclass]

    @dataclass(frozen=True, slots=True)
    class Point:
        """A point."""

        KIND: ClassVar[str] = "point"
        x: int
        y: int = 0
        label: str = field(default="", compare=False)
        extra: Mapping[str, int] = field(default_factory=dict, hash=False, repr=False)

        def __post_init__(self) -> None:
            if self.x < 0:
                raise ValueError("negative")

    return Point


def empty(dataclass: Callable[..., Any]) -> Any:
    @dataclass(frozen=True, slots=True)
    class Empty:
        pass

    return Empty


def worded(dataclass: Callable[..., Any]) -> Any:
    """A class with words and an order of its own."""

    @dataclass(frozen=True, slots=True)
    class Worded:
        text: str

        def __repr__(self) -> str:
            return self.text

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Worded) and self.text.lower() == other.text.lower()

        def __hash__(self) -> int:
            return 7

    return Worded


@dataclasses.dataclass(frozen=True, slots=True)
class Module:
    """Known by its name, so that it can be pickled."""

    name: str
    size: int = 3


Quick: Any = values.dataclass(frozen=True, slots=True)(
    type("Quick", (), {"__annotations__": {"name": "str", "size": "int"}, "size": 3})
)
Quick.__module__ = __name__

ARGUMENTS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((1,), {}),
    ((1, 2), {}),
    ((1,), {"y": 2, "label": "here"}),
    ((), {"x": 1, "extra": {"a": 1}}),
]


@pytest.fixture(params=[values.dataclass, dataclasses.dataclass], ids=["quick", "standard"])
def dataclass(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Every test below must hold of both."""
    made: Callable[..., Any] = request.param
    return made


@pytest.mark.parametrize(("arguments", "named"), ARGUMENTS)
def test_both_are_built_and_shown_alike(arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
    """Whoever reads a failing test must not see which of the two it is."""
    ours, theirs = (
        point(made)(*arguments, **named) for made in (values.dataclass, dataclasses.dataclass)
    )
    assert [getattr(ours, f.name) for f in dataclasses.fields(theirs)] == [
        getattr(theirs, f.name) for f in dataclasses.fields(theirs)
    ]
    assert repr(ours) == repr(theirs)
    assert hash(ours) == hash(theirs)
    assert [f.name for f in dataclasses.fields(ours)] == [
        f.name for f in dataclasses.fields(theirs)
    ]
    assert ours.__match_args__ == theirs.__match_args__
    assert ours.__slots__ == theirs.__slots__


def test_equality_goes_by_the_fields_that_count(dataclass: Callable[..., Any]) -> None:
    """A place that is kept for messages must not make two entries differ."""
    made = point(dataclass)
    assert made(1, label="a") == made(1, label="b")
    assert made(1) != made(2)
    assert made(1, extra={"a": 1}) != made(1)
    assert hash(made(1, extra={"a": 1})) == hash(made(1))
    assert made(1) != (1, 0, "", {})


def test_a_value_cannot_change(dataclass: Callable[..., Any]) -> None:
    """A change returns a new value; nothing changes under anybody."""
    value = point(dataclass)(1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        value.x = 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        del value.x
    with pytest.raises((dataclasses.FrozenInstanceError, AttributeError, TypeError)):
        value.z = 2
    assert value.x == 1


def test_a_changed_copy_is_checked_too(dataclass: Callable[..., Any]) -> None:
    """`replace` makes a value as any other is made; the standard one knows ours too."""
    value = point(dataclass)(1, label="here")
    for replace in (dataclasses.replace, values.replace):
        changed = replace(value, x=2)
        assert (changed.x, changed.label, value.x) == (2, "here", 1)
        with pytest.raises(ValueError, match="negative"):
            replace(value, x=-1)
        with pytest.raises(TypeError):
            replace(value, z=1)


def test_whoever_derives_from_a_value_is_built_like_it(dataclass: Callable[..., Any]) -> None:
    """Values are filled in as ones of a class that is open, and must not stay or become one."""
    made = point(dataclass)

    @dataclass(frozen=True, slots=True)
    class Solid(made):  # type: ignore[misc, valid-type] # made just now
        z: int = 3

    class Named(made):  # type: ignore[misc, valid-type] # made just now
        """Without fields of its own, and with a place for more than fields."""

    for cls in (made, Solid, Named):
        for _ in range(values._OFTEN + 2):  # so that both ways are gone
            value = cls(1, label="here")
            assert type(value) is cls
            assert (value.x, value.y, value.label, value.extra) == (1, 0, "here", {})
            with pytest.raises(dataclasses.FrozenInstanceError):
                value.x = 2
            with pytest.raises(ValueError, match="negative"):
                cls(-1)
    assert Solid(1).z == 3


def test_every_value_has_its_own_default(dataclass: Callable[..., Any]) -> None:
    """A mapping that two values shared would change under one of them."""
    made = point(dataclass)
    assert made(1).extra is not made(1).extra


@pytest.mark.parametrize("arguments", [(), (1, 2, "", {}, 5)])
def test_wrong_arguments_are_refused(
    dataclass: Callable[..., Any], arguments: tuple[Any, ...]
) -> None:
    """The first call, which compiles, is as strict as the later ones."""
    made = point(dataclass)
    for _ in range(2):
        with pytest.raises(TypeError, match=r"__init__\(\)"):
            made(*arguments)


def test_class_variables_are_no_fields(dataclass: Callable[..., Any]) -> None:
    """They belong to all values together."""
    assert point(dataclass).KIND == "point"
    assert "KIND" not in [f.name for f in dataclasses.fields(point(dataclass))]


def test_a_class_without_fields_has_equal_values(dataclass: Callable[..., Any]) -> None:
    """One nothing is like the other."""
    made = empty(dataclass)
    assert made() == made()
    assert repr(made()).endswith("Empty()")


def test_what_a_class_says_itself_stands(dataclass: Callable[..., Any]) -> None:
    """Methods that are written are not made."""
    made = worded(dataclass)
    assert repr(made("Hi")) == "Hi"
    assert made("Hi") == made("hI")
    assert hash(made("Hi")) == 7


def test_values_are_copied_and_pickled() -> None:
    """Test runners and process pools hand values about."""
    for made in (Quick, Module):
        value = made("a", 4)
        assert copy.copy(value) == value
        assert copy.deepcopy(value) == value
        assert pickle.loads(pickle.dumps(value)) == value


def test_a_subclass_adds_its_fields(dataclass: Callable[..., Any]) -> None:
    """The fields of the base come first, and are not stored twice."""
    base = point(dataclass)

    @dataclass(frozen=True, slots=True)
    class Named(base):  # type: ignore[misc, valid-type]
        name: str = "n"

    value = Named(1, name="m")
    assert (value.x, value.name) == (1, "m")
    assert Named.__slots__ == ("name",)
    assert [f.name for f in dataclasses.fields(Named)][-1] == "name"


def test_values_are_put_in_the_order_of_their_fields(dataclass: Callable[..., Any]) -> None:
    """Where an order is asked for; with anything else there is none."""

    @dataclass(frozen=True, slots=True, order=True)
    class Ranked:
        rank: int
        name: str = ""

    low, high = Ranked(1, "b"), Ranked(2, "a")
    assert sorted([high, low]) == [low, high]
    assert low < high and low <= high and high > low and high >= low
    with pytest.raises(TypeError):
        _ = low < object()  # type: ignore[operator]
    with pytest.raises(TypeError):
        _ = point(dataclass)(1) < point(dataclass)(2)


def test_identity_is_equality_where_that_is_wished(dataclass: Callable[..., Any]) -> None:
    """What is large, and made once, is not compared field by field."""

    @dataclass(frozen=True, slots=True, eq=False)
    class Table:
        rows: tuple[int, ...]

    table = Table((1,))
    assert table == table
    assert table != Table((1,))
    assert len({table, Table((1,))}) == 2


def test_a_default_before_a_field_without_one_is_refused(dataclass: Callable[..., Any]) -> None:
    """Nobody could say the second without the first."""
    with pytest.raises(TypeError):

        @dataclass(frozen=True, slots=True)
        class Odd:
            first: int = 1
            second: int  # type: ignore[misc]


def test_a_default_that_can_change_is_refused(dataclass: Callable[..., Any]) -> None:
    """All values would share it."""
    given: Any = []
    with pytest.raises(ValueError, match="default_factory"):

        @dataclass(frozen=True, slots=True)
        class Odd:
            items: list[int] = given


@pytest.mark.skipif(sys.version_info < (3, 13), reason="`copy.replace` comes with Python 3.13")
def test_copies_can_be_changed(dataclass: Callable[..., Any]) -> None:
    """The standard library's way of asking for a changed copy."""
    changed = copy.replace(point(dataclass)(1), y=3)  # type: ignore[attr-defined]
    assert (changed.x, changed.y) == (1, 3)


def test_there_are_no_values_that_change() -> None:
    """What changes is an ordinary class."""
    made: Any = values.dataclass
    with pytest.raises(TypeError):
        made(frozen=False, slots=True)


def test_values_are_made_without_the_standard_library() -> None:
    """Loading it takes longer than making all of a command's classes here."""
    script = (
        "import sys; from agentpm.model import release; "
        "release.PackageId('shipped', release.PackageName('a')); "
        "sys.exit('dataclasses' in sys.modules)"
    )
    environ = {"PYTHONPATH": str(SOURCES), "PATH": os.environ["PATH"]}
    assert subprocess.run([sys.executable, "-c", script], env=environ, check=False).returncode == 0


def test_the_compiled_constructor_says_what_it_takes() -> None:
    """Once there are some values, and it is there, tools can look at it."""
    made = point(values.dataclass)
    for number in range(values._OFTEN + 1):
        assert made(number) == made(x=number)
    assert list(inspect.signature(made).parameters) == ["x", "y", "label", "extra"]


def test_a_subclass_may_have_a_constructor_of_its_own(dataclass: Callable[..., Any]) -> None:
    """However many values there are of it."""

    @dataclass(frozen=True, slots=True)
    class Point:
        x: int
        y: int

    class Low(Point):
        __slots__ = ()

        def __init__(self, x: int) -> None:
            super().__init__(x, 0)

    assert [(low.x, low.y) for low in map(Low, range(100))] == [(x, 0) for x in range(100)]


def test_what_follows_a_constructor_is_that_of_its_class(dataclass: Callable[..., Any]) -> None:
    """A class that wants none does not get the one of whoever derives from it."""

    @dataclass(frozen=True, slots=True)
    class Point:
        x: int

    class Loud(Point):
        __slots__ = ()

        def __post_init__(self) -> None:
            raise AssertionError

    assert [loud.x for loud in map(Loud, range(100))] == list(range(100))

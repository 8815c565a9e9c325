"""Tables that grow from outside: what vcem has under names, what installed packages offer, what a program registers."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib.metadata import entry_points
from typing import Any, TypeAlias, TypeVar

from vcem.core.errors import UsageError

T = TypeVar("T")
Point: TypeAlias = Any
"""An entry point: of importlib.metadata, or of its backport, which takes its place once anything has loaded it."""


class Table(Mapping[str, T]):
    """Entries by name. Those of packages are entry points of `group`, loaded when they are asked for.

    Args:
        group: of entry points, such as `vcem.methods`.
        what: what an entry is called, such as "method".
        kind: its class.
        own: vcem's own entries; no package may take their names.
    """

    def __init__(self, group: str, what: str, kind: type[T], own: Mapping[str, T]) -> None:
        self.group, self.what, self.kind = group, what, kind
        self._own, self._registered = dict(own), dict[str, T]()

    def register(self, name: str, entry: T) -> None:
        """Add an entry for this process; registering a name again replaces its entry.

        Raises:
            UsageError: if vcem or an installed package has that name, or the entry is of another class.
        """
        if name in self._own or name in self._points:
            raise UsageError(f"There already is a {self.what} {name!r}.", "a name of its own")
        self._registered[name] = self._checked(name, entry)

    def find(self, name: str, package: str = "") -> T:
        """Return the entry of that name; `package` is where it once came from, if that is known.

        Raises:
            UsageError: if there is none, or its package cannot be loaded.
        """
        for table in (self._own, self._registered):
            if name in table:
                return table[name]
        if name in self._points:
            return self._loaded(self._points[name])
        raise UsageError(
            f"There is no {self.what} {name!r} here.",
            f"one of {', '.join(self)}",
            f"install {package or f'the package that brings {name!r}'} (entry points {self.group}), or register it "
            "in your program",
        )

    def is_own(self, name: str) -> bool:
        """Return whether the entry is one of vcem's own."""
        return name in self._own

    def package(self, name: str) -> str:
        """Return name and version of the package that brings the entry; "" for vcem's own and registered ones."""
        point = self._points.get(name)
        return f"{point.dist.name} {point.dist.version}" if point and point.dist else ""

    def __getitem__(self, name: str) -> T:
        return self.find(name)

    def __contains__(self, name: object) -> bool:
        return any(name == known for known in self)

    def __iter__(self) -> Iterator[str]:
        return iter([*self._own, *self._points, *self._registered])

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @cached_property
    def _points(self) -> dict[str, Point]:
        found: dict[str, Point] = {}
        for point in sorted(entry_points(group=self.group), key=lambda p: p.name):
            if point.name in self._own or found.get(point.name, point).value != point.value:
                raise UsageError(
                    f"The package {point.dist.name if point.dist else point.value} offers a {self.what} under a name "
                    f"that is taken: {point.name!r}.", "a name of its own", "uninstall that package, or rename there",
                )  # fmt: skip
            found[point.name] = point
        return found

    def _loaded(self, point: Point) -> T:
        try:
            entry = point.load()
        except Exception as error:  # whatever happens while another's module is imported
            raise UsageError(
                f"The {self.what} {point.name!r} of {self.package(point.name)} cannot be loaded: "
                f"{type(error).__name__}: {error}.", f"an importable {point.value}", "mend or uninstall that package",
            ) from error  # fmt: skip
        return self._checked(point.name, entry)

    def _checked(self, name: str, entry: T) -> T:
        if not isinstance(entry, self.kind):
            raise UsageError(f"The {self.what} {name!r} is a {type(entry).__name__}.", f"a {self.kind.__name__}")
        return entry

"""Recipes: TOML files read strictly into frozen dataclasses, and written back.

A wrong, missing or misspelt field is an error that names its path; nothing is guessed.
"""

import dataclasses
import json
import tomllib
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    StringConstraints,
    Tag,
    TypeAdapter,
    ValidationError,
    with_config,
)

import vcem
from vcem.core.errors import UsageError
from vcem.core.files import sha256_text
from vcem.core.grid import Size, size_of

T = TypeVar("T")
Count = Annotated[int, Field(ge=1)]
Natural = Annotated[int, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
HalfTurn = Annotated[float, Field(ge=0, le=180)]
BelowOne = Annotated[float, Field(ge=0, lt=1)]
FolderName = Annotated[str, StringConstraints(pattern=r"^[\p{L}\p{N}.-]*[\p{L}\p{N}][\p{L}\p{N}.-]*$")]
PACKAGE = Path(vcem.__file__).parent
SHIPPED = (PACKAGE / "recipes", PACKAGE.parents[1] / "recipes")  # installed; in a clone
BY_KIND = Discriminator("kind")  # Annotated[A | B, BY_KIND]: the table's `kind` says which of them it is
OfKind = Tag  # Annotated[A, OfKind("a")]: one class of a union under `by_kind`
READ_APART = PlainValidator(lambda value: value)  # Annotated[T, READ_APART]: a table whose class `parse` is told


def _size(plain: object) -> Size:
    try:
        return size_of(plain)
    except UsageError as error:
        raise ValueError(f"should be {error.expected}") from error


SizeField: TypeAlias = Annotated[Size, BeforeValidator(_size)]
"""A field that takes 128, or "256x128" for rows x columns."""


def by_kind(plain: str) -> Discriminator:
    """Return BY_KIND for a table that may lack `kind`: it is `plain` then; each class of the union has its OfKind."""

    def kind(table: object) -> object:
        return table.get("kind", plain) if isinstance(table, dict) else getattr(table, "kind", plain)

    return Discriminator(kind)


def strict(cls: type[T]) -> type[T]:
    """Mark a dataclass of a recipe: unknown fields, nan and inf are errors. Put it above `@dataclass(frozen=True)`."""
    return with_config(ConfigDict(extra="forbid", allow_inf_nan=False))(cls)


def load(path: Path, cls: type[T]) -> T:
    """Read a TOML recipe.

    Raises:
        UsageError: if the file is missing, is not TOML, or a field is wrong; the error lists every wrong field.
    """
    return parse(read(path), cls, str(path))


def read(path: Path) -> dict[str, Any]:
    """Read a TOML file: that one, or where there is none the recipe of that name that comes with vcem.

    Raises:
        UsageError: if it is missing or is not TOML.
    """
    try:
        return tomllib.loads(found(path).read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"Recipe {path} cannot be read: {error.strerror or error}.", "a TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"Recipe {path} is not TOML: {error}.", "a TOML file") from error


def found(path: Path) -> Path:
    """Return `recipes/small/x.toml`, or `small/x`, of the installed package where no such file lies here."""
    named = path.with_name(f"{path.name.removesuffix('.toml')}.toml")
    shipped = named.relative_to("recipes") if named.parts[0] == "recipes" else named
    own = [place / shipped for place in SHIPPED if not shipped.is_absolute() and ".." not in shipped.parts]
    return next((p for p in [path, *own] if p.is_file()), path)


def parse(content: Mapping[str, Any], cls: type[T], name: str, tables: Mapping[str, type] = MappingProxyType({})) -> T:
    """Check the content of a recipe against its dataclass.

    Args:
        content: what the file holds.
        cls: the dataclass.
        name: of the recipe, for the error.
        tables: classes of tables that only the content names; their fields in `cls` are marked READ_APART.

    Raises:
        UsageError: if a field is wrong; lists every wrong field.
    """
    wrong: list[str] = []
    read = {table: _validated(content[table], own, f"{table}.", wrong) for table, own in tables.items()}
    whole: T = _validated({**content, **read}, cls, "", wrong)
    if wrong:
        raise UsageError(
            "\n".join([f"Recipe {name} has {len(wrong)} wrong field(s):", *wrong]),
            "the fields of docs/reference/recipes.md",
        )
    return whole


def _validated(content: Any, cls: type, path: str, wrong: list[str]) -> Any:  # noqa: ANN401
    """Return the content as its class, or None with what is wrong added to the list."""
    try:
        return TypeAdapter(cls).validate_python(content)
    except ValidationError as error:
        for e in error.errors():
            place = f"{path}{'.'.join(map(str, e['loc']))}".rstrip(".")
            wrong.append(f"    {place}: {e['msg'].removeprefix('Value error, ')}, found {e['input']!r:.60}")
        return None


def dump(recipe: Any) -> str:  # noqa: ANN401 (any dataclass)
    """Write a recipe as TOML, every field included, so that the text alone repeats the run."""
    return "\n".join(_table(_plain(recipe), ())).strip() + "\n"


def digest(recipe: Any) -> str:  # noqa: ANN401 (any dataclass)
    """Return the first 12 hexadecimal digits of the check sum of the whole resolved recipe."""
    return sha256_text(dump(recipe))[:12]


def _plain(value: Any) -> Any:  # noqa: ANN401
    if dataclasses.is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Size):
        return value.plain
    return value.value if isinstance(value, Enum) else value


def _table(content: dict[str, Any], path: tuple[str, ...]) -> list[str]:
    lines = [f"[{'.'.join(path)}]"] if path else []
    lines += [f"{k} = {_value(v)}" for k, v in content.items() if not isinstance(v, dict) and v is not None]
    for key, value in content.items():
        if isinstance(value, dict):
            lines += ["", *_table(value, (*path, key))]
    return lines


def _value(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str | bool) else repr(value)

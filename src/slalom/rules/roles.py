"""What parameters are for, where their names and shapes do not tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase

from ..errors import SlalomError, clip, unknown
from .leaf import ROLES

Roles = Mapping[str, str] | Callable[[str, tuple[int, ...]], str | None] | None


def role_by(roles: Roles, name: str, shape: tuple[int, ...]) -> str:
    """The role that a user gave to a parameter; "" where none was.

    Args:
        roles: from patterns of names, `*.bias`, to roles, the first that fits counts; or a
            function of name and shape; or None.
        name: of the parameter.
        shape: of the parameter.

    Raises:
        SlalomError: what came is no role.
    """
    if roles is None:
        return ""
    if isinstance(roles, Mapping):
        found = next((role for pattern, role in roles.items() if fnmatchcase(name, pattern)), None)
    else:
        found = roles(name, shape)
    if found and found not in ROLES:
        raise SlalomError(f"{name or 'a parameter'}: {unknown('role', str(found), ROLES)}")
    return found or ""


def check_roles(roles: object) -> None:
    """Raise unless `roles` is what `role_by` takes.

    Raises:
        SlalomError: it says what came instead, or which role there is not.
    """
    if isinstance(roles, Mapping):
        for pattern, role in roles.items():
            if role not in ROLES:
                raise SlalomError(f"roles: {pattern!r}: {unknown('role', str(role), ROLES)}")
    elif roles is not None and not callable(roles):
        raise SlalomError(
            "roles must be a function of name and shape, or a mapping from patterns to roles, "
            f"not {type(roles).__name__}"
        )


def check_patterns(
    roles: Roles, names: Iterable[str], unnamed: str = "no parameter has a name"
) -> None:
    """Raise where a pattern matches no name.

    Args:
        roles: as `role_by` takes them.
        names: of the parameters.
        unnamed: what to say where none has a name.

    Raises:
        SlalomError: it names the pattern, or says that there are no names.
    """
    if not isinstance(roles, Mapping):
        return
    known = [name for name in names if name]
    for pattern in roles:
        if not any(fnmatchcase(name, pattern) for name in known):
            near = f"the names begin with {', '.join(known[:3])}" if known else unnamed
            raise SlalomError(f"roles: {clip(repr(pattern))} matches no parameter; {near}")

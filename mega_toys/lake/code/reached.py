"""The definitions of our own code that a function uses, as text without what says nothing."""

import ast
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

Definition = tuple[str, str]  # module, name
_PACKAGE = __name__.split(".")[0]
_ROOT = Path(__file__).parents[2]
_SAYS_NOTHING = ("description",)  # keyword arguments


@dataclass(frozen=True)
class _Module:
    """What a module defines, and what it imports under which name."""

    defined: dict[str, list[ast.stmt]] = field(default_factory=dict)
    imported: dict[str, Definition] = field(default_factory=dict)


def reached(
    roots: Iterable[Definition],
    stops_at: Callable[[str], bool],
    without: Collection[Definition] = (),
) -> dict[Definition, str]:
    """Each definition that the roots use, directly or not, with its syntax as text.

    Other packages are passed over, and the modules and definitions to stop at.
    """
    found: dict[Definition, str] = {}
    waiting = list(roots)
    while waiting:
        module, name = waiting.pop()
        if (
            (module, name) in found
            or (module, name) in without
            or not _is_ours(module)
            or stops_at(module)
        ):
            continue
        there = _module(module)
        if name in there.defined:
            found[module, name] = text_of((module, name))
            waiting += _used(module, name)
        elif name in there.imported:
            waiting.append(there.imported[name])
    return found


def _is_ours(module: str) -> bool:
    return module.split(".")[0] == _PACKAGE


@cache
def _module(name: str) -> _Module:
    found, path = _Module(), _ROOT.joinpath(*name.split(".")[1:]).with_suffix(".py")
    for statement in ast.parse(path.read_text()).body if path.exists() else ():
        for defined in _names(statement):
            found.defined.setdefault(defined, []).append(statement)
        if isinstance(statement, ast.ImportFrom):
            for one in statement.names:
                found.imported[one.asname or one.name] = (statement.module or "", one.name)
    return found


def _names(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement gives a meaning to."""
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        yield statement.name
    elif isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in targets:
            yield from (one.id for one in ast.walk(target) if isinstance(one, ast.Name))


@cache
def _used(module: str, name: str) -> list[Definition]:
    """What a definition uses, each once: of its module, and of modules that this imports."""
    there, found = _module(module), []
    for node in (node for one in there.defined[name] for node in ast.walk(one)):
        if isinstance(node, ast.Name):
            found.append((module, node.id))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            package, imported = there.imported.get(node.value.id, ("", ""))
            if _is_ours(package):
                found.append((f"{package}.{imported}", node.attr))
        elif isinstance(node, ast.ImportFrom):
            found += [(node.module or "", one.name) for one in node.names]
    return [one for one in dict.fromkeys(found) if _is_there(*one)]


def _is_there(module: str, name: str) -> bool:
    """Whether a module of ours gives a name a meaning."""
    there = _module(module) if _is_ours(module) else _Module()
    return name in there.defined or name in there.imported


@cache
def text_of(definition: Definition) -> str:
    """The syntax of a definition as text that is the same in every version of Python."""
    module, name = definition
    return "\n".join(str(_shape(_Meaning().visit(one))) for one in _module(module).defined[name])


def _shape(node: object) -> object:
    """A part of the syntax without what it leaves empty, of which versions have more or less."""
    if isinstance(node, ast.AST):
        told = [(name, _shape(one)) for name, one in ast.iter_fields(node) if one not in (None, [])]
        return type(node).__name__, told
    return [*map(_shape, node)] if isinstance(node, list) else repr(node)


class _Meaning(ast.NodeTransformer):
    """Leaves out docstrings and descriptions."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        """A text that stands alone does nothing."""
        is_text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if is_text else self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> ast.AST | None:
        """An argument that only describes."""
        return None if node.arg in _SAYS_NOTHING else self.generic_visit(node)

"""Fails when two modules of one crate import each other, directly or through others.

    circles.py <root of the repository>

Reads every crate of the workspace as text: `use crate::…`, `use super::…`, `use self::…` and the same paths inside code.
- A `pub use` in a mod.rs is a signpost, not an import: a path is followed through it to the file that defines the name.
- A module and its own children are one room: a child that imports from its parent closes no circle.
- Test modules do not count.
"""

import re
import sys
from pathlib import Path

USE = re.compile(r"(?m)^\s*(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);")
PATH = re.compile(r"\b((?:crate|super|self)(?:::(?:super|[A-Za-z_][A-Za-z0-9_]*))+)")
TEST_MODULE = re.compile(r"#\[cfg\(test\)\]\s*(?:#\[[^\]]*\]\s*)*(?:pub(?:\([^)]*\))?\s+)?mod\s+\w+\s*(\{)?")


def main() -> int:
    found = []
    for source in sorted(Path(sys.argv[1]).glob("**/src")):
        is_crate = (source.parent / "Cargo.toml").exists()
        if is_crate and not {"target", ".tools", "node_modules"} & set(source.parts):
            found += [(source, circle) for circle in circles(imports(source))]
    for source, circle in found:
        print(f"circles: {source.parent}: these files import each other, move the shared type to a file of its own:")
        for importer, imported, names in circle:
            print(f"  {importer} -> {imported}: {', '.join(sorted(names))}")
    return 1 if found else 0


def imports(source: Path) -> dict[str, dict[str, set[str]]]:
    """The files of a crate, what each imports, and by which names."""
    modules = {}
    for file in sorted(source.rglob("*.rs")):
        parts = file.relative_to(source).with_suffix("").parts
        if parts[0] == "bin" or "tests" in parts:
            continue
        name = parts[:-1] if parts[-1] in ("mod", "lib", "main") else parts
        modules[name] = (file, without_tests(file.read_text()))
    if not modules:
        return {}
    signposts = {name: re_exports(name, text) for name, (_, text) in modules.items()}
    graph: dict[str, dict[str, set[str]]] = {}
    for name, (file, text) in modules.items():
        edges = graph.setdefault(str(file.relative_to(source)), {})
        for path in paths(name, text):
            target, item = resolve(path, modules, signposts)
            is_ancestor = target is not None and target == name[: len(target)]
            if target is not None and not is_ancestor:
                edges.setdefault(str(modules[target][0].relative_to(source)), set()).add(item)
    return graph


def without_tests(text: str) -> str:
    """The text without its comments and test modules."""
    text = re.sub(r"//[^\n]*", "", text)
    while match := TEST_MODULE.search(text):
        end = match.end()
        if match.group(1):
            depth = 1
            while depth and end < len(text):
                depth += {"{": 1, "}": -1}.get(text[end], 0)
                end += 1
        else:
            end = text.index(";", end) + 1
        text = text[: match.start()] + text[end:]
    return text


def leaves(tree: str) -> list[str]:
    """The paths of a use tree: `a::{b, c::{d, self}}` is `a::b`, `a::c::d`, `a::c`."""
    tree = tree.strip()
    if "{" not in tree:
        return [re.split(r"\s+as\s+", tree)[0].removesuffix("::self").strip()]
    prefix, rest = tree.split("{", 1)
    inner, depth, start, parts = rest.rstrip().removesuffix("}"), 0, 0, []
    for at, char in enumerate(inner + ","):
        depth += {"{": 1, "}": -1}.get(char, 0)
        if char == "," and depth == 0:
            parts.append(inner[start:at].strip())
            start = at + 1
    found = []
    for part in filter(None, parts):
        found += [prefix.strip().removesuffix("::")] if part == "self" else leaves(prefix.strip() + part)
    return found


def absolute(module: tuple[str, ...], path: str) -> tuple[str, ...] | None:
    """A path from the crate's root; None for a path into another crate."""
    parts = tuple(path.split("::"))
    if parts[0] == "crate":
        return parts[1:]
    base = module
    if parts[0] == "self":
        parts = parts[1:]
    elif parts[0] != "super":
        return None
    while parts and parts[0] == "super":
        base, parts = base[:-1], parts[1:]
    return base + parts


def re_exports(module: tuple[str, ...], text: str) -> dict[str, tuple[str, ...]]:
    """What a module re-exports, and from where."""
    found = {}
    for public, tree in USE.findall(text):
        for path in leaves(tree) if public else []:
            full = absolute(module, path) or module + tuple(path.split("::"))
            found[full[-1]] = full
    return found


def paths(module: tuple[str, ...], text: str) -> list[tuple[str, ...]]:
    """Every path in a module's text that leads within the crate, re-exports excepted."""
    found = []
    children = set(re.findall(r"(?m)^\s*(?:pub(?:\([^)]*\))?\s+)?mod\s+(\w+)\s*;", text))
    for public, tree in USE.findall(text):
        if public:
            continue
        for path in leaves(tree):
            full = absolute(module, path)
            if full is None and path.split("::")[0] in children:
                full = module + tuple(path.split("::"))
            if full is not None:
                found.append(full)
    body = USE.sub("", text)
    found += [full for path in PATH.findall(body) if (full := absolute(module, path)) is not None]
    for child in children:
        found += [module + tuple(path.split("::")) for path in re.findall(rf"(?<![:\w.])({child}::\w+)", body)]
    return found


def resolve(path, modules, signposts):
    """The module that defines the last name of a path, and the name; None where the path leads nowhere."""
    for _ in range(8):
        for length in range(len(path), -1, -1):
            if path[:length] in modules:
                break
        else:
            return None, ""
        module, rest = path[:length], path[length:]
        if not rest:
            return module, path[-1] if path else "crate"
        onward = signposts[module].get(rest[0])
        if onward is None or onward == path:
            return module, rest[0]
        path = onward + rest[1:]
    return None, ""


def circles(graph):
    """The circles of a graph of imports: each a list of its edges."""
    reach = {}
    for start in graph:
        seen, todo = set(), [start]
        while todo:
            for onward in graph.get(todo.pop(), {}):
                if onward not in seen:
                    seen.add(onward)
                    todo.append(onward)
        reach[start] = seen
    found, done = [], set()
    for start in sorted(graph):
        if start in done or start not in reach[start]:
            continue
        members = {other for other in reach[start] if start in reach.get(other, ())} | {start}
        done |= members
        found.append([(a, b, names) for a in sorted(members) for b, names in sorted(graph[a].items()) if b in members])
    return found


if __name__ == "__main__":
    sys.exit(main())

"""A name for the readers as they are now, so that what was learned of others is not trusted.

A confidence means what its reader makes it mean. The name changes with the code of the readers
(comments and docstrings aside), with the weights they come with and with the engines they call. It
does not change with the machine, nor with Tesseract's language files.
"""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

#: The room of the readers, by name: this room may not import it.
_ROOM = "extractors"
#: Modules there that read nothing from filled pages, and what is not shipped to be run.
_NO_READERS = ("confined", "zygote", "propose")
_WEIGHTS = "models/*.onnx"
_ENGINES = ("tesserocr", "rapidocr", "onnxruntime")


@cache
def fingerprint() -> str:
    """Sixteen hexadecimal digits that name the readers of this installation."""
    room = find_spec(_ROOM)
    folders = [Path(folder) for folder in (room and room.submodule_search_locations) or ()]
    return fingerprint_of(folders, [f"{name} {_version(name)}" for name in _ENGINES])


def fingerprint_of(folders: list[Path], engines: list[str]) -> str:
    """The name of the readers in ``folders`` that call these engines."""
    whole = hashlib.sha256("\n".join(engines).encode())
    for folder in folders:
        for path in sorted(folder.glob("*.py")):
            if not path.stem.startswith(_NO_READERS):
                whole.update(f"{path.stem}\n{_bare(path.read_text('utf-8'))}".encode())
        for path in sorted(folder.glob(_WEIGHTS)):
            whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()[:16]


def _bare(source: str) -> str:
    """The program without comments, docstrings and layout."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            continue
        if ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
    return ast.dump(tree)


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "none"  # an office may run Greffier's desk where nothing is read

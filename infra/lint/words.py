"""Refuses the words that this project gave up (words.toml), and lines of Markdown that are too long to read.

    words.py <root of the repository>

Prints each place as file:line, the old word, and the word to use. Exit status 1 if there is any.
"""

import re
import sys
import tomllib
from pathlib import Path

# Folders that hold nothing of ours, and files whose text is not ours to choose.
SKIPPED_FOLDERS = {".git", "target", ".tools", "node_modules", "demo-out", "corpus", "golden", "cdk.out", "__pycache__"}
SKIPPED_NAMES = {"words.toml", "words.py", "Cargo.lock", "package-lock.json", "LICENSE", "pins.txt", "requirements.txt"}
SUFFIXES = {".rs", ".md", ".toml", ".yaml", ".yml", ".py", ".ts", ".json", ".sh", ".patch", ".snap", ""}
MARKDOWN_COLUMNS_MAX = 140


def main() -> int:
    root = Path(sys.argv[1])
    table = tomllib.loads((Path(__file__).parent / "words.toml").read_text())
    words = [(re.compile(word["old"]), word["say"]) for word in table["word"]]
    allowed = [(re.compile(allow["file"]), re.compile(allow["line"])) for allow in table.get("allow", [])]
    generated, found = set(table.get("generated", [])), 0
    for file in files(root):
        name = str(file.relative_to(root))
        exceptions = [line for path, line in allowed if path.fullmatch(name)]
        for problem in problems(name, file.read_text(errors="replace"), words, exceptions, name in generated):
            print(f"words: {problem}")
            found += 1
    if found:
        print(f"words: {found} lines. A word that a stored name or another service's text needs is allowed in infra/lint/words.toml.")
    return 1 if found else 0


def files(root: Path):
    """Every text file of the repository that is ours."""
    for file in sorted(root.rglob("*")):
        parts = file.relative_to(root).parts
        is_ours = not SKIPPED_FOLDERS & set(parts) and file.name not in SKIPPED_NAMES
        if is_ours and file.is_file() and file.suffix in SUFFIXES:
            yield file


def problems(name, text, words, exceptions, is_generated=False):
    """What is wrong with one file, line by line."""
    is_markdown, in_code = name.endswith(".md"), False
    for number, line in enumerate(text.splitlines(), 1):
        # What an allow-list entry matches is taken out; the rest of the line is still read.
        kept = line
        for exception in exceptions:
            kept = exception.sub(" ", kept)
        for pattern, say in words:
            if match := pattern.search(kept):
                yield f"{name}:{number}: {match.group(0)!r}, say: {say}"
        in_code ^= line.startswith("```")
        is_table, has_address = line.startswith("|"), "://" in line
        if is_markdown and len(line) > MARKDOWN_COLUMNS_MAX and not (is_table or has_address or is_generated or in_code):
            yield f"{name}:{number}: {len(line)} characters, at most {MARKDOWN_COLUMNS_MAX}"


if __name__ == "__main__":
    sys.exit(main())

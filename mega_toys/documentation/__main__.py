"""`python -m mega_toys.documentation` writes the pages that are made from the code."""

from pathlib import Path

from mega_toys.documentation.pages import made

if __name__ == "__main__":
    root = Path.cwd()
    for path, text in made(root).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
        print(path)

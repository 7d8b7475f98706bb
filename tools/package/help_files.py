"""Man pages and shell completions, made from the program's help texts.

    python3 help_files.py PROGRAM EXAMPLE OUT

Runs PROGRAM --help and the --help of each command, and makes in the folder OUT:
    man/man1/frontrow.1.gz, frontrow-COMMAND.1.gz   the commands
    man/man5/frontrow.toml.5.gz                     the settings, from EXAMPLE (tools/frontrow.example.toml)
    completions/frontrow.bash, _frontrow, frontrow.fish
Replaces the folders man and completions. SOURCE_DATE_EPOCH is the date of the man pages; without it they have none.
"""
import gzip
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import help_shells  # noqa: E402
import help_text  # noqa: E402
import man_pages  # noqa: E402


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    program, example, out = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    root = help_text.read_command(program)
    version = help_text.version_of(program)
    pages = dict(man_pages.pages(root, version))
    pages["frontrow.toml.5"] = man_pages.settings_page(example.read_text(encoding="utf-8"), version)
    # Without a time in the compressed files: equal texts are equal files.
    files = {f"man/man{name[-1]}/{name}.gz": gzip.compress(text.encode(), mtime=0) for name, text in pages.items()}
    files |= {f"completions/{name}": text.encode() for name, text in help_shells.completions(root)}
    for folder in ("man", "completions"):
        shutil.rmtree(out / folder, ignore_errors=True)
    for name, content in files.items():
        file = out / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


main()

"""Draw the README's figure and write what its example prints into the README. Run it after results change."""

import contextlib
import io
import re
from pathlib import Path

import letdown

ROOT = Path(__file__).parents[1]
EXAMPLE = re.compile(r"(```python\n(?P<code>.*?)```.*?```text\n).*?(```)", flags=re.DOTALL)


def renew_readme(readme: Path, figure: Path) -> None:
    """Write the figure of the example's first feed, and the output of the example, in place."""
    text = readme.read_text(encoding="utf-8")
    example = EXAMPLE.search(text)
    if example is None:
        raise SystemExit("README.md has no python block followed by a text block; put the example back.")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(example["code"], "README.md", "exec"), {"__name__": "readme"})
    readme.write_text(
        text[: example.end(1)] + printed.getvalue() + text[example.start(3) :],
        encoding="utf-8",
    )
    letdown.simulate("breastfeed", seed=1).plot(figure)


if __name__ == "__main__":
    renew_readme(ROOT / "README.md", ROOT / "docs" / "figures" / "breastfeed.png")

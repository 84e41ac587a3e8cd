"""Sphinx configuration: examples are executed, warnings are errors, nothing is loaded from elsewhere."""

import shutil
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # the page writers beside this file

import letdown  # noqa: E402
from generate_organ_pages import write_organ_pages  # noqa: E402
from generate_reference_pages import write_reference_pages  # noqa: E402

project = "letdown"
author = copyright = "The letdown authors"
version = release = letdown.__version__
extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "myst_nb"]
exclude_patterns = ["_build", "figures"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
napoleon_google_docstring = False

nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_execution_show_tb = True

html_theme = "furo"
html_title = f"letdown {release}"
html_show_sphinx = False

shutil.rmtree(HERE / "_generated", ignore_errors=True)
write_organ_pages(HERE / "_generated" / "organs")
write_reference_pages(HERE / "_generated")

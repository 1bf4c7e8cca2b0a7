"""How the documentation is built: ``make docs``, without network, into results/docs."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "_extensions"), str(HERE.parent)]
os.environ["NEURON_MODULE_OPTIONS"] = "-nogui"  # inherited by the notebooks' kernels, as is the next
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import cellmodel  # noqa: E402  needs the path above

project = "cellmodel"
author = "the authors of cellmodel"
project_copyright = f"2026, {author}"
release = version = cellmodel.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "data_files",
]
exclude_patterns = ["_extensions", "_build"]

myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "auto"  # notebooks are kept without output and run here
nb_execution_raise_on_error = True
nb_execution_timeout = 600  # seconds a cell; they take a few, but a busy machine is slow
suppress_warnings = ["mystnb.unknown_mime_type"]

highlight_language = "none"  # commands: blocks of other languages name theirs

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autosummary_generate = False
default_role = "py:obj"  # as numpy docstrings mean `a name` between single backticks
python_maximum_signature_line_length = 88
napoleon_google_docstring = False
napoleon_use_rtype = False

html_theme = "furo"
html_title = f"cellmodel {release}"
html_static_path = ["_static"]
html_css_files = ["tables.css"]
html_copy_source = False
html_show_sphinx = False
copybutton_exclude = ".linenos, .gp, .go"

"""How the documentation is built."""

from importlib.metadata import version as installed

project = "galactograph"
author = "the galactograph authors"
project_copyright = "the galactograph authors; Apache-2.0"
release = installed("galactograph")
version = release

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"galactograph {release}"
html_static_path = ["_static"]
html_extra_path: list[str] = []

napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_preprocess_types = False
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_class_signature = "separated"
python_use_unqualified_type_names = True

"""The documentation site: make docs. Source: the pages as they are, so that they can be read without it too."""

import sys
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_site"))

project = "vcem"
author = "the authors of vcem"
project_copyright = "the authors of vcem, Apache-2.0"
release = version = metadata.version("vcem")

# The source is the root of the repository: pages link to the house rules and to programs that lie beside docs.
root_doc = "docs/index"
include_patterns = ["docs/*.md", "docs/**/*.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"]
exclude_patterns = [".*", "work", "build", "dist"]
extensions = ["myst_parser", "contents", "played"]
myst_heading_anchors = 4
nitpicky = True  # a link to nothing is an error
highlight_language = "none"  # a block says its language, or it is plain

html_theme = "furo"
pygments_dark_style = "github-dark"  # the theme's own underlines names of modules as if they were links
html_title = "vcem"
html_static_path = ["_site/static"]
html_css_files = ["site.css"]
templates_path = ["_site/templates"]
html_additional_pages = {"index": "to_docs.html"}  # who opens the folder's first page lands on docs/index.html
html_copy_source = False
html_show_search_summary = False  # a browser lets no page opened from a disk fetch others to quote from

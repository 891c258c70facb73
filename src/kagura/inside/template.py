"""nbconvert's HTML exporter with Kaggle's template, and without what only other formats need.

nbconvert's package imports all its exporters, a notebook's validation, two HTML parsers and a
kernel's client: two thirds of a second.  Here the packages are entered without their ``__init__``;
where that fails (another nbconvert), everything is imported as it wants to be.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import types
from collections.abc import Callable
from typing import Any

__all__ = ["Page"]

TEMPLATE = """
{%- extends 'classic/index.html.j2' -%}
{%- block html_head_css -%}
{{ super() }}
<style>details._kg_hidden > summary { cursor: pointer; opacity: 0.6; margin-left: 14ex; }</style>
{%- endblock html_head_css -%}
{%- block any_cell scoped -%}
{%- set marks = namespace(names=[]) -%}
{%- for key, value in cell.metadata.items() if key.startswith('_kg_') -%}
{%- set marks.names = marks.names + [key ~ '-' ~ (value | string | lower)] -%}
{%- endfor -%}
<div class="{{ marks.names | join(' ') | e }}">{{ super() }}</div>
{%- endblock any_cell -%}
{%- block input_group -%}
{%- if cell.metadata.get('_kg_hide-input') is true -%}
<details class="_kg_hidden"><summary>Code</summary>{{ super() }}</details>
{%- else -%}{{ super() }}{%- endif -%}
{%- endblock input_group -%}
{%- block output_group -%}
{%- if cell.metadata.get('_kg_hide-output') is true -%}
<details class="_kg_hidden"><summary>Output</summary>{{ super() }}</details>
{%- else -%}{{ super() }}{%- endif -%}
{%- endblock output_group -%}
"""
PREPROCESSORS = {
    "highlightmagics": "HighlightMagicsPreprocessor",
    "extractoutput": "ExtractOutputPreprocessor",
    "csshtmlheader": "CSSHTMLHeaderPreprocessor",
}
PACKAGES = ("nbconvert", "nbconvert.exporters", "nbconvert.preprocessors", "nbformat")
# Imported by modules that are needed, for functions that are not.
UNUSED = {
    "bs4": ("BeautifulSoup",),
    "bleach": ("ALLOWED_ATTRIBUTES", "ALLOWED_TAGS", "clean"),
    "bleach.css_sanitizer": ("ALLOWED_CSS_PROPERTIES", "CSSSanitizer"),
    "nbformat.validator": (),
}


class Page:
    """Converts notebooks; what can be prepared is prepared."""

    def __init__(self, template_paths: list[str]) -> None:
        before = set(sys.modules)
        try:
            _enter_packages()
            self._exporter, self._node = _exporter(template_paths)
        except Exception:  # noqa: BLE001 - whatever has changed in nbconvert, there is another way
            for name in set(sys.modules) - before:
                del sys.modules[name]
            self._exporter, self._node = _exporter(template_paths)

    def convert(self, document: dict[str, Any]) -> list[tuple[str, bytes]]:
        """The page's files, pictures first: their paths and contents."""
        # The lexer of IPython would need IPython; magics are marked by a preprocessor anyway.
        language = document["metadata"].setdefault("language_info", {})
        language["name"] = language["pygments_lexer"] = "python3"
        resources = {"unique_key": "__results__", "output_files_dir": "__results___files"}
        body, resources = self._exporter.from_notebook_node(self._node(document), resources)
        pictures = sorted((resources.get("outputs") or {}).items())
        page = body.encode("utf-8", "replace")
        return [*((name, bytes(data)) for name, data in pictures), ("__results__.html", page)]


def _enter_packages() -> None:
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise ImportError(name)
        package = types.ModuleType(name)
        package.__path__ = [os.path.dirname(spec.origin)]
        _add(name, package)
    for name, members in UNUSED.items():
        module = types.ModuleType(name)
        module.__path__ = []
        for member in members:
            setattr(module, member, frozenset() if member.isupper() else object)
        _add(name, module)
    # The names of the packages' own that are used.
    nodes = importlib.import_module("nbformat.notebooknode")
    sys.modules["nbformat"].NotebookNode = nodes.NotebookNode  # type: ignore[attr-defined]


def _add(name: str, module: types.ModuleType) -> None:
    sys.modules[name] = module
    package, _, own = name.rpartition(".")
    if package:
        setattr(sys.modules[package], own, module)


def _as_it_is(text: object) -> str:
    return str(text)


def _exporter(template_paths: list[str]) -> tuple[Any, Callable[[dict[str, Any]], Any]]:
    from jinja2 import DictLoader, FileSystemLoader
    from nbconvert.exporters.html import HTMLExporter
    from nbconvert.exporters.templateexporter import TemplateExporter
    from nbconvert.filters.highlight import Highlight2HTML
    from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter
    from nbformat.notebooknode import from_dict
    from traitlets.config import Config

    class KaggleExporter(HTMLExporter):  # type: ignore[misc]
        """An HTML exporter that neither parses its own page again nor validates the notebook."""

        def from_notebook_node(self, nb: Any, resources: Any = None, **_: Any) -> tuple[str, Any]:
            resources = self._init_resources(resources)
            filters = {
                "highlight_code": Highlight2HTML(pygments_lexer="python3", parent=self),
                "filter_data_type": WidgetsDataTypeFilter(
                    notebook_metadata=nb.metadata, parent=self, resources=resources
                ),
                # Its outputs are as free as on Kaggle; to clean what is code would change nothing.
                "clean_html": _as_it_is,
            }
            for name, function in filters.items():
                self.register_filter(name, function)
            page: tuple[str, Any] = TemplateExporter.from_notebook_node(self, nb, resources)
            return page

        def _init_preprocessors(self) -> None:
            self._preprocessors = []
            for module, name in PREPROCESSORS.items():
                found = importlib.import_module(f"nbconvert.preprocessors.{module}")
                self._preprocessors.append(getattr(found, name)(parent=self, enabled=True))

        def _preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
            for preprocessor in self._preprocessors:
                nb, resources = preprocessor(nb, resources)
            return nb, resources

    settings = Config()
    settings.HTMLExporter.extra_template_basedirs = template_paths
    settings.HTMLExporter.template_name = "classic"
    settings.CSSHTMLHeaderPreprocessor.style = "default"
    loaders = [DictLoader({"kaggle.html.j2": TEMPLATE}), FileSystemLoader(template_paths)]
    exporter = KaggleExporter(config=settings, extra_loaders=loaders)
    exporter.template_file = "kaggle.html.j2"
    return exporter, from_dict

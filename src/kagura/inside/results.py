"""The files that a run leaves, as Kaggle leaves them: notebook, HTML with its pictures, log."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable
from typing import Any

__all__ = ["Converter", "put_in_place"]

TEMPLATE = """{%- extends 'classic/index.html.j2' -%}
{%- block any_cell scoped -%}
{%- set marks = namespace(names=[]) -%}
{%- for key, value in cell.metadata.items() if key.startswith('_kg_') -%}
{%- set marks.names = marks.names + [key ~ '-' ~ (value | string | lower)] -%}
{%- endfor -%}
<div class="{{ marks.names | join(' ') | e }}">{{ super() }}</div>
{%- endblock any_cell -%}
"""


def put_in_place(path: str, write: Callable[[str], None]) -> None:
    """Write a file aside and rename it to ``path``, whatever the notebook put there.

    Raises OSError (a full disk); then nothing half-written is left.
    """
    os.makedirs(os.path.dirname(path), exist_ok=True)
    temporary = f"{path}.part"
    _remove(temporary)
    try:
        write(temporary)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path, ignore_errors=True)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def write_json(path: str, document: dict[str, Any]) -> None:
    """Put a notebook in place."""

    def write(target: str) -> None:
        with open(target, "w", encoding="utf-8") as file:
            json.dump(document, file, ensure_ascii=False, indent=1)

    put_in_place(path, write)


class Converter:
    """Turns a notebook into HTML; loads nbconvert early, while the cells run."""

    def __init__(self, *, templates: list[str]) -> None:
        self._templates = templates

    def load(self) -> None:
        """Import what the conversion needs."""
        import nbconvert.exporters.html
        import nbconvert.preprocessors.extractoutput  # noqa: F401

    def write(self, document: dict[str, Any], directory: str) -> None:
        """Write ``__results__.html`` and the pictures beside it into a folder."""
        import nbformat
        from jinja2 import DictLoader, FileSystemLoader
        from nbconvert.exporters.html import HTMLExporter
        from traitlets.config import Config

        settings = Config()
        settings.HTMLExporter.extra_template_basedirs = self._templates
        settings.HTMLExporter.template_name = "classic"
        settings.HTMLExporter.preprocessors = [
            "nbconvert.preprocessors.extractoutput.ExtractOutputPreprocessor"
        ]
        loaders = [DictLoader({"kaggle.html.j2": TEMPLATE}), FileSystemLoader(self._templates)]
        exporter = HTMLExporter(config=settings, extra_loaders=loaders)
        exporter.template_file = "kaggle.html.j2"
        names = {"unique_key": "__results__", "output_files_dir": "__results___files"}
        body, resources = exporter.from_notebook_node(nbformat.from_dict(document), names)
        folder = os.path.join(directory, "__results___files")
        _remove(folder)
        for name, data in (resources.get("outputs") or {}).items():
            put_in_place(os.path.join(directory, name), _bytes_writer(data))
        put_in_place(
            os.path.join(directory, "__results__.html"), _bytes_writer(body.encode("utf-8"))
        )


def _bytes_writer(data: bytes) -> Callable[[str], None]:
    def write(path: str) -> None:
        with open(path, "wb") as file:
            file.write(data)

    return write


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            os.unlink(path)

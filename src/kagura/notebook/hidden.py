"""Packages that code needs without importing them: an Excel reader, a template engine, …"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from kagura.notebook.source import CellSource

__all__ = ["hidden"]

# A name (a function, a method, an attribute, a keyword) and the distribution that it needs.
NAMES = {
    "style": "jinja2",  # DataFrame.style
    "read_excel": "openpyxl", "to_excel": "openpyxl", "ExcelFile": "openpyxl",
    "ExcelWriter": "openpyxl",
    "read_parquet": "pyarrow", "to_parquet": "pyarrow", "read_feather": "pyarrow",
    "to_feather": "pyarrow", "read_orc": "pyarrow",
    "read_html": "lxml", "read_xml": "lxml", "to_xml": "lxml",
    "read_hdf": "tables", "to_hdf": "tables", "HDFStore": "tables",
    "read_spss": "pyreadstat",
    "read_gbq": "pandas-gbq", "to_gbq": "pandas-gbq",
    "to_markdown": "tabulate",
    "to_xarray": "xarray",
    "write_image": "kaleido",
    "tqdm_notebook": "ipywidgets",
    "trendline": "statsmodels",  # plotly.express
    "device_map": "accelerate", "TrainingArguments": "accelerate",  # transformers
    "BitsAndBytesConfig": "bitsandbytes",
}  # fmt: skip
# Where the same names mean something else: matplotlib's styles, polars' own readers.
ELSEWHERE = {
    "style": {"plt", "mpl", "matplotlib", "pyplot"},
    "read_excel": {"pl"}, "read_parquet": {"pl"},
}  # fmt: skip
# Words that name an engine or a parser when they are the whole of a string.
ENGINES = {
    "openpyxl": "openpyxl", "xlsxwriter": "xlsxwriter", "pyxlsb": "pyxlsb", "odf": "odfpy",
    "lxml": "lxml", "html5lib": "html5lib", "fastparquet": "fastparquet", "kaleido": "kaleido",
}  # fmt: skip
MODULES = {
    "plotly": "nbformat",  # Figure.show() asks for it in a notebook
    "torch.utils.tensorboard": "tensorboard",
    "tqdm.auto": "ipywidgets",
    "tqdm.notebook": "ipywidgets",
}
OLD_EXCEL = re.compile(r"\.xls\b", re.IGNORECASE)


def hidden(source: CellSource) -> Iterator[str]:
    """Yield the distributions that a cell needs besides what it imports.

    Where this Python cannot parse the cell, any word of it may be one of the names.
    """
    if source.tree is None:
        for word in re.findall(r"\w+", source.python):
            if word in NAMES and word != "style":
                yield NAMES[word]
        return
    for node in ast.walk(source.tree):
        match node:
            case ast.Attribute(value=value, attr=name) if name in NAMES:
                if _last_name(value) not in ELSEWHERE.get(name, ()):
                    yield NAMES[name]
            case ast.Name(id=name) | ast.keyword(arg=name) if name in NAMES and name != "style":
                yield NAMES[name]
            case ast.Constant(value=str(text)) if text in ENGINES:
                yield ENGINES[text]
            case ast.Constant(value=str(text)) if OLD_EXCEL.search(text):
                yield "xlrd"
            case ast.Import(names=names):
                yield from (found for alias in names for found in _of_module(alias.name))
            case ast.ImportFrom(module=str(module), names=names):
                yield from _of_module(module)
                for alias in names:
                    yield from _of_module(f"{module}.{alias.name}")
            case _:
                pass


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _of_module(module: str) -> Iterator[str]:
    for name in {module, module.partition(".")[0]} & MODULES.keys():
        yield MODULES[name]

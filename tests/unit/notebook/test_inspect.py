"""What a notebook needs as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kagura.model.needs import Needs
from kagura.model.notebook import Cell, Notebook
from kagura.notebook.inspect import inspect


def needs(*sources: str, metadata: Mapping[str, Any] | None = None, **beside: Any) -> Needs:
    cells = tuple(
        Cell(index=index, kind="code", source=source, metadata={})
        for index, source in enumerate(sources)
    )
    notebook = Notebook(
        path=Path("nb.ipynb"),
        slug="nb",
        kind="notebook",
        cells=cells,
        metadata=metadata or {},
        document={},
    )
    return inspect(notebook, beside)


def test_the_standard_library_is_left_out() -> None:
    found = needs("import os, distutils.core, pandas\nfrom __future__ import annotations")
    assert [use.module for use in found.imports] == ["pandas"]


def test_a_module_that_is_also_imported_for_sure_is_not_optional() -> None:
    (use,) = needs("try:\n    import a.b\nexcept ImportError: pass", "import a.b").imports
    assert (use.module, use.top, use.optional, use.cell) == ("a.b", "a", False, 0)


def test_text_cells_are_not_read() -> None:
    cell = Cell(index=0, kind="markdown", source="import a", metadata={})
    notebook = Notebook(
        path=Path("x"), slug="x", kind="notebook", cells=(cell,), metadata={}, document={}
    )
    assert inspect(notebook, {}).imports == ()


def test_the_first_cell_that_mentions_an_input_counts() -> None:
    found = needs("1", "'../input/a/b'", "'../input/a/b'")
    assert [(use.path, use.cell) for use in found.inputs] == [("a/b", 1)]


def test_a_path_where_the_notebook_makes_a_link_is_no_input() -> None:
    found = needs(
        "if not os.path.exists('../input/train.csv'):\n"
        "    os.symlink('../input/home-data/train.csv', '../input/train.csv')",
        "pd.read_csv('../input/train.csv')",
    )
    assert [use.path for use in found.inputs] == ["home-data/train.csv"]


@pytest.mark.parametrize(
    ("code", "distribution"),
    [
        ("df.head().style.bar()", "jinja2"),
        ("pd.read_excel('x.xlsx')", "openpyxl"),
        ("with pd.ExcelWriter('x') as w: pass", "openpyxl"),
        ("from pandas import ExcelWriter\nExcelWriter('x')", "openpyxl"),
        ("pd.read_excel('x.xls')", "xlrd"),
        ("df.to_excel(w, engine='xlsxwriter')", "xlsxwriter"),
        ("pd.read_parquet(x)", "pyarrow"),
        ("df.to_feather(x)", "pyarrow"),
        ("pd.read_html(u)", "lxml"),
        ("BeautifulSoup(x, 'lxml')", "lxml"),
        ("df.to_markdown()", "tabulate"),
        ("pd.read_hdf(x)", "tables"),
        ("fig.write_image(x)", "kaleido"),
        ("import plotly.express as px", "nbformat"),
        ("from plotly import graph_objs", "nbformat"),
        ("from tqdm.notebook import tqdm", "ipywidgets"),
        ("from tqdm import notebook", "ipywidgets"),
        ("from tqdm import tqdm_notebook\ntqdm_notebook(x)", "ipywidgets"),
        ("import tqdm.auto", "ipywidgets"),
        ("px.scatter(df, trendline='ols')", "statsmodels"),
        ("AutoModel.from_pretrained(x, device_map='auto')", "accelerate"),
        ("from torch.utils.tensorboard import SummaryWriter", "tensorboard"),
        ("print 2\npd.read_parquet(x)", "pyarrow"),
    ],
)
def test_what_is_needed_without_an_import_is_found(code: str, distribution: str) -> None:
    assert distribution in needs(code).hidden


@pytest.mark.parametrize(
    "code",
    [
        "plt.style.use('ggplot')",
        "matplotlib.pyplot.style.use('x')",
        "pl.read_parquet(x)",
        "# df.to_excel(x)",
        "style = 3\nf(style=1)",
        "print 2\nplt.style.use('x')",
        "from tqdm import tqdm",
        "'x.xlsx'",
    ],
)
def test_what_only_looks_alike_needs_nothing(code: str) -> None:
    assert needs(code).hidden == ()


@pytest.mark.parametrize(
    ("code", "modules"),
    [
        ("%%writefile helper.py\nx = 1", ("helper",)),
        ("%%writefile /kaggle/working/helper.py\nx", ("helper",)),
        ("%%file src/tools.py\nx", ("tools", "src")),
        ("%%writefile pkg/__init__.py\n", ("pkg",)),
        ("open('a.py', 'w').write(x)", ("a",)),
        ("with open('a.py', mode='a') as f: pass", ("a",)),
        ("Path('a.py').write_text(x)", ("a",)),
        ("(Path('/kaggle/working') / 'a.py').write_text(x)", ("a",)),
        ("open('a.py')", ()),
        ("open('a.txt', 'w')", ()),
        ("open(f'{x}.py', 'w')", ()),
        ("%%writefile a-b.py\nx", ()),
        ("%%writefile run.sh\nx", ()),
        ("%%writefile\nx", ()),
    ],
)
def test_modules_that_the_notebook_writes_are_its_own(code: str, modules: tuple[str, ...]) -> None:
    assert needs(code).local_modules == modules


def test_the_settings_come_from_beside_first() -> None:
    metadata = {"kaggle": {"isInternetEnabled": True, "accelerator": "none"}}
    found = needs(metadata=metadata, enable_internet="false", machine_shape="NvidiaTeslaT4")
    assert (found.internet, found.accelerator) == (False, "NvidiaTeslaT4")
    found = needs(metadata=metadata)
    assert (found.internet, found.accelerator) == (True, "none")
    found = needs()
    assert (found.internet, found.accelerator) == (None, None)


def test_a_notebook_of_all_sorts() -> None:
    found = needs(
        "%%capture\n!pip install -q optuna==3.2.0 && apt-get install -y graphviz",
        "%matplotlib inline\nimport numpy as np, pandas as pd\nimport optuna\n"
        "BASE = '../input/titanic'",
        "train = pd.read_csv(f'{BASE}/train.csv')\ntrain.head().style",
    )
    assert [use.module for use in found.imports] == ["numpy", "pandas", "optuna"]
    assert [use.tool for use in found.installs] == ["pip", "apt"]
    assert [use.path for use in found.inputs] == ["titanic", "titanic/train.csv"]
    assert found.hidden == ("jinja2",)

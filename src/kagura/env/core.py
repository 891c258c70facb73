"""The era's core: what a base holds, and which packages are never built from source.

Chosen from ``data/imports.tsv``: what most notebooks import, or need without importing it (an
Excel reader, the template engine behind styled frames), without the gigabyte frameworks (torch,
tensorflow) and what is big for its use (catboost: 250 MB for 4% of the notebooks).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from kagura.model.era import Era, Pin

__all__ = ["core", "excludes", "only_binary", "stand_ins"]

ALWAYS = (
    "ipykernel",
    "ipython",
    "pip",
    "setuptools",
    "wheel",
    "beautifulsoup4",
    "bokeh",
    "category-encoders",
    "folium",
    "h5py",
    "imbalanced-learn",
    "ipywidgets",
    "jinja2",
    "joblib",
    "lightgbm",
    "lxml",
    "matplotlib",
    "missingno",
    "mlxtend",
    "nbformat",
    "networkx",
    "nltk",
    "numpy",
    "opencv-python-headless",
    "openpyxl",
    "pandas",
    "pillow",
    "plotly",
    "pyyaml",
    "requests",
    "scikit-image",
    "scikit-learn",
    "scipy",
    "seaborn",
    "statsmodels",
    "tqdm",
    "wordcloud",
    "xgboost",
    "xlrd",
)

PLAIN = ("ipykernel", "pip")
"""A base that is no era of Kaggle's: what a kernel needs, and what a cell's ``!pip`` calls."""

SINCE = {
    # The first era whose Dockerfile asks for it; pyarrow: the first with a wheel for its Python.
    "pyarrow": date(2017, 6, 29),
    "optuna": date(2019, 3, 30),
    "polars": date(2023, 2, 14),
}

STAND_INS = {
    # Compiled packages that Kaggle had before they were published as wheels for Linux: the
    # first version that was.
    "lightgbm": ("2.0.4", date(2017, 6, 25)),
    "opencv-python-headless": ("3.4.3.18", date(2018, 9, 16)),
    "scikit-image": ("0.13.0", date(2017, 4, 8)),
    "wordcloud": ("1.5.0", date(2018, 8, 20)),
    "xgboost": ("0.72.1", date(2018, 7, 20)),
    # Older ones take releases that are not for their Python, and don't look further back.
    "pip": ("21.3.1", date(2021, 10, 22)),
}

WHEELS_ONLY = (
    "bottleneck",
    "catboost",
    "contourpy",
    "fiona",
    "h5py",
    "kiwisolver",
    "lightgbm",
    "llvmlite",
    "lxml",
    "matplotlib",
    "numba",
    "numpy",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
    "opencv-python",
    "opencv-python-headless",
    "pandas",
    "pillow",
    "polars",
    "pyarrow",
    "pyzmq",
    "scikit-image",
    "scikit-learn",
    "scipy",
    "shapely",
    "spacy",
    "statsmodels",
    "tensorflow",
    "tokenizers",
    "torch",
    "torchaudio",
    "torchvision",
    "xgboost",
)

LEFT_OUT = (
    # Builds with windows: they need libGL, and lie in the same folder as the one without.
    "opencv-python",
    "opencv-contrib-python",
    # The browser's half of ipywidgets: it brings the whole notebook server along.
    "widgetsnbextension",
)


def core(era: Era) -> tuple[str, ...]:
    """The requirements of an era's base, without versions: those are the pins' business."""
    if era.plain:
        return PLAIN
    later = (name for name, since in SINCE.items() if since <= era.date)
    return (*ALWAYS, *later)


def stand_ins(era: Era) -> tuple[Pin, ...]:
    """Versions from after an era, for core packages that could not be had or used otherwise."""
    return tuple(
        Pin(name=name, specifier=f"=={version}", strength="era")
        for name, (version, published) in STAND_INS.items()
        if era.date < published
    )


def only_binary(era: Era) -> tuple[str, ...]:  # noqa: ARG001
    """Packages that are never built from source: it takes compilers, libraries and hours."""
    return WHEELS_ONLY


def excludes(era: Era, *, asked: Collection[str] = ()) -> tuple[str, ...]:
    """Packages left out wherever others want them, unless asked for by name (normalized)."""
    if era.plain:
        return ()
    return tuple(name for name in LEFT_OUT if name not in asked)

from __future__ import annotations

from datetime import date

import pytest

from kagura.env.catalog import eras, imports, rows
from kagura.env.distributions import distribution, is_standard
from kagura.env.names import normalized
from kagura.model.era import Era

NEWEST = eras()[-1]

# Looked at one by one: files of the notebooks themselves or of a competition, and packages that
# PyPI does not have or that are useless without a graphics card.
WITHOUT = frozenset(
    [
        "Network",
        "_cfg",
        "_dataset",
        "_model",
        "_utils",
        "agent",
        "arc_compressor",
        "baseline",
        "biohub_tracking",
        "bq_helper",
        "cleantext",
        "clip",
        "cmi_2025_metric_copy_for_import",
        "code_golf_utils",
        "configs",
        "constants",
        "cuml",
        "cupy",
        "czii_helper",
        "database",
        "dataset",
        "detectron2",
        "dicom",
        "google",
        "h5_to_db",
        "helpers",
        "initializers",
        "kaggle_datasets",
        "kaggle_evaluation",
        "kaggle_secrets",
        "kagglegym",
        "keywords",
        "keywords_local",
        "layers",
        "learntools",
        "lightglue",
        "lux",
        "main",
        "metric",
        "multitensor_systems",
        "orbit_lite",
        "protenix",
        "runner",
        "solution_selection",
        "solve_task",
        "spmd_util",
        "src",
        "stage0_common",
        "stage0_model",
        "stage1_common",
        "stage1_model",
        "stage2_common",
        "stage2_model",
        "submission",
        "torch_xla",
        "tracking_cellmot",
        "train",
        "unsloth",
        "util",
        "utils",
        "visualization",
        "vllm",
    ]
)


def of(day: str) -> Era:
    return next(era for era in eras() if era.date == date.fromisoformat(day))


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("sklearn", "scikit-learn"),
        ("sklearn.model_selection", "scikit-learn"),
        ("cv2", "opencv-python-headless"),
        ("PIL.Image", "pillow"),
        ("skimage.io", "scikit-image"),
        ("yaml", "pyyaml"),
        ("bs4", "beautifulsoup4"),
        ("Bio.SeqIO", "biopython"),
        ("umap", "umap-learn"),
        ("imblearn.over_sampling", "imbalanced-learn"),
        ("mpl_toolkits.mplot3d", "matplotlib"),
        ("mpl_toolkits.basemap", "basemap"),
        ("pylab", "matplotlib"),
        ("fitz", "pymupdf"),
        ("bson", "pymongo"),
        ("community", "python-louvain"),
        ("pytorch_lightning", "pytorch-lightning"),
        ("kaggle_environments", "kaggle-environments"),
        ("IPython.display", "ipython"),
        ("torch.nn.functional", "torch"),
        ("google.cloud.bigquery", "google-cloud-bigquery"),
        ("google.cloud.bigquery.magics", "google-cloud-bigquery"),
        ("google.protobuf.text_format", "protobuf"),
        ("google.generativeai", "google-generativeai"),
    ],
)
def test_a_module_has_its_distribution(module: str, name: str) -> None:
    assert distribution(module, NEWEST) == name


@pytest.mark.parametrize("module", sorted(WITHOUT))
def test_what_nobody_published_has_none(module: str) -> None:
    assert distribution(module, NEWEST) is None


@pytest.mark.parametrize(
    "module", ["learntools.core", "kaggle_secrets", "utils.data", "google.colab", "xyzzy_123"]
)
def test_pypi_is_never_asked_for_a_name_that_is_not_a_fact(module: str) -> None:
    assert distribution(module, NEWEST) is None


@pytest.mark.parametrize("module", ["os", "os.path", "distutils.core", "imp", "__future__"])
def test_the_standard_library_has_none(module: str) -> None:
    assert is_standard(module)
    assert distribution(module, NEWEST) is None


@pytest.mark.parametrize(
    ("module", "day", "name"),
    [
        ("dataclasses", "2019-03-30", "dataclasses"),
        ("dataclasses", "2020-06-09", None),
        ("dicom", "2017-12-26", "pydicom"),
        ("dicom", "2019-03-30", None),
        ("igraph", "2021-10-12", "python-igraph"),
        ("igraph", "2023-08-29", "igraph"),
        ("fbprophet", "2020-09-01", "fbprophet"),
        ("prophet", "2024-09-19", "prophet"),
        ("haystack", "2023-07-05", "farm-haystack"),
        ("haystack", "2025-07-01", "haystack-ai"),
        ("rdkit", "2021-10-12", "rdkit-pypi"),
        ("lightning", "2018-12-22", "sklearn-contrib-lightning"),
    ],
)
def test_some_modules_changed_their_distribution(module: str, day: str, name: str | None) -> None:
    assert distribution(module, of(day)) == name


def test_every_module_of_four_or_more_notebooks_is_decided() -> None:
    often = [name for name, count in imports().items() if count >= 4 and not is_standard(name)]
    without = {name for name in often if distribution(name, NEWEST) is None}
    assert without <= WITHOUT


def test_the_table_is_in_order() -> None:
    for module, name, *since in rows("modules.tsv"):
        assert module.strip() == module
        assert name == "-" or name == normalized(name)
        assert not since or date.fromisoformat(since[0])

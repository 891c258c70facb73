from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kagura.env.relax import requirement_to_leave_out, to_drop
from kagura.model.era import Pin

# What uv 0.13 said, word for word.
TWO_PINS = """\
error: No solution found when resolving dependencies
  cause: Because mlxtend==0.23.3 depends on scikit-learn>=1.3.1 and you require mlxtend==0.23.3, we can conclude that you require scikit-learn>=1.3.1.
         And because you require scikit-learn==1.2.2, we can conclude that your requirements are unsatisfiable.
"""  # noqa: E501
INDIRECT = """\
error: No solution found when resolving dependencies
  cause: Because ipywidgets==8.1.5 depends on widgetsnbextension>=4.0.12,<4.1.dev0 and widgetsnbextension==3.6.10, we can conclude that ipywidgets==8.1.5 cannot be used.
         And because you require ipywidgets==8.1.5, we can conclude that your requirements are unsatisfiable.
"""  # noqa: E501
REPHRASED = """\
error: No solution found when resolving dependencies
  cause: Because pandas>=2.0.3 depends on numpy>=1.21.0 and numpy==1.18.0, we can conclude that pandas>=2.0.3 cannot be used.
         And because you require pandas==2.0.3, we can conclude that your requirements are unsatisfiable.
"""  # noqa: E501
NO_WHEEL = """\
error: No solution found when resolving dependencies
  cause: Because pyyaml==5.3.1 has no usable wheels and you require pyyaml==5.3.1, we can conclude that your requirements are unsatisfiable.

hint: Wheels are required for `pyyaml` because building from source is disabled for `pyyaml` (i.e., with `--no-build-package pyyaml`)
"""  # noqa: E501
BAD_METADATA = """\
error: No solution found when resolving dependencies
  cause: Because pandas==0.23.4 has invalid metadata and you require pandas==0.23.4, we can conclude that your requirements are unsatisfiable.

hint: Metadata for `pandas` (v0.23.4) could not be parsed:
  after parsing `2011`, found `k`, which is not part of a valid version
  pytz (>=2011k)
        ^^^^^^^
"""  # noqa: E501
NO_BUILD = """\
error: Failed to download and build `nltk==3.2.4`
  cause: Failed to resolve requirements from `setup.py` build
  cause: No solution found when resolving: `setuptools>=40.8.0`
  cause: Because only setuptools<=36.0.1 is available and you require setuptools>=40.8.0, we can conclude that your requirements are unsatisfiable.

hint: `nltk` (v3.2.4) was included because `textblob` (v0.12.0) depends on `nltk>=3.1`

hint: `setuptools` was filtered by `exclude-newer` to only include packages uploaded before 2017-07-02T00:00:00Z. The latest version satisfying the requirement is v84.2.1, published at 2026-10-20T19:01:35.678Z. Consider using `exclude-newer-package` to override the cutoff for this package.
"""  # noqa: E501
UNKNOWN = """\
error: No solution found when resolving dependencies
  cause: Because surely-not-a-package-xyz was not found in the package registry and you require surely-not-a-package-xyz, we can conclude that your requirements are unsatisfiable.
"""  # noqa: E501
WRONG_PYTHON = """\
error: No solution found when resolving dependencies
  cause: Because the current Python version (3.7.16) does not satisfy Python>=3.8 and pandas==2.0.3 depends on Python>=3.8, we can conclude that pandas==2.0.3 cannot be used.
         And because only pandas<=2.0.3 is available and you require pandas==2.0.3, we can conclude that your requirements are unsatisfiable.

hint: `pandas` was filtered by `exclude-newer` to only include packages uploaded before 2023-07-16T00:00:00Z. The latest version satisfying the requirement is v3.1.1, published at 2026-11-04T15:05:30Z. Consider using `exclude-newer-package` to override the cutoff for this package.
"""  # noqa: E501
ALL = (TWO_PINS, INDIRECT, REPHRASED, NO_WHEEL, BAD_METADATA, NO_BUILD, UNKNOWN, WRONG_PYTHON)


def pin(text: str) -> Pin:
    name = text.split("==")[0].split(">")[0].split("<")[0]
    return Pin(name=name, specifier=text[len(name) :], strength="observed")


def dropped(text: str, *pins: str) -> list[str]:
    return [one.name + one.specifier for one in to_drop(text, [pin(one) for one in pins])]


def test_of_two_pins_that_clash_the_weaker_goes() -> None:
    assert dropped(TWO_PINS, "scikit-learn==1.2.2", "mlxtend==0.23.3") == ["mlxtend==0.23.3"]
    assert dropped(TWO_PINS, "mlxtend==0.23.3", "scikit-learn==1.2.2") == ["scikit-learn==1.2.2"]


def test_a_package_that_is_not_named_is_not_to_blame() -> None:
    pins = ("scikit-learn==1.2.2", "mlxtend==0.23.3", "numpy==1.26.4", "scikit==1.0")
    assert dropped(TWO_PINS, *pins) == ["mlxtend==0.23.3"]


def test_a_pin_deep_in_the_tree_is_found() -> None:
    pins = ("ipywidgets==8.1.5", "widgetsnbextension==3.6.10")
    assert dropped(INDIRECT, *pins) == ["widgetsnbextension==3.6.10"]


def test_a_pin_that_uv_repeats_is_blamed_before_one_that_it_only_names() -> None:
    assert dropped(REPHRASED, "numpy==1.18.0", "pandas<=2.1") == ["numpy==1.18.0"]


def test_a_pin_whose_package_is_only_named_is_blamed_when_none_is_repeated() -> None:
    assert dropped(REPHRASED, "numpy>=1.18.0,<=1.18.5", "scipy==1.4.1") == [
        "numpy>=1.18.0,<=1.18.5"
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (NO_WHEEL, "pyyaml==5.3.1"),
        (BAD_METADATA, "pandas==0.23.4"),
        (WRONG_PYTHON, "pandas==2.0.3"),
    ],
)
def test_a_version_that_cannot_be_had_loses_its_pin(text: str, expected: str) -> None:
    assert dropped(text, expected, "pytz==2019.1", "numpy==1.16.4") == [expected]


def test_a_longer_version_is_another_version() -> None:
    assert dropped(NO_WHEEL, "pyyaml==5.3", "numpy==1.0") == ["pyyaml==5.3"]  # by its name alone
    assert dropped(TWO_PINS, "mlxtend==0.23", "scikit-learn==1.2.2") == ["scikit-learn==1.2.2"]


def test_build_tools_are_not_to_blame_for_a_failed_build() -> None:
    assert dropped(NO_BUILD, "nltk==3.2.4", "setuptools==36.0.1") == ["nltk==3.2.4"]
    assert dropped(NO_BUILD, "setuptools==36.0.1") == []


def test_no_pin_is_dropped_for_an_unknown_package() -> None:
    assert dropped(UNKNOWN, "numpy==1.26.4") == []


def test_the_requirement_that_uv_names_is_left_out_with_its_reason() -> None:
    name, why = requirement_to_leave_out(UNKNOWN, ["numpy", "Surely_Not.A-package-xyz>=1"])
    assert name == "Surely_Not.A-package-xyz>=1"
    assert why.startswith("Because surely-not-a-package-xyz was not found")


def test_the_requirement_that_brought_the_trouble_is_left_out() -> None:
    name, why = requirement_to_leave_out(NO_BUILD, ["numpy", "textblob"])
    assert name == "textblob"
    assert "setuptools" in why


def test_a_refusal_that_names_nothing_still_takes_a_requirement_away() -> None:
    assert requirement_to_leave_out("", ["numpy", "pandas"]) == ("pandas", "uv gave no reason")


@given(
    text=some.sampled_from(ALL),
    names=some.lists(
        some.sampled_from(["mlxtend", "numpy", "pandas", "scikit-learn", "nltk", "pyyaml"]),
        unique=True,
    ),
    specifier=some.sampled_from(["==0.23.3", "==1.2.2", ">=1,<2", "<=1.18.0"]),
)
def test_dropping_always_comes_to_an_end(text: str, names: list[str], specifier: str) -> None:
    pins = [Pin(name=name, specifier=specifier, strength="colab") for name in names]
    for _ in range(len(names) + 1):
        gone = to_drop(text, pins)
        if not gone:
            break
        assert set(gone) <= set(pins)
        pins = [one for one in pins if one not in gone]
    assert not to_drop(text, pins)

from __future__ import annotations

from datetime import date

import pytest

from kagura.env.catalog import eras
from kagura.env.requirements import asked_for, exact
from kagura.model.era import Era


def era(*requirements: str) -> Era:
    return Era(
        date=date(2020, 1, 1),
        commit="0000000",
        python="3.7",
        colab=None,
        requirements=requirements,
    )


@pytest.mark.parametrize(
    ("line", "name", "specifier"),
    [
        ("Scikit_Learn==1.2.2", "scikit-learn", "==1.2.2"),
        ("jax[cpu]==0.4.26", "jax", "==0.4.26"),
        ("torch==1.7.1+cpu", "torch", "==1.7.1"),
        ("geopandas==v0.14.4", "geopandas", "==0.14.4"),
        ("jupyter_server>=2.*", "jupyter-server", ">=2"),
        ("google-cloud-vision==2.*", "google-cloud-vision", "==2.*"),
        ("setuptools>=70.0,<82", "setuptools", "<82,>=70.0"),
        ("path.py", "path-py", ""),
    ],
)
def test_a_line_is_cleaned(line: str, name: str, specifier: str) -> None:
    asked = asked_for(era(line))
    assert {found: str(specifiers) for found, specifiers in asked.items()} == {name: specifier}


@pytest.mark.parametrize(
    "line", ["requirements.txt", "tensorflow-0.12.0rc0-cp35-cp35m-linux_x86_64.whl", "-r", ""]
)
def test_stray_words_are_dropped(line: str) -> None:
    assert asked_for(era(line)) == {}


def test_a_name_twice_keeps_its_specifier() -> None:
    assert str(asked_for(era("pandas", "pandas==0.23.2"))["pandas"]) == "==0.23.2"
    assert str(asked_for(era("pandas==0.23.2", "pandas"))["pandas"]) == "==0.23.2"
    assert str(asked_for(era("libpysal<=4.9.2", "libpysal==4.9.2"))["libpysal"])


def test_of_two_versions_the_later_line_wins() -> None:
    assert exact(asked_for(era("conllu==0.11", "conllu==1.3.1"))["conllu"]) == "1.3.1"


def test_every_line_of_the_catalog_is_understood_or_a_stray_word() -> None:
    for known in eras():
        for specifiers in asked_for(known).values():
            assert "+" not in str(specifiers)

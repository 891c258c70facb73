"""The resolver's answers and refusals: what they say, and what a person is told."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from kagura.env.refusals import changes_refused, refusal_told
from kagura.env.resolve import _answers, fail_if_unreachable
from kagura.errors import ServiceError
from kagura.model.base import Base, Package, Python

TEXT = """\
alembic==1.16.4 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via optuna
optuna[extra]==4.4.0 \\
    --hash=sha256:cc
    # via -r /desk/requirements.in
Py_YAML==6.0.2 \\
    --hash=sha256:dd
    # via
    #   -c /desk/constraints.txt
    #   bokeh
    #   optuna
"""


def test_an_answer_tells_hashes_and_who_needs_what() -> None:
    alembic, optuna, yaml = _answers(TEXT)
    assert alembic.package == Package(name="alembic", version="1.16.4")
    assert alembic.hashes == ("sha256:aa", "sha256:bb")
    assert (alembic.needed_by, alembic.direct) == (("optuna",), False)
    assert (optuna.package.name, optuna.needed_by, optuna.direct) == ("optuna", (), True)
    assert (yaml.package.name, yaml.needed_by, yaml.direct) == (
        "py-yaml",
        ("bokeh", "optuna"),
        False,
    )


BASE = Base(
    digest="sha256:0",
    era=date(2025, 7, 1),
    prefix="/usr/local",
    python=Python(executable="/p", prefix="/", version="3.11.7"),
    wanted_python="3.11",
    packages=(Package(name="numpy", version="1.26.4"),),
    left_out=(),
    given_way=(),
)


ONLY = """\
  × No solution found when resolving dependencies:
  ╰─▶ Because only optuna<=4.4.0 is available and you require optuna>=99, we can
      conclude that your requirements are unsatisfiable.
"""
UNKNOWN = """\
  ╰─▶ Because optuna was not found in the package registry and you require
      optuna>=99, we can conclude that your requirements are unsatisfiable.
"""
NO_VERSION = """\
  ╰─▶ Because there is no version of optuna>=99 and you require optuna>=99, we
      can conclude that your requirements are unsatisfiable.
"""
NO_WHEEL = """\
  ╰─▶ Because all of:
          optuna==99.1
      have no wheels with a matching Python ABI tag (e.g., `cp311`), we can
      conclude that optuna>=99 cannot be used.
"""
CLASH = """\
  ╰─▶ Because optuna>=99 depends on numpy>=3 and shap depends on numpy<2, we can
      conclude that your requirements are unsatisfiable.
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ONLY, ": as of 2025-07-01 there is only optuna<=4.4.0, for Python 3.11"),
        (UNKNOWN, ": no package of this name is published"),
        (NO_VERSION, ": as of 2025-07-01 there is none that fits, for Python 3.11"),
        (
            NO_WHEEL,
            ": what fits has no wheel for Python 3.11, and it is not built from source here",
        ),
        (
            CLASH,
            " cannot be had over this base: optuna>=99 depends on numpy>=3 and shap depends on ",
        ),
    ],
)
def test_a_refusal_is_told_in_the_projects_words(text: str, said: str) -> None:
    told = refusal_told(text, ("optuna>=99", "shap"), BASE, date(2025, 7, 1))
    assert told.message.startswith(f"optuna>=99{said}")
    assert told.hint


def test_a_later_day_is_offered_where_there_is_one() -> None:
    past = refusal_told(ONLY, ("optuna>=99",), BASE, date(2025, 7, 1))
    assert "later day" in (past.hint or "")
    today = refusal_told(ONLY, ("optuna>=99",), BASE, datetime.now(UTC).date())
    assert "later day" not in (today.hint or "")


def test_a_clash_of_two_requirements_names_both_and_no_third() -> None:
    text = (
        "cause: Because requests==2.20.0 depends on urllib3>=1.21.1,<1.25 and you require "
        "requests==2.20, we can conclude that you require urllib3>=1.21.1,<1.25.\n"
        "And because you require urllib3>=2, we can conclude that your requirements are "
        "unsatisfiable."
    )
    wanted = ("six", "requests==2.20", "urllib3>=2")
    assert refusal_told(text, wanted, BASE, date(2025, 7, 1)).message == (
        "requests==2.20 cannot be had together with urllib3>=2, over this base: requests==2.20.0 "
        "depends on urllib3>=1.21.1,<1.25 and you require requests==2.20"
    )


def test_what_is_not_here_offline_is_not_put_down_to_the_network() -> None:
    text = (
        "error: Network connectivity is disabled, but the requested data wasn't found in the "
        "cache: https://host.example/packages/six-1.17.0-py3-none-any.whl\n"
    )
    with pytest.raises(ServiceError, match=r"--offline.*\(six-1.17.0-py3-none-any.whl\)") as told:
        fail_if_unreachable(text)
    assert "network" not in str(told.value.hint)


def test_a_change_that_is_not_allowed_names_what_the_base_has() -> None:
    told = changes_refused(["numpy"], ("numpy>=2",), BASE)
    assert told.message == "numpy>=2: not without a change of the base, which has numpy 1.26.4"
    assert "--no-change" in str(told.hint)

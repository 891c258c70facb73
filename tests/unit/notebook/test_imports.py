"""Which modules a cell imports, and whether it can do without them."""

from __future__ import annotations

from textwrap import dedent

import pytest

from kagura.notebook.imports import STANDARD, imported
from kagura.notebook.source import split


def found(text: str) -> list[str]:
    """The modules, each optional one with a question mark."""
    return [module + "?" * optional for module, optional in imported(split(dedent(text)))]


def test_imports_are_found_in_order_with_dots() -> None:
    text = "import a, b.c as d\nfrom e.f import g, h\nx = 1\nimport i"
    assert found(text) == ["a", "b.c", "e.f", "i"]


def test_relative_imports_are_none() -> None:
    assert found("from . import a\nfrom .b import c") == []


def test_what_is_imported_from_a_shared_package_counts() -> None:
    assert found("from google.cloud import bigquery, storage\nfrom google import genai") == [
        "google.cloud.bigquery",
        "google.cloud.storage",
        "google.genai",
    ]
    assert found("from google.cloud import *") == ["google.cloud"]


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    import a\nexcept ImportError:\n    pass",
        "try:\n    import a\nexcept (OSError, ModuleNotFoundError):\n    pass",
        "try:\n    import a\nexcept Exception as e:\n    pass",
        "try:\n    import a\nexcept:\n    pass",
        "try:\n    x\nexcept KeyError:\n    import a",
        "with suppress(ImportError):\n    import a",
        "if x:\n    import a",
        "if x:\n    pass\nelse:\n    import a",
        "def f():\n    import a",
        "async def f():\n    import a",
        "class C:\n    def f(self):\n        import a",
        "f = lambda: __import__('a')",
        "match x:\n    case 1:\n        import a",
    ],
)
def test_an_import_that_may_be_left_out_is_optional(text: str) -> None:
    assert found(text) == ["a?"]


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    import a\nfinally:\n    pass",
        "try:\n    import a\nexcept KeyError:\n    pass",
        "try:\n    pass\nexcept ImportError:\n    pass\nfinally:\n    import a",
        "with open('x'):\n    import a",
        "class C:\n    import a",
        "for x in y:\n    import a",
        "if __name__ == '__main__':\n    import a",
        "if x: pass\nimport a",
    ],
)
def test_an_import_that_runs_in_any_case_is_not_optional(text: str) -> None:
    assert found(text) == ["a"]


def test_imports_for_type_checkers_are_none() -> None:
    text = "if TYPE_CHECKING:\n    import a\nif typing.TYPE_CHECKING:\n    import b\n"
    assert found(text) == []
    assert found(f"{text}else:\n    import c") == ["c?"]


def test_imports_by_name_are_found() -> None:
    text = "importlib.import_module('a.b')\n__import__('c')\nimport_module(d)\nimport_module('.e')"
    assert found(text) == ["a.b", "c"]


def test_what_is_no_modules_name_is_not_taken_for_one() -> None:
    assert found("__import__('a b')\n__import__('')\n__import__('..')") == []


def test_code_for_another_python_is_read_by_lines() -> None:
    text = """
        print 'python 2'
        import a, b.c as d  # why
        from e import (f,
           g)
        if x:
            import h; import i
        >>> import j
        s = 'import k'
        # import l
        import the data into it
        """
    assert found(text) == ["a", "b.c", "e", "h?", "i?", "j"]


def test_imports_of_a_written_file_are_optional() -> None:
    assert found("%%writefile a.py\nimport b") == ["b?"]


def test_magics_between_do_no_harm() -> None:
    assert found("%matplotlib inline\nimport a\n!pip install b\nfiles = !ls\na?") == ["a"]


def test_a_very_deep_tree_is_no_trouble() -> None:
    text = "import a\nx = " + "+".join(["1"] * 2500)
    assert found(text) == ["a"]


@pytest.mark.parametrize(
    "name", ["os", "distutils", "imp", "asyncore", "tomllib", "compression", "__future__", "cgi"]
)
def test_the_standard_library_of_any_python_3_is_known(name: str) -> None:
    assert name in STANDARD

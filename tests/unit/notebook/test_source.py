"""Telling a cell's Python from IPython's own lines."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from kagura.notebook.source import split


def code(text: str) -> str:
    source = split(dedent(text))
    assert source.tree is not None, source.python
    return ast.unparse(source.tree)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("!pip install x", "pip install x"),
        ("!!ls -l", "ls -l"),
        ("! ls", "ls"),
        ("%pip install x", "pip install x"),
        ("%matplotlib inline", "matplotlib inline"),
        ("pip install -q x", "pip install -q x"),
        ("conda install x", "conda install x"),
    ],
)
def test_a_line_of_ipythons_own_is_a_command(line: str, command: str) -> None:
    source = split(f"import a\n{line}\nimport b")
    assert source.shell == (command,)
    assert source.tree is not None


@pytest.mark.parametrize("line", ["x = !ls", "x, y = !ls", "d['k'] = !ls", "x.y = %sx ls"])
def test_a_commands_result_may_be_assigned(line: str) -> None:
    source = split(line)
    assert [command.split()[-1] for command in source.shell] == ["ls"]
    assert source.tree is not None


@pytest.mark.parametrize(
    "line", ["?print", "print?", "pd.read_csv??", "x.y()?", "%time?", "*int*?"]
)
def test_a_question_is_no_code(line: str) -> None:
    assert code(f"a = 1\n{line}") == "a = 1\npass"


def test_a_command_in_a_block_keeps_the_block_whole() -> None:
    assert code("if x:\n    !ls\nelse:\n    %cd y\n") == "if x:\n    pass\nelse:\n    pass"


def test_a_command_goes_on_over_backslashes() -> None:
    source = split("!pip install \\\n   a \\\n   b\nimport c")
    assert source.shell == ("pip install a b",)
    assert source.python.split("\n") == ["pass", "", "", "import c"]


def test_a_command_at_the_end_may_end_in_a_backslash() -> None:
    assert split("!ls \\").shell == ("ls \\",)


def test_lines_in_strings_and_brackets_are_code() -> None:
    text = '%cd x\ns = """\n!pip install y\n"""\nt = (1\n%b)\nu = "#" # """\n'
    source = split(text)
    assert source.shell == ("cd x",)
    assert source.tree is not None
    assert "!pip install y" in ast.unparse(source.tree)


def test_magics_that_run_python_leave_it() -> None:
    assert code("%time import a\n%timeit -n 10 -r3 f(x)\n%prun g()") == "import a\nf(x)\ng()"


def test_a_magic_that_runs_no_python_leaves_nothing() -> None:
    assert code("%time\n%timeit $$$") == "pass\npass"


def test_what_a_line_magic_runs_may_go_on_over_several_lines() -> None:
    text = "%time fit(\n    x,\n    '!y',\n)\n!ls"
    assert code(text) == "fit(x, '!y')\npass"


def test_an_extension_is_an_import_unless_it_is_ipythons() -> None:
    assert code("%load_ext cudf.pandas\n%load_ext autoreload") == "import cudf.pandas\npass"


@pytest.mark.parametrize("magic", ["time", "timeit", "capture out", "notify_me", "prun -q"])
def test_the_body_of_such_a_cell_is_python(magic: str) -> None:
    assert code(f"\n%%{magic}\nimport a\n!ls\n") == "import a\npass"


@pytest.mark.parametrize("magic", ["html", "javascript", "sql", "R -i x", "script false", "latex"])
def test_the_body_of_such_a_cell_is_another_language(magic: str) -> None:
    source = split(f"%%{magic}\nimport a\n!ls")
    assert (source.python, source.tree, source.shell) == ("", None, ())


@pytest.mark.parametrize("magic", ["bash", "sh", "!", "script bash", "script /bin/sh -x", "system"])
def test_the_body_of_such_a_cell_is_shell(magic: str) -> None:
    source = split(f"%%{magic}\npip install a \\\n  b\n\nls")
    assert [" ".join(line.split()) for line in source.shell] == ["pip install a b", "ls"]


def test_cell_magics_may_stand_over_each_other() -> None:
    assert split("%%capture\n%%bash\nls").shell == ("ls",)
    assert split("%%time\n" * 5000 + "x").tree is not None


@pytest.mark.parametrize("head", ["writefile a.py", "file 'a.py'", "writefile -a a.py"])
def test_a_file_that_is_written_is_known(head: str) -> None:
    source = split(f"%%{head}\nimport b\n!ls")
    assert source.writes == "a.py"
    assert (source.tree, source.shell) == (None, ())
    assert "import b" in source.python


def test_a_file_of_another_language_is_not_read() -> None:
    source = split("%%writefile a.sh\nimport b")
    assert (source.writes, source.python) == ("a.sh", "")


def test_a_cell_may_be_indented_as_a_whole() -> None:
    assert code("\n    import a\n    if b:\n        c\n") == "import a\nif b:\n    c"


def test_code_for_another_python_has_no_tree() -> None:
    source = split("print 'hello'\n!ls\nimport a")
    assert source.tree is None
    assert source.shell == ("ls",)


@pytest.mark.parametrize(
    "text",
    ["", "\n", "%", "%%", "%%\n", "!", "?", "%%!", "\0", "\ud800", "'''", "(" * 300, "x = !"],
)
def test_odd_cells_do_no_harm(text: str) -> None:
    split(text)


def test_warnings_about_the_code_are_not_ours() -> None:
    assert split("a = '\\d'; b = 1 is 1").tree is not None


def test_await_at_the_top_is_code() -> None:
    assert code("await f()\nasync with a: pass")

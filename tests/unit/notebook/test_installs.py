"""What a cell installs by itself."""

from __future__ import annotations

import pytest

from kagura.model.needs import InstallUse
from kagura.notebook.installs import installs
from kagura.notebook.literals import assigned
from kagura.notebook.shell import commands
from kagura.notebook.source import split


def found(text: str) -> list[InstallUse]:
    source = split(text)
    names = assigned(source.tree, {}) if source.tree is not None else {}
    return list(installs(source, names, cell=4))


def only(text: str) -> InstallUse:
    (use,) = found(text)
    return use


@pytest.mark.parametrize(
    "text",
    [
        "!pip install foo",
        "! pip3 install foo",
        "!!pip install foo",
        "%pip install foo",
        "pip install foo",
        "!python -m pip install foo",
        "!python3.10 -m pip install foo",
        "!{sys.executable} -m pip install foo",
        "!$sys.executable -m pip install foo",
        '!"{sys.executable}" -m pip install foo',
        "!/opt/conda/bin/pip install foo",
        "!/opt/conda/bin/python3.7 -m pip install foo",
        "!sudo pip install foo",
        "!PIP_X=1 pip install foo",
        "!pip install --quiet foo > /dev/null 2>&1",
        "!yes | pip install foo",
        "!pip --disable-pip-version-check install foo",
        "!pip install -q -U foo",
        "!pip install foo # comment",
        "!pip install 'foo'",
        "x = !pip install foo",
        "%system pip install foo",
        "%%bash\npip install foo",
        "%%capture\n!pip install foo",
        "if need:\n    !pip install foo",
        "import os\nos.system('pip install foo')",
        "subprocess.run(['pip', 'install', 'foo'])",
        "subprocess.check_call([sys.executable, '-m', 'pip', 'install', 'foo'])",
        "check_call((sys.executable, '-m', 'pip', 'install', '-q', 'foo'))",
        "subprocess.run('pip install foo', shell=True)",
        "subprocess.run('pip install foo'.split())",
        "subprocess.run(shlex.split('pip install foo'))",
        "name = 'foo'\nos.system(f'pip install {name}')",
        "get_ipython().system('pip install foo')",
        "get_ipython().run_line_magic('pip', 'install foo')",
        "get_ipython().run_cell_magic('bash', '', 'ls\\npip install foo')",
        "pip.main(['install', 'foo'])",
    ],
)
def test_every_way_to_install_with_pip_is_found(text: str) -> None:
    use = only(text)
    assert (use.tool, use.verb, use.requirements, use.cell) == ("pip", "install", ("foo",), 4)


@pytest.mark.parametrize(
    ("line", "requirements"),
    [
        ("a b==1 'c>=2' \"d[x]<3\"", ("a", "b==1", "c>=2", "d[x]<3")),
        ("a>=1.0", ("a>=1.0",)),
        ("git+https://github.com/o/r.git#egg=r", ("git+https://github.com/o/r.git#egg=r",)),
        ("/kaggle/input/w/*.whl", ("/kaggle/input/w/*.whl",)),
        ("-r req.txt -c limits.txt --target x a", ("a",)),
        ("-qr req.txt a", ("a",)),
        ("--index-url https://x/simple torch", ("torch",)),
        ("--extra-index-url=https://x torch", ("torch",)),
        ("-e .", (".",)),
        ("{package}=={version}", ("{package}=={version}",)),
        ("$NAME 'a;python_version<\"3.8\"'", ("$NAME", 'a;python_version<"3.8"')),
        ("-qqq --upgrade --no-deps a", ("a",)),
        ("", ()),
    ],
)
def test_the_requirements_are_told_from_the_options(
    line: str, requirements: tuple[str, ...]
) -> None:
    assert only(f"!pip install {line}").requirements == requirements


@pytest.mark.parametrize(
    "options",
    [
        "--no-index --find-links=/kaggle/input/w",
        "--no-index --find-links /kaggle/input/w",
        "--no-index -f /kaggle/input/w",
        "-f/kaggle/input/w --no-index",
    ],
)
def test_an_install_from_an_input_is_recognized(options: str) -> None:
    use = only(f"!pip install {options} a")
    assert (use.no_index, use.find_links, use.requirements) == (True, ("/kaggle/input/w",), ("a",))


def test_the_arguments_are_kept_as_they_are() -> None:
    assert only("!pip install -q a").arguments == ("install", "-q", "a")
    assert only("!dpkg -i a.deb").arguments == ("install", "a.deb")


@pytest.mark.parametrize(
    "text",
    ["!uv pip install --system a", "!python -m uv pip install a", "%%bash\nuv pip install a"],
)
def test_uv_is_found(text: str) -> None:
    assert (only(text).tool, only(text).requirements) == ("uv", ("a",))


@pytest.mark.parametrize(
    ("text", "tool", "verb", "names"),
    [
        ("!pip uninstall -y a b", "pip", "uninstall", ("a", "b")),
        ("!pip download a -d wheels", "pip", "other", ("a",)),
        ("!apt-get -y install x", "apt", "install", ("x",)),
        ("!apt install -y -qq x > /dev/null", "apt", "install", ("x",)),
        ("!apt -f install", "apt", "install", ()),
        ("!sudo apt-get update", "apt", "other", ()),
        ("!dpkg -i /kaggle/input/x/y.deb", "apt", "install", ("/kaggle/input/x/y.deb",)),
        ("!dpkg -i $(ls x/*.deb) 2>&- >&-", "apt", "install", ("$(ls x/*.deb)",)),
        ("!conda install -c conda-forge -y x", "conda", "install", ("x",)),
        ("%conda install x", "conda", "install", ("x",)),
        ("!mamba install x=1", "conda", "install", ("x=1",)),
    ],
)
def test_other_verbs_and_tools(text: str, tool: str, verb: str, names: tuple[str, ...]) -> None:
    use = only(text)
    assert (use.tool, use.verb, use.requirements) == (tool, verb, names)


@pytest.mark.parametrize(
    "text",
    [
        "!pip list",
        "!pip freeze | grep torch",
        "!pip --version",
        "!pip",
        "!echo pip install a",
        "# !pip install a",
        "#!pip install a",
        "s = '!pip install a'",
        "s = '''\n!pip install a\n'''",
        "x = run(main)",
        "!apt list",
        "%%writefile a.sh\npip install a",
        "%%writefile a.py\nos.system('pip install a')",
        "!python train.py",
        "pipeline.run(x)",
    ],
)
def test_what_installs_nothing_is_none(text: str) -> None:
    assert found(text) == []


def test_a_chain_has_several() -> None:
    uses = found("!apt-get update && apt-get install -y a; pip install b || pip install c")
    assert [(use.tool, use.requirements) for use in uses] == [
        ("apt", ()),
        ("apt", ("a",)),
        ("pip", ("b",)),
        ("pip", ("c",)),
    ]


def test_a_list_with_a_variable_keeps_its_name() -> None:
    use = only(
        "def f(package):\n    subprocess.check_call(['pip', 'install', package, *more, g()])"
    )
    assert use.requirements == ("{package}", "{more}", "{}")


def test_words_of_a_shell_line() -> None:
    assert list(commands("a 'b c' \"d \\\"e\\\"\" f\\ g h'i'j")) == [
        ["a", "b c", 'd "e"', "f g", "hij"]
    ]


@pytest.mark.parametrize("line", ["", "  ", "&&", "'", '"', "\\", "$(", "{", "a=1", "> x", "# c"])
def test_odd_lines_have_no_command_or_one(line: str) -> None:
    assert len(list(commands(line))) <= 1


def test_redirections_are_no_words() -> None:
    assert list(commands("a 2> b c &> d 2>&1")) == [["a", "c"]]

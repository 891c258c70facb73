"""What the program inside leaves in the working folder, whatever the notebook did to it."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat

sys.path.insert(0, str(Path(__file__).parents[1]))
from jobs import PIXEL, Execute


def test_a_notebook_is_executed_and_leaves_what_kaggle_leaves(execute: Execute) -> None:
    picture = f"from IPython.display import Image; Image(data='{PIXEL}', format='png')"
    result = execute(
        {"cell_type": "markdown", "metadata": {}, "source": "# Title"},
        "import base64\n" + picture.replace(f"'{PIXEL}'", f"base64.b64decode('{PIXEL}')"),
        "  ",
        "print('a<b')\n6 * 7",
    )
    assert result.end == "ok"
    assert sorted(path.name for path in result.folder.iterdir()) == [
        "__notebook__.ipynb",
        "__results__.html",
        "__results___files",
        "case.log",
    ]
    assert [path.name for path in (result.folder / "__results___files").iterdir()] == [
        "__results___1_0.png"
    ]
    stream, value = result.outputs(3)
    assert stream == {"output_type": "stream", "name": "stdout", "text": "a<b\n"}
    assert value["data"] == {"text/plain": "42"}
    assert value["execution_count"] == 2
    assert [cell.get("execution_count") for cell in result.document["cells"]] == [None, 1, None, 2]
    assert 'src="__results___files/__results___1_0.png"' in result.page
    assert "Title" in result.page
    assert "\\u003c" in (result.folder / "case.log").read_text()
    assert result.log == "a<b\n"


def test_the_notebook_has_the_metadata_that_papermill_writes(execute: Execute) -> None:
    document = execute("x = 1").document
    assert document["metadata"]["language_info"]["name"] == "python"
    about = document["metadata"]["papermill"]
    assert about["exception"] is None
    assert about["start_time"] < about["end_time"]
    assert set(document["cells"][0]["metadata"]["execution"]) == {
        "iopub.status.busy",
        "iopub.execute_input",
        "iopub.status.idle",
        "shell.execute_reply",
    }


def test_a_notebook_may_delete_its_working_folder(execute: Execute) -> None:
    code = "import os, shutil\nshutil.rmtree(os.getcwd())\nos.chdir('/')"
    result = execute("open('mine', 'w')", code)
    assert result.end == "ok"
    assert not (result.folder / "mine").exists()
    assert result.outputs(1) == []


def test_folders_and_links_in_the_way_of_artefacts_are_removed(
    execute: Execute, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").write_text("untouched")
    result = execute(
        "import os\nos.remove('__notebook__.ipynb')\nos.makedirs('__notebook__.ipynb/deep')\n"
        f"os.symlink({str(tmp_path / 'elsewhere')!r}, 'case.log')\n"
        "os.makedirs('__results__.html/a')\nopen('__results__.html/a/b', 'w')\n"
        "os.chmod('__results__.html/a', 0)\nopen('__results___files', 'w')\n"
        "print('done')"
    )
    assert result.end == "ok"
    assert not result.named("warning")
    assert result.text(0) == "done\n"
    assert result.log == "done\n"
    assert (tmp_path / "elsewhere").read_text() == "untouched"


def test_a_full_disk_is_a_warning(execute: Execute) -> None:
    # From then on no file of the program may be longer than some bytes: as if the disk were full.
    limit = (
        "import os, resource\nhard = resource.prlimit(os.getppid(), resource.RLIMIT_FSIZE)[1]\n"
        "resource.prlimit(os.getppid(), resource.RLIMIT_FSIZE, (64, hard))\nprint('x' * 1000)"
    )
    result = execute(limit)
    assert result.end == "ok"
    texts = [event["text"] for event in result.named("warning")]
    assert any(text.startswith("__notebook__.ipynb could not be written") for text in texts)
    assert any("the log ends early" in text for text in texts)
    assert not [path for path in result.folder.iterdir() if "part" in path.name]


def test_hidden_cells_are_folded_in_the_page(execute: Execute) -> None:
    hidden = {"source": "secret = 1", "metadata": {"_kg_hide-input": True}}
    page = execute(hidden, "plain = 2").page
    assert '<div class="_kg_hide-input-true">' in page
    assert page.count("<details") == 1
    assert page.index("<details") < page.rindex("secret") < page.rindex("plain")


def test_a_page_that_cannot_be_made_costs_only_the_page(execute: Execute) -> None:
    result = execute("print(1)", template_paths=["/nowhere"])
    assert result.end == "ok"
    assert "__results__.html" in result.named("warning")[0]["text"]
    assert result.text(0) == "1\n"


def test_the_maker_of_the_page_may_be_killed_by_the_notebook(execute: Execute) -> None:
    code = (
        "import os, pathlib\ntasks = pathlib.Path(f'/proc/{os.getppid()}/task')\n"
        "for process in ' '.join(path.read_text() for path in tasks.glob('*/children')).split():\n"
        "    if int(process) != os.getpid(): os.kill(int(process), 9)\nprint('killed')"
    )
    result = execute(code)
    assert result.end == "ok"
    assert "killed" in result.page


def test_files_that_were_never_closed_are_written(execute: Execute) -> None:
    result = execute(
        "file = open('submission.csv', 'w'); file.write('a,b')",
        "import atexit; atexit.register(lambda: open('late', 'w').write('x'))",
    )
    assert (result.folder / "submission.csv").read_text() == "a,b"
    assert (result.folder / "late").read_text() == "x"


def test_widgets_are_kept_in_the_notebook(execute: Execute) -> None:
    # What ipywidgets sends, without ipywidgets.
    result = execute(
        "from comm import create_comm\nstate = {'_model_name': 'FloatProgressModel', 'value': 1}\n"
        "comm = create_comm(target_name='jupyter.widget', comm_id='c', data={'state': state})\n"
        "comm.send({'method': 'update', 'state': {'value': 2}, 'buffer_paths': []})"
    )
    (states,) = result.document["metadata"]["widgets"].values()
    assert states["state"]["c"]["state"]["value"] == 2
    assert result.end == "ok"


def test_what_is_left_is_a_valid_notebook(execute: Execute) -> None:
    result = execute(
        "from IPython.display import display, HTML\nprint(1)\ndisplay(HTML('<b>x</b>'))\n2",
        "import sys; print('aside', file=sys.stderr)",
        "1 / 0",
        "never",
    )
    nbformat.validate(result.document)

"""What a run changed, read from folders that lie as overlayfs leaves them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kagura.env.drift import Place, places_of, read_drift
from kagura.model.drift import Drift
from kagura.model.sandbox import Bind, Overlay, SandboxSpec

SITE = "lib/python3.11/site-packages"


def _write(root: Path, path: str, text: str = "") -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def _install(root: Path, name: str, version: str, *, site: str = SITE) -> None:
    info = f"{site}/{name}-{version}.dist-info"
    _write(root, f"{site}/{name}/__init__.py", "x = 1\n")
    _write(root, f"bin/{name}", "#!python\n")
    _write(root, f"{info}/METADATA", f"Name: {name}\nVersion: {version}\n")
    files = [f"{name}/__init__.py", f"../../../bin/{name}", f"{name}-{version}.dist-info/RECORD"]
    _write(root, f"{info}/RECORD", "".join(f"{file},,\n" for file in files))


def _white_out(upper: Path, path: str) -> None:
    """As overlayfs does for whoever may make no device files: an empty file with a mark.

    A character device 0:0 would need root; the reader takes both."""
    _write(upper, path)
    os.setxattr(upper / path, "user.overlay.whiteout", b"y")


def _hide_below(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    os.setxattr(folder, "user.overlay.opaque", b"y")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """An environment of two packages and a file of nobody's, in a base and a layer."""
    base, layer, upper = (tmp_path / name for name in ("base", "layer", "upper"))
    _install(base, "numpy", "1.26.4")
    _write(base, "pyvenv.cfg", "home = /opt/python\n")
    _write(base, f"{SITE}/loose.py", "x = 1\n")
    _install(layer, "optuna", "4.4.0")
    upper.mkdir()
    return Place(target="/opt/conda", lowers=(base, layer), upper=upper)


def _told(place: Place, *more: Place) -> list[str]:
    return [f"{package.change} {package}" for package in read_drift((place, *more)).packages]


def test_an_environment_that_was_left_alone_has_no_drift(place: Place) -> None:
    assert read_drift((place,)) == Drift()
    assert not read_drift((place,))


def test_a_new_package_is_added_and_its_files_are_not_told_again(place: Place) -> None:
    _install(place.upper, "rich_argparse", "1.7.1")
    assert _told(place) == ["added rich-argparse 1.7.1"]
    assert read_drift((place,)).files.count == 0


def test_another_version_is_a_change_from_old_to_new(place: Place) -> None:
    _install(place.upper, "numpy", "2.0.0")
    _white_out(place.upper, f"{SITE}/numpy-1.26.4.dist-info")
    _hide_below(place.upper / SITE / "numpy")
    assert _told(place) == ["changed numpy 1.26.4 → 2.0.0"]
    assert read_drift((place,)).files.count == 0


def test_a_package_of_the_layer_can_be_removed(place: Place) -> None:
    for path in (f"{SITE}/optuna", f"{SITE}/optuna-4.4.0.dist-info", "bin/optuna"):
        _white_out(place.upper, path)
    assert _told(place) == ["removed optuna 4.4.0"]
    assert read_drift((place,)).files.count == 0


def test_the_same_version_put_there_again_is_told(place: Place) -> None:
    _install(place.upper, "numpy", "1.26.4")
    assert _told(place) == ["reinstalled numpy 1.26.4"]


def test_a_prefix_that_was_removed_as_a_whole_takes_all_packages_along(place: Place) -> None:
    _white_out(place.upper, "lib")
    assert _told(place) == ["removed numpy 1.26.4", "removed optuna 4.4.0"]


def test_a_folder_that_hides_all_below_hides_its_packages(place: Place) -> None:
    _hide_below(place.upper / SITE)
    assert _told(place) == ["removed numpy 1.26.4", "removed optuna 4.4.0"]


def test_a_package_whose_metadata_alone_is_gone_is_gone(place: Place) -> None:
    _white_out(place.upper, f"{SITE}/numpy-1.26.4.dist-info/METADATA")
    assert _told(place) == ["removed numpy 1.26.4"]


def test_old_metadata_counts_too(place: Place) -> None:
    _write(place.upper, f"{SITE}/olden-0.3-py3.11.egg-info/PKG-INFO", "Name: olden\n")
    _write(place.upper, f"{SITE}/olden-0.3-py3.11.egg-info/top_level.txt", "olden\n")
    _write(place.upper, f"{SITE}/olden/core.py", "x = 1\n")
    _write(place.upper, f"{SITE}/ancient.egg-info", "Version: 7\n")
    assert _told(place) == ["added olden 0.3"]
    _write(place.upper, f"{SITE}/elder.egg-info/PKG-INFO", "Name: elder\nVersion: 7\n")
    assert _told(place) == ["added elder 7", "added olden 0.3"]
    assert read_drift((place,)).files.examples == (f"/opt/conda/{SITE}/ancient.egg-info",)


def test_a_package_of_the_user_hides_the_one_of_the_base(place: Place, tmp_path: Path) -> None:
    user = Place(target="/root/.local", lowers=(), upper=tmp_path / "user")
    _install(user.upper, "numpy", "2.1.0")
    _install(user.upper, "tqdm", "4.66")
    assert _told(place, user) == ["changed numpy 1.26.4 → 2.1.0", "added tqdm 4.66"]


def test_other_files_are_counted_with_a_few_names(place: Place) -> None:
    _write(place.upper, f"{SITE}/loose.py", "x = 22\n")
    _write(place.upper, "share/model.bin", "12345")
    _white_out(place.upper, "bin/numpy")
    files = read_drift((place,)).files
    assert (files.count, files.size) == (3, 12)
    assert files.examples == (
        "/opt/conda/bin/numpy",
        f"/opt/conda/{SITE}/loose.py",
        "/opt/conda/share/model.bin",
    )


def test_what_python_and_pip_leave_by_the_way_is_no_drift(place: Place) -> None:
    _write(place.upper, f"{SITE}/numpy/__pycache__/__init__.cpython-311.pyc", "code")
    _write(place.upper, f"{SITE}/old.pyc", "code")
    _write(place.upper, "share/.cache/pip/http/a", "cached")
    _hide_below(place.upper / "share" / "empty")
    assert read_drift((place,)) == Drift()


def test_what_kagura_itself_puts_there_is_no_drift(place: Place, tmp_path: Path) -> None:
    _write(place.upper, "pyvenv.cfg", "include-system-site-packages = true\n")
    _write(place.upper, ".lock")
    system = Place(target="/usr", lowers=(tmp_path / "host",), upper=tmp_path / "usr")
    (system.upper / "lib").mkdir(parents=True)
    (system.upper / "lib" / "libpython3.11.so").symlink_to("/opt/python/lib/libpython3.11.so")
    assert read_drift((system, place)) == Drift()


def test_packages_of_apt_are_read_from_dpkgs_list(place: Place, tmp_path: Path) -> None:
    dpkg = Place(target="/var/lib/dpkg", lowers=(tmp_path / "low",), upper=tmp_path / "up")
    one = "Package: {}\nStatus: install ok installed\nVersion: {}\nDescription: text\n more\n\n"
    late = "Package: {}\nStatus: install ok triggers-pending\nVersion: {}\n\n"
    gone = "Package: {}\nStatus: deinstall ok config-files\nVersion: {}\n\n"
    before = one.format("tree", "1") + one.format("vim", "9") + one.format("man-db", "2")
    after = one.format("tree", "2") + gone.format("vim", "9") + late.format("man-db", "2")
    _write(dpkg.lowers[0], "status", before)
    _write(dpkg.upper, "status", after)
    usr = Place(target="/usr", lowers=(), upper=tmp_path / "usr")
    _write(usr.upper, "bin/tree")
    drift = read_drift((usr, dpkg, place))
    assert [(str(item), item.installer) for item in drift.packages] == [
        ("tree 1 → 2", "apt"),
        ("vim 9", "apt"),
    ]
    assert drift.files.count == 0


def test_a_device_that_is_no_whiteout_and_other_oddities_are_files(place: Place) -> None:
    os.mkfifo(place.upper / "pipe")
    (place.upper / "loop").symlink_to("loop")
    files = read_drift((place,)).files
    assert files.count == 2
    assert stat.S_ISFIFO(os.stat(place.upper / "pipe").st_mode)


def test_names_that_no_package_can_have_are_files(place: Place) -> None:
    _write(place.upper, f"{SITE}/\x1b[2Jx-1.dist-info/METADATA")
    _write(place.upper, f"{SITE}/x-\x1b[2J.dist-info/METADATA")
    drift = read_drift((place,))
    assert (drift.packages, drift.files.count) == ((), 2)


def test_the_places_are_those_of_the_spec() -> None:
    spec = SandboxSpec(
        argv=("true",),
        mounts=(
            Overlay(target="/usr", lowers=("/usr",), upper="/s/usr", work="/s/w"),
            Bind(source="/s/local", target="/usr/local", writable=True),
            Overlay(target="/var/lib/dpkg", lowers=("/var/lib/dpkg",), upper="/s/d", work="/s/x"),
            Bind(source="/s/root", target="/root", writable=True),
            Overlay(target="/opt/conda", lowers=("/b", "/l"), upper="/s/e", work="/s/v"),
            Overlay(target="/kaggle/input", lowers=("/i",), upper="/s/i", work="/s/y"),
        ),
    )
    found = places_of(spec, prefix="/opt/conda")
    targets = ["/usr", "/var/lib/dpkg", "/usr/local", "/opt/conda", "/root/.local"]
    assert [place.target for place in found] == targets
    assert found[3].lowers == (Path("/b"), Path("/l"))


NAMES = st.sampled_from(
    [
        *("lib", "python3.11", "site-packages", "numpy", "numpy-1.26.4.dist-info", "METADATA"),
        *("RECORD", "a-1.dist-info", "-.dist-info", "x.egg-info", "PKG-INFO", "top_level.txt"),
        *("bin", "~ip-1"),
    ]
)
PATHS = st.lists(NAMES, min_size=1, max_size=5)
THINGS = st.sampled_from(["file", "folder", "whiteout", "opaque", "link", "closed", "bytes"])


@settings(max_examples=60, deadline=None)
@given(tree=st.lists(st.tuples(PATHS, THINGS), max_size=12), content=st.binary(max_size=60))
def test_reading_never_raises_whatever_was_left(
    tree: list[tuple[list[str], str]], content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("odd")
    base, upper = folder / "base", folder / "upper"
    upper.mkdir()
    _install(base, "numpy", "1.26.4")
    for path, thing in tree:
        target = upper.joinpath(*path)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            match thing:
                case "file" | "bytes":
                    target.write_bytes(content)
                case "folder":
                    target.mkdir()
                case "whiteout":
                    _white_out(upper, "/".join(path))
                case "opaque":
                    _hide_below(target)
                case "link":
                    target.symlink_to("../" * 3 + "lib")
                case _:
                    target.mkdir(mode=0)
        except OSError:
            continue
    for place in (
        Place(target="/opt/conda", lowers=(base,), upper=upper),
        Place(target="/var/lib/dpkg", lowers=(base,), upper=upper),
    ):
        drift = read_drift((place,))
        assert drift.files.count >= len(drift.files.examples)
        assert all(package.version or package.was for package in drift.packages)


@settings(max_examples=30, deadline=None)
@given(names=st.lists(st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True), max_size=6))
def test_an_untouched_top_has_no_drift_over_any_base(
    names: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("untouched")
    (folder / "upper").mkdir()
    for name in names:
        _install(folder / "base", name, "1.0")
    place = Place(target="/opt/conda", lowers=(folder / "base",), upper=folder / "upper")
    assert read_drift((place,)) == Drift()

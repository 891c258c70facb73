"""What a notebook needs beyond its base."""

from __future__ import annotations

from datetime import date

from kagura.env.delta import wanted
from kagura.model.base import Base, LeftOut, Package, Python
from kagura.model.era import Era
from kagura.model.needs import Evidence, ImportUse, InstallUse, Needs

ERA = Era(date=date(2023, 7, 8), commit="c", python="3.10", colab=None, requirements=())


def base(*names: str, left_out: tuple[str, ...] = ()) -> Base:
    return Base(
        digest="sha256:0",
        era=ERA.date,
        prefix="/opt/conda",
        python=Python(executable="/p", prefix="/", version="3.10.13"),
        wanted_python="3.10",
        packages=tuple(Package(name=name, version="1") for name in names),
        left_out=tuple(LeftOut(requirement=name, why="gone") for name in left_out),
        given_way=(),
    )


def needs(
    *modules: str,
    installs: tuple[str, ...] = (),
    hidden: tuple[str, ...] = (),
    local: tuple[str, ...] = (),
) -> Needs:
    return Needs(
        imports=tuple(
            ImportUse(module=module, top=module.split(".")[0], optional=False, cell=0)
            for module in modules
        ),
        installs=tuple(
            InstallUse(
                tool="pip",
                verb="install",
                arguments=("install", name),
                requirements=(name,),
                cell=0,
            )
            for name in installs
        ),
        inputs=(),
        hidden=hidden,
        local_modules=local,
        evidence=Evidence(),
        internet=None,
        accelerator=None,
    )


def test_what_the_base_holds_is_not_wanted_again() -> None:
    over = wanted(needs("pandas", "sklearn.svm"), base("pandas", "scikit-learn"), ERA)
    assert over.requirements == ()


def test_an_import_beyond_the_base_is_wanted_by_its_distributions_name() -> None:
    over = wanted(needs("catboost", "imblearn.over_sampling"), base("pandas"), ERA)
    assert over.requirements == ("catboost", "imbalanced-learn")


def test_a_module_of_no_known_package_is_told_and_not_guessed() -> None:
    over = wanted(needs("learntools.core", "my_own_helpers"), base(), ERA)
    assert over.requirements == ()
    assert over.unknown == ("learntools", "my_own_helpers")


def test_a_module_that_the_notebook_writes_is_no_package() -> None:
    assert wanted(needs("helpers", local=("helpers",)), base(), ERA).unknown == ()


def test_what_the_notebook_installs_itself_is_left_to_it() -> None:
    over = wanted(needs("catboost", installs=("catboost==1.0",)), base(), ERA)
    assert over.requirements == ()


def test_a_package_that_the_base_could_not_get_is_lacking() -> None:
    over = wanted(needs("cv2"), base(left_out=("opencv-python-headless",)), ERA)
    assert over.lacking == ("cv2",)
    assert over.requirements == ()


def test_hidden_needs_and_the_users_own_wishes_are_added() -> None:
    over = wanted(needs(hidden=("tables",)), base("pandas"), ERA, extra=("pandas<1.4",))
    assert over.requirements == ("pandas<1.4", "tables")

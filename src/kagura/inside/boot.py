"""Starts the kernel as ``python -m ipykernel_launcher`` would, but sooner.  Python 3.6 and newer.

Half of a kernel's start is spent on what a run without a person never uses: the debugger, jedi's
completions, the terminal (prompt_toolkit), and in IPython 7.0 to 7.9 a list of the names of all
characters.  They are kept away while ``ipykernel.kernelapp`` is imported; a notebook that asks for
them later gets them.  Whatever goes wrong here, the kernel is started in the plain way instead.
"""

import gc
import importlib.machinery
import importlib.util
import os
import sys
import types

LAUNCHER = "ipykernel_launcher"
TERMINAL = "IPython.terminal.embed"
# To fail at their import is what ipykernel and IPython expect of them where they are missing.
NEEDLESS = ("debugpy", "jedi")
ALL_CHARACTERS = (0, 0x10FFFF + 1)


class LazyTerminal(types.ModuleType):
    """The module ``IPython``, until somebody wants one of its names that need the terminal."""

    def __getattr__(self, name):  # type: ignore[no-untyped-def]
        """Import what was put off."""
        if name not in ("embed", "terminal"):
            raise AttributeError("module 'IPython' has no attribute %r" % name)  # noqa: UP031
        self.embed = importlib.import_module(TERMINAL).embed
        self.__class__ = types.ModuleType  # type: ignore[assignment]
        return getattr(self, name)


class Finder:
    """Wraps the import of a few modules; leaves all others to the usual finders."""

    restored = False

    @classmethod
    def find_spec(cls, name, path=None, _=None):  # type: ignore[no-untyped-def]
        """A spec whose loader does what it always does, and something before and after."""
        around = {
            "IPython.core.completer": _load_completer,
            "ipykernel.ipkernel": _load_kernel,
            "ipykernel.kernelapp": _load_application,
        }
        if name not in around:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is not None and spec.loader is not None:
            usual = spec.loader.exec_module
            spec.loader.exec_module = lambda module: around[name](usual, module)  # type: ignore
        return spec


def _load_completer(usual, module):  # type: ignore[no-untyped-def]
    module.range = lambda *bounds: () if bounds == ALL_CHARACTERS else range(*bounds)
    # Some versions of IPython 8 name it without looking whether it could be imported.
    module.jedi = absent = types.SimpleNamespace(api=types.SimpleNamespace(Completion=object))
    usual(module)
    del module.range
    if module.jedi is absent:
        del module.jedi


def _load_kernel(usual, module):  # type: ignore[no-untyped-def]
    try:
        debugger = importlib.import_module("ipykernel.debugger")
    except ImportError:
        # Older than 6, which has no debugger; or before 6.4, which cannot do without.
        _show("debugpy")
        usual(module)
        return
    # With its debugger missing, the kernel would warn of it: it is to have one, and not to use it.
    debugger._is_debugpy_available = True  # type: ignore[attr-defined]  # noqa: SLF001
    usual(module)
    debugger._is_debugpy_available = module._is_debugpy_available = False  # type: ignore  # noqa: SLF001


def _load_application(usual, module):  # type: ignore[no-untyped-def]
    usual(module)
    sys.meta_path.remove(Finder)
    for name in NEEDLESS:
        _show(name)
    if getattr(sys.modules.get(TERMINAL), "put_off", False):
        del sys.modules[TERMINAL]
    shell = sys.modules["IPython"]
    if vars(shell).get("embed", shell) is None:
        del shell.embed
        shell.__class__ = LazyTerminal
    if hasattr(gc, "freeze"):
        # What was imported so far stays to the end: looking through it at exit took 50 ms.
        gc.freeze()
    gc.enable()
    Finder.restored = True


def _show(name: str) -> None:
    if sys.modules.get(name, name) is None:
        del sys.modules[name]


def main() -> None:
    """Be the launcher: its code, its ``sys.argv`` and its ``sys.path``."""
    arguments = sys.argv[1:]
    try:
        sys.path[0] = "" if sys.version_info < (3, 7) else os.getcwd()
        launcher = importlib.util.find_spec(LAUNCHER)
        code = launcher.loader.get_code(LAUNCHER)  # type: ignore
        sys.argv[0] = launcher.origin  # type: ignore
        for name in NEEDLESS:
            sys.modules.setdefault(name, None)  # type: ignore[arg-type]
        terminal = types.ModuleType(TERMINAL)
        terminal.put_off, terminal.embed = True, None  # type: ignore[attr-defined]
        sys.modules[TERMINAL] = terminal
        sys.meta_path.insert(0, Finder)
        gc.disable()
        exec(code, {"__name__": "__main__", "__builtins__": __builtins__})  # noqa: S102
    except Exception:
        if Finder.restored:
            raise
        os.execv(sys.executable, [sys.executable, "-m", LAUNCHER, *arguments])  # noqa: S606


if __name__ == "__main__":
    main()

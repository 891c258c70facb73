from __future__ import annotations

from kagura.inside.script import last_error

CHAINED = """some warning
Traceback (most recent call last):
  File "s.py", line 1, in <module>
    1/0
ZeroDivisionError: division by zero

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "s.py", line 3, in <module>
    raise pkg.Bad("a: b")
pkg.Bad: a: b
second line
"""


def test_the_last_error_of_a_chain_is_the_failure() -> None:
    name, message, traceback = last_error(CHAINED)
    assert (name, message) == ("pkg.Bad", "a: b")
    assert traceback.startswith("Traceback")
    assert traceback.endswith("second line\n")


def test_an_error_may_have_no_message() -> None:
    assert last_error("Traceback (most recent call last):\n  x\nKeyboardInterrupt\n")[:2] == (
        "KeyboardInterrupt",
        "",
    )


def test_without_a_traceback_the_script_has_just_exited() -> None:
    assert last_error("usage: s.py\nno data\n") == (
        "SystemExit",
        "no data",
        "usage: s.py\nno data\n",
    )
    assert last_error("") == ("SystemExit", "", "")


def test_code_that_cannot_be_compiled_is_told_as_such() -> None:
    complaint = '  File "s.py", line 1\n    !pip\n    ^\nSyntaxError: invalid syntax\n'
    assert last_error(complaint) == ("SyntaxError", "invalid syntax", complaint)

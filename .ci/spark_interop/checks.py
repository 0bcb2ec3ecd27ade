"""A line for each check, and their sum."""

import sys


class Checks:
    """Counts what holds and what does not; a check that fails does not keep the others from being made."""

    def __init__(self):
        self.passed, self.failures = 0, []

    def note(self, name, wrong, what="as it must be"):
        """`wrong` says what is wrong, and is empty when nothing is."""
        if wrong:
            self.failures.append(f"{name}: FAILED: {wrong}")
        else:
            self.passed += 1
        print(self.failures[-1] if wrong else f"{name}: {what}", flush=True)

    def end(self):
        """The sum, below what failed: who sees only the end of a long output sees why."""
        for failure in self.failures:
            print(failure)
        print(f"{self.passed} passed, {len(self.failures)} failed")
        sys.exit(bool(self.failures) or self.passed == 0)


def differences(found, expected, at="", most=5):
    """Where two values of JSON differ, as a few texts."""
    told = []
    collect(found, expected, at, told, most)
    return told


def collect(found, expected, at, told, most):
    if len(told) >= most or found == expected:
        return
    if isinstance(found, dict) and isinstance(expected, dict):
        for key in sorted(found.keys() | expected.keys(), key=str):
            collect(found.get(key, "absent"), expected.get(key, "absent"), f"{at}.{key}", told, most)
    elif isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        for position, (one, other) in enumerate(zip(found, expected)):
            collect(one, other, f"{at}[{position}]", told, most)
    else:
        told.append(f"{at or 'it'} is {short(found)}, expected {short(expected)}")


def short(value):
    text = repr(value)
    return text if len(text) <= 160 else f"{text[:160]}... ({len(text)} characters)"

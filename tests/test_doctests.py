"""The examples in the docstrings run."""

import doctest
import importlib
import pkgutil

import nasreid


def test_examples_in_docstrings() -> None:
    found = pkgutil.walk_packages(nasreid.__path__, "nasreid.")
    modules = [importlib.import_module(module.name) for module in found if not module.name.endswith("__main__")]
    results = {module.__name__: doctest.testmod(module) for module in modules}
    assert {name: result.failed for name, result in results.items() if result.failed} == {}
    assert sum(result.attempted for result in results.values()) > 0

"""Every row of the goldens again, beside the package itself, over the whole path.

Here with the packages that are installed; `make packages` has all of them.
"""

import pytest

from .beside import compare
from .goldens import read
from .with_packages import is_installed

ROWS = {f"{row.package}: {row.text}": row for row in read()}
HERE = [name for name, row in ROWS.items() if is_installed(row)]


@pytest.mark.parametrize("name", HERE)
def test_the_path_is_that_of_the_package(name):
    found = compare(ROWS[name])
    assert found.difference < found.tolerance

"""Write the role x route matrix into docs/security.md, from real requests to a running city."""

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "security.md"
BEGIN, END = "<!-- matrix: written by `make security` -->\n", "<!-- end of matrix -->\n"


def with_matrix(page: str, table: str) -> str:
    """Return the page with a matrix in the place of the one that is there."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table}\n\n{END}{after}"


def asked() -> str:
    """Return the matrix of a city of its own."""
    from tests.processes.rig import CityRig
    from tests.security.matrix import matrix, table
    from web.app import create_app

    with tempfile.TemporaryDirectory() as folder:
        city = CityRig(f"sqlite:///{folder}/city.db")
        app = create_app(city.app)
        found = table(list(matrix(app, city)))
        city.close()
    return found


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    TABLE = asked()
    TARGET.write_text(with_matrix(TARGET.read_text(encoding="utf-8"), TABLE), encoding="utf-8")

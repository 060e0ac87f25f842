"""What the tests of off-site alerts share."""

import base64

from tests.processes.alerts import (
    PNG,
)

SNAPSHOT = base64.b64encode(PNG).decode()

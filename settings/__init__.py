"""Settings in components, one concern each, then what the environment (TRIVIUM_ENV) changes.

Values come from the environment or, failing that, from the first env file there is: TRIVIUM_ENV_FILE, `.env`, the file
that `make up` wrote. The names are listed in docs/settings.md, which a test compares with the code.
"""

import os

from dotenv import load_dotenv
from split_settings.tools import include

from settings.paths import BASE_DIR

for env_file in (os.environ.get("TRIVIUM_ENV_FILE"), BASE_DIR / ".env", BASE_DIR / ".stack" / "up" / "stack.env"):
    if env_file and load_dotenv(env_file):
        break

include("components/*.py", f"environments/{os.environ.get('TRIVIUM_ENV', 'local')}.py")

"""Settings in components, one concern each, then what the environment (TRIVIUM_ENV) changes.

Values come from the environment or, failing that, from the first env file there is: TRIVIUM_ENV_FILE, `.env`, the file
that `make up` wrote. The names are listed in docs/settings.md, which a test compares with the code.
"""

import os
from pathlib import Path

from decouple import UndefinedValueError
from django.core.exceptions import ImproperlyConfigured
from dotenv import load_dotenv
from split_settings.tools import include

from settings.paths import BASE_DIR

named_env_file = os.environ.get("TRIVIUM_ENV_FILE")
if named_env_file and not Path(named_env_file).is_file():
    raise ImproperlyConfigured(f"TRIVIUM_ENV_FILE names {named_env_file}, which is no file")
for env_file in (named_env_file, BASE_DIR / ".env", BASE_DIR / ".stack" / "up" / "stack.env"):
    if env_file and load_dotenv(env_file):
        break

environment = os.environ.get("TRIVIUM_ENV", "local")
if not (BASE_DIR / "settings" / "environments" / f"{environment}.py").is_file():
    raise ImproperlyConfigured(f"TRIVIUM_ENV is {environment!r}: write local, test or production")
try:
    include("components/*.py", f"environments/{environment}.py")
except (ValueError, UndefinedValueError) as error:
    raise ImproperlyConfigured(f"a TRIVIUM_* variable is wrong or missing: {error}") from error

"""Where the project lies. Imported by the components, for an included file does not know its own place."""

from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

"""Where the files of one stack lie: everything under `.stack/`, one folder per stack, the downloads shared."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Layout:
    """The folders and files of the stack `name` in the clone `root`."""

    name: str
    root: Path = ROOT

    @property
    def dist(self) -> Path:
        """Downloads, shared by all stacks of this clone."""
        return self.root / ".stack" / "dist"

    @property
    def home(self) -> Path:
        """Everything that is this stack's own."""
        return self.root / ".stack" / self.name

    @property
    def lock_file(self) -> Path:
        """Held by whoever changes this stack; beside its home, which `clean` removes."""
        return self.root / ".stack" / f"{self.name}.lock"

    @property
    def env_file(self) -> Path:
        """The settings as Django reads them (mode 600)."""
        return self.home / "stack.env"

    @property
    def secrets_file(self) -> Path:
        """All passwords, also those of the servers' owners (mode 600)."""
        return self.home / "secrets.json"

    @property
    def ports_file(self) -> Path:
        """The port of each server, kept over restarts."""
        return self.home / "ports.json"

    @property
    def places_file(self) -> Path:
        """Folders of this stack outside of `home`."""
        return self.home / "places.json"

    def data(self, server: str) -> Path:
        """Folder of a server's data."""
        return self.home / "data" / server

    def conf(self, server: str) -> Path:
        """Folder of a server's configuration; may hold passwords, so it is mode 700."""
        return self.home / "conf" / server

    def log(self, server: str) -> Path:
        """File of what a server writes to its output."""
        return self.home / "logs" / f"{server}.log"

    def pid(self, server: str) -> Path:
        """File that says which process the server is."""
        return self.home / "pids" / f"{server}.json"

    def make_folders(self) -> None:
        """Make the folders that every start needs."""
        for folder in (self.dist, self.home / "logs", self.home / "pids", self.home / "data"):
            folder.mkdir(parents=True, exist_ok=True)
        (self.home / "conf").mkdir(mode=0o700, exist_ok=True)


def layouts(root: Path = ROOT) -> list[Layout]:
    """Every stack of a clone that has been started once."""
    return [Layout(lock.stem, root) for lock in sorted((root / ".stack").glob("*.lock"))]

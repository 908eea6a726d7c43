"""Which of two processes runs which tests, when `make test` runs the whole suite in two (`pytest -n 2`).

A file is run whole by one process, in the order of one process alone; so is a folder that shares a server of its own.
Each process has databases of its own on the same servers. Tests that hold up these servers run at last, in one process,
when the other one has ended. Called by the plugin pytest-xdist through `conftest.py`.
"""

from pathlib import PurePosixPath

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

ALONE = frozenset({"tests/faults/test_frozen_stores.py"})
RUN_WHOLE = ("tests/integration/live", "tests/integration/stack", "tests/journeys")


def portion_of(file: str) -> str:
    """Name what a file is run with: its folder, the tests that run alone, or only itself."""
    if file in ALONE:
        return "alone"
    return next((folder for folder in RUN_WHOLE if PurePosixPath(file).is_relative_to(folder)), file)


class InTwoProcesses(LoadScopeScheduling):  # type: ignore[misc]  # the plugin has no types
    """Gives a process its next portion when it is nearly through with what it has."""

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return portion_of(nodeid.partition("::")[0])

    def _assign_work_unit(self, node: WorkerController) -> None:
        if "alone" in self.workqueue:
            self.workqueue.move_to_end("alone")
        if not self._must_wait():
            super()._assign_work_unit(node)

    def _reschedule(self, node: WorkerController) -> None:
        if not self._must_wait():
            super()._reschedule(node)
        elif all(not each.shutting_down for each in self.nodes):
            node.shutdown()  # the other one stays for what runs alone

    def _must_wait(self) -> bool:
        return list(self.workqueue) == ["alone"] and len(self.nodes) > 1

    def remove_node(self, node: WorkerController) -> str | None:
        """Go on with what waited for this process to end."""
        crashed: str | None = super().remove_node(node)
        for other in self.nodes:
            self._reschedule(other)
        return crashed

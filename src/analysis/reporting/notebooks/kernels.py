"""Notebook kernels forked from a process that has everything loaded."""

import asyncio
import os
import pickle
import signal
from collections.abc import Mapping
from contextlib import suppress
from queue import Empty
from typing import Any

import zmq.asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from nbclient.exceptions import DeadKernelError
from traitlets import Bytes, Integer, Type
from traitlets.config import Config

from analysis.fork_server import Fork


class WarmProvisioner(LocalProvisioner):
    """Starts a kernel as a fork, where the stock provisioner starts a program."""

    value = Bytes(help="What the kernel is handed at its start, pickled; empty for nothing.").tag(config=True)
    memory = Integer(help="Bytes of data that the kernel may hold.").tag(config=True)

    fork: Fork | None = None

    @property
    def has_process(self) -> bool:
        """Whether a kernel was started and not yet waited for."""
        return self.fork is not None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork the kernel; of the command only its arguments matter."""
        given = (cmd[cmd.index("-f") :], kwargs["env"], kwargs.get("cwd"), self.value, self.memory)
        fork = Fork(target=_serve, args=given)
        try:
            fork.start()
        except (OSError, EOFError) as problem:
            raise DeadKernelError(f"The fork server died: {problem}") from None
        self.fork = fork
        return self.connection_info

    async def poll(self) -> int | None:
        """The kernel's exit status; none while it lives."""
        return self.fork.exitcode if self.fork else 0

    async def wait(self) -> int | None:
        """Wait until the kernel has ended."""
        while (status := await self.poll()) is None:
            await asyncio.sleep(0.01)
        if self.fork:
            self.fork.close()
        self.fork = None
        return status

    async def send_signal(self, signum: int) -> None:
        """Signal the kernel and what it started, whose group it leads; nothing before it does."""
        if self.fork and self.fork.pid and self.fork.exitcode is None:
            with suppress(ProcessLookupError):
                os.killpg(self.fork.pid, signum)

    async def kill(self, restart: bool = False) -> None:
        """Kill the kernel and what it started, and wait the milliseconds until its end."""
        await self.send_signal(signal.SIGKILL)
        if self.fork:
            self.fork.kill()
            self.fork.join(5)

    async def terminate(self, restart: bool = False) -> None:
        """Ask the kernel to end."""
        await self.send_signal(signal.SIGTERM)


class PromptClient(AsyncKernelClient):
    """A client that is ready as soon as its kernel is."""

    def _context_default(self) -> zmq.asyncio.Context:
        self._created_context = True
        context = zmq.asyncio.Context()
        context.setsockopt(zmq.RECONNECT_IVL, 10)
        return context

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers and what it puts out arrives; the inherited method waits on for what never comes.

        Raises
        ------
        DeadKernelError
            The kernel died, or does not answer in time.
        """
        try:
            async with asyncio.timeout(timeout):
                while not await self._answered():
                    if not await self.is_alive():
                        raise DeadKernelError("Kernel died before replying to kernel_info")
        except TimeoutError:
            raise DeadKernelError(f"Kernel didn't respond in {timeout} seconds") from None

    async def _answered(self) -> bool:
        asked = self.kernel_info()
        try:
            while (reply := await self.get_shell_msg(timeout=1))["parent_header"].get("msg_id") != asked:
                pass
            while not _is_idle(await self.get_iopub_msg(timeout=0.2), asked):
                pass
        except Empty:
            return False
        self._handle_kernel_info_reply(reply)
        return True


class WarmKernelManager(AsyncKernelManager):
    """A manager of forked kernels."""

    client_factory = Type(PromptClient)

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.provisioner = WarmProvisioner(kernel_spec=self.kernel_spec, parent=self)


def configuration(value: object, memory: int) -> Config:
    """What nbclient needs to start a forked kernel.

    Parameters
    ----------
    value
        What the kernel is handed at its start (`analysis.prepared`).
    memory
        Bytes of data that it may hold.
    """
    pickled = b"" if value is None else pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    return Config(
        NotebookClient={"kernel_manager_class": WarmKernelManager},
        WarmProvisioner={"value": pickled, "memory": memory},
    )


def _is_idle(message: Mapping[str, Any], asked: str) -> bool:
    answers = message["parent_header"].get("msg_id") == asked
    return bool(answers and message["content"].get("execution_state") == "idle")


def _serve(*given: Any) -> None:
    from analysis.reporting.notebooks import forked  # loads ipykernel, which the driver does without

    forked.serve(*given)

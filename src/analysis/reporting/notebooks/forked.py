"""A kernel's own side: what runs in a process that was forked to be one."""

import multiprocessing
import os
import pickle
import resource
import shutil
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import zmq
from ipykernel import kernelapp
from ipykernel.iostream import IOPubThread
from zmq.eventloop.zmqstream import ZMQStream

from analysis import prepared

INLINE = "module://matplotlib_inline.backend_inline"


def serve(
    arguments: Sequence[str], environment: Mapping[str, str], folder: str | None, value: bytes, memory: int
) -> None:
    """Be a kernel until the driver ends it, or itself.

    Parameters
    ----------
    arguments
        Of ipykernel's program: -f, the connection file, and others.
    environment, folder
        Of the kernel; the working folder is the driver's where none is given.
    value
        What the kernel is handed, pickled; empty for nothing.
    memory
        Bytes of data that it may hold.
    """
    os.setsid()
    multiprocessing.set_start_method(None, force=True)  # a fork's own processes would come from the fork server too
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    os.environ.clear()
    os.environ.update({name: text for name, text in environment.items() if name != "MPLBACKEND"})
    if folder:
        os.chdir(folder)
    # The stock kernel says this in its environment, which a matplotlib that is loaded no longer reads.
    matplotlib.rcParams["backend"] = INLINE
    np.random.seed()
    if value:
        prepared.hand_over(pickle.loads(value))
    threading.Thread(target=_end_with_driver, args=[Path(arguments[1]).parent], daemon=True).start()
    sys.argv = [kernelapp.__file__, *arguments]
    kernelapp.IOPubThread = LocalIOPubThread  # type: ignore[attr-defined]
    kernel = kernelapp.IPKernelApp.instance(parent_handle=os.getppid())
    kernel.initialize(list(arguments))
    kernel.start()


class LocalIOPubThread(IOPubThread):
    """Takes what the kernel's subprocesses put out from a socket file; ipykernel opens a TCP port for it."""

    def _setup_pipe_in(self) -> None:
        self._pipe_uuid = os.urandom(16)
        self._pipe = f"{self.socket.getsockopt_string(zmq.LAST_ENDPOINT)}-subprocesses"
        pipe = self.socket.context.socket(zmq.PULL)
        pipe.linger = 0
        pipe.bind(self._pipe)
        self._pipe_in = ZMQStream(pipe, self.io_loop)
        self._pipe_in.on_recv(self._handle_pipe_msg)

    def _setup_pipe_out(self) -> tuple[zmq.Context[Any], zmq.Socket[Any]]:
        context = zmq.Context()
        pipe = context.socket(zmq.PUSH)
        pipe.linger = 3000
        pipe.connect(self._pipe)
        return context, pipe


def _end_with_driver(sockets: Path) -> None:
    """End this process, and what it started, when its driver has ended without doing so; remove the folder of its sockets."""
    driver = multiprocessing.parent_process()
    if driver:
        wait([driver.sentinel])
    shutil.rmtree(sockets, ignore_errors=True)
    os.kill(0, signal.SIGKILL)

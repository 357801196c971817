"""Forked kernels against the stock one, and what they may and may not do."""

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
import papermill
import pytest
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from analysis import fork_server
from analysis.errors import RunError, StudyError
from analysis.reporting.notebooks import kernels
from analysis.reporting.notebooks.run import Limits, private_transport, run
from analysis.study import ROOT

pytestmark = pytest.mark.skipif(not fork_server.available(), reason="this system has no fork server")

EVERYTHING = [
    "import os, sys, asyncio, warnings\nfrom IPython.display import HTML, display\nprint('out'); print('err', file=sys.stderr)",
    "handle = display('first', display_id='one'); handle.update('second')\ndisplay(HTML('<b>粗</b>'))",
    "os.system('echo from a descriptor'); None",
    "!echo from a shell",
    "await asyncio.sleep(0); 1 + 1",
    "%%capture held\nprint('held back')",
    "held.stdout",
    "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2]); plt.title('中' if False else 'x'); plt.show()",
    "import pandas as pd\npd.DataFrame({'甲': [1, 2]})",
    "import pickle\nclass Own: pass\npickle.loads(pickle.dumps(Own())).__class__.__module__",
    "from multiprocessing import get_context\n"
    "with get_context('fork').Pool(2) as pool: print(sum(pool.map(abs, [-1, -2])))",
    "from multiprocessing import Process\nchild = Process(target=print, args=['from a child'])\nchild.start(); child.join()",
    "import time; time.sleep(0.2)",
    "sys.stdin.read()",
    "__name__, sys.modules['__main__'].__name__",
]


@pytest.fixture
def notebook(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes a notebook of cells behind a cell of parameters."""

    def write(*cells: str, parameters: str = "given = ''") -> Path:
        path = tmp_path / "own.ipynb"
        first = new_code_cell(parameters, metadata={"tags": ["parameters"]})
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        made = new_notebook(cells=[first, *map(new_code_cell, cells)], metadata={"kernelspec": kernel})
        nbformat.write(made, path)
        return path

    return write


def outputs(executed: NotebookNode) -> list[list[dict]]:
    return [json.loads(json.dumps(cell.outputs)) for cell in executed.cells if cell.cell_type == "code"]


def told(executed: NotebookNode) -> str:
    return executed.cells[-1].outputs[0].text.strip()


def stock(path: Path, parameters: dict) -> NotebookNode:
    """Plain papermill, with its own kernel."""
    with private_transport() as config:
        return papermill.execute_notebook(
            str(path), None, parameters, progress_bar=False, record_timing=False, coalesce_streams=True, config=config
        )


@pytest.mark.parametrize("name", ["community_profile", "2_turnover"])
def test_a_notebook_of_the_project_shows_what_it_shows_on_the_stock_kernel(name, tmp_path):
    path = ROOT / "notebooks" / f"{name}.ipynb"
    own = outputs(run(path, tmp_path / "own.ipynb", {"language": "en"}))
    assert own == outputs(stock(path, {"language": "en"}))
    shown = [kind for cell in own for output in cell for kind in output.get("data", {})]
    assert {"text/html", "image/png"} <= {*shown}


def test_whatever_a_cell_does_is_shown_as_by_the_stock_kernel(notebook, tmp_path):
    path = notebook(*EVERYTHING)
    own = outputs(run(path, tmp_path / "x.ipynb", {"given": "1"}))
    assert own == outputs(stock(path, {"given": "1"}))
    assert any("image/png" in output.get("data", {}) for cell in own for output in cell)


def test_plain_papermill_runs_the_notebooks_from_the_command_line(tmp_path):
    command = [sys.executable, "-m", "papermill", "--no-progress-bar", "-r", "language", "en"]
    path = tmp_path / "executed.ipynb"
    subprocess.run([*command, ROOT / "notebooks" / "2_turnover.ipynb", path], check=True, capture_output=True)
    assert any("image/svg+xml" in output.get("data", {}) for cell in outputs(nbformat.read(path, 4)) for output in cell)


def test_the_executed_copy_is_the_same_to_the_byte_on_every_run(notebook, tmp_path):
    path = notebook("print(given)")
    for name in ("a {given}.ipynb", "b/b.ipynb"):
        run(path, tmp_path / name, {"given": "1"})
    assert (tmp_path / "a {given}.ipynb").read_bytes() == (tmp_path / "b/b.ipynb").read_bytes()


def test_a_kernel_has_everything_loaded_when_it_starts_and_its_server_no_thread(notebook, tmp_path):
    imports = "import sys, os\nloaded = {*sys.modules}"
    names = "'pandas', 'matplotlib.pyplot', 'analysis.study', 'analysis.satisfaction.likert', 'ipykernel.debugger'"
    check = (
        f"print([name for name in ({names}) if name not in loaded], len(os.listdir(f'/proc/{{os.getppid()}}/task')))"
    )
    assert told(run(notebook(imports, check), tmp_path / "x.ipynb", {"given": ""})) == "[] 1"


def test_kernels_draw_random_numbers_of_their_own(notebook, tmp_path):
    path = notebook("import numpy, random\nprint(numpy.random.random(), random.random())")
    drawn = [told(run(path, tmp_path / "x.ipynb", {"given": ""})).split() for _ in range(2)]
    assert not {*drawn[0]} & {*drawn[1]}


def test_figures_are_shown_whatever_backend_the_environment_names(notebook, tmp_path, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    path = notebook("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()")
    assert "image/png" in run(path, tmp_path / "x.ipynb", {"given": ""}).cells[-1].outputs[0].data


def test_a_kernel_listens_on_sockets_only_that_only_its_user_can_open(notebook, tmp_path):
    look = """
import os, json
from pathlib import Path
from ipykernel.kernelapp import IPKernelApp
links = [os.readlink(path) for path in Path("/proc/self/fd").iterdir() if os.path.lexists(path)]
own = {link[8:-1] for link in links if link.startswith("socket:[")}
inet = {line.split()[9] for kind in ("tcp", "tcp6", "udp", "udp6") for line in list(open(f"/proc/self/net/{kind}"))[1:]}
file = Path(IPKernelApp.instance().connection_file)
modes = [path.stat().st_mode & 0o777 for path in (file.parent, file)]
print(json.dumps([len(own) > 0, sorted(own & inet), json.loads(file.read_text())["transport"], *map(oct, modes)]))
"""
    found = json.loads(told(run(notebook(look), tmp_path / "x.ipynb", {"given": ""})))
    assert found == [True, [], "ipc", "0o700", "0o600"]


def test_a_kernel_is_handed_a_value_at_its_start_and_the_next_one_is_not(notebook, tmp_path):
    path = notebook("from analysis import prepared\nprint(prepared.handed_over(dict, lambda value: '甲' in value))")
    assert told(run(path, tmp_path / "x.ipynb", {"given": ""}, {"甲": [1, 2]})) == "{'甲': [1, 2]}"
    assert told(run(path, tmp_path / "x.ipynb", {"given": ""})) == "None"


@pytest.mark.parametrize(
    "text",
    [
        "$(touch injected)",
        "'); import os; os.mkdir('injected'); ('",
        '"); import os; os.mkdir("injected"); ("',
        "../../x",
        "a\nimport os\n",
        "\\",
        "\\'\\\"",
        "\0",
        "\ud800",
        "{given} {0} %s",
        "社区\u2028\u202e",
        "👩\u200d🔬",
        "长" * 100_000,
    ],
    ids=lambda text: ascii(text[:40]),
)
def test_a_parameter_reaches_the_notebook_as_the_text_it_is(text, notebook, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = notebook("import hashlib\nprint(hashlib.sha256(given.encode('utf-8', 'surrogatepass')).hexdigest())")
    executed = run(path, tmp_path / "x.ipynb", {"given": text})
    assert told(executed) == hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    assert outputs(nbformat.read(tmp_path / "x.ipynb", 4)) == outputs(executed)
    assert not (tmp_path / "injected").exists()


def test_a_cell_that_hangs_is_ended_and_named(notebook, tmp_path):
    path = notebook("1", "while True: pass")
    with pytest.raises(RunError) as raised:
        run(path, tmp_path / "x.ipynb", {"given": ""}, limits=Limits(seconds=1))
    assert (raised.value.key, raised.value.place, raised.value.facts["cell"]) == ("cell_too_slow", "own.ipynb", 3)
    assert "3" in raised.value.text("zh") and "1 s" in raised.value.text("en")


def test_a_cell_that_wants_too_much_memory_is_an_error_of_its_own(notebook, tmp_path):
    path = notebook("import numpy\nheld = numpy.ones(2**28)")
    with pytest.raises(RunError) as raised:
        run(path, tmp_path / "x.ipynb", {"given": ""}, limits=Limits(memory=1 << 30))
    assert (raised.value.key, raised.value.facts["cell"], raised.value.facts["limit"]) == ("notebook_memory", 2, 1024)
    assert "1024 MB" in raised.value.text("zh") and "1024 MB" in raised.value.text("en")


def test_a_failing_cell_is_named_with_its_error_and_its_traceback_in_plain_text(notebook, tmp_path):
    with pytest.raises(RunError) as raised:
        run(notebook("1", "1 / 0"), tmp_path / "x.ipynb", {"given": ""})
    facts = raised.value.facts
    assert (raised.value.key, facts["cell"]) == ("notebook_failed", 3)
    assert facts["error"] == "ZeroDivisionError: division by zero"
    assert "1 / 0" in facts["traceback"] and "\x1b" not in facts["traceback"]


def test_what_a_cell_finds_to_mend_in_the_study_stays_such_an_error(notebook, tmp_path):
    path = notebook("from analysis.errors import StudyError\nraise StudyError('folder_taken', 'x')")
    with pytest.raises(StudyError) as raised:
        run(path, tmp_path / "x.ipynb", {"given": ""})
    assert raised.value.key == "notebook_study_error"


KILLED_ONCE = """
import os, signal
if not os.path.exists(given):
    open(given, "w").close()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_kernel_is_tried_again_once(notebook, tmp_path):
    path = notebook(KILLED_ONCE, "print('done')")
    assert told(run(path, tmp_path / "x.ipynb", {"given": str(tmp_path / "killed")})) == "done"


def test_a_kernel_killed_twice_is_an_error_that_names_the_cell(notebook, tmp_path):
    with pytest.raises(RunError) as raised:
        run(notebook("1", "import os\nos.kill(os.getpid(), 9)"), tmp_path / "x.ipynb", {"given": ""})
    assert (raised.value.key, raised.value.facts["cell"]) == ("kernel_killed", 3)


def test_a_kernel_that_never_starts_is_an_error_without_a_cell(notebook, tmp_path, monkeypatch):
    monkeypatch.setattr(kernels, "WarmKernelManager", _Unstartable)
    with pytest.raises(RunError) as raised:
        run(notebook("1"), tmp_path / "x.ipynb", {"given": ""})
    assert raised.value.key == "kernel_not_started"
    assert "内核" in raised.value.text("zh") and "kernel" in raised.value.text("en")


def test_the_fork_server_may_be_killed(notebook, tmp_path):
    path = notebook(KILLED_ONCE.replace("os.getpid()", "os.getppid()"), "print('done')")
    assert told(run(path, tmp_path / "x.ipynb", {"given": str(tmp_path / "killed")})) == "done"


def test_without_a_fork_server_the_stock_kernel_does_the_same(notebook, tmp_path, monkeypatch):
    path = notebook(*EVERYTHING)
    own = outputs(run(path, tmp_path / "x.ipynb", {"given": "1"}))
    monkeypatch.setattr(fork_server, "available", lambda: False)
    assert outputs(run(path, tmp_path / "x.ipynb", {"given": "1"})) == own


DRIVER = """
import sys
from pathlib import Path
from analysis.reporting.notebooks.run import run
print("begun", flush=True)
run(Path(sys.argv[1]), Path(sys.argv[1]).parent / "x.ipynb", {"given": sys.argv[2]})
print("ended", flush=True)
"""


def test_a_driver_without_a_guarded_main_module_is_run_once(notebook, tmp_path):
    script = tmp_path / "driver.py"
    script.write_text(DRIVER)
    done = subprocess.run([sys.executable, script, notebook("1"), ""], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["begun", "ended"]
    assert done.stderr == ""


def test_kernels_and_their_sockets_end_with_a_killed_driver(notebook, tmp_path):
    script, told_pid = tmp_path / "driver.py", tmp_path / "pid"
    script.write_text(DRIVER)
    look = "import os, pathlib, time\nfrom ipykernel.kernelapp import IPKernelApp\n"
    write = "pathlib.Path(given).write_text(f'{os.getpid()} {IPKernelApp.instance().connection_file}')\ntime.sleep(600)"
    driver = subprocess.Popen([sys.executable, script, notebook(look + write), told_pid], stdout=subprocess.DEVNULL)
    assert _in_time(lambda: told_pid.exists() and " " in told_pid.read_text())
    pid, connection_file = told_pid.read_text().split(" ", 1)
    driver.kill()
    driver.wait()
    assert _in_time(lambda: not Path(f"/proc/{pid}").exists() and not Path(connection_file).parent.exists())


def test_a_kernel_takes_the_processes_that_it_started_with_it(notebook, tmp_path):
    path = notebook("import subprocess\nprint(subprocess.Popen(['sleep', '600']).pid)")
    pid = int(told(run(path, tmp_path / "x.ipynb", {"given": ""})))
    assert _in_time(lambda: not _runs(pid))


class _Unstartable(kernels.WarmKernelManager):
    async def _async_launch_kernel(self, *_command: object, **_settings: object) -> None:
        raise DeadKernelError("no fork")


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def _in_time(happened: Callable[[], bool]) -> bool:
    """Whether it happens within a minute."""
    for _ in range(600):
        if happened():
            return True
        time.sleep(0.1)
    return False

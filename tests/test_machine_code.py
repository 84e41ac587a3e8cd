"""Machine code: compiled by a child, kept, checked before it is run, healed; the same bits in every process."""

import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import letdown
import small_kernel

STRANGER = 12345
as_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may become others")

RUN = """
import numpy as np
from small_kernel import load
from letdown._machine_code import ready
x = np.linspace(0.1, 7.0, 1001)
print(float(ready(load, "summed", (x,))(x)).hex())
"""
VALUE = float(np.sum(np.sin(np.linspace(0.1, 7.0, 1001)) * np.linspace(0.1, 7.0, 1001)))

SEARCH = os.pathsep.join((str(Path(letdown.__file__).parents[1]), str(Path(__file__).parent)))


class Answer:
    """What one process printed, what it said, and how many processes imported the kernel: 2 where one compiled."""

    def __init__(self, done, log):
        assert done.returncode == 0, done.stderr
        self.bits, self.said = done.stdout.strip(), done.stderr.splitlines()
        self.processes = len(log.read_text().splitlines())
        log.unlink()


@pytest.fixture
def ask(tmp_path):
    """Return a function that runs the kernel in a process of its own, on a cache folder of the test."""

    def asked(code=RUN, **environment):
        log = tmp_path / "log"
        environment = {
            **os.environ,
            "PYTHONPATH": SEARCH,
            "LETDOWN_CACHE_DIR": str(tmp_path / "cache"),
            "SMALL_KERNEL_LOG": str(log),
            **environment,
        }
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=300
        )
        return Answer(done, log)

    return asked


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A cache folder that one run has filled, and the bits of that run."""
    place = tmp_path_factory.mktemp("made")
    environment = {**os.environ, "PYTHONPATH": SEARCH, "LETDOWN_CACHE_DIR": str(place)}
    done = subprocess.run([sys.executable, "-c", RUN], env=environment, capture_output=True, text=True, check=True)
    return place, done.stdout.strip()


@pytest.fixture
def warm(made, tmp_path):
    """The bits of a run whose code is kept in the cache folder of the test."""
    shutil.copytree(made[0], tmp_path / "cache")
    return made[1]


@pytest.fixture
def file(tmp_path):
    """Return a function that names the one file of code."""

    def found():
        (path,) = (tmp_path / "cache" / "letdown").glob("*.code")
        return path

    return found


def test_the_first_run_and_every_later_one_give_the_same_bits(ask, file):
    first, later, third = ask(), ask(), ask()
    assert first.bits == later.bits == third.bits
    assert float.fromhex(first.bits) == pytest.approx(2 * VALUE, rel=0.01)
    assert (first.processes, later.processes, third.processes) == (2, 1, 1)
    assert first.said == later.said == []
    assert [path.name for path in file().parent.iterdir()] == [file().name]


def test_code_that_is_gone_is_compiled_by_a_child_again(ask, file, warm):
    file().unlink()
    again = ask()
    assert (again.bits, again.processes, again.said) == (warm, 2, [])


def test_another_processor_has_code_of_its_own(ask, file, warm):
    """As where two machines share a home: each compiles once, and each gives its own bits from the first run on."""
    other = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
    ours = file()
    first, later = ask(**other), ask(**other)
    assert first.bits == later.bits
    assert (first.processes, later.processes) == (2, 1)
    (theirs,) = set(ours.parent.glob("*.code")) - {ours}
    assert ask().bits == warm
    shutil.copyfile(theirs, ours)  # the name is right, what is in it is not: it is not run
    again = ask()
    assert (again.bits, again.processes) == (warm, 2)
    assert len(again.said) == 1


DAMAGE = {
    "empty": lambda whole: b"",
    "cut": lambda whole: whole[: len(whole) // 2],
    "without its end": lambda whole: whole[:-100],
    "noise": lambda whole: np.random.default_rng(1).bytes(len(whole)),
    "zeros": lambda whole: bytes(len(whole)),
    "a flipped bit": lambda whole: whole[:4000] + bytes([whole[4000] ^ 1]) + whole[4001:],
    "text": lambda whole: "märchen".encode("latin-1"),
}


def quick(values, *few):
    """Return the values of a test of processes, of which most are left to the slow tests."""
    return [value if value in few else pytest.param(value, marks=pytest.mark.slow) for value in values]


@pytest.mark.parametrize("damage", quick(DAMAGE, "empty", "a flipped bit"))
def test_damaged_code_is_never_run_and_heals(ask, file, warm, damage):
    whole = file().read_bytes()
    file().write_bytes(DAMAGE[damage](whole))
    healed = ask()
    assert (healed.bits, healed.processes) == (warm, 2)
    assert len(healed.said) == 1
    assert "damaged" in healed.said[0]
    assert ask().processes == 1


@pytest.mark.parametrize("content", quick([b"", b"no pickle", pickle.dumps(3), pickle.dumps((1,) * 9)], b"no pickle"))
def test_code_that_passes_the_check_and_cannot_be_loaded_heals(ask, file, warm, content):
    """As from a build of numba that names itself alike."""
    spoil = (
        "import numba; import letdown._machine_code as m, letdown._cache_folder as c; from pathlib import Path\n"
        "key = m._key(load().summed, 'summed', (numba.typeof(x),))\n"
        f"c.write_kept(Path({str(file())!r}), key, {content!r})\n"
    )
    ask(RUN[: RUN.index("print")] + spoil)
    healed = ask()
    assert (healed.bits, healed.processes) == (warm, 2)
    assert len(healed.said) == 1
    assert ask().processes == 1


@as_root
def test_code_planted_by_another_user_is_not_run(ask, file, warm, tmp_path):
    """What is kept is a pickle, which can do anything."""

    class Plant:
        def __reduce__(self):
            return Path.write_text, (tmp_path / "planted", "x")

    file().write_bytes(pickle.dumps(Plant()))
    os.chown(file(), STRANGER, STRANGER)
    assert ask().bits == warm
    file().write_bytes(pickle.dumps(Plant()))
    file().parent.chmod(0o777)
    os.chown(file().parent, STRANGER, STRANGER)
    answer = ask()
    assert answer.bits == warm
    assert "another user" in answer.said[0]
    assert not (tmp_path / "planted").exists()


# Where nothing can be kept ------------------------------------------------------------------------

FULL = """
import os
real = os.open
def fail(path, flags, *more, **named):
    if flags & os.O_CREAT:
        raise OSError({number}, os.strerror({number}))
    return real(path, flags, *more, **named)
os.open = fail
"""


@pytest.mark.parametrize("number", quick([28, 13, 30, 5], 28))  # full, no right, read-only, a bad disk
def test_a_folder_that_takes_nothing_gives_the_same_result(ask, made, number):
    answer = ask(FULL.format(number=number) + RUN)
    assert (answer.bits, answer.processes) == (made[1], 2)
    assert len(answer.said) == 1
    assert os.strerror(number) in answer.said[0]


def test_a_warm_folder_that_cannot_be_written_is_read(ask, file, warm):
    file().chmod(0o400)
    file().parent.chmod(0o500)
    try:
        for prepared in ("", FULL.format(number=13), FULL.format(number=30)):
            read = ask(prepared + RUN)
            assert (read.bits, read.processes, read.said) == (warm, 1, [])
    finally:
        file().parent.chmod(0o700)


@as_root
def test_a_warm_folder_of_the_administrator_is_read_by_others(ask, file, warm, tmp_path):
    file().chmod(0o644)
    file().parent.chmod(0o755)
    (tmp_path / "cache").chmod(0o755)
    for path in tmp_path.parents[:3]:
        path.chmod(path.stat().st_mode | 0o055)
    tmp_path.chmod(0o755)
    (tmp_path / "log").touch(0o666)
    (tmp_path / "log").chmod(0o666)
    code = "import numba, os; numba.njit(lambda x: x + 1)(1)  # all is imported before the rights go\n"
    read = ask(code + "import letdown._machine_code, small_kernel\n" + f"os.setuid({STRANGER})\n" + RUN)
    assert (read.bits, read.processes, read.said) == (warm, 1, [])


# Several processes --------------------------------------------------------------------------------


def test_processes_that_start_together_compile_once(tmp_path, ask):
    environment = {
        **os.environ, "PYTHONPATH": SEARCH, "LETDOWN_CACHE_DIR": str(tmp_path / "cache"),
        "SMALL_KERNEL_LOG": str(tmp_path / "both"),
    }  # fmt: skip
    running = [
        subprocess.Popen([sys.executable, "-c", RUN], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    answers = [each.communicate(timeout=300) for each in running]
    assert len({out for out, _ in answers}) == 1
    assert {err for _, err in answers} == {b""}
    assert len((tmp_path / "both").read_text().splitlines()) == 4  # three, and one child
    assert len(list((tmp_path / "cache" / "letdown").iterdir())) == 1


def test_a_lock_left_by_a_dead_process_stops_nobody(ask, file, warm):
    file().with_suffix(".lock").touch()
    file().unlink()
    assert ask().bits == warm


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="reads the processes of Linux")
def test_the_child_does_not_outlive_a_parent_that_is_killed(tmp_path):
    (tmp_path / "slow_kernel.py").write_text(
        "import os, time\n"
        "def load():\n"
        f"    open({str(tmp_path / 'pids')!r}, 'a').write(f'{{os.getpid()}}\\n')\n"
        "    if os.environ.get('PARENT') != str(os.getpid()): time.sleep(600)\n"
        "    import small_kernel; return small_kernel.load()\n"
    )
    code = "import os; os.environ['PARENT'] = str(os.getpid())\n" + RUN.replace("small_kernel", "slow_kernel")
    environment = {
        **os.environ, "PYTHONPATH": SEARCH + os.pathsep + str(tmp_path), "LETDOWN_CACHE_DIR": str(tmp_path / "cache")
    }  # fmt: skip
    parent = subprocess.Popen([sys.executable, "-c", code], env=environment)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        pids = (tmp_path / "pids").read_text().split() if (tmp_path / "pids").exists() else []
        if len(set(pids)) == 2:
            break
        time.sleep(0.05)
    (child,) = set(pids) - {str(parent.pid)}
    assert Path("/proc", child).exists()
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    while _lives(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _lives(child)


def _lives(process):
    """Return whether a process runs; one that nobody waits for may stand there dead."""
    try:
        return Path("/proc", process, "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_a_child_that_fails_leaves_the_compiling_to_this_process(ask, made):
    own = "import sys; sys.executable = '/bin/false'\n" + RUN
    answer = ask(own, LETDOWN_CACHE_DIR=os.devnull)
    assert float.fromhex(answer.bits) == pytest.approx(float.fromhex(made[1]), rel=1e-12)
    assert answer.processes == 1


def test_the_text_of_a_generated_module_stands_in_tracebacks():
    import linecache

    module = small_kernel.load()
    assert linecache.getline(module.__file__, 6).startswith("def part")


@pytest.mark.slow
@pytest.mark.parametrize("processor", ["", "generic"])
def test_a_feed_and_a_life_give_the_same_bits_cold_and_warm(tmp_path, processor):
    """Compiles a feed and a life for each processor, about two minutes."""
    code = (
        "import hashlib, letdown\nfrom letdown.simulate_lactation import simulate_lactation\n"
        "made = letdown.simulate('breastfeed', seed=1).run()\n"
        "for name in sorted(made.channels): print(name, hashlib.sha256(made.channels[name].tobytes()).hexdigest())\n"
        "data = simulate_lactation('demand-feeding', days=2, seed=2).data\n"
        "for name in sorted(data): print(name, hashlib.sha256(data[name].values.tobytes()).hexdigest())\n"
    )
    environment = {**os.environ, "PYTHONPATH": SEARCH, "LETDOWN_CACHE_DIR": str(tmp_path)}
    if processor:
        environment |= {"NUMBA_CPU_NAME": processor, "NUMBA_CPU_FEATURES": ""}
    first, later = (
        subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        for _ in range(2)
    )
    assert first.stdout == later.stdout
    assert first.stdout.count("\n") > 50

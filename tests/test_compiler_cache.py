"""Kept objects: compiled by a child, checked before they are run, healed; the same bits in every process."""

import os
import platform
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
from letdown.compiler.targets import here

STRANGER = 12345
X86 = platform.machine().lower() in ("x86_64", "amd64")
LESSER = "x86-64-v2" if here().name.startswith(("x86-64-v3", "x86-64-v4")) else "x86-64"
as_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may become others")
on_x86 = pytest.mark.skipif(not X86, reason="no other processor has a lesser target")

RUN = """
import numpy as np
from small_kernel import kernel
x, out = np.linspace(0.1, 7.0, 1001), np.empty(2)
kernel()("summed", x, out)
print(*(number.hex() for number in out.tolist()))
"""

COUNTED = """
import os, time
if "COMPILED_LOG" in os.environ:
    from letdown.compiler import objects
    real = objects.compiled
    def compiled(program, target):
        with open(os.environ["COMPILED_LOG"], "a") as log:
            log.write(f"{os.getpid()} ")
        time.sleep(float(os.environ.get("COMPILING_TAKES_S", "0")))
        return real(program, target)
    objects.compiled = compiled
"""
"""Python imports this in every process of a test; the log then says which of them have compiled."""


class Answer:
    """What one process printed and said, and whether it compiled itself or its children did, and how often."""

    def __init__(self, environment, code):
        self.log = Path(environment["COMPILED_LOG"])
        self.process = subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=-1, stderr=-1, text=True)

    def whole(self):
        """Wait for the end of the process."""
        out, err = self.process.communicate(timeout=300)
        assert self.process.returncode == 0, err
        self.bits, self.said = out.strip(), err.splitlines()
        compilers = self.log.read_text().split() if self.log.exists() else []
        self.itself = compilers.count(str(self.process.pid))
        self.children = len(compilers) - self.itself
        self.log.unlink(missing_ok=True)
        return self


@pytest.fixture(scope="module")
def environment_of(tmp_path_factory):
    """Return a function that makes the environment of a process, whose cache and log are in a folder."""
    counted = tmp_path_factory.mktemp("counted")
    (counted / "sitecustomize.py").write_text(COUNTED)
    search = os.pathsep.join(map(str, (counted, Path(letdown.__file__).parents[1], Path(__file__).parent)))

    def made(place, **more):
        kept, log = str(place / "cache"), str(place / "log")
        return {**os.environ, "PYTHONPATH": search, "LETDOWN_CACHE_DIR": kept, "COMPILED_LOG": log, **more}

    return made


@pytest.fixture
def ask(tmp_path, environment_of):
    """Return a function that runs the kernel in a process of its own, on a cache folder of the test."""
    return lambda code=RUN, **more: Answer(environment_of(tmp_path, **more), code).whole()


@pytest.fixture(scope="module")
def made(tmp_path_factory, environment_of):
    """A cache folder that one run has filled, and the bits of that run."""
    place = tmp_path_factory.mktemp("made")
    return place / "cache", Answer(environment_of(place), RUN).whole().bits


@pytest.fixture
def warm(made, tmp_path):
    """The bits of a run whose object is kept in the cache folder of the test."""
    shutil.copytree(made[0], tmp_path / "cache")
    return made[1]


@pytest.fixture
def file(tmp_path):
    """Return a function that names the one object of the cache folder."""

    def found():
        (path,) = (tmp_path / "cache" / "letdown").glob("*.o")
        return path

    return found


def test_the_first_run_and_every_later_one_give_the_same_bits(ask, file):
    first, later, third = ask(), ask(), ask()
    x = np.linspace(0.1, 7.0, 1001)
    assert first.bits == later.bits == third.bits
    assert [float.fromhex(bits) for bits in first.bits.split()] == [small_kernel.part(x), small_kernel.part(x[1:])]
    assert (first.children, later.children, third.children) == (1, 0, 0)
    assert first.itself == later.itself == third.itself == 0
    assert first.said == later.said == []
    assert [path.name for path in file().parent.iterdir()] == [file().name]


def test_an_object_that_is_gone_is_compiled_by_a_child_again(ask, file, warm):
    file().unlink()
    again = ask()
    assert (again.bits, again.children, again.itself, again.said) == (warm, 1, 0, [])


@on_x86
def test_another_target_has_an_object_of_its_own(ask, file, warm):
    """As where two machines share a home: each compiles once, and both give the same bits from the first run on."""
    ours = file()
    first, later = ask(LETDOWN_TARGET=LESSER), ask(LETDOWN_TARGET=LESSER)
    assert first.bits == later.bits == warm
    assert (first.children, later.children) == (1, 0)
    (theirs,) = set(ours.parent.glob("*.o")) - {ours}
    assert theirs.read_bytes() != ours.read_bytes()
    assert (ask().bits, ask().children) == (warm, 0)
    shutil.copyfile(theirs, ours)  # the name is right, what is in it is not: it is not run
    again = ask()
    assert (again.bits, again.children) == (warm, 1)
    assert len(again.said) == 1


@on_x86
@pytest.mark.parametrize("asked", ["arm64", "z80", "x86-64-v9"])
def test_a_target_that_this_machine_is_not_is_refused_in_one_sentence(ask, asked):
    code = (
        "from small_kernel import kernel\n"
        "try: kernel().ready()\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    said = ask(code, LETDOWN_TARGET=asked).bits
    assert said.startswith("LetdownError LETDOWN_TARGET must name a machine that this one is")
    assert asked in said


DAMAGE = {
    "empty": lambda whole: b"",
    "cut": lambda whole: whole[: len(whole) // 2],
    "without its end": lambda whole: whole[:-100],
    "noise": lambda whole: np.random.default_rng(1).bytes(len(whole)),
    "zeros": lambda whole: bytes(len(whole)),
    "a flipped bit": lambda whole: whole[:1500] + bytes([whole[1500] ^ 1]) + whole[1501:],
    "text": lambda whole: "märchen".encode("latin-1"),
}


def quick(values, *few):
    """Return the values of a test of processes, of which most are left to the slow tests."""
    return [value if value in few else pytest.param(value, marks=pytest.mark.slow) for value in values]


@pytest.mark.parametrize("damage", quick(DAMAGE, "empty", "a flipped bit"))
def test_a_damaged_object_is_never_run_and_heals(ask, file, warm, damage):
    whole = file().read_bytes()
    file().write_bytes(DAMAGE[damage](whole))
    healed = ask()
    assert (healed.bits, healed.children) == (warm, 1)
    assert len(healed.said) == 1
    assert "damaged" in healed.said[0]
    assert ask().children == 0


STRANGE = {"text": b"no object", "a head alone": b"\x7fELF" + bytes(60), "another": None}


@pytest.mark.parametrize("strange", quick(STRANGE, "a head alone", "another"))
def test_an_object_that_passes_the_check_and_cannot_be_loaded_heals(ask, file, warm, strange):
    """As from a build of LLVM that names itself alike. `another` is an object that lacks the function."""
    content = STRANGE[strange]
    spoil = (
        "import letdown.compiler.objects as m, letdown._cache_folder as c\n"
        "from letdown.compiler.targets import here\nfrom small_kernel import program\n"
        "path, key = m.kept_path(program(), here()), m._key(program(), here())\n"
        "other = c.read_kept(path, key).replace(b'letdown_enter', b'letdown_other')\n"
        f"c.write_kept(path, key, other if {content!r} is None else {content!r})\n"
    )
    ask(spoil)
    healed = ask()
    assert (healed.bits, healed.children) == (warm, 1)
    assert len(healed.said) == 1
    assert "compiled again" in healed.said[0]
    assert ask().children == 0


@as_root
def test_an_object_planted_by_another_user_is_not_run(ask, file, warm):
    """What is kept is machine code, which can do anything."""
    for planted in (file().read_bytes(), b"planted"):
        file().write_bytes(planted)
        os.chown(file(), STRANGER, STRANGER)
        answer = ask()
        assert (answer.bits, answer.children) == (warm, 1)
        assert "another user" in answer.said[0]
    file().parent.chmod(0o777)
    os.chown(file().parent, STRANGER, STRANGER)
    answer = ask()
    assert (answer.bits, answer.children) == (warm, 1)
    assert "another user" in answer.said[0]


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
    assert (answer.bits, answer.children) == (made[1], 1)
    assert len(answer.said) == 1
    assert os.strerror(number) in answer.said[0]


def test_a_warm_folder_that_cannot_be_written_is_read(ask, file, warm):
    file().chmod(0o400)
    file().parent.chmod(0o500)
    try:
        for prepared in ("", FULL.format(number=13), FULL.format(number=30)):
            read = ask(prepared + RUN)
            assert (read.bits, read.children, read.said) == (warm, 0, [])
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
    before = (  # all is imported before the rights go
        "import os, small_kernel, email.parser\nfrom importlib.metadata import version\n"
        "from letdown.compiler.targets import here\nhere(), version('numba'), version('llvmlite')\n"
    )
    read = ask(before + f"os.setuid({STRANGER})\n" + RUN)
    assert (read.bits, read.children, read.said) == (warm, 0, [])


# Several processes --------------------------------------------------------------------------------


def test_processes_that_start_together_compile_once(tmp_path, environment_of, made):
    running = [Answer(environment_of(tmp_path, COMPILING_TAKES_S="2"), RUN) for _ in range(3)]
    answers = [(*each.process.communicate(timeout=300), each.process.returncode) for each in running]
    assert set(answers) == {(made[1] + "\n", "", 0)}
    (compiler,) = (tmp_path / "log").read_text().split()
    assert compiler not in {str(each.process.pid) for each in running}
    assert len(list((tmp_path / "cache" / "letdown").iterdir())) == 1


def test_a_lock_left_by_a_dead_process_stops_nobody(ask, file, warm):
    file().with_suffix(".lock").touch()
    file().unlink()
    assert ask().bits == warm


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="reads the processes of Linux")
def test_the_child_does_not_outlive_a_parent_that_is_killed(tmp_path, environment_of):
    parent = Answer(environment_of(tmp_path, COMPILING_TAKES_S="600"), RUN)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (parent.log.exists() and parent.log.read_text().endswith(" ")):
        time.sleep(0.05)
    (child,) = parent.log.read_text().split()
    assert child != str(parent.process.pid)
    assert _lives(child)
    parent.process.send_signal(signal.SIGKILL)
    parent.process.communicate()
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
    answer = ask("import sys; sys.executable = '/bin/false'\n" + RUN, LETDOWN_CACHE_DIR=os.devnull)
    assert (answer.bits, answer.children, answer.itself) == (made[1], 0, 1)


def test_a_child_that_has_answered_may_end_as_it_likes(ask, made):
    """Its main thread and the one that watches for the end of its parent both end it, whichever comes first."""
    other = (
        "from letdown.compiler import objects\nobjects._CHILD = objects._CHILD.replace('os._exit(0)', 'os._exit(1)')\n"
    )
    answer = ask(other + RUN)
    assert (answer.bits, answer.children, answer.itself) == (made[1], 1, 0)


def test_a_child_that_answers_nonsense_is_not_believed(ask, made, tmp_path):
    liar = tmp_path / "liar"
    liar.write_text("#!/bin/sh\ncat > /dev/null &\nhead -c 5000 /dev/zero\n")
    liar.chmod(0o755)
    answer = ask(f"import sys; sys.executable = {str(liar)!r}\n" + RUN)
    assert (answer.bits, answer.itself) == (made[1], 1)


LIFE = """
import hashlib, letdown
from letdown.simulate_lactation import simulate_lactation
made = letdown.simulate("breastfeed", seed=1).run()
for name in sorted(made.channels): print(name, hashlib.sha256(made.channels[name].tobytes()).hexdigest())
data = simulate_lactation("demand-feeding", days=2, seed=2).data
for name in sorted(data): print(name, hashlib.sha256(data[name].values.tobytes()).hexdigest())
"""


@pytest.mark.slow
@on_x86
def test_a_feed_and_a_life_give_the_same_bits_cold_and_warm_on_every_target(ask):
    """Compiles a feed and a life for two targets, about two minutes."""
    answers = [ask(LIFE, LETDOWN_TARGET=target) for target in ("", "", LESSER, LESSER)]
    assert [answer.children > 0 for answer in answers] == [True, False, True, False]
    assert len({answer.bits for answer in answers}) == 1
    assert answers[0].bits.count("\n") > 50

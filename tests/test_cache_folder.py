"""The folder of what is kept between runs: private, checked before it is trusted, never a reason for a run to fail."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from letdown import _cache_folder, _notice
from letdown._cache_folder import cache_folder, read_kept, write_kept
from letdown.evidence.cache import Cache

posix = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="owners and rights as POSIX has them")
as_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may become others")

STRANGER = 12345


@pytest.fixture(autouse=True)
def fresh(monkeypatch, tmp_path):
    """No folder named by the environment, none made before, and every notice said anew."""
    for name in ("LETDOWN_CACHE_DIR", "XDG_CACHE_HOME", "_LETDOWN_TEMPORARY_CACHE"):
        monkeypatch.setenv(name, "")  # set, so that what a test sets is undone
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr(_notice, "_SAID", set())
    monkeypatch.setattr(_cache_folder, "_OWN", {})
    (tmp_path / "home").mkdir()
    (tmp_path / "tmp").mkdir()


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def is_temporary(folder, tmp_path):
    return tmp_path / "tmp" in folder.parents and mode(folder.parent) == 0o700


# Which folder -------------------------------------------------------------------------------------


@posix
@pytest.mark.parametrize("mask", [0o000, 0o002, 0o022, 0o077])
def test_a_new_folder_is_private_whatever_the_mask(tmp_path, mask):
    before = os.umask(mask)
    try:
        folder = cache_folder()
        write_kept(folder / "a", "key", b"content")
    finally:
        os.umask(before)
    assert folder == tmp_path / "home" / ".cache" / "letdown"
    assert mode(folder) == 0o700
    assert mode(folder / "a") == 0o600
    assert read_kept(folder / "a", "key") == b"content"


@posix
@pytest.mark.parametrize(
    ("found", "left"), [(0o755, 0o755), (0o775, 0o700), (0o777, 0o700), (0o1777, 0o700), (0o700, 0o700), (0o555, 0o555)]
)
def test_a_folder_of_ours_that_others_may_write_to_is_made_private(tmp_path, found, left):
    folder = tmp_path / "home" / ".cache" / "letdown"
    folder.mkdir(parents=True)
    folder.chmod(found)
    assert cache_folder() == folder
    assert mode(folder) & 0o777 == left


def test_the_environment_names_the_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "letdown"
    monkeypatch.setenv("LETDOWN_CACHE_DIR", str(tmp_path / "own" / "deep"))
    assert cache_folder() == tmp_path / "own" / "deep" / "letdown"
    monkeypatch.setenv("LETDOWN_CACHE_DIR", "")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # the specification says to ignore it
    assert cache_folder() == tmp_path / "home" / ".cache" / "letdown"


def test_a_relative_folder_is_that_of_the_present_place(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LETDOWN_CACHE_DIR", "here")
    assert cache_folder() == tmp_path / "here" / "letdown"


@posix
def test_without_a_usable_home_a_fresh_temporary_folder_is_used(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("HOME", "/proc/nohome")
    folder = cache_folder()
    assert is_temporary(folder, tmp_path)
    assert cache_folder() == folder  # one for a process
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "/proc/nohome" in said
    assert "LETDOWN_CACHE_DIR" in said


@posix
def test_without_a_home_at_all_a_fresh_temporary_folder_is_used(monkeypatch, tmp_path, capsys):
    def nowhere():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nowhere)
    assert is_temporary(cache_folder(), tmp_path)
    assert "HOME is not set" in capsys.readouterr().err


def test_a_file_in_its_place_is_no_folder(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LETDOWN_CACHE_DIR", str(tmp_path / "file"))
    assert is_temporary(cache_folder(), tmp_path)


def test_the_temporary_folder_goes_with_the_process_and_is_that_of_its_children(tmp_path):
    code = (
        "import os, subprocess, sys\nfrom letdown._cache_folder import cache_folder\n"
        "print(cache_folder(), flush=True)\n"
        "if len(sys.argv) == 1: subprocess.run([sys.executable, __file__, 'child'], check=True)\n"
    )
    (tmp_path / "code.py").write_text(code)
    package = str(Path(_cache_folder.__file__).parents[1])
    environment = os.environ | {"HOME": "/proc/nohome", "PYTHONPATH": package}
    done = subprocess.run(
        [sys.executable, tmp_path / "code.py"], env=environment, capture_output=True, text=True, check=True
    )
    one, same = done.stdout.split()
    assert one == same
    assert done.stderr.count("\n") == 1
    assert list((tmp_path / "tmp").iterdir()) == []


# Whom it trusts -----------------------------------------------------------------------------------


@as_root
@pytest.mark.parametrize("rights", [0o700, 0o755, 0o777])
def test_the_folder_of_another_user_is_not_used(tmp_path, capsys, rights):
    folder = tmp_path / "home" / ".cache" / "letdown"
    folder.mkdir(parents=True)
    folder.chmod(rights)
    os.chown(folder, STRANGER, STRANGER)
    assert is_temporary(cache_folder(), tmp_path)
    assert mode(folder) == rights
    assert "another user" in capsys.readouterr().err


@as_root
def test_the_link_of_another_user_is_not_followed(tmp_path):
    (tmp_path / "home" / ".cache").mkdir()
    (tmp_path / "ours").mkdir(mode=0o700)
    link = tmp_path / "home" / ".cache" / "letdown"
    link.symlink_to(tmp_path / "ours")
    assert cache_folder() == link
    os.chown(link, STRANGER, STRANGER, follow_symlinks=False)
    assert is_temporary(cache_folder(), tmp_path)


@posix
def test_a_folder_in_one_where_anybody_may_rename_is_not_used(monkeypatch, tmp_path, capsys):
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    monkeypatch.setenv("LETDOWN_CACHE_DIR", str(open_to_all / "mine"))
    assert is_temporary(cache_folder(), tmp_path)
    assert "any user can write" in capsys.readouterr().err
    open_to_all.chmod(0o1777)  # as /tmp is: nobody but the owner renames
    assert cache_folder() == open_to_all / "mine" / "letdown"


@posix
def test_a_link_into_a_folder_where_anybody_may_rename_is_not_used(monkeypatch, tmp_path):
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    (tmp_path / "open" / "letdown").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to("open")
    monkeypatch.setenv("LETDOWN_CACHE_DIR", str(tmp_path / "link"))
    assert is_temporary(cache_folder(), tmp_path)


def test_links_in_a_circle_are_no_folder(monkeypatch, tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    monkeypatch.setenv("LETDOWN_CACHE_DIR", str(tmp_path / "a"))
    assert is_temporary(cache_folder(), tmp_path)


@as_root
def test_the_folder_of_the_administrator_is_read(tmp_path):
    """As in an image or an installation for many: made by root, read by others."""
    place = tmp_path / "shared"
    for path in (*tmp_path.parents, tmp_path):
        if path.owner() == "root" and path != Path(path.anchor) and mode(path) & 0o005 != 0o005:
            path.chmod(mode(path) | 0o055)
    (place / "letdown").mkdir(parents=True)
    write_kept(place / "letdown" / "a", "key", b"warm")
    (place / "letdown" / "a").chmod(0o644)
    package = str(Path(_cache_folder.__file__).parents[1])
    code = (
        f"import os, sys; sys.path.insert(0, {package!r}); import letdown._cache_folder as c; os.setuid({STRANGER})\n"
        "folder = c.cache_folder(); print(folder, c.read_kept(folder / 'a', 'key'))\n"
        "c.write_kept(folder / 'b', 'key', b'more')"
    )
    environment = os.environ | {"LETDOWN_CACHE_DIR": str(place)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(place / "letdown"), "b'warm'"]
    assert "Nothing can be kept" in done.stderr
    assert done.stderr.count("\n") == 1
    assert [path.name for path in (place / "letdown").iterdir()] == ["a"]


# Files in it --------------------------------------------------------------------------------------


def kept(content=b"content", key="key"):
    path = cache_folder() / "a"
    write_kept(path, key, content)
    return path


DAMAGE = {
    "empty": lambda whole: b"",
    "one byte": lambda whole: whole[:1],
    "cut in the middle": lambda whole: whole[: len(whole) // 2],
    "without its last byte": lambda whole: whole[:-1],
    "longer": lambda whole: whole + b"\0",
    "zeros": lambda whole: bytes(len(whole)),
    "noise": lambda whole: np.random.default_rng(1).bytes(len(whole)),
    "without its checksum": lambda whole: whole[:-72],
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("content", [b"", b"x" * 1000])
def test_a_damaged_file_is_absent_and_removed(capsys, damage, content):
    path = kept(content)
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    if content or damage != "without its last byte":
        assert read_kept(path, "key") is None
        assert not path.exists()
        assert capsys.readouterr().err.count("\n") == 1


def test_every_flipped_bit_is_found():
    path = kept(b"some content")
    whole = path.read_bytes()
    for place in range(len(whole) * 8):
        damaged = bytearray(whole)
        damaged[place // 8] ^= 1 << place % 8
        path.write_bytes(damaged)
        assert read_kept(path, "key") is None
    path.write_bytes(whole)
    path.chmod(0o600)
    assert read_kept(path, "key") == b"some content"


def test_what_is_kept_under_another_key_is_absent():
    path = kept(key="the same function on another processor")
    assert read_kept(path, "key") is None


@posix
@pytest.mark.parametrize("rights", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_is_not_used(capsys, rights):
    path = kept()
    path.chmod(rights)
    assert read_kept(path, "key") is None
    assert "another user could have written it" in capsys.readouterr().err


@as_root
def test_a_file_of_another_user_is_not_used():
    path = kept()
    os.chown(path, STRANGER, STRANGER)
    assert read_kept(path, "key") is None


@posix
def test_links_pipes_and_folders_are_no_files_of_ours(tmp_path):
    path = kept()
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert read_kept(path, "key") is None
    assert read_kept(tmp_path / "elsewhere", "key") == b"content"
    os.mkfifo(path)
    assert read_kept(path, "key") is None  # and does not wait for a writer
    path.mkdir()
    assert read_kept(path, "key") is None


@pytest.mark.parametrize("call", ["tempfile.mkdtemp", "os.open", "os.fsync", "os.replace"])
@pytest.mark.parametrize("number", [13, 28, 30, 5, 122])  # no right, full, read-only, a bad disk, quota
def test_a_folder_that_takes_nothing_costs_one_line(monkeypatch, capsys, call, number):
    real = os.open

    def fail(*given, **named):
        if call == "os.open" and not given[1] & os.O_CREAT:
            return real(*given, **named)
        raise OSError(number, os.strerror(number))

    folder = cache_folder()
    with monkeypatch.context() as patch:
        patch.setattr(call, fail)
        write_kept(folder / "a", "key", b"content")
        write_kept(folder / "a", "key", b"content")
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert os.strerror(number) in said
    assert list(folder.iterdir()) == []


def test_what_cannot_be_read_is_absent(monkeypatch, capsys):
    path = kept()

    def fail(*_, **__):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr("os.open", fail)
        assert read_kept(path, "key") is None
    assert "Input/output error" in capsys.readouterr().err


# Measured protocols -------------------------------------------------------------------------------


def test_measured_protocols_are_kept_alike(capsys):
    cache = Cache()
    cache.write("feed one", {"milk": np.arange(3.0)})
    (path,) = cache.folder.iterdir()
    assert np.array_equal(cache.read("feed one")["milk"], np.arange(3.0))
    assert cache.read("feed two") == {}
    with np.load(path) as other:  # other programs read the file as it is
        assert np.array_equal(other["milk"], np.arange(3.0))
    if hasattr(os, "geteuid"):
        assert mode(path) == 0o600
        assert mode(cache.folder) == 0o700
    for place in range(0, path.stat().st_size, 7):
        whole = path.read_bytes()
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 16]) + whole[place + 1 :])
        assert cache.read("feed one") == {}
        cache.write("feed one", {"milk": np.arange(3.0)})
    path.write_bytes(b"")
    assert cache.read("feed one") == {}
    assert "damaged" in capsys.readouterr().err

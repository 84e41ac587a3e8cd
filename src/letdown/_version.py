"""The version of the package, read from the installed distribution so that it stands in one place."""

from importlib.metadata import PackageNotFoundError, version

__all__ = ["__version__"]

try:
    __version__ = version("letdown")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0+source"

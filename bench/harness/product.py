"""The product as it is installed: the .deb, built if it is older than its sources, and what is in it."""

import shutil
import subprocess

from .place import OUTPUT, ROOT, fail, note


def newest_source():
    folders = [ROOT / "Sources", ROOT / "packaging", ROOT / "Package.swift"]
    files = [f for folder in folders for f in ([folder] if folder.is_file() else folder.rglob("*"))]
    return max(file.stat().st_mtime for file in files if file.is_file())


def package():
    """The path of the package; it is built if it is missing or older than a source."""
    def found():
        packages = sorted((ROOT / "build" / "deb").glob("martlet_*.deb"))
        return packages[-1] if packages else None

    path = found()
    if path is None or path.stat().st_mtime < newest_source():
        note("building the package")
        subprocess.run([ROOT / "packaging" / "build-deb"], check=True, stdout=subprocess.DEVNULL)
        path = found()
    return path or fail("packaging/build-deb made no package")


def martletd_of(path):
    """The martletd of a package, taken out of it."""
    root = OUTPUT / "package"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    subprocess.run(["dpkg-deb", "--extract", path, root], check=True)
    return root / "usr" / "sbin" / "martletd"

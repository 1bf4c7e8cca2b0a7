"""Install cellmodel: mod files, their library and the experiments go into the package, not into the tree."""

from __future__ import annotations

import atexit
import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build import build
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))  # the build runs without the package installed

from cellmodel.errors import CellModelError  # noqa: E402  needs the line above
from cellmodel.mechanisms.building import build_into, library_for  # noqa: E402
from cellmodel.mechanisms.sources import library_key, read_mod_files  # noqa: E402


class Build(build):
    """Build in a temporary folder, so that nothing stale is shipped and the tree stays clean."""

    def initialize_options(self) -> None:
        super().initialize_options()
        self.build_base = tempfile.mkdtemp(prefix="cellmodel-build-")
        atexit.register(shutil.rmtree, self.build_base, ignore_errors=True)


class BuildPackage(build_py):
    """Add mod files, library and experiments to the package, or fill the user's cache when editable."""

    def run(self) -> None:
        super().run()
        files = read_mod_files(ROOT / "mod")
        if not self.editable_mode:
            self._copy(files)
        try:
            self._compile(files)
        except CellModelError as error:
            print(f"warning: the mechanisms were not compiled now and will be on first use.\n{error}")

    def _copy(self, files: dict[str, bytes]) -> None:
        package = Path(self.build_lib) / "cellmodel"
        experiments = {path.name: path.read_bytes() for path in (ROOT / "experiments").glob("*.py")}
        for folder, copied in ((package / "_mod", files), (package / "_experiments", experiments)):
            folder.mkdir(parents=True, exist_ok=True)
            for name, content in copied.items():
                (folder / name).write_bytes(content)

    def _compile(self, files: dict[str, bytes]) -> None:
        if self.editable_mode:
            library_for(files)
        else:
            build_into(Path(self.build_lib) / "cellmodel" / "_library" / library_key(files), files)


class PlatformWheel(bdist_wheel):
    """Tag the wheel for any Python 3 on this platform: the library does not depend on Python."""

    def finalize_options(self) -> None:
        super().finalize_options()
        self.root_is_pure = False

    def get_tag(self) -> tuple[str, str, str]:
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        return "py3", "none", platform


setup(cmdclass={"build": Build, "build_py": BuildPackage, "bdist_wheel": PlatformWheel})

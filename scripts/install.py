"""Install the hashed requirements into .venv; needs nothing but Python itself.

One run at a time does so, others wait; one that was interrupted is started over.
"""

import fcntl
import filecmp
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
VENV = ROOT / ".venv"
PYTHON = str(VENV / "bin" / "python")
UNFINISHED = VENV / "unfinished"
VERSION_FITS = "(3, 11) <= sys.version_info[:2] < (3, 14)"


def installed(wanted: str) -> Path:
    return VENV / f"installed-{wanted}.txt"


def is_current(wanted: str) -> bool:
    required, present = REQUIREMENTS / f"{wanted}.txt", installed(wanted)
    return present.exists() and filecmp.cmp(required, present, shallow=False)


def works(*command: str) -> bool:
    try:
        return subprocess.run([PYTHON, *command], capture_output=True).returncode == 0
    except OSError:
        return False


def make_environment() -> None:
    if not UNFINISHED.exists() and works("-c", f"import pip, sys; assert {VERSION_FITS}"):
        return
    print(f"Setting up {VENV} with Python {sys.version.split()[0]} …", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    VENV.mkdir()
    UNFINISHED.touch()
    subprocess.run([sys.executable, "-m", "venv", VENV], check=True)


def install(wanted: str) -> None:
    requirements = REQUIREMENTS / f"{wanted}.txt"
    print(f"Installing {requirements.relative_to(ROOT)} …", flush=True)
    UNFINISHED.touch()
    for name in ("base", "dev"):
        installed(name).unlink(missing_ok=True)
    if not (_has_uv() and _sync(requirements)):
        _pip("--requirement", str(requirements))
    # The development requirements contain the others.
    for name in {"base", wanted}:
        shutil.copyfile(REQUIREMENTS / f"{name}.txt", installed(name))
    UNFINISHED.unlink()


def _has_uv() -> bool:
    return works("-m", "uv", "--version") or (
        _pip("--requirement", str(REQUIREMENTS / "uv.txt"), check=False)
    )


def _sync(requirements: Path) -> bool:
    options = ["--quiet", "--system-certs", "--require-hashes", "--python", PYTHON]
    result = subprocess.run([PYTHON, "-m", "uv", "pip", "sync", *options, requirements])
    if result.returncode:
        print("uv could not do it; going on with pip …", flush=True)
    return result.returncode == 0


def _pip(*arguments: str, check: bool = True) -> bool:
    options = ["--quiet", "--disable-pip-version-check", "--require-hashes"]
    command = [PYTHON, "-m", "pip", "install", *options, *arguments]
    result = subprocess.run(command, check=check)
    return result.returncode == 0


def main(wanted: str) -> None:
    (ROOT / "var").mkdir(exist_ok=True)
    with open(ROOT / "var" / "setup.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Asked before anything goes: whoever develops here keeps the tools when running the demo.
        target = "dev" if installed("dev").exists() else wanted
        make_environment()
        if not is_current(wanted):
            install(target)


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except subprocess.CalledProcessError as error:
        sys.exit(f"The set-up failed ({error}); the next run starts it over.")

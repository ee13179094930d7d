"""What a figure depends on, as far as the machine tells it."""

import os
import pathlib
import platform
import re
import time


def described():
    models = re.findall(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    kibibytes = re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())
    return {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "kernel": platform.release(),
        "processor": models[0] if models else "unknown",
        "processors": os.cpu_count(),
        "memory_gib": round(int(kibibytes[1]) / (1 << 20), 1) if kibibytes else None,
        "system": platform.freedesktop_os_release()["PRETTY_NAME"],
    }

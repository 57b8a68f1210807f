"""Maintenance of the lake of the settings, as it would be so many hours later; in a process."""

import sys

from mega_toys.lake.store.step import arm
from mega_toys.operations.maintenance import maintain
from mega_toys.orchestration.resources.lakehouse import Lakehouse
from mega_toys.settings import Settings

if __name__ == "__main__":
    settings = Settings.load()
    arm(settings.kill_at, settings.step_log)
    work = Lakehouse.of(settings).work("maintain")
    for line in maintain(work, settings.landing_root, int(sys.argv[1])):
        print(line)

"""Power cuts for a real process: libforgetful.so, preloaded, and the rebuilding after a kill -9.

    machine = Machine(directory)                   # directory/data and directory/shadow
    ... run something with machine.environment() that keeps its files in machine.data ...
    ... kill -9 ...
    machine.rebuild()                              # data now holds what was durable, nothing else
"""
import os
import shutil

LIBRARY = os.environ.get("WEIR_FORGETFUL", os.path.join(
    os.environ.get("WEIR_BUILD", "build"), "tests/interop/powercut/libforgetful.so"))


class Machine:
    def __init__(self, directory, sync_us=0, ignore_sync=False):
        self.data = os.path.join(os.path.realpath(directory), "data")
        self.shadow = os.path.join(os.path.realpath(directory), "shadow")
        self.sync_us = sync_us
        self.ignore_sync = ignore_sync
        os.makedirs(self.data)
        os.makedirs(self.shadow)

    def environment(self):
        return {"LD_PRELOAD": os.path.abspath(LIBRARY), "FORGETFUL_ROOT": self.data,
                "FORGETFUL_SHADOW": self.shadow, "FORGETFUL_SYNC_US": str(self.sync_us),
                "FORGETFUL_IGNORE_SYNC": "1" if self.ignore_sync else "0"}

    def rebuild(self):
        """The data directory anew, from the shadow alone, which stays right for the next life."""
        shutil.rmtree(self.data)
        alive = set()
        self._rebuild_directory("0", self.data, alive)
        for kind in ("files", "dirs"):
            folder = os.path.join(self.shadow, kind)
            for name in os.listdir(folder) if os.path.isdir(folder) else []:
                if (kind, name) not in alive:
                    os.unlink(os.path.join(folder, name))

    def _rebuild_directory(self, number, path, alive):
        os.mkdir(path)
        alive.add(("dirs", number))
        for kind, entry, name in self._entries(number):
            if kind == "d":
                self._rebuild_directory(entry, os.path.join(path, name), alive)
                continue
            alive.add(("files", entry))
            content = os.path.join(self.shadow, "files", entry)
            if os.path.exists(content):
                shutil.copyfile(content, os.path.join(path, name))
            else:
                with open(os.path.join(path, name), "wb"):
                    pass

    def _entries(self, number):
        try:
            with open(os.path.join(self.shadow, "dirs", number), encoding="utf-8") as file:
                return [line.rstrip("\n").split(" ", 2) for line in file]
        except FileNotFoundError:
            return []

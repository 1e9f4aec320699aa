"""An ensemble of three, Weir's or Apache's, as one server of versus_zookeeper.py's."""
import os
import shutil
import signal

import process_figures


class Trio:
    """`make(directory)` gives three servers, not started; clients know the addresses of all."""

    def __init__(self, name, make, directory):
        self.name, self.make, self.directory = name, make, directory
        self.children = []

    @property
    def address(self):
        return ",".join(f"127.0.0.1:{child.port}" for child in self.children)

    def fresh(self):
        import zookeeper
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
        os.makedirs(self.directory)
        self.children = self.make(self.directory)
        for child in self.children:
            child.spawn()
        zookeeper.wait_until_all_serve(self.children)

    def stop(self):
        for child in self.children:
            if child.process is not None and child.process.poll() is None:
                child.process.send_signal(signal.SIGKILL)
                child.process.wait()

    def cpu_seconds(self):
        return sum(process_figures.cpu_seconds(child.process.pid) for child in self.children)

    def memory_mib(self):
        """Of all three."""
        return sum(process_figures.memory_mib(child.process.pid) for child in self.children)


def trios(directory, java):
    import zookeeper
    return [Trio("weir_3_servers", lambda at: zookeeper.ensemble(at, 3), os.path.join(directory, "weir-3")),
            Trio("zookeeper_3_servers", lambda at: zookeeper.apache_ensemble(at, 3, java=java),
                 os.path.join(directory, "zookeeper-3"))]

"""The same operations to Weir's coordination service and to Apache ZooKeeper, answered alike."""
import os
import random
import unittest

import harness
import zk_wire as zk
import zookeeper

OPERATIONS = 400
PATHS = ["/a", "/b", "/a/x", "/a/y", "/a/x/z", "/b/x", "/a/s-", "/b/", "/", "/zookeeper",
         "/zookeeper/quota", "/none/x", "nothing", "", "/a/../b", "/a/\0", "/a//x", "/\u0001"]
GOOD_PATHS = PATHS[:6]
ACLS = [zk.OPEN_ACL, zk.OPEN_ACL, zk.OPEN_ACL, [(1, "world", "anyone")], [(31, "auth", "")],
        [(31, "digest", "ann:g9oN2HttPfn8MMWJZ2r45Np/LIA=")], [], [(31, "nobody", "x")],
        [(31, "ip", "127.0.0.1")], [(1, "world", "anyone"), (31, "ip", "10.0.0.0/8")]]
# What may differ, and why. Key: where in the answer; a difference elsewhere fails.
DIFFERENCES = {
    "stat.ctime": "the calendar", "stat.mtime": "the calendar", "stat.owner": "compared by session",
}


def some_path(chance):
    return chance.choice(GOOD_PATHS if chance.random() < 0.7 else PATHS)


def some_data(chance):
    return chance.choice([None, b"", b"x", b"yy" * 10])


def some_part(chance):
    path, version = some_path(chance), chance.choice([-1, -1, 0, 1])
    return chance.choice([
        (zk.CREATE, zk.create(path, some_data(chance), flags=chance.choice([0, 0, 1, 2, 3]))),
        (zk.CREATE2, zk.create(path, some_data(chance))),
        (zk.DELETE, zk.path_version(path, version)),
        (zk.SET, zk.set_data(path, some_data(chance), version)),
        (zk.CHECK, zk.path_version(path, version))])


def some_operation(chance):
    """(op, body, xid or None)"""
    path, version = some_path(chance), chance.choice([-1, -1, 0, 1])
    watch = chance.random() < 0.3
    kind = chance.randrange(20)
    if kind < 5:
        return (chance.choice([zk.CREATE, zk.CREATE, zk.CREATE2]),
                zk.create(path, some_data(chance), chance.choice(ACLS),
                          chance.choice([0, 0, 0, 1, 2, 3, 9, -1])), None)
    if kind < 7:
        return zk.DELETE, zk.path_version(path, version), None
    if kind < 9:
        return zk.SET, zk.set_data(path, some_data(chance), version), None
    if kind == 9:
        return zk.SET_ACL, zk.set_acl(path, chance.choice(ACLS), version), None
    if kind < 12:
        return zk.MULTI, zk.multi([some_part(chance) for _ in range(chance.randrange(0, 4))]), None
    if kind == 12:
        reads = [(chance.choice([zk.GET, zk.CHILDREN]), zk.path_watch(some_path(chance)))
                 for _ in range(chance.randrange(1, 4))]
        return zk.MULTI_READ, zk.multi(reads), None
    if kind == 13:
        return chance.choice([
            (zk.SYNC, zk.buffer(path), None), (zk.GET_ACL, zk.buffer(path), None),
            (zk.EPHEMERALS, zk.buffer(path), None),
            # Of the empty path Apache ZooKeeper counts the root among its own children.
            (zk.COUNT, zk.buffer(path or "/"), None),
            (zk.CHECK, zk.path_version(path, version), None)])
    if kind == 14:
        return chance.choice([
            (zk.PING, b"", zk.PING_XID), (zk.WHO_AM_I, b"", None),
            (zk.AUTH, b"\0\0\0\0" + zk.buffer("digest") + zk.buffer("ann:one"), zk.AUTH_XID),
            (zk.ADD_WATCH, zk.path_version(path, chance.randrange(0, 3)), None),
            (zk.CHECK_WATCHES, zk.path_version(path, chance.randrange(1, 4)), None),
            (zk.REMOVE_WATCHES, zk.path_version(path, chance.randrange(1, 4)), None),
            (zk.SET_WATCHES, bytes(8) + zk.vector([zk.buffer("/a")]) + zk.vector([zk.buffer("/b")])
             + zk.vector([zk.buffer("/")]), zk.SET_WATCHES_XID)])
    return chance.choice([zk.EXISTS, zk.GET, zk.CHILDREN, zk.CHILDREN2]), zk.path_watch(path, watch), None


class Differential(harness.InteropTest):
    client = "wire"

    def setUp(self):
        super().setUp()
        if not zookeeper.installed():
            self.skipTest("Debian's zookeeper is not installed")
        os.makedirs(self.path("weir"))
        self.weir = zookeeper.Coordinator(self.path("weir"))
        self.addCleanup(self.weir.close)
        self.weir.start()
        self.apache = zookeeper.ApacheZooKeeper(self.path("apache"))
        self.addCleanup(self.apache.kill)
        self.apache.start()

    def compare(self, ours, theirs, sessions):
        """What differs: (where, ours, theirs)."""
        found = []

        def walk(where, a, b):
            if isinstance(a, dict) and isinstance(b, dict):
                for key in sorted(set(a) | set(b)):
                    inner = f"{where}.{key}" if where else key
                    walk(inner.replace("parts.", ""), a.get(key), b.get(key))
            elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
                for one, other in zip(a, b):
                    walk(where, one, other)
            elif where.endswith("stat.owner"):
                if sessions[0].get(a, a) != sessions[1].get(b, b):
                    found.append((where, a, b))
            elif a != b and where not in DIFFERENCES:
                found.append((where, a, b))
        walk("", ours, theirs)
        return found

    def test_a_script_of_operations_is_answered_alike(self):
        with self.feature("400 operations answered as by Apache ZooKeeper"):
            for seed in range(int(os.environ.get("WEIR_DIFFERENTIAL_SEEDS", "3"))):
                self.run_script(seed)

    def run_script(self, seed):
        chance = random.Random(seed)
        pairs = [(zk.Session(self.weir.port), zk.Session(self.apache.port)) for _ in range(3)]
        differences = []
        for number in range(OPERATIONS // 3 + 1):
            sessions = [{pair[side].id: i for i, pair in enumerate(pairs)} for side in (0, 1)]
            pair = chance.choice(pairs)
            op, body, xid = some_operation(chance)
            ours, theirs = (session.ask(op, body, xid) for session in pair)
            # Events of other sessions come when they ask next.
            for where, a, b in self.compare(ours, theirs, sessions):
                differences.append(f"seed {seed}, {number}: op {op} {body!r}\n  {where}: {a!r} here, "
                                   f"{b!r} there\n  {ours}\n  {theirs}")
            if chance.random() < 0.02:
                for session in pair:
                    session.ask(zk.CLOSE)
                    session.close()
                pairs[pairs.index(pair)] = (zk.Session(self.weir.port), zk.Session(self.apache.port))
        for pair in pairs:
            for session in pair:
                session.ask(zk.CLOSE)
                session.close()
        self.assertEqual(differences, [], "\n".join(differences[:6]))


if __name__ == "__main__":
    harness.main()

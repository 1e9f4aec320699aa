"""ApiVersions, DescribeCluster, DescribeLogDirs, FindCoordinator."""
from asker import small


def run(s):
    for version in s.versions["ApiVersions"]:
        s.ask("good", "ApiVersions", version, {} if version < 3 else {
            "ClientSoftwareName": "tester", "ClientSoftwareVersion": "1.0"})
    for label, name, release in (("empty name", "", "1"), ("empty version", "a", ""),
                                 ("odd name", "a b", "1"), ("odd version", "a", "1 0"),
                                 ("name with an end of its own", "a-", "1")):
        s.ask(label, "ApiVersions", 3,
              {"ClientSoftwareName": name, "ClientSoftwareVersion": release})
    for version in s.versions["DescribeCluster"]:
        s.ask("good", "DescribeCluster", version, {})
        s.ask("what one may do", "DescribeCluster", version,
              {"IncludeClusterAuthorizedOperations": True})
    for kind in (0, 2, 3):
        s.ask(f"endpoints of type {kind}", "DescribeCluster", 1, {"EndpointType": kind})
    topic = s.topic("on-disk", 2)
    s.produced(topic, small())
    for version in s.versions["DescribeLogDirs"]:
        s.ask("one topic", "DescribeLogDirs", version,
              {"Topics": [{"Topic": topic, "Partitions": [0, 1]}]})
    s.ask("all topics", "DescribeLogDirs", 4, {"Topics": None})
    s.ask("no topics", "DescribeLogDirs", 4, {"Topics": []})
    s.ask("unknown topic", "DescribeLogDirs", 4, {"Topics": [{"Topic": "nowhere",
                                                               "Partitions": [0]}]})
    s.ask("unknown partition", "DescribeLogDirs", 4, {"Topics": [{"Topic": topic,
                                                                   "Partitions": [0, 9, -1]}]})
    s.ask("a partition twice", "DescribeLogDirs", 4, {"Topics": [{"Topic": topic,
                                                                   "Partitions": [0, 0]}]})
    s.coordinators_ready()
    for version in s.versions["FindCoordinator"]:
        keys = {"Key": "group"} if version < 4 else {"CoordinatorKeys": ["group"]}
        s.ask("of a group", "FindCoordinator", version, keys)
        if version >= 1:
            s.ask("type 5", "FindCoordinator", version, {**keys, "KeyType": 5})
    s.ask("of no groups", "FindCoordinator", 4, {"CoordinatorKeys": []})
    s.ask("empty key", "FindCoordinator", 4, {"CoordinatorKeys": [""]})

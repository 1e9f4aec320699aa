"""Produce: good records of every kind, and bad ones."""
from asker import produce, small


def versions(s):
    for version in range(3, 12):
        topic = s.topic(f"produce-v{version}")
        s.ask("three records", "Produce", version, produce(topic, small()))


def run(s):
    versions(s)

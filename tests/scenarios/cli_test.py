"""weir-sim as its users call it: exit statuses, last lines, JSON, crashes and hangs of the code under test."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

SIM, HOOKED = sys.argv[1], sys.argv[2]


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)

    def call(self, *arguments, program=SIM):
        return subprocess.run([program, *arguments], cwd=self.directory.name, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)

    def test_a_run_ends_with_a_verdict_a_hash_a_plan_and_the_command_that_replays_it(self):
        run = self.call("run", "power-loss", "--seed", "7")
        self.assertEqual(run.returncode, 0)
        lines = {line.split()[0]: line.split()[1:] for line in run.stdout.splitlines() if line}
        self.assertEqual(lines["verdict"], ["pass"])
        self.assertEqual(len(lines["hash"][0]), 16)
        self.assertTrue(os.path.exists(os.path.join(self.directory.name, lines["plan"][0])))
        again = self.call("replay", lines["replay"][2])
        self.assertIn("hash      " + lines["hash"][0], again.stdout)

    def test_a_wrong_call_ends_with_2_and_says_what_is_wrong(self):
        for arguments in (["run", "nothing"], ["sweep", "power-loss"], ["frobnicate"], [],
                          ["sweep", "power-loss", "--seeds", "9..1"], ["replay", "/no/such/plan"],
                          ["run", "power-loss", "--plant", "unheard-of"]):
            with self.subTest(arguments=arguments):
                result = self.call(*arguments)
                self.assertEqual(result.returncode, 2)
                self.assertTrue(result.stderr or result.stdout)

    def test_a_bad_plan_names_the_key(self):
        plan = os.path.join(self.directory.name, "bad.toml")
        with open(plan, "w", encoding="utf8") as file:
            file.write('scenario = "power-loss"\nseed = 1\nchoices_key = "0x1"\nshrads = 3\n')
        result = self.call("replay", plan)
        self.assertEqual(result.returncode, 2)
        self.assertIn("shrads", result.stderr)

    def test_a_scenario_of_ones_own_is_run_swept_and_replayed_from_its_file(self):
        scenario = os.path.join(self.directory.name, "mine.toml")
        with open(scenario, "w", encoding="utf8") as file:
            file.write('name = "mine"\nbase = "slow-network"\n[keys]\nshards = 2\n'
                       '[[fault]]\nkind = "pause"\nper_tick_per_million = 30000\n')
        run = self.call("run", scenario, "--seed", "3")
        self.assertEqual(run.returncode, 0, run.stdout)
        self.assertIn("2 shards", run.stdout)
        hash_line = next(line for line in run.stdout.splitlines() if line.startswith("hash"))
        self.assertIn(hash_line, self.call("replay", "out/mine-3.toml").stdout)
        self.assertEqual(self.call("sweep", scenario, "--seeds", "1..10").returncode, 0)

    def test_a_scenario_file_that_is_wrong_is_refused_by_key(self):
        scenario = os.path.join(self.directory.name, "wrong.toml")
        with open(scenario, "w", encoding="utf8") as file:
            file.write('name = "wrong"\n[keys]\nshards = 1000000\n')
        run = self.call("run", scenario, "--seed", "3")
        self.assertEqual(run.returncode, 2)
        self.assertIn("shards", run.stderr + run.stdout)

    def test_every_schedule_runs_and_a_wrong_one_is_refused(self):
        for schedule in ("random", "fifo", "pct:3", "delay:5"):
            run = self.call("run", "power-loss", "--seed", "4", "--schedule", schedule)
            self.assertEqual(run.returncode, 0, run.stdout)
        self.assertEqual(self.call("run", "power-loss", "--schedule", "pct:99").returncode, 2)

    def test_a_failing_sweep_ends_with_the_command_that_reproduces_it(self):
        sweep = self.call("sweep", "power-loss", "--seeds", "1..200", "--plant",
                          "ack-before-fsync", "--stop-after", "1", "--jobs", "2")
        self.assertEqual(sweep.returncode, 10)
        command = sweep.stdout.splitlines()[-1].split()
        self.assertEqual(command[0], "reproduce")
        self.assertEqual(self.call(*command[2:]).returncode, 10)

    def test_json_lines_are_json(self):
        sweep = self.call("sweep", "power-loss", "--seeds", "1..5", "--json")
        records = [json.loads(line) for line in sweep.stdout.splitlines()]
        self.assertEqual(sorted(record["seed"] for record in records[:-1]), [1, 2, 3, 4, 5])
        self.assertEqual(len(records), 6)
        self.assertEqual(records[-1]["runs"], 5)

    def test_a_report_is_written_even_of_a_run_whose_process_died(self):
        for seed in range(1, 12):
            run = self.call("run", "power-loss", "--seed", str(seed), "--plant", "crash", "--report",
                            "page.html", program=HOOKED)
            with open(os.path.join(self.directory.name, "page.html"), encoding="utf8") as file:
                page = file.read()
            if run.returncode == 13:
                break
        self.assertEqual(run.returncode, 13)
        self.assertIn("planted crash", page)
        self.assertNotIn("<svg", page)

    def test_a_report_that_cannot_be_written_is_said(self):
        run = self.call("run", "power-loss", "--seed", "7", "--report", "/dev/null/page.html")
        self.assertIn("cannot write the report", run.stderr)
        self.assertEqual(run.returncode, 0)

    def test_list_names_scenarios_and_planted_bugs(self):
        listed = self.call("list").stdout
        self.assertIn("power-loss", listed)
        self.assertIn("ack-before-fsync", listed)

    def test_a_trace_has_a_column_a_node_and_ends_with_the_verdict(self):
        trace = self.call("trace", "power-loss", "--seed", "3", "--last", "20").stdout
        self.assertIn("node 1", trace.splitlines()[0])
        self.assertEqual(len(trace.splitlines()), 1 + 20 + 3)

    def test_a_crash_inside_a_seed_is_a_finding_and_not_the_end_of_the_sweep(self):
        sweep = self.call("sweep", "power-loss", "--seeds", "1..12", "--plant", "crash", "--json",
                          "--stop-after", "100", program=HOOKED)
        self.assertEqual(sweep.returncode, 13)
        records = [json.loads(line) for line in sweep.stdout.splitlines() if line[0] == "{"]
        self.assertEqual(records[-1]["runs"], 12)
        crashes = [record for record in records[:-1] if record["verdict"] == "crash"]
        self.assertTrue(0 < len(crashes) < 12)
        self.assertIn("planted crash", crashes[0]["findings"][0]["sentence"])

    def test_a_hang_inside_a_seed_is_a_finding_and_not_the_end_of_the_sweep(self):
        sweep = self.call("sweep", "power-loss", "--seeds", "1..4", "--plant", "hang", "--json",
                          "--timeout", "2", "--jobs", "4", "--stop-after", "100", program=HOOKED)
        self.assertEqual(sweep.returncode, 16)
        records = [json.loads(line) for line in sweep.stdout.splitlines() if line[0] == "{"]
        self.assertEqual(records[-1]["runs"], 4)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])

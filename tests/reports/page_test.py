"""The report as a reader meets it: opened in a headless Chromium.

A machine without Chromium skips this, aloud; under CI=true that is a failure.
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

from browser import Browser, find_browser

SIM = sys.argv[1]
PASSING = ["run", "power-loss", "--seed", "42"]
SKIPPED = 77


def losing_run():
    """The first seed under which the planted bug loses a record."""
    for seed in range(1, 100):
        arguments = ["run", "power-loss", "--seed", str(seed), "--plant", "ack-before-fsync"]
        with tempfile.TemporaryDirectory() as directory:
            run = subprocess.run([SIM, *arguments, "--json"], cwd=directory, text=True, check=False,
                                 stdout=subprocess.PIPE)
        findings = json.loads(run.stdout)["findings"]
        if findings and findings[0]["what"] == "lost":
            return arguments
    raise AssertionError("no seed loses a record")


def setUpModule():
    global BROWSER, FAILING
    FAILING = losing_run()
    BROWSER = Browser(find_browser())


def tearDownModule():
    BROWSER.close()


class Page(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        BROWSER.window(1280, 900)

    def call(self, *arguments):
        return subprocess.run([SIM, *arguments], cwd=self.directory.name, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def path(self, name="page.html"):
        return os.path.join(self.directory.name, name)

    def report(self, arguments, name="page.html"):
        """Runs, opens the page; gives the record."""
        run = self.call(*arguments, "--json", "--report", name)
        self.assertTrue(os.path.exists(self.path(name)), run.stderr)
        BROWSER.open("file://" + self.path(name))
        return json.loads(run.stdout)

    def count(self, selector):
        return BROWSER.evaluate(f"document.querySelectorAll({json.dumps(selector)}).length")

    def text(self, selector):
        return BROWSER.evaluate(f"document.querySelector({json.dumps(selector)}).innerText")

    def nodes_of(self, arguments):
        trace = self.call("trace", *arguments[1:]).stdout
        return len({line.index("node.boot") for line in trace.splitlines() if " node.boot " in line})

    def check_page(self, arguments):
        record = self.report(arguments)
        self.assertEqual(BROWSER.console, [])
        self.assertEqual([url for url in BROWSER.requests if not url.startswith(("file:", "data:"))], [])
        self.assertEqual(len([url for url in BROWSER.requests if url.startswith("file:")]), 1)
        self.assertEqual(self.count(".lane"), self.nodes_of(arguments))
        planned = {kind: fault["planned"] for kind, fault in record["faults"].items() if fault["planned"]}
        drawn = sum(count for kind, count in planned.items() if not kind.startswith("crash-"))
        self.assertEqual(self.count(".fault"), drawn)
        self.assertEqual(self.count("#faults .each tbody tr"), drawn)
        self.assertEqual(self.count("#faults .kinds tbody tr"), len(planned))
        self.assertGreater(self.count(".message"), 0)
        self.assertLessEqual(self.count(".message"), 400)
        self.assertIn(record["hash"], self.text("footer"))
        self.assertIn("replay out/power-loss-", self.text("#command"))
        return record

    def test_the_page_of_a_passing_run(self):
        self.check_page(PASSING)
        self.assertIn("pass", self.text("#verdict h1").lower())
        self.assertIn("Every acknowledged record survived", self.text("#verdict h1"))
        self.assertEqual(self.count("#findings"), 0)

    def test_the_page_of_a_failing_run_says_what_was_found_and_how_it_came_to_be(self):
        record = self.check_page(FAILING)
        self.assertEqual(record["verdict"], "invariant")
        self.assertIn("failed", self.text("#verdict h1").lower())
        self.assertIn(record["findings"][0]["sentence"], self.text(".found"))
        self.assertEqual(self.count("#findings .finding"), len(record["findings"]))
        self.assertIn("is gone", self.text("#story"))
        self.assertEqual(self.count(".shorter.finding"), 1)

    def test_drawings_have_a_size_and_their_marks_lie_inside(self):
        for arguments in (PASSING, FAILING):
            self.report(arguments)
            boxes = BROWSER.evaluate("""Array.from(
                document.querySelectorAll('.scroll > svg, .life, .fault, .message'),
                e => { const b = e.getBoundingClientRect(); return [e.getAttribute('class'),
                       b.width, b.height]; })""")
            self.assertGreater(len(boxes), 10)
            for kind, width, height in boxes:
                self.assertGreater(width, 0, kind)
                self.assertGreater(height, 0, kind)
            outside = BROWSER.evaluate("""Array.from(document.querySelectorAll('#lanes'), svg => {
                const frame = svg.getBoundingClientRect();
                return Array.from(svg.querySelectorAll('.fault text, .touched text, .life'), e => {
                  const b = e.getBoundingClientRect();
                  return b.left >= frame.left - 1 && b.right <= frame.right + 1
                      && b.top >= frame.top && b.bottom <= frame.bottom;
                }).filter(inside => !inside).length;
              })""")
            self.assertEqual(outside, [0])

    def test_labels_of_faults_do_not_lie_on_each_other(self):
        for scenario, seed in (*(("power-loss", seed) for seed in "123456"), ("disk-faults", "8"),
                               ("slow-network", "3"), ("mixed-single", "2"), ("mixed-single", "5")):
            self.report(["run", scenario, "--seed", seed])
            overlaps = BROWSER.evaluate("""(() => {
                const boxes = Array.from(document.querySelectorAll('.fault text, .touched text'),
                                         e => e.getBoundingClientRect());
                return boxes.flatMap((a, i) => boxes.slice(i + 1).filter(b =>
                    a.left < b.right && b.left < a.right && a.top < b.bottom - 2
                    && b.top < a.bottom - 2)).length;
              })()""")
            self.assertEqual(overlaps, 0, f"{scenario}, seed {seed}")

    def test_every_drawing_has_a_title_and_a_description_for_who_cannot_see_it(self):
        self.report(FAILING)
        drawings = BROWSER.evaluate("""Array.from(document.querySelectorAll('svg[role=img]'), svg =>
            svg.getAttribute('aria-labelledby').split(' ')
               .map(id => document.getElementById(id).textContent))""")
        self.assertGreaterEqual(len(drawings), 3)
        for title, description in drawings:
            self.assertTrue(title)
            self.assertTrue(description)

    def test_no_window_is_too_narrow_and_both_colour_schemes_can_be_read(self):
        self.report(FAILING)
        for width in (360, 768, 1280, 1920):
            for scheme in ("light", "dark"):
                BROWSER.window(width, 900, scheme)
                self.assertLessEqual(
                    BROWSER.evaluate("document.documentElement.scrollWidth"), width)
                for selector in ("body", ".summary", ".found", ".badge", ".lead", ".labels b"):
                    self.assertGreater(self.contrast(selector), 4.5, (selector, scheme))

    def contrast(self, selector):
        """Of a text with what lies behind it, as WCAG computes it."""
        return BROWSER.evaluate("""(selector => {
            const canvas = document.createElement('canvas').getContext('2d');
            const rgba = colour => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour;
                canvas.fillRect(0, 0, 1, 1); return canvas.getImageData(0, 0, 1, 1).data; };
            const element = document.querySelector(selector);
            const layers = [];
            for (let e = element; e; e = e.parentElement) layers.push(getComputedStyle(e).backgroundColor);
            canvas.canvas.width = canvas.canvas.height = 1;
            canvas.fillStyle = 'white'; canvas.fillRect(0, 0, 1, 1);
            for (const layer of layers.reverse()) { canvas.fillStyle = layer; canvas.fillRect(0, 0, 1, 1); }
            const behind = Array.from(canvas.getImageData(0, 0, 1, 1).data);
            const luminance = ([r, g, b]) => [r, g, b].map(v => v / 255)
                .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
                .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
            const [a, b] = [luminance(behind), luminance(rgba(getComputedStyle(element).color))];
            return (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
          })(%s)""" % json.dumps(selector))

    def test_a_drawing_can_be_stretched(self):
        self.report(FAILING)
        width = "document.querySelector('#space-time').getBoundingClientRect().width"
        before = BROWSER.evaluate(width)
        BROWSER.evaluate("document.querySelector('#messages [aria-label=\"Zoom in\"]').click()")
        self.assertAlmostEqual(BROWSER.evaluate(width) / before, 1.6, places=1)
        BROWSER.evaluate("document.querySelector('#messages [aria-label=\"Show the whole interval\"]').click()")
        self.assertAlmostEqual(BROWSER.evaluate(width), before, places=0)
        self.assertEqual(BROWSER.console, [])

    def test_the_same_run_gives_the_same_page(self):
        self.report(FAILING, "first.html")
        self.report(FAILING, "second.html")
        with open(self.path("first.html"), "rb") as first, open(self.path("second.html"), "rb") as second:
            self.assertEqual(first.read(), second.read())

    def test_replay_writes_a_page_where_run_does(self):
        run = self.call(*PASSING, "--report")
        lines = {line.split()[0]: line.split()[1:] for line in run.stdout.splitlines() if line}
        self.assertEqual(lines["report"], ["out/power-loss-42.html"])
        with open(self.path(lines["report"][0]), "rb") as file:
            page = file.read()
        replay = self.call("replay", lines["plan"][0], "--report")
        self.assertTrue(replay.stdout.endswith("report    out/power-loss-42.html\n"))
        with open(self.path(lines["report"][0]), "rb") as file:
            self.assertEqual(file.read(), page)


if __name__ == "__main__":
    if find_browser() is None:
        print("no chromium: the page is not looked at")
        sys.exit(1 if os.environ.get("CI") == "true" else SKIPPED)
    unittest.main(argv=sys.argv[:1])

#!/usr/bin/env python3
"""Does the fence see what it should? Small planted breaches, and clean code that must pass."""
import os
import shlex
import subprocess
import tempfile
import unittest

import binaries
import fence
import sources

COMPILER = shlex.split(os.environ.get("CXX", "g++"))

CLEAN = """
#include <map>
#include <string>
struct Ids { std::map<int, std::string> names; };
void add(Ids& ids, int id, const std::string& name) { ids.names[id] = name; }
"""


class Layers(unittest.TestCase):
    """Two layers in a directory of their own: `upper` may use `lower`."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.allow = os.path.join(self.folder, "allow")
        os.mkdir(self.allow)

    def library(self, name, source):
        path = os.path.join(self.folder, name)
        with open(path + ".cc", "w", encoding="utf-8") as file:
            file.write(source)
        subprocess.run([*COMPILER, "-std=c++20", "-O3", "-fPIC", "-c", path + ".cc", "-o",
                        path + ".o"], check=True)
        subprocess.run(["ar", "csrT", f"{path}.a", f"{path}.o"], check=True)  # thin, as meson's

    def libraries(self, lower, upper, **extra):
        self.library("lower", lower)
        self.library("upper", upper)
        return binaries.Libraries({"layer": [
            {"name": "lower", "library": "lower.a", "uses": []} | extra,
            {"name": "upper", "library": "upper.a", "uses": ["lower"]}]}, self.folder)

    def allow_all(self, libraries):
        for layer, symbols in binaries.unlisted(libraries, self.allow).items():
            with open(os.path.join(self.allow, layer + ".txt"), "w", encoding="utf-8") as file:
                file.write("# reviewed\n" + "\n".join(symbols) + "\n")

    def symbols(self, libraries):
        return "\n".join(binaries.check_symbols(libraries, self.allow))

    def test_clean(self):
        libraries = self.libraries(CLEAN, "void lower(); void upper() {}")
        self.allow_all(libraries)
        self.assertEqual(self.symbols(libraries), "")
        self.assertEqual(binaries.check_state(libraries, {}), [])
        self.assertEqual(binaries.check_instructions(libraries), [])

    def test_a_symbol_on_no_list(self):
        libraries = self.libraries("", """
            #include <ctime>
            long now() { timespec t; clock_gettime(CLOCK_REALTIME, &t); return t.tv_sec; }""")
        found = self.symbols(libraries)
        self.assertIn("layer upper: upper.o needs `clock_gettime`", found)
        self.assertIn("Env", found)

    def test_a_mangled_name_may_stand_on_the_list(self):
        libraries = self.libraries("", "void elsewhere(int); void upper() { elsewhere(1); }")
        with open(os.path.join(self.allow, "upper.txt"), "w", encoding="utf-8") as file:
            file.write("_Z9elsewherei\n")
        self.assertNotIn("elsewhere", self.symbols(libraries))

    def test_an_upward_symbol(self):
        libraries = self.libraries("void upper(); void lower() { upper(); }", "void upper() {}")
        self.assertIn("upper lies above lower", self.symbols(libraries))
        libraries = self.libraries("void lower() {}", "void lower(); void upper() { lower(); }")
        self.assertNotIn("needs `lower", self.symbols(libraries))

    def test_a_stale_entry(self):
        libraries = self.libraries(CLEAN, CLEAN)
        self.allow_all(libraries)
        with open(os.path.join(self.allow, "lower.txt"), "a", encoding="utf-8") as file:
            file.write("getenv\n")
        self.assertIn("`getenv` is not needed any more", self.symbols(libraries))

    def test_an_exempt_layer(self):
        libraries = self.libraries("#include <cstdlib>\nchar* e() { return getenv(\"A\"); }", "",
                                   exempt="the machine")
        self.assertEqual(self.symbols(libraries), "")

    def test_instructions(self):
        for call in ("__rdtsc()", "__rdtscp(&word)", "_rdrand32_step(&word)",
                     "_rdseed32_step(&word)", "__get_cpuid(0, &word, &word, &word, &word)"):
            libraries = self.libraries("", f"""
                #include <cpuid.h>
                #include <immintrin.h>
                __attribute__((target("rdrnd,rdseed")))
                unsigned long f() {{ unsigned word = 0; (void)word; return {call}; }}""")
            found = "\n".join(binaries.check_instructions(libraries))
            self.assertIn("`f()` has the instruction", found, call)

    def test_static_state(self):
        for state in ("int counter = 1; int f() { return counter++; }",
                      "int f() { static int counter; return counter++; }",
                      "int f() { thread_local int counter = 3; return counter++; }",
                      "inline int counter; int f() { return counter++; }"):
            libraries = self.libraries("", state)
            self.assertIn("counter", "\n".join(binaries.check_state(libraries, {})), state)
        constants = """
            struct Base { virtual ~Base(); virtual int f(); };
            Base::~Base() {}
            int Base::f() { return 1; }
            extern const char* const kNames[] = {"a", "b"};
            const char* at(int i) { return kNames[i]; }"""
        self.assertEqual(binaries.check_state(self.libraries("", constants), {}), [])

    def test_stale_state(self):
        data = {"state": [{"layer": "upper", "symbol": "gone", "why": "-"}]}
        self.assertIn("stale", binaries.check_state(self.libraries("", ""), data)[0])


class Sources(unittest.TestCase):
    rules = fence.load_rules()

    def problems(self, path, text):
        return "\n".join(sources.check_text(self.rules, path, text))

    def assert_includes(self, path, target, allowed):
        found = self.problems(path, f'#include "{target}"\n')
        (self.assertEqual if allowed else self.assertNotEqual)(found, "", f"{path} > {target}")

    def test_directions(self):
        for path, target in (
                ("sim/env/env.h", "sim/base/time.h"), ("sim/world/a.cc", "sim/fiber/event.h"),
                ("model/oracle/a.cc", "model/types/ids.h"), ("broker/log/log.cc", "broker/log/log.h"),
                ("broker/config.h", "broker/log/log_settings.h"),
                ("broker/config.cc", "broker/config.h"), ("broker/api/a.cc", "broker/server/p.h"),
                ("broker/replica/a.cc", "client/wire/rpc_connection.h"),
                ("broker/controller/a.cc", "broker/coordination/client/session.h"),
                ("broker/broker.cc", "broker/api/handlers.h"),
                ("scenarios/run.cc", "broker/broker.h"), ("reports/a.cc", "scenarios/run_record.h"),
                ("broker/broker_main.cc", "sim/real/real_process.h")):
            self.assert_includes(path, target, True)
        for path, target in (
                ("sim/base/a.h", "sim/env/env.h"), ("sim/env/a.h", "sim/fiber/event.h"),
                ("sim/fiber/a.h", "sim/world/world.h"), ("sim/world/a.h", "sim/real/real_clock.h"),
                ("sim/real/a.h", "sim/world/world.h"), ("model/types/a.h", "model/record/batch.h"),
                ("model/record/a.cc", "model/protocol/fetch.h"),
                ("model/protocol/a.cc", "model/oracle/history.h"),
                ("model/oracle/a.cc", "sim/env/env.h"), ("client/wire/a.cc", "client/admin/admin.h"),
                ("client/wire/a.cc", "model/oracle/history.h"),
                ("client/producer/a.cc", "broker/broker.h"), ("broker/log/a.cc", "client/wire/x.h"),
                ("broker/replica/a.cc", "client/producer/producer.h"),
                ("broker/server/a.cc", "model/protocol/fetch.h"),
                ("broker/server/a.cc", "broker/api/handlers.h"),
                ("broker/log/a.cc", "broker/replica/replica_manager.h"),
                ("broker/replica/a.cc", "broker/group/group.h"),
                ("broker/group/a.cc", "broker/api/handlers.h"),
                ("broker/controller/a.cc", "broker/replica/replica_manager.h"),
                ("broker/config.h", "broker/log/log.h"),
                ("broker/api/a.cc", "broker/broker.h"), ("broker/broker.cc", "sim/world/world.h"),
                ("scenarios/workloads/a.cc", "sim/world/world.h"),
                ("scenarios/run.cc", "scenarios/host/worker.h"), ("reports/a.cc", "scenarios/run.h"),
                ("sim/base/a.cc", "tests/support/test_pch.h"), ("sim/base/a.cc", "check.h")):
            self.assert_includes(path, target, False)
        self.assertIn("no entry", self.problems("sim/new/a.cc", ""))

    def test_headers(self):
        self.assertIn("Clock", self.problems("broker/log/a.cc", "#include <chrono>\n"))
        self.assertIn("Env", self.problems("sim/fiber/a.cc", "#include <sys/mman.h>\n"))
        for path, text in (("sim/real/a.cc", "#include <chrono>\n"),
                           ("scenarios/host/a.cc", "#include <fstream>\n"),
                           ("broker/broker_main.cc", "#include <fstream>\n"),
                           ("sim/fiber/stack_pool.cc", "#include <sys/mman.h>\n"),
                           ("broker/log/a.cc", "// #include <chrono>\n#include <map>\n")):
            self.assertEqual(self.problems(path, text), "", path)

    def test_words(self):
        for text in ("try { f(); } catch (...) { }", "auto t = std::chrono::steady_clock::now();",
                     "std::random_device d;", "std::thread t(f);", "auto h = getenv(\"HOME\");",
                     "std::set<Fiber*> waiting;", "std::map<const Log*, int> logs;",
                     "std::unordered_map<int, int> m;", "auto n = reinterpret_cast<uintptr_t>(p);",
                     "thread_local int x;", "asm(\"nop\");", "fmt::format(\"{:L}\", n);",
                     "const int line = __LINE__;"):
            self.assertIn("remedy", self.problems("broker/log/a.cc", text), text)
        self.assertIn("Killed", self.problems("sim/real/a.cc", "try { } catch (...) { }"))
        self.assertEqual(self.problems("sim/real/a.cc", "std::thread t(f);"), "")
        for text in ("// never catch (...)", "/* std::thread\n getenv( */", 'log("catch (...)");',
                     "try { } catch (const Killed&) { }", "std::map<int, Log*> logs;",
                     "const int n = 1'000'000;  // catch (...)", "std::set<std::string> names;",
                     'f("{:L"); g("}");'):
            self.assertEqual(self.problems("broker/log/a.cc", text), "", text)

    def test_line_numbers(self):
        found = self.problems("broker/log/a.cc", '/* a\n b */\n#include "broker/api/a.h"\n')
        self.assertTrue(found.startswith("broker/log/a.cc:3:"), found)

    def test_function_sizes(self):
        code = ("namespace a {\nclass B {\n void f() {\n  if (x) {\n  }\n }\n};\n"
                "int g() { return 1; }\n}\n")
        self.assertEqual(sources.functions(code), [(3, 4), (8, 1)])


if __name__ == "__main__":
    unittest.main()

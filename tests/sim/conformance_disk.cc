// Disk and clock: see conformance.h.
#include <algorithm>

#include "sim/fiber/gate.h"
#include "sim/fiber/stream_io.h"
#include "tests/sim/conformance_files.h"

namespace weir {
namespace {

constexpr Site kSleeper{"test.sleeper"};

std::unique_ptr<File> open(Env& env, const std::string& path, OpenMode mode, CaseReport& report) {
  auto file = env.disk.await_open(path, mode);
  if (!report.expect(file.ok(), "open " + path)) return nullptr;
  return std::move(*file);
}

void put(Env& env, const std::string& path, std::string_view text, CaseReport& report) {
  const std::unique_ptr<File> file = open(env, path, OpenMode::create, report);
  if (!file) return;
  report.expect(await_write_fully(*file, 0, as_bytes(text)).ok(), "write " + path);
}

std::string get(Env& env, const std::string& path) {
  const auto content = await_read_file(env.disk, path, 1 << 20);
  return content.ok() ? std::string(as_text(*content)) : "(" + content.error().what + ")";
}

template <class T>
bool fails_with(const Result<T, IoError>& result, IoErrorKind kind) {
  return !result.ok() && result.error().kind == kind && !result.error().what.empty();
}

void write_and_read(Env& env, Event&, CaseReport& report) {
  const CaseDirectory directory(env, report, "write-and-read");
  const auto file = open(env, directory / "a", OpenMode::create, report);
  if (!file) return;
  report.expect(*file->size_bytes() == 0, "a new file is empty");
  const ConstBytes pieces[] = {as_bytes("hello "), {}, as_bytes("world")};
  const size_t taken = *file->await_write_at(0, pieces);
  report.expect(taken >= 1 && taken <= 11, "a write takes pieces in order, perhaps not all");
  report.expect(*file->size_bytes() == taken, "the size follows");
  report.expect(await_write_fully(*file, taken, as_bytes("hello world").subspan(taken)).ok(),
                "the rest");
  report.expect(*file->await_write_at(6, {}) == 0, "nothing to write");
  report.expect(await_write_fully(*file, 6, as_bytes("there")).ok(), "overwrite in place");
  Buffer back(11);
  report.expect(*await_read_fully(*file, 0, back) == 11 && as_text(back) == "hello there",
                "a read sees what was written");
  report.expect(get(env, directory / "a") == "hello there", "so does another handle");
  report.expect(await_write_fully(*file, 20, as_bytes("!")).ok(), "write beyond the end");
  Buffer hole(9);
  report.expect(*await_read_fully(*file, 11, hole) == 9 && hole == Buffer(9, 0), "a hole is zeros");
}

void large_file(Env& env, Event&, CaseReport& report) {
  const CaseDirectory directory(env, report, "large-file");
  const auto file = open(env, directory / "a", OpenMode::create, report);
  if (!file) return;
  Buffer content(2'000'000);
  for (size_t i = 0; i < content.size(); ++i) content[i] = static_cast<uint8_t>(i * 7 >> 3);
  report.expect(await_write_fully(*file, 0, content).ok(), "a large write");
  report.expect(file->await_sync().ok(), "sync");
  Buffer back(content.size() + 1);
  report.expect(*await_read_fully(*file, 0, back) == content.size(), "a large read");
  back.pop_back();
  report.expect(back == content, "the large file reads as written");
}

void end_of_file(Env& env, Event&, CaseReport& report) {
  const CaseDirectory directory(env, report, "end-of-file");
  put(env, directory / "a", "12345", report);
  const auto file = open(env, directory / "a", OpenMode::read, report);
  if (!file) return;
  Buffer into(10);
  const auto at_start = file->await_read_at(0, into);
  report.expect(at_start.ok() && *at_start >= 1 && *at_start <= 5, "a read is short at the end");
  report.expect(*file->await_read_at(5, into) == 0, "0 at the end");
  report.expect(*file->await_read_at(500, into) == 0, "0 past the end");
  report.expect(*await_read_fully(*file, 2, into) == 3, "read_fully stops at the end");
}

void slices(Env& env, Event&, CaseReport& report) {
  const CaseDirectory directory(env, report, "slices");
  put(env, directory / "a", "0123456789", report);
  const auto file = open(env, directory / "a", OpenMode::read, report);
  if (!file) return;
  const auto middle = file->await_slice(3, 4);
  Buffer into(10);
  report.expect(middle.ok() && (*middle)->size_bytes() == 4, "a slice is as long as asked");
  report.expect(*await_read_fully(**middle, 1, into) == 3 && as_text(into).substr(0, 3) == "456",
                "and is read from its own start to its own end");
  report.expect(*(*middle)->await_read_at(4, into) == 0 && *(*middle)->await_read_at(99, into) == 0,
                "0 at its end and past it");
  const auto last = file->await_slice(8, 100);
  report.expect(last.ok() && (*last)->size_bytes() == 2, "it ends where the file does");
  const auto none = file->await_slice(10, 100);
  const auto past = file->await_slice(500, 100);
  report.expect(none.ok() && (*none)->size_bytes() == 0 && past.ok() && (*past)->size_bytes() == 0,
                "at the end of the file and past it there is nothing");
}

void truncate(Env& env, Event&, CaseReport& report) {
  const CaseDirectory directory(env, report, "truncate");
  const auto file = open(env, directory / "a", OpenMode::create, report);
  if (!file) return;
  report.expect(await_write_fully(*file, 0, as_bytes("123456")).ok(), "write");
  report.expect(file->await_truncate(3).ok(), "truncate");
  report.expect(*file->size_bytes() == 3, "the file is shorter");
  report.expect(file->await_truncate(5).ok(), "truncate to more");
  report.expect(get(env, directory / "a") == std::string("123\0\0", 5), "the new end is zeros");
}

void rename_replaces(Env& env, Event&, CaseReport& report) {
  const CaseDirectory directory(env, report, "rename");
  put(env, directory / "old", "old", report);
  put(env, directory / "new", "new", report);
  const auto old_file = open(env, directory / "old", OpenMode::read, report);
  report.expect(env.disk.await_rename(directory / "new", directory / "old").ok(), "rename");
  report.expect(get(env, directory / "old") == "new", "rename replaces");
  report.expect(fails_with(env.disk.await_open(directory / "new", OpenMode::read),
                           IoErrorKind::not_found),
                "the old name is gone");
  Buffer back(3);
  report.expect(old_file && *await_read_fully(*old_file, 0, back) == 3 && as_text(back) == "old",
                "who had it open still reads the replaced file");
  report.expect(env.disk.await_sync_directory(directory.path()).ok(), "sync the directory");
  report.expect(fails_with(env.disk.await_rename(directory / "x", directory / "y"),
                           IoErrorKind::not_found),
                "rename of nothing");
}

void list(Env& env, Event&, CaseReport& report) {
  const CaseDirectory directory(env, report, "list");
  report.expect(env.disk.await_list(directory.path())->empty(), "a new directory is empty");
  for (const std::string_view name : {"b", "a", "zz", "c.log", "B"}) {
    put(env, directory / name, name, report);
  }
  report.expect(env.disk.await_create_directory(directory / "sub").ok(), "a directory inside");
  put(env, directory / "sub/inner", "x", report);
  const std::vector<DirectoryEntry> expected{{"B", false},     {"a", false},  {"b", false},
                                             {"c.log", false}, {"sub", true}, {"zz", false}};
  const auto entries = env.disk.await_list(directory.path());
  report.expect(entries.ok() && *entries == expected, "the list is complete and sorted by name");
  const auto root = env.disk.await_list("");
  report.expect(root.ok() && std::any_of(root->begin(), root->end(), [&](const auto& entry) {
                  return entry.name == directory.path() && entry.is_directory;
                }),
                "the root is listed as \"\"");
  report.expect(fails_with(env.disk.await_list(directory / "none"), IoErrorKind::not_found),
                "list of nothing");
  report.expect(fails_with(env.disk.await_list(directory / "a"), IoErrorKind::not_a_directory),
                "list of a file");
}

void open_modes(Env& env, Event&, CaseReport& report) {
  const CaseDirectory directory(env, report, "open-modes");
  const std::string path = directory / "a";
  const auto fails = [&](OpenMode mode, IoErrorKind kind) {
    return fails_with(env.disk.await_open(path, mode), kind);
  };
  report.expect(fails(OpenMode::read, IoErrorKind::not_found), "read wants the file");
  report.expect(fails(OpenMode::read_write, IoErrorKind::not_found), "read_write wants the file");
  report.expect(env.disk.await_open(path, OpenMode::create_exclusive).ok(), "exclusive makes it");
  report.expect(fails(OpenMode::create_exclusive, IoErrorKind::already_exists), "but only once");
  put(env, path, "kept", report);
  report.expect(env.disk.await_open(path, OpenMode::create).ok(), "create opens what is there");
  report.expect(get(env, path) == "kept", "and does not cut it");
  report.expect(fails_with(env.disk.await_open(directory / "no/file", OpenMode::create),
                           IoErrorKind::not_found),
                "no directory, no file");
  report.expect(fails_with(env.disk.await_create_directory(directory.path()),
                           IoErrorKind::already_exists),
                "a directory is made once");
}

void remove(Env& env, Event&, CaseReport& report) {
  const CaseDirectory directory(env, report, "remove");
  put(env, directory / "a", "text", report);
  const auto file = open(env, directory / "a", OpenMode::read, report);
  report.expect(env.disk.await_remove(directory / "a").ok(), "remove a file");
  report.expect(fails_with(env.disk.await_remove(directory / "a"), IoErrorKind::not_found),
                "remove it again");
  Buffer back(4);
  report.expect(file && *await_read_fully(*file, 0, back) == 4 && as_text(back) == "text",
                "who had it open still reads it");
  report.expect(env.disk.await_create_directory(directory / "sub").ok(), "create a directory");
  put(env, directory / "sub/inner", "x", report);
  report.expect(fails_with(env.disk.await_remove(directory / "sub"), IoErrorKind::not_empty),
                "a full directory stays");
  report.expect(env.disk.await_remove(directory / "sub/inner").ok(), "remove what is in it");
  report.expect(env.disk.await_remove(directory / "sub").ok(), "remove an empty directory");
  report.expect(env.disk.await_list(directory.path())->empty(), "nothing is left");
}

void sync(Env& env, Event&, CaseReport& report) {
  const CaseDirectory directory(env, report, "sync");
  const auto file = open(env, directory / "a", OpenMode::create, report);
  if (!file) return;
  Gate gate(env.scheduler);
  for (uint64_t i = 0; i < 20; ++i) {
    spawn_in(gate, env.scheduler, kSleeper, [&, i] {
      report.expect(await_write_fully(*file, i * 4, as_bytes("data")).ok(), "write");
      report.expect(file->await_sync().ok(), "sync, many at a time");
    });
  }
  gate.await_close();
  report.expect(env.disk.await_sync_directory(directory.path()).ok(), "sync a directory");
  report.expect(env.disk.await_sync_directory("").ok(), "sync the root");
  report.expect(*file->size_bytes() == 80, "all writes are there");
}

void lock(Env& env, Event&, CaseReport& report) {
  const CaseDirectory directory(env, report, "lock");
  for (int round = 0; round < 2; ++round) {
    const auto file = open(env, directory / ".lock", OpenMode::create, report);
    if (!file) return;
    report.expect(file->try_lock().ok(), "lock a file that nobody holds");
    report.expect(file->try_lock().ok(), "who holds the lock may ask again");
  }
}

void monotonic(Env& env, Event&, CaseReport& report) {
  TimePoint last = env.clock.now();
  for (int i = 0; i < 1000; ++i) {
    if (i % 100 == 0) env.scheduler.await_yield();
    const TimePoint now = env.clock.now();
    report.expect(now >= last, "the clock never steps back");
    last = now;
  }
  report.expect(env.clock.wall_now().value() > 0, "there is a calendar");
}

void sleep_order(Env& env, Event&, CaseReport& report) {
  std::vector<int> order;
  Gate gate(env.scheduler);
  const TimePoint start = env.clock.now();
  for (const int ms : {15, 5, 10}) {
    spawn_in(gate, env.scheduler, kSleeper, [&, ms] {
      const TimePoint until = start + milliseconds(ms);
      report.expect(await_sleep(env.scheduler, until) == WaitResult::timed_out, "sleep");
      report.expect(env.clock.now() >= until, "a sleep reaches its deadline");
      order.push_back(ms);
    });
  }
  gate.await_close();
  report.expect(order == std::vector<int>{5, 10, 15}, "the earlier deadline wakes first");
  report.expect(await_sleep(env.scheduler, start) == WaitResult::timed_out,
                "a deadline in the past ends at once");
}

}  // namespace

std::vector<ConformanceCase> disk_cases() {
  return {
      {"disk: write and read back", 1, write_and_read},
      {"disk: large file", 1, large_file},
      {"disk: end of file", 1, end_of_file},
      {"disk: slices", 1, slices},
      {"disk: truncate", 1, truncate},
      {"disk: rename replaces", 1, rename_replaces},
      {"disk: list is sorted", 1, list},
      {"disk: open modes", 1, open_modes},
      {"disk: remove", 1, remove},
      {"disk: sync", 1, sync},
      {"disk: lock", 1, lock},
  };
}

std::vector<ConformanceCase> clock_cases() {
  return {
      {"clock: monotonic", 1, monotonic},
      {"clock: sleep", 1, sleep_order},
  };
}

}  // namespace weir

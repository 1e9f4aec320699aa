// Timeline: what happened in one run, as plain data to draw.
//
// Collected while the run goes on (scenarios/host/timeline_recorder.h) from its trace, read by the
// charts. Times are virtual, in nanoseconds since the start of the run. Everything in it is
// limited: a long run keeps its latest messages and thins its logs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace weir::reports {

// How a process ended; `run_over`: it still ran when the run was over.
// `started_anew`: it had ended by itself, at a time that nobody noted.
enum class LifeEnd : uint8_t { run_over, stopped, killed, power_lost, started_anew };

struct Life {
  int64_t begin_ns = 0;
  int64_t end_ns = 0;
  LifeEnd end = LifeEnd::run_over;
};

// Part of a life: the process stands still.
struct Pause {
  int64_t begin_ns = 0;
  int64_t end_ns = 0;
};

// A node, the lives of its process and its pauses, in order.
struct Lane {
  uint32_t node = 0;
  std::string name;
  std::vector<Life> lives;
  std::vector<Pause> pauses;
};

struct Message {
  static constexpr int64_t kNever = -1;

  int64_t sent_ns = 0;
  int64_t held_ns = kNever;  // came to a cut link or a dark machine and had to wait
  int64_t delivered_ns = kNever;
  uint32_t from = 0;
  uint32_t to = 0;  // 0: not known, nothing ever came through on its connection
  uint64_t channel = 0;
  uint64_t bytes = 0;
};

enum class LogPointKind : uint8_t { opened, appended, flushed, down };

// A log right after something happened to it. `down`: its process ended, the ends are those of
// before.
struct LogPoint {
  int64_t time_ns = 0;
  LogPointKind kind = LogPointKind::opened;
  int64_t end = 0;
  int64_t flushed_end = 0;
};

struct LogSeries {
  uint32_t node = 0;
  std::string partition;
  std::vector<LogPoint> points;  // by time
};

enum class MomentKind : uint8_t {
  boot,
  stop,
  kill,
  power_loss,
  cut,
  heal,
  reset,
  half_close,
  log_opened,
  damage,  // of what a disk or a log holds
  pause,
  resume,
  fault,   // one begins that lasts and shows only where it strikes
  change,  // of a clock, of the speed of a processor
  note,
};

// Something worth a sentence.
struct Moment {
  int64_t time_ns = 0;
  uint32_t node = 0;  // 0: the network, or all of them
  MomentKind kind = MomentKind::note;
  bool effective = false;  // it took something away from somebody
  std::string text;
};

struct Timeline {
  int64_t end_ns = 0;
  std::vector<Lane> lanes;
  std::vector<Message> messages;    // by sent_ns
  uint64_t messages_forgotten = 0;  // before the first of them
  std::vector<LogSeries> logs;
  std::vector<Moment> moments;  // by time
};

}  // namespace weir::reports

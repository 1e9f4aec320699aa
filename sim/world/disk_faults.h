// What can be wrong with a machine's disk: knobs that sim/fault turns and SimDisk obeys.
//
// Rates are per opportunity: reads, writes, syncs, or (CrashLaw) what a power loss finds unsynced.
// Everything that destroys bytes which somebody was told are safe is announced as DiskDamage, so
// that an oracle knows exactly what may be missing.
#pragma once

#include <functional>
#include <string_view>

#include "sim/base/bytes.h"
#include "sim/world/fault_point.h"

namespace weir {

class DiskFile;

// What a power loss does to what was not synced. One draw for each unsynced write decides between
// the first five and "it stays"; their rates add up to at most a million.
//
//   lost       nothing of it stays                 prefix, suffix   its first or last sectors stay
//   subset     any of its sectors stay (reordered) garbage          as prefix, and the sector at the
//                                                                   tear holds neither old nor new
// wrong_length is asked once for each file with unsynced changes; lost_name for each unsynced
// creation or removal, undone_rename for each unsynced rename.
struct CrashLaw {
  FaultPoint lost{.per_million = 250'000};
  FaultPoint prefix{.per_million = 250'000};
  FaultPoint suffix{};
  FaultPoint subset{.per_million = 250'000};
  FaultPoint garbage{};
  FaultPoint wrong_length{.per_million = 750'000};
  FaultPoint lost_name{.per_million = 500'000};
  FaultPoint undone_rename{.per_million = 500'000};
  uint32_t sector_bytes = 512;  // what is written whole or not at all; 4096 on other disks
};

enum class DamageCause : uint8_t { bit_rot, misdirected_write, lying_sync, wiped };

// Bytes [from, to) of `file` are not what somebody was told they are.
struct DiskDamage {
  const DiskFile* file = nullptr;
  uint64_t from = 0;
  uint64_t to = 0;
  Buffer intact;  // the file as it should be: before the damage, or after the write that went astray
  DamageCause cause = DamageCause::bit_rot;
};

struct DiskFaults {
  FaultPoint read_error;         // EIO
  FaultPoint write_error;        // EIO, after none or some of the bytes
  FaultPoint sync_error;         // EIO; the dirty pages are dropped, and the next sync says "done"
  FaultPoint no_space;           // ENOSPC on a write that makes the file longer, or on a new name
  FaultPoint short_io{.per_million = 20'000};  // fewer bytes than asked
  FaultPoint lying_sync;         // says "done" and does nothing
  FaultPoint misdirected_write;  // lands on other sectors of the file
  FaultPoint misdirected_read;   // comes from other sectors of the file
  FaultPoint stalled;            // operations that met a stall
  FaultPoint throttled;          // operations that met the throttle
  FaultPoint rotten;             // bit rot: bytes asked for, bytes changed
  int64_t stalled_until_ns = 0;  // virtual time
  uint64_t bytes_per_second = 0; // 0: no throttle
  CrashLaw crash;

  std::function<void(const DiskDamage&)> on_damage;
  // Which files may rot, be lied about, or be missed by a write (all of them when empty): those whose
  // loss an oracle can account for.
  std::function<bool(std::string_view path)> may_harm;
};

}  // namespace weir

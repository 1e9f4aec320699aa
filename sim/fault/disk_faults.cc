// The faults of a disk: while it runs, and when power is lost.
#include "sim/fault/fault_schedule.h"

namespace weir {
namespace {

constexpr Site kRotFile{"fault.rot.file"};
constexpr Site kRotAt{"fault.rot.at"};
constexpr Site kRotMask{"fault.rot.mask"};
constexpr Site kRot{"disk.rot"};

}  // namespace

FaultPoint* FaultSchedule::disk_point(FaultKind kind, DiskFaults& disk) const {
  switch (kind) {
    case FaultKind::eio_read: return &disk.read_error;
    case FaultKind::eio_write: return &disk.write_error;
    case FaultKind::eio_sync: return &disk.sync_error;
    case FaultKind::no_space: return &disk.no_space;
    case FaultKind::short_io: return &disk.short_io;
    case FaultKind::misdirected_write: return &disk.misdirected_write;
    case FaultKind::misdirected_read: return &disk.misdirected_read;
    case FaultKind::lying_sync: return &disk.lying_sync;
    default: return nullptr;
  }
}

FaultPoint* FaultSchedule::crash_point(FaultKind kind, CrashLaw& law) const {
  switch (kind) {
    case FaultKind::crash_lost_write: return &law.lost;
    case FaultKind::crash_torn_prefix: return &law.prefix;
    case FaultKind::crash_torn_suffix: return &law.suffix;
    case FaultKind::crash_garbage: return &law.garbage;
    case FaultKind::crash_reordered: return &law.subset;
    case FaultKind::crash_wrong_length: return &law.wrong_length;
    case FaultKind::crash_lost_name: return &law.lost_name;
    case FaultKind::crash_undone_rename: return &law.undone_rename;
    default: return nullptr;
  }
}

void FaultSchedule::begin_disk(const Fault& fault) {
  DiskFaults& disk = world_.node(fault.node).disk_faults();
  if (FaultPoint* const point = crash_point(fault.kind, disk.crash)) {
    point->per_million = fault.per_million;
    return;
  }
  if (FaultPoint* const point = disk_point(fault.kind, disk)) {
    point->per_million = fault.per_million;
    return;
  }
  switch (fault.kind) {
    case FaultKind::disk_stall:
      disk.stalled_until_ns = world_.simulator().now_ns() + fault.lasts.ns();
      break;
    case FaultKind::disk_throttle:
      disk.bytes_per_second = static_cast<uint64_t>(fault.amount);
      break;
    case FaultKind::bit_rot: rot(fault); break;
    default: CHECK_MSG(false, "not a fault of a disk");
  }
}

void FaultSchedule::end_disk(const Fault& fault) {
  DiskFaults& disk = world_.node(fault.node).disk_faults();
  if (FaultPoint* const point = disk_point(fault.kind, disk)) {
    point->per_million = fault.kind == FaultKind::short_io ? DiskFaults{}.short_io.per_million : 0;
  } else if (fault.kind == FaultKind::disk_stall) {
    disk.stalled_until_ns = 0;
  } else if (fault.kind == FaultKind::disk_throttle) {
    disk.bytes_per_second = 0;
  }
}

// Some durable bytes in a row of one file, every file with the same chance.
void FaultSchedule::rot(const Fault& fault) {
  SimNode& node = world_.node(fault.node);
  std::vector<DiskFile*> files;
  const auto& may_harm = node.disk_faults().may_harm;
  node.disk().for_each_file([&](const std::string& path, DiskFile& file) {
    if (!file.content().empty() && (!may_harm || may_harm(path))) files.push_back(&file);
  });
  if (files.empty()) return;
  DiskFile& file = *files[choose(kRotFile, files.size())];
  DiskDamage damage{&file, 0, 0, file.content(), DamageCause::bit_rot};
  damage.from = choose(kRotAt, file.content().size());
  damage.to = std::min<uint64_t>(damage.from + static_cast<uint64_t>(fault.amount),
                                 file.content().size());
  const auto mask = static_cast<uint8_t>(1 + choose(kRotMask, 255));
  const uint64_t changed = file.flip_bits(damage.from, damage.to - damage.from, mask);
  world_.simulator().trace().record(world_.simulator().now_ns(), fault.node, 0, kRot, damage.from,
                                    changed);
  if (changed == 0) return;
  ++count(fault.kind).effective;
  if (hooks_.on_damage) hooks_.on_damage(fault.node, damage);
}

}  // namespace weir

// SimDisk: the Disk that a simulated shard sees, over its node's DiskImage.
//
// Every operation takes drawn time, during which the fiber waits. A write or a change of names takes
// effect either before or after that wait, so that a process killed in the middle leaves either
// state behind; a sync covers what had been written when it was called and takes effect at its end.
#pragma once

#include <memory>
#include <string>

#include "sim/env/disk.h"
#include "sim/env/scheduler.h"
#include "sim/world/disk_image.h"
#include "sim/world/sim_clock.h"

namespace weir {

// Virtual nanoseconds; chances per million.
struct DiskOptions {
  int64_t access_min_ns = 2'000;  // page cache: reads, writes, names
  int64_t access_max_ns = 30'000;
  int64_t sync_min_ns = 100'000;
  int64_t sync_max_ns = 3'000'000;
  uint32_t slow_sync_per_million = 2'000;
  int64_t slow_sync_max_ns = 200'000'000;
};

// What the operations of one shard need.
struct DiskContext {
  Simulator& simulator;
  Scheduler& scheduler;
  const SimClock& clock;
  DiskImage& image;
  DiskFaults& faults;
  const DiskOptions& options;
  Stream& stream;
  uint32_t node;

  // The time that an operation over so many bytes takes, stalls and throttle included.
  void await_access(uint64_t bytes = 0) const;
  void await_sync_time() const;
  [[nodiscard]] bool fires(FaultPoint& point, const Site& site) const;
  [[nodiscard]] bool coin(const Site& site) const { return simulator.choose(site, stream, 2) == 1; }
  void trace(const Site& site, uint64_t a = 0, uint64_t b = 0, uint64_t c = 0) const {
    simulator.trace().record(simulator.now_ns(), node, 0, site, a, b, c);
  }

 private:
  void await_ns(int64_t virtual_ns) const;
  void await_stall() const;
};

// The bytes as they were read when it was taken: the page cache of a process that has just looked at
// them. A fault of the medium strikes then, and is seen by whoever looks through the slice.
class SimSlice final : public FileSlice {
 public:
  explicit SimSlice(Buffer bytes) : bytes_(std::move(bytes)) {}
  [[nodiscard]] uint64_t size_bytes() const override { return bytes_.size(); }
  [[nodiscard]] ConstBytes bytes() const { return bytes_; }
  Result<size_t, IoError> await_read_at(uint64_t at, MutableBytes into) override;

 private:
  const Buffer bytes_;
};

class SimDisk final : public Disk {
 public:
  explicit SimDisk(const DiskContext& context) : context_(context) {}
  Result<std::unique_ptr<File>, IoError> await_open(std::string_view path, OpenMode mode) override;
  Result<std::vector<DirectoryEntry>, IoError> await_list(std::string_view directory) override;
  Result<Done, IoError> await_create_directory(std::string_view path) override;
  Result<Done, IoError> await_remove(std::string_view path) override;
  Result<Done, IoError> await_rename(std::string_view from, std::string_view to) override;
  Result<Done, IoError> await_sync_directory(std::string_view directory) override;

 private:
  DiskContext context_;
};

}  // namespace weir

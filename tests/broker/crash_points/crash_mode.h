// CrashMode: what one death does to what was not synced, decided instead of drawn.
//
// sim/world/disk_faults.h (CrashLaw) has the rates with which a random run loses things; here an
// oracle answers DiskImage's questions so that one thing happens, to everything that is volatile:
//
//   killed           the process dies, the machine lives: the page cache stays
//   kept             power is lost and everything had reached the medium all the same
//   dropped          nothing that was not synced stays, neither bytes nor names
//   torn, reordered, garbage, wrong lengths, names lost, renames undone, and mixtures
//   subset           each unsynced change on its own (a write, a truncation, a name) stays or goes,
//                    as a mask says: bit i set loses the i-th, in the order in which DiskImage asks
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/world/choice.h"
#include "sim/world/disk_faults.h"

namespace weir {

enum class WriteFate : uint8_t { lost, prefix, suffix, every_other, garbage, kept };
enum class LengthFate : uint8_t { as_written, shortest, longest, between };
enum class NameFate : uint8_t { kept, lost, every_other };

struct CrashMode {
  std::string name;
  bool process_only = false;
  WriteFate writes = WriteFate::kept;
  LengthFate length = LengthFate::as_written;
  NameFate names = NameFate::kept;
  bool renames_undone = false;
  bool truncations_undone = false;
  std::optional<uint64_t> lost_changes;  // the mask; all above but process_only then mean nothing
};

// The ones that are tried at every boundary.
std::vector<CrashMode> crash_modes();
// By name; "subset-5" is the one with the mask 5. Nothing when there is none.
std::optional<CrashMode> find_crash_mode(std::string_view name);
CrashMode subset_mode(uint64_t lost_changes);
// The fewest that show each kind of loss, for points that are costly.
std::vector<CrashMode> few_crash_modes();

// Answers for a whole run: a crash obeys the mode, the disk is as fast as it can be unless told
// otherwise, everything else is drawn from the asker's stream.
class CrashOracle final : public ChoiceOracle {
 public:
  explicit CrashOracle(bool fast_disk) : fast_disk_(fast_disk) {}
  void set(const CrashMode& mode);
  [[nodiscard]] CrashLaw law() const;
  // Unsynced changes that the last crash decided about.
  [[nodiscard]] uint64_t changes() const { return changes_; }
  uint64_t choose(const Site& site, Stream& stream, uint64_t n) override;

 private:
  uint64_t choose_in_crash(const Site& site, uint64_t n);
  [[nodiscard]] bool loses(uint64_t change) const;

  const bool fast_disk_;
  CrashMode mode_;
  uint64_t changes_ = 0;
  uint64_t sectors_ = 0;
  bool length_is_between_ = false;
};

}  // namespace weir

#include "tests/broker/crash_points/crash_mode.h"

#include <algorithm>
#include <charconv>

namespace weir {
namespace {

// The questions that sim/world/disk_image.cc asks, under its names.
constexpr std::string_view kCrash = "disk.crash.";
constexpr Site kWrite{"disk.crash.write"};
constexpr Site kTear{"disk.crash.prefix"};
constexpr Site kSector{"disk.crash.sector"};
constexpr Site kTruncation{"disk.crash.truncate"};
constexpr Site kLengthChanges{"disk.crash.length"};
constexpr Site kLength{"disk.crash.length_at"};
constexpr Site kGarbage{"disk.crash.garbage"};
constexpr Site kName{"disk.crash.name"};

constexpr uint64_t kMillion = 1'000'000;
constexpr uint32_t kEach = 100'000;  // per million, of each fate of a write: an answer picks one
constexpr uint32_t kSmallSectors = 64;  // so that a record of some hundred bytes can tear
constexpr std::string_view kSubset = "subset-";

}  // namespace

std::vector<CrashMode> crash_modes() {
  using enum WriteFate;
  return {
      {.name = "killed", .process_only = true},
      {.name = "kept"},
      {.name = "dropped", .writes = lost, .names = NameFate::lost, .renames_undone = true,
       .truncations_undone = true},
      {.name = "writes-dropped", .writes = lost, .truncations_undone = true},
      {.name = "zeros", .writes = lost, .length = LengthFate::longest},
      {.name = "torn-prefix", .writes = prefix},
      {.name = "torn-suffix", .writes = suffix},
      {.name = "garbage", .writes = garbage},
      {.name = "reordered", .writes = every_other},
      {.name = "length-shortest", .length = LengthFate::shortest},
      {.name = "length-between", .length = LengthFate::between},
      {.name = "torn-then-zeros", .writes = prefix, .length = LengthFate::longest},
      {.name = "truncations-undone", .truncations_undone = true},
      {.name = "names-lost", .names = NameFate::lost},
      {.name = "renames-undone", .renames_undone = true},
      {.name = "names-reordered", .names = NameFate::every_other},
      {.name = "torn-names-lost", .writes = prefix, .names = NameFate::lost},
      {.name = "garbage-renames-undone", .writes = garbage, .renames_undone = true},
      {.name = "reordered-short", .writes = every_other, .length = LengthFate::between},
  };
}

std::vector<CrashMode> few_crash_modes() {
  std::vector<CrashMode> few;
  for (const char* name : {"killed", "kept", "dropped", "garbage", "reordered", "names-lost"}) {
    few.push_back(*find_crash_mode(name));
  }
  return few;
}

CrashMode subset_mode(uint64_t lost_changes) {
  CrashMode mode{.name = std::string(kSubset) + std::to_string(lost_changes)};
  mode.lost_changes = lost_changes;
  return mode;
}

std::optional<CrashMode> find_crash_mode(std::string_view name) {
  if (name.starts_with(kSubset)) {
    uint64_t mask = 0;
    const std::string_view digits = name.substr(kSubset.size());
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), mask);
    if (parsed.ec != std::errc{}) return std::nullopt;
    return subset_mode(mask);
  }
  const std::vector<CrashMode> modes = crash_modes();
  const auto at = std::find_if(modes.begin(), modes.end(),
                               [name](const CrashMode& mode) { return mode.name == name; });
  return at == modes.end() ? std::nullopt : std::optional(*at);
}

void CrashOracle::set(const CrashMode& mode) {
  mode_ = mode;
  changes_ = sectors_ = 0;
  length_is_between_ = false;
}

// With equal rates the answer alone decides; where one question stands for two things (the name of
// a file, a rename) the rates tell them apart.
CrashLaw CrashOracle::law() const {
  constexpr auto kAlways = static_cast<uint32_t>(kMillion);
  CrashLaw law;
  for (FaultPoint* fate : {&law.lost, &law.prefix, &law.suffix, &law.subset, &law.garbage}) {
    fate->per_million = kEach;
  }
  law.wrong_length.per_million =
      mode_.lost_changes || mode_.length == LengthFate::as_written ? 0 : kAlways;
  const bool one_by_one = mode_.lost_changes || mode_.names == NameFate::every_other;
  law.lost_name.per_million = one_by_one                        ? kAlways / 2
                              : mode_.names == NameFate::lost ? kAlways
                                                              : 0;
  law.undone_rename.per_million = one_by_one ? kAlways / 2 : mode_.renames_undone ? kAlways : 0;
  law.sector_bytes = kSmallSectors;
  return law;
}

bool CrashOracle::loses(uint64_t change) const {
  if (mode_.lost_changes) return change < 64 && ((*mode_.lost_changes >> change) & 1) != 0;
  return change % 2 == 1;
}

uint64_t CrashOracle::choose_in_crash(const Site& site, uint64_t n) {
  if (site.id == kName.id) return loses(changes_++) ? 0 : n - 1;
  if (site.id == kTruncation.id) {
    const bool lost = mode_.lost_changes ? loses(changes_) : mode_.truncations_undone;
    ++changes_;
    return lost ? 0 : 1;
  }
  if (site.id == kWrite.id) {
    const bool lost = mode_.lost_changes && loses(changes_);
    ++changes_;
    const WriteFate fate = !mode_.lost_changes ? mode_.writes
                           : lost              ? WriteFate::lost
                                               : WriteFate::kept;
    return static_cast<uint64_t>(fate) * kEach;
  }
  if (site.id == kTear.id) return (n - 1) / 2;
  if (site.id == kSector.id) return sectors_++ % 2;
  if (site.id == kLengthChanges.id) {
    length_is_between_ = false;
    return 0;
  }
  if (site.id == kLength.id) {
    if (length_is_between_) return n / 2;
    length_is_between_ = mode_.length == LengthFate::between;
    return static_cast<uint64_t>(mode_.length) - static_cast<uint64_t>(LengthFate::shortest);
  }
  CHECK_MSG(site.id == kGarbage.id, "a power loss asks what crash points do not know of");
  return 0;
}

uint64_t CrashOracle::choose(const Site& site, Stream& stream, uint64_t n) {
  if (site.name.starts_with(kCrash)) return choose_in_crash(site, n);
  if (fast_disk_ && site.name.starts_with("disk.")) return 0;
  return stream.below(n);
}

}  // namespace weir

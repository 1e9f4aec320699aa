#include "broker/log/leader_epochs.h"

#include "broker/log/checkpoint_file.h"

namespace weir {

std::optional<LeaderEpochs> LeaderEpochs::decode(std::string_view file) {
  const auto lines = parse_checkpoint(file, 2);
  if (!lines) return std::nullopt;
  LeaderEpochs epochs;
  for (const CheckpointLine& line : *lines) {
    const auto epoch = parse_number<int32_t>(line[0]);
    const auto start = parse_number<int64_t>(line[1]);
    if (!epoch || !start || *epoch < 0 || *start < 0) return std::nullopt;
    const Entry entry{LeaderEpoch{*epoch}, Offset{*start}};
    if (!epochs.entries_.empty() && (entry.epoch <= epochs.entries_.back().epoch ||
                                     entry.start <= epochs.entries_.back().start)) {
      return std::nullopt;
    }
    epochs.entries_.push_back(entry);
  }
  return epochs;
}

std::string LeaderEpochs::encode() const {
  std::vector<std::string> lines;
  for (const Entry& entry : entries_) {
    lines.push_back(std::to_string(entry.epoch.value()) + " " +
                    std::to_string(entry.start.value()));
  }
  return format_checkpoint(lines);
}

bool LeaderEpochs::assigned(LeaderEpoch epoch, Offset offset) {
  if (epoch < LeaderEpoch{0}) return false;
  if (!entries_.empty() && epoch <= entries_.back().epoch) return false;
  while (!entries_.empty() && entries_.back().start >= offset) entries_.pop_back();
  entries_.push_back({epoch, offset});
  return true;
}

void LeaderEpochs::truncate_to(Offset end) {
  while (!entries_.empty() && entries_.back().start >= end) entries_.pop_back();
}

void LeaderEpochs::drop_before(Offset start) {
  while (entries_.size() > 1 && entries_[1].start <= start) entries_.erase(entries_.begin());
  if (!entries_.empty() && entries_.front().start < start) entries_.front().start = start;
}

std::optional<LeaderEpoch> LeaderEpochs::latest() const {
  if (entries_.empty()) return std::nullopt;
  return entries_.back().epoch;
}

LeaderEpochs::End LeaderEpochs::end_of(LeaderEpoch epoch, Offset log_end) const {
  if (entries_.empty() || epoch < LeaderEpoch{0} || epoch > entries_.back().epoch) return {};
  if (epoch == entries_.back().epoch) return {epoch, log_end};
  // Below all that is known: what came before is common up to where knowledge begins.
  if (epoch < entries_.front().epoch) return {epoch, entries_.front().start};
  size_t i = 0;
  while (entries_[i + 1].epoch <= epoch) ++i;
  return {entries_[i].epoch, entries_[i + 1].start};
}

}  // namespace weir

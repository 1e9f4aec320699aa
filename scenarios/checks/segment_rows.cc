#include "scenarios/checks/segment_rows.h"

#include <algorithm>

namespace weir {
namespace {

// What may stand at the place of a batch: bytes whose checksum is right, one behind the other.
struct Found {
  BatchView batch;
  size_t at;
};
std::vector<Found> find_batches(ConstBytes content) {
  std::vector<Found> found;
  for (size_t at = 0; at + kBatchHeaderBytes <= content.size();) {
    const auto batch = parse_batch(content.subspan(at));
    if (batch) found.push_back({*batch, at});
    at += batch ? batch->bytes().size() : 1;
  }
  return found;
}

bool continues(const Found& a, const Found& b) {
  return a.at + a.batch.bytes().size() == b.at &&
         a.batch.last_offset() + 1 == b.batch.base_offset();
}

// A row of growing offsets that ends in one batch.
struct Row {
  size_t score = 0;
  Offset last{0};
  size_t end = SIZE_MAX;  // that batch
};
// A stray is mostly a later write over older bytes: of two as good the smaller offset is the log's.
bool better(const Row& a, const Row& b) {
  return a.score != b.score ? a.score > b.score : a.score > 0 && a.last < b.last;
}

// The best row that ends below an offset: a Fenwick tree of maxima over the offsets there are.
class BestRows {
 public:
  explicit BestRows(std::vector<Offset> lasts) : lasts_(std::move(lasts)) {
    std::sort(lasts_.begin(), lasts_.end());
    lasts_.erase(std::unique(lasts_.begin(), lasts_.end()), lasts_.end());
    best_.resize(lasts_.size() + 1);
  }
  void add(const Row& row) {
    for (size_t i = rank(row.last) + 1; i < best_.size(); i += i & (~i + 1)) {
      if (better(row, best_[i])) best_[i] = row;
    }
  }
  [[nodiscard]] Row below(Offset offset) const {
    Row found;
    for (size_t i = rank(offset); i > 0; i -= i & (~i + 1)) {
      if (better(best_[i], found)) found = best_[i];
    }
    return found;
  }

 private:
  [[nodiscard]] size_t rank(Offset offset) const {
    return static_cast<size_t>(std::lower_bound(lasts_.begin(), lasts_.end(), offset) -
                               lasts_.begin());
  }
  std::vector<Offset> lasts_;
  std::vector<Row> best_;
};

// Which of the batches behind damage are the log's: the longest row of growing offsets, where two that
// continue each other count once more. The others are strays.
std::vector<bool> longest_row(const std::vector<Found>& found, size_t from, ConstBytes content,
                              Offset next, Offset limit, std::optional<Offset> next_segment) {
  std::vector<size_t> before(found.size(), SIZE_MAX);
  std::vector<Offset> lasts;
  for (const Found& each : found) lasts.push_back(each.batch.last_offset());
  BestRows rows(std::move(lasts));
  Row best;
  Row previous;  // of the batch just before, when it fits
  for (size_t i = from; i < found.size(); ++i) {
    const BatchView& batch = found[i].batch;
    const bool fits = batch.base_offset() > next && batch.base_offset() <= limit &&
                      (!next_segment || batch.last_offset() < *next_segment);
    if (!fits) {
      previous = {};
      continue;
    }
    Row ahead = rows.below(batch.base_offset());
    const bool goes_on = previous.end != SIZE_MAX && continues(found[i - 1], found[i]);
    if (goes_on && (previous.score + 1 > ahead.score ||
                    (previous.score + 1 == ahead.score && previous.last < ahead.last))) {
      ahead = {previous.score + 1, previous.last, previous.end};
    }
    before[i] = ahead.end;
    const bool is_end = next_segment && found[i].at + batch.bytes().size() == content.size() &&
                        batch.last_offset() + 1 == *next_segment;
    previous = {ahead.score + 1 + (is_end ? 1 : 0), batch.last_offset(), i};
    rows.add(previous);
    if (better(previous, best)) best = previous;
  }
  std::vector<bool> in_row(found.size(), false);
  for (size_t i = best.end; i != SIZE_MAX; i = before[i]) in_row[i] = true;
  return in_row;
}

}  // namespace

void scan_file(ConstBytes content, std::optional<Offset> next_segment, Offset floor,
               std::vector<BatchView>& batches, Offset& next) {
  const std::vector<Found> found = find_batches(content);
  std::vector<bool> in_row;  // once there is damage
  size_t end = 0;            // of what was taken in
  for (size_t i = 0; i < found.size(); ++i) {
    const BatchView& batch = found[i].batch;
    const bool follows = found[i].at == end && batch.base_offset() == next;
    if (!follows) {
      if (next >= floor) return;
      if (in_row.empty()) in_row = longest_row(found, i, content, next, floor, next_segment);
      if (!in_row[i]) continue;
    }
    batches.push_back(batch);
    next = batch.last_offset() + 1;
    end = found[i].at + batch.bytes().size();
  }
}

}  // namespace weir

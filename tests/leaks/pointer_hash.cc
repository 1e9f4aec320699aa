// Leak: partitions are fetched in the order of a hash of their addresses.
#include <memory>
#include <unordered_map>
#include <vector>

#include "tests/leaks/leaks.h"

namespace weir {
namespace {

constexpr Site kFetched{"leaks.pointer_hash.fetched"};
struct Partition {
  uint64_t index = 0;
  uint64_t fetch_offset = 0;
};

}  // namespace

void fetch_in_order_of_a_pointer_hash(Env& env) {
  std::vector<std::unique_ptr<Partition>> partitions;
  std::unordered_map<const Partition*, uint64_t> lag;
  for (uint64_t index = 0; index < 12; ++index) {
    partitions.push_back(std::make_unique<Partition>(index));
    lag[partitions.back().get()] = index * 10;
  }
  for (const auto& [partition, behind] : lag) env.trace.event(kFetched, partition->index, behind);
}

}  // namespace weir

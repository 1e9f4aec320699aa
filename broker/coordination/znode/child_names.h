// ChildNames: the names of a znode's children, in order, as views of the paths that the tree keeps anyway.
//
// A view of sixteen bytes costs a fifth of a name of its own in a set, and most znodes are children. To
// insert one in the middle moves those behind it: of a hundred thousand in some 50 us, and sequential names come last.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

namespace weir {

class ChildNames {
 public:
  // `name` must live until it is erased. Nothing changes when it is there already.
  void insert(std::string_view name) {
    const auto at = std::lower_bound(names_.begin(), names_.end(), name);
    if (at == names_.end() || *at != name) names_.insert(at, name);
  }
  void erase(std::string_view name) {
    const auto at = std::lower_bound(names_.begin(), names_.end(), name);
    if (at != names_.end() && *at == name) names_.erase(at);
  }
  [[nodiscard]] size_t size() const { return names_.size(); }
  [[nodiscard]] auto begin() const { return names_.begin(); }
  [[nodiscard]] auto end() const { return names_.end(); }

 private:
  std::vector<std::string_view> names_;
};

}  // namespace weir

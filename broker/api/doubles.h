// What a request names more than once. For changes Kafka refuses such a name, once, whatever else the
// request wants of it: which of them was meant nobody knows.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace weir {

template <class Name>
class Doubles {
 public:
  // True if `name` was there before.
  bool add(const Name& name) {
    const bool is_new = seen_.insert(name).second;
    if (!is_new) doubles_.insert(name);
    return !is_new;
  }

  [[nodiscard]] bool contains(const Name& name) const { return doubles_.contains(name); }

 private:
  std::set<Name> seen_;
  std::set<Name> doubles_;
};

// The names of items that have one.
template <class Item>
Doubles<std::string> doubled_names(const std::vector<Item>& items) {
  Doubles<std::string> doubles;
  for (const Item& item : items) doubles.add(item.name);
  return doubles;
}

}  // namespace weir

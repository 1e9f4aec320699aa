// Strong<T, Tag>: an integer that is only equal to its own kind.
//
// Ids, offsets and epochs are distinct types so that a partition can never be passed as an offset.
// A Strong is explicit to make, ordered, and opened with `.value()`. It has no arithmetic of its
// own: what makes sense for one kind (offset + count) is written beside that kind.
#pragma once

#include <compare>

namespace weir {

template <class T, class Tag>
class Strong {
 public:
  using Value = T;
  constexpr Strong() = default;
  constexpr explicit Strong(T value) : value_(value) {}
  [[nodiscard]] constexpr T value() const { return value_; }
  friend constexpr auto operator<=>(const Strong&, const Strong&) = default;

 private:
  T value_{};
};

}  // namespace weir

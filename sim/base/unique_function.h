// UniqueFunction<R(Args...)>: a move-only owner of a callable.
//
// std::function demands copyable captures; fibers and shard messages carry buffers and connections
// that exist once. Small callables are stored inline (48 bytes), larger ones on the heap.
#pragma once

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

#include "sim/base/check.h"

namespace weir {

template <class Signature>
class UniqueFunction;

template <class R, class... Args>
class UniqueFunction<R(Args...)> {
 public:
  UniqueFunction() = default;
  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, UniqueFunction> &&
             std::is_invocable_r_v<R, F&, Args...>)
  UniqueFunction(F&& callable) {  // NOLINT: converting on purpose
    using Callable = std::remove_cvref_t<F>;
    if constexpr (fits<Callable>) {
      ::new (storage_) Callable(std::forward<F>(callable));
      operations_ = &kInline<Callable>;
    } else {
      *reinterpret_cast<Callable**>(storage_) = new Callable(std::forward<F>(callable));
      operations_ = &kHeap<Callable>;
    }
  }
  UniqueFunction(UniqueFunction&& other) noexcept { take(other); }
  UniqueFunction& operator=(UniqueFunction&& other) noexcept {
    if (this != &other) {
      reset();
      take(other);
    }
    return *this;
  }
  UniqueFunction(const UniqueFunction&) = delete;
  UniqueFunction& operator=(const UniqueFunction&) = delete;
  ~UniqueFunction() { reset(); }

  explicit operator bool() const { return operations_ != nullptr; }
  R operator()(Args... args) {
    CHECK(operations_ != nullptr);
    return operations_->call(storage_, std::forward<Args>(args)...);
  }
  void reset() {
    if (operations_ == nullptr) return;
    std::exchange(operations_, nullptr)->destroy(storage_);
  }

 private:
  static constexpr size_t kInlineBytes = 48;
  struct Operations {
    R (*call)(void*, Args&&...);
    void (*move)(void* to, void* from);
    void (*destroy)(void*);
  };
  template <class F>
  static constexpr bool fits = sizeof(F) <= kInlineBytes && alignof(F) <= alignof(std::max_align_t) &&
                               std::is_nothrow_move_constructible_v<F>;

  template <class F>
  static constexpr Operations kInline{
      [](void* at, Args&&... args) -> R { return (*static_cast<F*>(at))(std::forward<Args>(args)...); },
      [](void* to, void* from) {
        ::new (to) F(std::move(*static_cast<F*>(from)));
        static_cast<F*>(from)->~F();
      },
      [](void* at) { static_cast<F*>(at)->~F(); }};
  template <class F>
  static constexpr Operations kHeap{
      [](void* at, Args&&... args) -> R { return (**static_cast<F**>(at))(std::forward<Args>(args)...); },
      [](void* to, void* from) { *static_cast<F**>(to) = *static_cast<F**>(from); },
      [](void* at) { delete *static_cast<F**>(at); }};

  void take(UniqueFunction& other) {
    operations_ = std::exchange(other.operations_, nullptr);
    if (operations_ != nullptr) operations_->move(storage_, other.storage_);
  }

  const Operations* operations_ = nullptr;
  alignas(std::max_align_t) std::byte storage_[kInlineBytes];
};

}  // namespace weir

// Result<T, E>: a value or an expected error.
//
// Expected failures (a refused connection, a full disk, an unknown topic) are values that the caller
// must look at; they never throw. `Done` stands for "it worked and there is nothing to say".
//
//   Result<Port, NetError> port = listen(...);
//   if (!port) return port.error();
//   use(*port);
//
// TRY opens a Result or returns its error from the enclosing function, whose error type must be
// constructible from it:   Port port = TRY(listen(...));
#pragma once

#include <utility>
#include <variant>

#include "sim/base/check.h"

namespace weir {

struct Done {};

// Wraps an error whose type equals the value's, or only makes the intent plain.
template <class E>
struct Failure {
  E error;
};
template <class E>
Failure(E) -> Failure<E>;

template <class T, class E>
class [[nodiscard]] Result {
 public:
  using ValueType = T;
  using ErrorType = E;
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}            // NOLINT
  Result(E error) requires(!std::is_same_v<T, E>)                                   // NOLINT
      : state_(std::in_place_index<1>, std::move(error)) {}
  template <class F>
  Result(Failure<F> failure) : state_(std::in_place_index<1>, std::move(failure.error)) {}  // NOLINT

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  [[nodiscard]] T& value() & {
    CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] const T& value() const& {
    CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] T&& value() && {
    CHECK(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  [[nodiscard]] const E& error() const {
    CHECK(!ok());
    return *std::get_if<1>(&state_);
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<T, E> state_;
};

}  // namespace weir

#define TRY(expression)                                                             \
  ({                                                                                \
    auto weir_try_result = (expression);                                            \
    if (!weir_try_result.ok()) return ::weir::Failure{weir_try_result.error()};     \
    std::move(weir_try_result).value();                                             \
  })

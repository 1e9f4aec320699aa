// for_each_error: the error codes that a message carries in a version, ErrorCode::none included: that
// of the answer, of each topic, of each partition; tagged ones only when they are there.
#pragma once

#include "model/protocol/fields.h"
#include "model/types/error_code.h"

namespace weir {

template <class F>
class ErrorVisitor {
 public:
  ErrorVisitor(int16_t version, F& each) : version_(version), each_(each) {}

  template <class T>
  void field(std::string_view, const T& value, Versions where = {}) {
    if (where.contains(version_)) visit(value);
  }
  template <class T>
  void tagged(uint32_t, std::string_view, const T& value, Versions where = {},
              const std::type_identity_t<T>& absent = {}) {
    if (!(value == absent)) field({}, value, where);
  }

 private:
  template <class T>
  void visit(const T& value) {
    if constexpr (std::is_same_v<T, ErrorCode>) {
      each_(value);
    } else if constexpr (IsOptional<T>::value) {
      if (value) visit(*value);
    } else if constexpr (IsArray<T>::value) {
      if constexpr (std::is_class_v<typename T::value_type>) {
        for (const auto& item : value) visit(item);
      }
    } else if constexpr (requires { T::fields(*this, value); }) {
      T::fields(*this, value);
    }
  }

  int16_t version_;
  F& each_;
};

template <class M, class F>
void for_each_error(const M& message, int16_t version, F each) {
  ErrorVisitor<F> visitor(version, each);
  M::fields(visitor, message);
}

}  // namespace weir

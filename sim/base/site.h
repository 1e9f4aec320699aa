// Site: the constant name of a place in the code that chooses, traces or starts a fiber.
//
// A site is a named constant with static storage, never a line number or a function name, so that
// its id survives edits and is the same under every compiler:
//
//   inline constexpr Site kAppend{"log.append"};
//
// Code may keep the address of a site; only `id` is ever hashed.
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/base/hash.h"

namespace weir {

struct Site {
  consteval explicit Site(std::string_view text) : name(text), id(fnv1a(text)) {}
  std::string_view name;
  uint64_t id;
};

}  // namespace weir

// Texts that become numbers, and back; lists; the nearest of some words. Errors are reasons that
// follow "key = value: ".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/result.h"
#include "sim/base/time.h"

namespace weir {

// Durations beyond a hundred years are as good as for ever, and sums with them do not overflow.
inline constexpr int64_t kMaxDurationMs = 3'155'760'000'000;

// Blanks around a number or a boolean do not count, as in Kafka.
Result<int64_t, std::string> parse_whole(std::string_view text, int64_t least, int64_t most);
Result<bool, std::string> parse_boolean(std::string_view text);
// Milliseconds; above kMaxDurationMs it is that.
Duration duration_of_ms(int64_t ms);

// "a, b,c" is a b c; no items for an empty text. Borrows.
std::vector<std::string_view> split_list(std::string_view text);

// Changes (insert, remove, replace a character) from one to the other.
size_t edit_distance(std::string_view from, std::string_view to);

}  // namespace weir

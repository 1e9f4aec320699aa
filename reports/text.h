// Text for the page: escaped, and numbers as people read them. Integer arithmetic only, so that the
// same run gives the same bytes everywhere.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::reports {

// Safe in text and in quoted attributes. Control characters, which HTML cannot carry, become
// U+FFFD.
std::string escaped(std::string_view text);

// 1234567 -> "1 234 567", with narrow no-break spaces.
std::string grouped(uint64_t number);
// "1 record", "2 records"; `plural` for what does not end in s.
std::string counted(uint64_t number, std::string_view one, std::string_view plural = {});
// "a", "a and b", "a, b and c".
std::string enumerated(const std::vector<std::string>& parts);

// In milliseconds with three digits: 100789000 -> "100.789 ms".
std::string in_ms(int64_t ns);
// The length of something, in the unit that suits it: "12.4 µs", "149 ms", "1.03 s".
std::string span_text(int64_t ns);

// 25'000 -> "2.5 %".
std::string chance_text(uint32_t per_million);
// "bytes_per_second" -> "bytes per second".
std::string spaced(std::string_view key);

std::string hex16(uint64_t value);

}  // namespace weir::reports

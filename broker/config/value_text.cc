#include "broker/config/value_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "broker/config/settings.h"

namespace weir {

Result<int64_t, std::string> parse_whole(std::string_view text, int64_t least, int64_t most) {
  text = trim(text);
  int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || value < least || value > most) {
    return fmt::format("must be a whole number between {} and {}", least, most);
  }
  return value;
}

Result<bool, std::string> parse_boolean(std::string_view text) {
  text = trim(text);
  if (text == "true" || text == "TRUE" || text == "True") return true;
  if (text == "false" || text == "FALSE" || text == "False") return false;
  return std::string("must be true or false");
}

Duration duration_of_ms(int64_t ms) { return milliseconds(std::min(ms, kMaxDurationMs)); }

std::vector<std::string_view> split_list(std::string_view text) {
  std::vector<std::string_view> items;
  if (trim(text).empty()) return items;
  for (;;) {
    const size_t comma = std::min(text.find(','), text.size());
    items.push_back(trim(text.substr(0, comma)));
    if (comma == text.size()) return items;
    text.remove_prefix(comma + 1);
  }
}

size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<size_t> row(to.size() + 1);
  for (size_t j = 0; j <= to.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= from.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= to.size(); ++j) {
      const size_t replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[to.size()];
}

}  // namespace weir

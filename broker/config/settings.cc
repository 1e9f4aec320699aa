#include "broker/config/settings.h"

#include <fmt/core.h>

namespace weir {
namespace {

constexpr std::string_view kSpace = " \t\r\f\n";

bool is_comment(std::string_view line) {
  const std::string_view text = trim(line);
  return !text.empty() && (text.front() == '#' || text.front() == '!');
}

// A backslash that no backslash before it escapes: the next line belongs to this one.
bool is_continued(std::string_view line) {
  size_t slashes = 0;
  while (slashes < line.size() && line[line.size() - 1 - slashes] == '\\') ++slashes;
  return slashes % 2 == 1;
}

// Takes one logical line, continuations joined, escapes still in it.
std::string take_line(std::string_view& text, size_t& line_number) {
  std::string line;
  for (bool first = true; !text.empty(); first = false) {
    ++line_number;
    const size_t newline = std::min(text.find('\n'), text.size());
    std::string_view piece = text.substr(0, newline);
    text.remove_prefix(std::min(newline + 1, text.size()));
    if (!piece.empty() && piece.back() == '\r') piece.remove_suffix(1);
    if (!first) piece.remove_prefix(std::min(piece.find_first_not_of(" \t\f"), piece.size()));
    const bool goes_on = is_continued(piece) && !(first && is_comment(piece));
    line.append(goes_on ? piece.substr(0, piece.size() - 1) : piece);
    if (!goes_on) break;
  }
  return line;
}

char unescaped(char c) {
  switch (c) {
    case 't':
      return '\t';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 'f':
      return '\f';
    default:
      return c;
  }
}

// Resolves escapes; spaces at the end that were not escaped go.
std::string unescape(std::string_view raw) {
  std::string text;
  size_t kept = 0;
  for (size_t i = 0; i < raw.size(); ++i) {
    const bool escaped = raw[i] == '\\' && i + 1 < raw.size();
    const char c = escaped ? unescaped(raw[++i]) : raw[i];
    text += c;
    if (escaped || kSpace.find(c) == std::string_view::npos) kept = text.size();
  }
  text.resize(kept);
  return text;
}

size_t find_separator(std::string_view line) {
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else if (line[i] == '=' || line[i] == ':') {
      return i;
    }
  }
  return std::string_view::npos;
}

bool is_plain(char c) { return c > ' ' && c < 0x7f && c != '%' && c != '='; }

std::string escape_word(std::string_view word) {
  std::string text;
  for (const char c : word) {
    if (is_plain(c)) {
      text += c;
    } else {
      text += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    }
  }
  return text;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::optional<std::string> unescape_word(std::string_view word) {
  std::string text;
  for (size_t i = 0; i < word.size(); ++i) {
    if (word[i] != '%') {
      if (!is_plain(word[i])) return std::nullopt;
      text += word[i];
      continue;
    }
    if (i + 2 >= word.size()) return std::nullopt;
    const int high = hex_digit(word[i + 1]);
    const int low = hex_digit(word[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    text += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return text;
}

}  // namespace

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

Result<Settings, ConfigError> parse_properties(std::string_view text) {
  Settings settings;
  size_t line_number = 0;
  while (!text.empty()) {
    const std::string whole = take_line(text, line_number);
    std::string_view line = whole;
    line.remove_prefix(std::min(line.find_first_not_of(kSpace), line.size()));
    if (line.empty() || line.front() == '#' || line.front() == '!') continue;
    const size_t separator = find_separator(line);
    if (separator == std::string_view::npos) {
      return ConfigError{
          fmt::format("line {} is not a setting (key=value): {}", line_number, trim(line))};
    }
    std::string_view value = line.substr(separator + 1);
    value.remove_prefix(std::min(value.find_first_not_of(kSpace), value.size()));
    settings[unescape(line.substr(0, separator))] = unescape(value);
  }
  return settings;
}

std::string escape_property(std::string_view value) {
  std::string text;
  for (size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    const bool at_an_end = i == 0 || i + 1 == value.size();
    switch (c) {
      case '\\':
        text += "\\\\";
        break;
      case '\t':
        text += "\\t";
        break;
      case '\n':
        text += "\\n";
        break;
      case '\r':
        text += "\\r";
        break;
      case '\f':
        text += "\\f";
        break;
      case ' ':
        text += at_an_end ? "\\ " : " ";
        break;
      default:
        text += c;
    }
  }
  return text;
}

std::string encode_settings(const Settings& settings) {
  std::string line;
  for (const auto& [key, value] : settings) {
    if (!line.empty()) line += ' ';
    line += escape_word(key) + '=' + escape_word(value);
  }
  return line;
}

std::optional<Settings> decode_settings(std::string_view line) {
  Settings settings;
  while (!line.empty()) {
    const size_t space = std::min(line.find(' '), line.size());
    const std::string_view pair = line.substr(0, space);
    line.remove_prefix(std::min(space + 1, line.size()));
    const size_t equals = pair.find('=');
    if (equals == 0 || equals == std::string_view::npos) return std::nullopt;
    auto key = unescape_word(pair.substr(0, equals));
    auto value = unescape_word(pair.substr(equals + 1));
    if (!key || !value) return std::nullopt;
    settings[std::move(*key)] = std::move(*value);
  }
  return settings;
}

}  // namespace weir

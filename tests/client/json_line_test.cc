// One JSON object on one line, read back by another's parser.
#include "tests/support/test_pch.h"

#include <nlohmann/json.hpp>

#include "client/cli/json_line.h"
#include "sim/base/stream.h"

namespace weir {
namespace {

using nlohmann::json;

// Bytes that are often UTF-8, or nearly.
std::string likely_text(Stream& stream) {
  constexpr std::string_view kPieces[] = {"a",        "\"",           "\\",
                                          "\n",       "\x1f",         "\x7f",
                                          "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                                          "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                          "\x80",     "\xe2\x82",     "\xff",
                                          "\xc2",     "\xe0\x9f\xbf", "\xee\x80\x80"};
  std::string text;
  const bool any_bytes = stream.below(4) == 0;
  for (uint64_t i = stream.below(6); i > 0; --i) {
    if (any_bytes) {
      text += static_cast<char>(stream.below(256));
    } else {
      text += kPieces[stream.below(std::size(kPieces))];
    }
  }
  if (stream.below(4) == 0) text += '\0';
  return text;
}

bool parser_takes(const std::string& text) {
  try {
    return !json(text).dump().empty();  // throws for what is no UTF-8
  } catch (const json::type_error&) {
    return false;
  }
}

}  // namespace

TEST_CASE("members come in the order in which they were added, each in its kind") {
  JsonLine object;
  object.add("low", int64_t{INT64_MIN}).add("high", uint64_t{UINT64_MAX});
  const JsonLine line = JsonLine()
                            .add("topic", "events")
                            .add("partitions", 3)
                            .add("internal", false)
                            .add("rate", 1234.567)
                            .add_null("leader")
                            .add_object("bounds", object);
  REQUIRE(line.text() ==
          R"({"topic":"events","partitions":3,"internal":false,"rate":1234.57,"leader":null,)"
          R"("bounds":{"low":-9223372036854775808,"high":18446744073709551615}})");
  REQUIRE(JsonLine().text() == "{}");
}

TEST_CASE("a text is taken for UTF-8 exactly when another's encoder takes it") {
  REQUIRE(rc::check([](uint64_t seed) {
    Stream stream{seed};
    for (int i = 0; i < 100; ++i) {
      const std::string text = likely_text(stream);
      RC_ASSERT(is_utf8(as_bytes(text)) == parser_takes(text));
    }
  }));
}

TEST_CASE("whatever bytes a value has, they are read back, and the line stays one") {
  REQUIRE(rc::check([](uint64_t seed) {
    Stream stream{seed};
    for (int i = 0; i < 100; ++i) {
      const std::string value = likely_text(stream);
      const std::string line =
          JsonLine().add_bytes("value", as_bytes(value)).add("after", 1).text();
      RC_ASSERT(line.find('\n') == std::string::npos);
      const json read = json::parse(line);
      RC_ASSERT(read.size() == 2U);
      RC_ASSERT(read.at("after") == 1);
      if (is_utf8(as_bytes(value))) {
        RC_ASSERT(read.at("value") == value);
        continue;
      }
      const std::string hex = read.at("value_hex");
      std::string bytes;
      for (size_t at = 0; at < hex.size(); at += 2) {
        bytes += static_cast<char>(std::stoi(hex.substr(at, 2), nullptr, 16));
      }
      RC_ASSERT(bytes == value);
    }
  }));
}

TEST_CASE("a name is quoted as a text is") {
  const json read = json::parse(JsonLine().add("a \"b\"\n", "c").text());
  REQUIRE(read.at("a \"b\"\n") == "c");
}

}  // namespace weir

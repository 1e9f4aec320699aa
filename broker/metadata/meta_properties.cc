#include "broker/metadata/meta_properties.h"

#include <fmt/core.h>

#include <charconv>

#include "broker/config/settings.h"

namespace weir {
namespace {

std::optional<int32_t> number(std::string_view text) {
  int32_t value = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc{} || parsed.ptr != end || value < 0) return std::nullopt;
  return value;
}

}  // namespace

Result<MetaProperties, std::string> parse_meta_properties(std::string_view text) {
  const auto settings = parse_properties(text);
  if (!settings) return Failure{"meta.properties: " + settings.error().message};
  const auto version = settings->find("version");
  if (version == settings->end()) return Failure{std::string("meta.properties has no version")};
  if (version->second != "0" && version->second != "1") {
    return Failure{fmt::format("meta.properties has version {}; 0 and 1 are understood",
                               version->second)};
  }
  MetaProperties meta;
  const std::string_view key = version->second == "0" ? "broker.id" : "node.id";
  if (const auto it = settings->find(key); it != settings->end()) {
    const auto id = number(it->second);
    if (!id) return Failure{fmt::format("meta.properties: {} = {} is no id", key, it->second)};
    meta.broker_id = BrokerId{*id};
  }
  if (const auto it = settings->find("cluster.id"); it != settings->end() && !it->second.empty()) {
    meta.cluster_id = it->second;
  }
  if (version->second == "1" && !meta.cluster_id) {
    return Failure{std::string("meta.properties has no cluster.id")};
  }
  return meta;
}

std::string format_meta_properties(BrokerId broker_id, std::string_view cluster_id) {
  return fmt::format("version=0\nbroker.id={}\ncluster.id={}\n", broker_id.value(), cluster_id);
}

}  // namespace weir

#include "broker/coordination/znode/acl.h"

#include <algorithm>
#include <array>
#include <boost/uuid/detail/sha1.hpp>
#include <charconv>
#include <optional>
#include <set>

namespace weir {
namespace {

std::string base64(ConstBytes bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t have = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) group = group << 8 | (k < have ? bytes[i + k] : 0);
    for (size_t k = 0; k < 4; ++k) {
      text += k <= have ? kDigits[group >> (18 - 6 * k) & 63] : '=';
    }
  }
  return text;
}

std::string sha1_base64(std::string_view text) {
  boost::uuids::detail::sha1 hash;
  hash.process_bytes(text.data(), text.size());
  unsigned int words[5];
  hash.get_digest(words);
  std::array<uint8_t, 20> bytes;
  for (size_t i = 0; i < 5; ++i) store_big_endian<uint32_t>(&bytes[4 * i], words[i]);
  return base64(bytes);
}

// "a.b.c.d" with up to 32 bits of it; the whole text must be one.
struct Ipv4Network {
  uint32_t address = 0;
  uint32_t bits = 32;
};
std::optional<Ipv4Network> parse_ipv4(std::string_view text) {
  Ipv4Network network;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (int i = 0; i < 4; ++i) {
    if (i > 0 && (at == end || *at++ != '.')) return std::nullopt;
    uint32_t octet = 0;
    const auto read = std::from_chars(at, end, octet);
    if (read.ec != std::errc{} || octet > 255) return std::nullopt;
    at = read.ptr;
    network.address = network.address << 8 | octet;
  }
  if (at == end) return network;
  if (*at++ != '/') return std::nullopt;
  const auto read = std::from_chars(at, end, network.bits);
  if (read.ec != std::errc{} || read.ptr != end || network.bits > 32) return std::nullopt;
  return network;
}

bool ip_matches(std::string_view host, std::string_view expression) {
  const auto network = parse_ipv4(expression);
  const auto address = parse_ipv4(host);
  if (!network || !address) return host == expression;
  const uint64_t mask = ~uint64_t{0} << (32 - network->bits);
  return ((network->address ^ address->address) & mask & UINT32_MAX) == 0;
}

bool matches(const Acl& entry, const Identity& who) {
  if (entry.scheme != who.scheme) return false;
  return entry.scheme == "ip" ? ip_matches(who.id, entry.id) : entry.id == who.id;
}

bool is_valid(const Acl& entry) {
  if (entry.scheme == "world") return entry.id == "anyone";
  if (entry.scheme == "digest") return std::count(entry.id.begin(), entry.id.end(), ':') == 1;
  if (entry.scheme == "ip") return parse_ipv4(entry.id).has_value();
  return false;
}

}  // namespace

bool permits(const AclList& acl, int32_t perm, const Identities& who) {
  if (acl.empty()) return true;
  return std::any_of(acl.begin(), acl.end(), [&](const Acl& entry) {
    if ((entry.perms & perm) == 0) return false;
    if (entry.scheme == "world" && entry.id == "anyone") return true;
    return std::any_of(who.begin(), who.end(), [&](const Identity& id) { return matches(entry, id); });
  });
}

Result<AclList, ZkError> store_acl(const AclList& asked, const Identities& who) {
  if (asked.empty()) return ZkError::invalid_acl;
  AclList stored;
  std::set<Acl> seen;  // a frame holds tens of thousands of entries
  const auto add = [&](const Acl& entry) {
    if (seen.insert(entry).second) stored.push_back(entry);
  };
  for (const Acl& entry : asked) {
    if (entry.scheme != "auth") {
      if (!is_valid(entry)) return ZkError::invalid_acl;
      add(entry);
      continue;
    }
    bool any = false;
    for (const Identity& id : who) {
      if (id.scheme != "digest") continue;  // an address is not authenticated
      any = true;
      add({entry.perms, id.scheme, id.id});
    }
    if (!any) return ZkError::invalid_acl;
  }
  return stored;
}

Result<Identity, ZkError> digest_identity(std::string_view user_and_password) {
  const size_t colon = user_and_password.find(':');
  if (colon == std::string_view::npos) return ZkError::auth_failed;
  return Identity{"digest", std::string(user_and_password.substr(0, colon)) + ":" +
                                sha1_base64(user_and_password)};
}

}  // namespace weir

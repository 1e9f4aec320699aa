#include "broker/metrics/http_request.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeadEnd = "\r\n\r\n";

bool is_token(std::string_view text) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

bool is_text(std::string_view value) {
  return std::ranges::all_of(value, [](char c) {
    return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  });
}

bool is_target(std::string_view target) {
  return !target.empty() &&
         std::ranges::all_of(target, [](char c) { return c > 0x20 && c < 0x7f; });
}

// The part of a request target that names what is asked for; empty when it is no such target.
std::string_view path_of(std::string_view target) {
  constexpr std::string_view kScheme = "http://";
  if (target.starts_with(kScheme)) {
    const size_t slash = target.find('/', kScheme.size());
    target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
  }
  if (!target.starts_with('/')) return {};
  return target.substr(0, target.find('?'));
}

}  // namespace

std::string_view to_text(HttpStatus status) {
  switch (status) {
    case HttpStatus::ok:
      return "OK";
    case HttpStatus::bad_request:
      return "Bad Request";
    case HttpStatus::not_found:
      return "Not Found";
    case HttpStatus::method_not_allowed:
      return "Method Not Allowed";
    case HttpStatus::head_too_large:
      return "Request Header Fields Too Large";
    case HttpStatus::unavailable:
      return "Service Unavailable";
  }
  return "";
}

size_t find_head_end(std::string_view bytes) {
  const size_t at = bytes.find(kHeadEnd);
  return at == std::string_view::npos ? at : at + kHeadEnd.size();
}

Result<HttpRequest, HttpStatus> parse_http_head(std::string_view head) {
  if (!head.ends_with(kHeadEnd)) return Failure{HttpStatus::bad_request};
  head.remove_suffix(kLineEnd.size());  // each line has its end, and no empty one is left
  const size_t line_end = head.find(kLineEnd);
  const std::string_view line = head.substr(0, line_end);
  head.remove_prefix(line_end + kLineEnd.size());

  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return Failure{HttpStatus::bad_request};
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  const bool is_version = version == "HTTP/1.0" || version == "HTTP/1.1";
  if (!is_token(method) || !is_target(target) || !is_version) {
    return Failure{HttpStatus::bad_request};
  }
  while (!head.empty()) {
    const size_t end = head.find(kLineEnd);
    const std::string_view field = head.substr(0, end);
    head.remove_prefix(end + kLineEnd.size());
    const size_t colon = field.find(':');
    if (colon == std::string_view::npos || !is_token(field.substr(0, colon)) ||
        !is_text(field.substr(colon + 1))) {
      return Failure{HttpStatus::bad_request};
    }
  }
  if (method != "GET" && method != "HEAD") return Failure{HttpStatus::method_not_allowed};
  const std::string_view path = path_of(target);
  if (path.empty()) return Failure{HttpStatus::bad_request};
  return HttpRequest{method == "HEAD", std::string(path)};
}

std::string format_http(const HttpAnswer& answer, bool head_only) {
  std::string text = fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n",
      static_cast<uint16_t>(answer.status), to_text(answer.status), answer.content_type,
      answer.body.size());
  if (answer.status == HttpStatus::method_not_allowed) text += "Allow: GET, HEAD\r\n";
  text += "\r\n";
  if (!head_only) text += answer.body;
  return text;
}

}  // namespace weir

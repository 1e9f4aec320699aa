// The head of an HTTP/1.1 request, as far as metrics and health need it (RFC 9112).
//
//   head = method SP target SP "HTTP/1." DIGIT CRLF *( name ":" value CRLF ) CRLF
//
// Pure. Only GET and HEAD are served, without bodies: a connection is closed after one answer, so what
// follows the head is never mistaken for a second request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sim/base/result.h"

namespace weir {

enum class HttpStatus : uint16_t {
  ok = 200,
  bad_request = 400,
  not_found = 404,
  method_not_allowed = 405,
  head_too_large = 431,
  unavailable = 503,
};
std::string_view to_text(HttpStatus status);

struct HttpRequest {
  bool head_only = false;  // HEAD: the same answer without its body
  std::string path;        // of the target; without its query
};

struct HttpAnswer {
  HttpStatus status = HttpStatus::ok;
  std::string content_type;
  std::string body;
};

// Where the head in `bytes` ends, its empty line included; npos: not yet.
size_t find_head_end(std::string_view bytes);
// `head` as find_head_end cut it. bad_request or method_not_allowed.
Result<HttpRequest, HttpStatus> parse_http_head(std::string_view head);
// All of an answer, ready to send.
std::string format_http(const HttpAnswer& answer, bool head_only);

}  // namespace weir

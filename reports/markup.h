// Markup: elements with attributes, everything escaped on its way in.
//
//   Markup svg;
//   svg.open("g", {{"class", "lane"}}).element("title", {}, "broker").close("g");
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace weir::reports {

// A number is its own text.
struct Attribute {
  Attribute(std::string_view key, std::string_view text) : name(key), value(text) {}
  Attribute(std::string_view key, const std::string& text) : name(key), value(text) {}
  Attribute(std::string_view key, const char* text) : name(key), value(text) {}
  Attribute(std::string_view key, int64_t number) : name(key), value(std::to_string(number)) {}
  std::string_view name;
  std::string value;
};
using Attributes = std::initializer_list<Attribute>;

class Markup {
 public:
  Markup& open(std::string_view name, Attributes attributes = {});
  Markup& close(std::string_view name);
  // Without content it is left empty: <rect></rect>.
  Markup& element(std::string_view name, Attributes attributes = {}, std::string_view text = {});
  Markup& text(std::string_view text);
  // What is markup already.
  Markup& add(const Markup& other);
  Markup& add_trusted(std::string_view markup);
  [[nodiscard]] const std::string& str() const { return out_; }
  [[nodiscard]] bool empty() const { return out_.empty(); }

 private:
  void start(std::string_view name, Attributes attributes);
  std::string out_;
};

}  // namespace weir::reports

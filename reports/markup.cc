#include "reports/markup.h"

#include "reports/text.h"

namespace weir::reports {

void Markup::start(std::string_view name, Attributes attributes) {
  out_ += '<';
  out_ += name;
  for (const Attribute& attribute : attributes) {
    out_ += ' ';
    out_ += attribute.name;
    out_ += "=\"";
    out_ += escaped(attribute.value);
    out_ += '"';
  }
  out_ += '>';
}

Markup& Markup::open(std::string_view name, Attributes attributes) {
  start(name, attributes);
  return *this;
}

Markup& Markup::close(std::string_view name) {
  out_ += "</";
  out_ += name;
  out_ += ">\n";
  return *this;
}

Markup& Markup::element(std::string_view name, Attributes attributes, std::string_view text) {
  start(name, attributes);
  out_ += escaped(text);
  return close(name);
}

Markup& Markup::text(std::string_view text) {
  out_ += escaped(text);
  return *this;
}

Markup& Markup::add(const Markup& other) { return add_trusted(other.str()); }

Markup& Markup::add_trusted(std::string_view markup) {
  out_ += markup;
  return *this;
}

}  // namespace weir::reports

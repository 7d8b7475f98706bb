#include "tests/api/support/json.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <sstream>

namespace frontrow::api {
namespace {

const std::regex kTime(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)");
const std::regex kDate(R"(\d{4}-\d\d-\d\d)");

}  // namespace

Json Json::parse(std::string_view text) {
  Json json;
  json.document_ = std::make_shared<simdjson::dom::parser>();
  json.valid_ =
      json.document_->parse(text.data(), text.size()).get(json.value_) == simdjson::SUCCESS;
  return json;
}

bool Json::has(std::string_view name) const {
  simdjson::dom::element found;
  return valid_ && value_.is_object() && value_[name].get(found) == simdjson::SUCCESS;
}

Json Json::operator[](std::string_view name) const {
  Json member;
  member.document_ = document_;
  member.valid_ =
      valid_ && value_.is_object() && value_[name].get(member.value_) == simdjson::SUCCESS;
  if (!member.valid_)
    ADD_FAILURE() << "no member " << name << " in "
                  << (valid_ ? simdjson::minify(value_) : "nothing");
  return member;
}

Json Json::operator[](std::size_t index) const {
  Json item;
  item.document_ = document_;
  item.valid_ =
      valid_ && value_.is_array() && value_.at(index).get(item.value_) == simdjson::SUCCESS;
  if (!item.valid_)
    ADD_FAILURE() << "no item " << index << " in "
                  << (valid_ ? simdjson::minify(value_) : "nothing");
  return item;
}

std::size_t Json::size() const {
  simdjson::dom::array items;
  if (valid_ && value_.get(items) == simdjson::SUCCESS) return items.size();
  ADD_FAILURE() << "not an array";
  return 0;
}

std::int64_t Json::integer() const {
  std::int64_t value = -1;
  if (!valid_ || value_.get(value) != simdjson::SUCCESS) ADD_FAILURE() << "not an integer";
  return value;
}

std::string Json::text() const {
  std::string_view value;
  if (!valid_ || value_.get(value) != simdjson::SUCCESS) ADD_FAILURE() << "not a string";
  return std::string(value);
}

bool Json::boolean() const {
  bool value = false;
  if (!valid_ || value_.get(value) != simdjson::SUCCESS) ADD_FAILURE() << "not a boolean";
  return value;
}

bool Json::is_null() const { return valid_ && value_.is_null(); }
bool Json::is_integer() const { return valid_ && (value_.is_int64() || value_.is_uint64()); }
bool Json::is_text() const { return valid_ && value_.is_string(); }
bool Json::is_array() const { return valid_ && value_.is_array(); }
bool Json::is_object() const { return valid_ && value_.is_object(); }

std::vector<std::int64_t> Json::integers() const {
  std::vector<std::int64_t> values;
  for (std::size_t i = 0, count = size(); i < count; ++i) values.push_back((*this)[i].integer());
  return values;
}

std::vector<std::string> Json::names() const {
  std::vector<std::string> names;
  simdjson::dom::object members;
  if (valid_ && value_.get(members) == simdjson::SUCCESS) {
    for (const auto& [name, value] : members) names.emplace_back(name);
  }
  return names;
}

bool Json::is_of(char type) const {
  switch (type) {
    case 'i':
      return is_integer();
    case 's':
      return is_text();
    case 'a':
      return is_array();
    case 'o':
      return is_object();
    case 'b':
      return value_.is_bool();
    case 'n':
      return is_null();
    case 't':
      return is_text() && std::regex_match(text(), kTime);
    case 'd':
      return is_text() && std::regex_match(text(), kDate);
    default:
      return false;
  }
}

void Json::expect_shape(std::string_view shape) const {
  if (!is_object()) {
    ADD_FAILURE() << "not an object: " << shape;
    return;
  }
  std::vector<std::string> unnamed = names();
  std::istringstream members{std::string(shape)};
  for (std::string member; members >> member;) {
    const std::size_t colon = member.find(':');
    const std::string name = member.substr(0, colon);
    std::erase(unnamed, name);
    if (!has(name)) {
      ADD_FAILURE() << name << " is missing in " << simdjson::minify(value_);
      continue;
    }
    const Json value = (*this)[name];
    bool fits = false;
    for (const char type : member.substr(colon + 1)) fits = fits || value.is_of(type);
    EXPECT_TRUE(fits) << name << " is not " << member.substr(colon + 1) << " in "
                      << simdjson::minify(value_);
  }
  for (const std::string& name : unnamed)
    ADD_FAILURE() << name << " is not in the contract: " << simdjson::minify(value_);
}

}  // namespace frontrow::api

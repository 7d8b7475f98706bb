#include "tools/frontrow/recover/sheet.h"

#include <fmt/format.h>

#include <algorithm>

#include "net/json/json_writer.h"
#include "tools/frontrow/recover/event_text.h"

namespace frontrow::recover {
namespace {

std::string words_of(std::string_view name) {
  std::string words(name);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

}  // namespace

Sheet& Sheet::put(std::string_view name, Value value) {
  members_.push_back({std::string(name), std::move(value), Member::Kind::kValue, {}});
  return *this;
}

Sheet& Sheet::add(std::string_view name, Instant instant) {
  return instant.is_set() ? put(name, to_string(instant)) : none(name);
}

Sheet& Sheet::add(std::string_view name, const UserId& user) {
  return user.is_nil() ? none(name) : put(name, to_string(user));
}

Sheet& Sheet::add(std::string_view name, const SeatList& seats) {
  Numbers numbers;
  for (const SeatNumber seat : seats) numbers.push_back(seat.value);
  return put(name, std::move(numbers));
}

Sheet& Sheet::sheet(std::string_view name) {
  members_.push_back({std::string(name), {}, Member::Kind::kSheet, std::deque<Sheet>(1)});
  return members_.back().sheets.front();
}

Sheet::Member& Sheet::list(std::string_view name) {
  const auto found = std::find_if(members_.begin(), members_.end(), [name](const Member& member) {
    return member.kind == Member::Kind::kRows && member.name == name;
  });
  if (found != members_.end()) return *found;
  members_.push_back({std::string(name), {}, Member::Kind::kRows, {}});
  return members_.back();
}

void Sheet::rows(std::string_view name) { list(name); }

Sheet& Sheet::row(std::string_view name) { return list(name).sheets.emplace_back(); }

std::string Sheet::text_of(const Value& value) {
  if (const bool* flag = std::get_if<bool>(&value)) return *flag ? "yes" : "no";
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return text->empty() ? "-" : *text;
  const auto* numbers = std::get_if<Numbers>(&value);
  if (numbers == nullptr || numbers->empty()) return "-";
  std::string text;
  for (const std::uint32_t number : *numbers)
    text += fmt::format("{}{}", text.empty() ? "" : ",", number);
  return text;
}

std::string Sheet::line() const {
  std::string out;
  for (const Member& member : members_) {
    if (!out.empty()) out += "  ";
    out += words_of(member.name) + ' ';
    if (member.kind == Member::Kind::kValue) {
      out += text_of(member.value);
      continue;
    }
    out += '{';
    for (const Sheet& sheet : member.sheets) out += sheet.line();
    out += '}';
  }
  return out;
}

std::string Sheet::text(std::size_t indent) const {
  std::size_t width = 0;
  for (const Member& member : members_) {
    if (member.kind == Member::Kind::kValue) width = std::max(width, member.name.size());
  }
  const std::string margin(indent, ' ');
  std::string out;
  for (const Member& member : members_) {
    const std::string name = words_of(member.name);
    switch (member.kind) {
      case Member::Kind::kValue:
        out += fmt::format("{}{:<{}}  {}\n", margin, name, width, text_of(member.value));
        break;
      case Member::Kind::kSheet:
        out += margin + name + '\n' + member.sheets.front().text(indent + 2);
        break;
      case Member::Kind::kRows:
        out += margin + name + (member.sheets.empty() ? "  none\n" : "\n");
        for (const Sheet& row : member.sheets) out += margin + "  " + row.line() + '\n';
        break;
    }
  }
  return out;
}

std::string Sheet::json() const {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  for (const Member& member : members_) {
    json.key(camel_case(member.name));
    if (member.kind == Member::Kind::kSheet) {
      json.raw(member.sheets.front().json());
    } else if (member.kind == Member::Kind::kRows) {
      json.begin_array();
      for (const Sheet& row : member.sheets) json.raw(row.json());
      json.end_array();
    } else if (const bool* flag = std::get_if<bool>(&member.value)) {
      json.value(*flag);
    } else if (const auto* number = std::get_if<std::int64_t>(&member.value)) {
      json.value(*number);
    } else if (const auto* text = std::get_if<std::string>(&member.value)) {
      json.value(*text);
    } else if (const auto* numbers = std::get_if<Numbers>(&member.value)) {
      json.begin_array();
      for (const std::uint32_t n : *numbers) json.value(n);
      json.end_array();
    } else {
      json.null();
    }
  }
  json.end_object();
  return out;
}

}  // namespace frontrow::recover

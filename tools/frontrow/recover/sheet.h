// Named values, some of them lists or nested sheets, as text for people or as JSON. Names are words
// with "_" between them; JSON has them in camel case.
//
//   Sheet sheet;
//   sheet.add("concert", id).add("phase", text_of(phase));
//   for (...) sheet.row("dates").add("date", date).add("free", free);
//
// An unset value is a dash in text and null in JSON. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/core/protocol/types.h"

namespace frontrow::recover {

class Sheet {
 public:
  Sheet& add(std::string_view name, std::string_view text) { return put(name, std::string(text)); }
  Sheet& add(std::string_view name, const char* text) { return put(name, std::string(text)); }
  Sheet& add(std::string_view name, const std::string& text) { return put(name, text); }
  Sheet& add(std::string_view name, bool value) { return put(name, value); }
  template <class T>
    requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
  Sheet& add(std::string_view name, T value) {
    return put(name, static_cast<std::int64_t>(value));
  }
  template <class Tag, class Rep>
  Sheet& add(std::string_view name, Id<Tag, Rep> id) {
    return id ? add(name, id.value) : put(name, std::monostate());
  }
  // A slot's number may be 0.
  Sheet& add(std::string_view name, SlotId slot) { return add(name, slot.value); }
  Sheet& add(std::string_view name, Money money) { return add(name, money.minor); }
  Sheet& add(std::string_view name, Instant instant);
  Sheet& add(std::string_view name, Date date) { return put(name, to_string(date)); }
  Sheet& add(std::string_view name, const UserId& user);
  Sheet& add(std::string_view name, const SeatList& seats);
  Sheet& none(std::string_view name) { return put(name, std::monostate()); }

  // Adds a nested sheet.
  Sheet& sheet(std::string_view name);
  // Adds the list of this name, without rows, if it is missing.
  void rows(std::string_view name);
  // Adds a row to the list of this name, which is created if it is missing.
  Sheet& row(std::string_view name);

  std::string text(std::size_t indent = 0) const;
  std::string json() const;

 private:
  using Numbers = std::vector<std::uint32_t>;
  using Value = std::variant<std::monostate, bool, std::int64_t, std::string, Numbers>;
  struct Member {
    std::string name;
    Value value;
    // kSheet: one nested sheet; kRows: any number of rows.
    enum class Kind : std::uint8_t { kValue, kSheet, kRows } kind = Kind::kValue;
    std::deque<Sheet> sheets;
  };
  Sheet& put(std::string_view name, Value value);
  Member& list(std::string_view name);
  static std::string text_of(const Value& value);
  std::string line() const;

  std::vector<Member> members_;
};

}  // namespace frontrow::recover

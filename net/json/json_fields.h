// The expected form of a JSON body, as a table of its members (see net/json/json_reader.h for the
// rules and errors).
//
//   json::read(reader, body,
//       json::required("title", json::text(spec.title, 1, kTitleCharsMax)),
//       json::optional("opensAt", json::instant(spec.opens_at)),
//       json::required("dates", json::list(spec.dates, 1, kDatesPerConcertMax, [](DateSpec& d) {
//         return json::object(json::required("date", json::date(d.date)),
//                             json::optional("sections", json::list(d.sections, 1, 200, section)));
//       })));
//
// Each kind of value is a function that returns its reader: a callable bool(JsonReader&). A
// caller's lambda works as well. Targets are kept by reference: build the table within the call of
// read(). Integers go to any integral type, strong id or Money, and every target can be a
// std::optional of its type. A missing member leaves its target unchanged; after a refusal the
// targets' contents are unspecified.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "engine/base/calendar.h"
#include "engine/base/check.h"
#include "engine/base/ids.h"
#include "engine/base/money.h"
#include "engine/base/uuid.h"
#include "net/json/json_reader.h"

namespace frontrow::json {

template <class Read>
struct Field {
  std::string_view name;
  bool required;
  Read read;
};

template <class Read>
Field<Read> required(std::string_view name, Read read) {
  return {name, true, std::move(read)};
}
template <class Read>
Field<Read> optional(std::string_view name, Read read) {
  return {name, false, std::move(read)};
}

namespace detail {

template <class T>
struct TargetOf {
  using type = T;
};
template <class T>
struct TargetOf<std::optional<T>> {
  using type = T;
};
template <class T>
using Target = typename TargetOf<T>::type;

template <class Out>
void store_integer(Out& out, std::int64_t value) {
  using T = Target<Out>;
  if constexpr (std::is_integral_v<T>) {
    out = static_cast<T>(value);
  } else if constexpr (std::is_same_v<T, Money>) {
    out = Money{value};
  } else {
    out = T{static_cast<decltype(T::value)>(value)};
  }
}

template <class Read>
bool read_field(JsonReader& reader, const Field<Read>& field, std::uint64_t bit,
                std::uint64_t& seen) {
  if ((seen & bit) != 0) return reader.fail_member(field.name, "is there twice");
  seen |= bit;
  reader.push_name(field.name);
  if (!field.read(reader)) return false;
  reader.pop();
  return true;
}

template <class... Reads>
bool read_object(JsonReader& reader, const Field<Reads>&... fields) {
  static_assert(sizeof...(fields) <= 64, "the members seen are kept in 64 bits");
  if (!reader.enter_object()) return false;
  std::uint64_t seen = 0;
  std::string_view name;
  while (reader.next_member(name)) {
    [[maybe_unused]] std::uint64_t bit = 1;
    bool ok = false;
    const bool known = ((fields.name == name ? (ok = read_field(reader, fields, bit, seen), true)
                                             : (bit <<= 1, false)) ||
                        ...);
    if (!known) return reader.fail_member(name, "is unknown");
    if (!ok) return false;
  }
  if (reader.failed()) return false;
  [[maybe_unused]] std::uint64_t left = seen;
  [[maybe_unused]] const auto there = [&](std::string_view member, bool needed) {
    const bool given = (left & 1) != 0;
    left >>= 1;
    return given || !needed || reader.fail_member(member, "is missing");
  };
  return (there(fields.name, fields.required) && ...);
}

}  // namespace detail

// Reads a whole body, which must be one object. On false, reader.error() has the reason.
template <class... Reads>
bool read(JsonReader& reader, std::string_view body, const Field<Reads>&... fields) {
  reader.start(body);
  detail::read_object(reader, fields...);
  return reader.finish(body);
}

template <class... Reads>
auto object(Field<Reads>... fields) {
  return [=](JsonReader& reader) { return detail::read_object(reader, fields...); };
}

// An array of min to max items. item(T&) returns the reader of one. For vectors and static_vectors.
template <class Items, class Item>
auto list(Items& out, std::size_t min, std::size_t max, Item item) {
  if constexpr (requires { Items::static_capacity; }) FR_CHECK(max <= Items::static_capacity);
  return [&out, min, max, item](JsonReader& reader) {
    if (!reader.enter_array()) return false;
    out.clear();
    while (reader.next_item()) {
      if (out.size() == max)
        return reader.fail("must not have more than " + std::to_string(max) + " items");
      reader.push_index(out.size());
      out.emplace_back();
      if (!item(out.back())(reader)) return false;
      reader.pop();
    }
    if (reader.failed()) return false;
    return out.size() >= min || reader.fail("must have at least " + std::to_string(min) + " items");
  };
}

template <class Out>
auto integer(Out& out, std::int64_t min, std::int64_t max) {
  return [&out, min, max](JsonReader& reader) {
    std::int64_t value = 0;
    if (!reader.integer(min, max, value)) return false;
    detail::store_integer(out, value);
    return true;
  };
}

// A strong id: an integer from 1 to the largest one that its type and JSON can carry.
template <class Out>
auto id(Out& out) {
  using Rep = decltype(detail::Target<Out>::value);
  return integer(
      out, 1, sizeof(Rep) < 8 ? static_cast<std::int64_t>(static_cast<Rep>(-1)) : kJsonIntegerMax);
}

template <class Out>
auto boolean(Out& out) {
  return [&out](JsonReader& reader) {
    bool value = false;
    if (!reader.boolean(value)) return false;
    out = value;
    return true;
  };
}

// Reads into a std::string, or into a std::string_view that is valid until the reader's next body.
template <class Out>
auto text(Out& out, std::size_t chars_min, std::size_t chars_max) {
  return [&out, chars_min, chars_max](JsonReader& reader) {
    std::string_view value;
    if (!reader.text(chars_min, chars_max, value)) return false;
    out = detail::Target<Out>(value);
    return true;
  };
}

// A string that `parse` converts to the target, or refuses by nullopt.
template <class Out, class Parse>
auto parsed(Out& out, Parse parse, std::string_view why) {
  return [&out, parse, why](JsonReader& reader) {
    std::string_view value;
    if (!reader.text(0, static_cast<std::size_t>(-1), value)) return false;
    const auto result = parse(value);
    if (!result) return reader.fail(why);
    out = *result;
    return true;
  };
}

template <class Out>
auto uuid(Out& out) {
  return parsed(out, parse_uuid, "must be a UUID and not the nil UUID");
}
template <class Out>
auto date(Out& out) {
  return parsed(out, parse_date, "must be a date such as 2026-12-24 or 2026-12-24T19:30");
}
template <class Out>
auto instant(Out& out) {
  return parsed(out, parse_instant, "must be a time such as 2026-12-24T20:00:00Z");
}
template <class Out>
auto currency(Out& out) {
  return parsed(out, parse_currency, "must be a currency code such as KRW");
}

// One of a few words: choice(phase, {{"open", Phase::kOpen}, {"paused", Phase::kPaused}}).
template <class Out>
auto choice(Out& out,
            std::initializer_list<std::pair<std::string_view, detail::Target<Out>>> choices) {
  return [&out, choices](JsonReader& reader) {
    std::string_view value;
    if (!reader.text(0, static_cast<std::size_t>(-1), value)) return false;
    std::string words;
    for (const auto& [word, meaning] : choices) {
      if (word == value) {
        out = meaning;
        return true;
      }
    }
    for (const auto& [word, meaning] : choices) {
      if (!words.empty()) words += ", ";
      words += word;
    }
    return reader.fail("must be one of " + words);
  };
}

}  // namespace frontrow::json

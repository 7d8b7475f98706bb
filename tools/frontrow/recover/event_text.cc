#include "tools/frontrow/recover/event_text.h"

#include <fmt/format.h>

#include <iterator>

#include "engine/base/seeded_shuffle.h"
#include "engine/core/apply.h"
#include "engine/core/codec/answer_codec.h"
#include "engine/core/state/answer_scope.h"
#include "engine/core/state/answer_table.h"
#include "net/api/api_render.h"
#include "net/json/json_writer.h"
#include "tools/frontrow/recover/event_fields.h"

namespace frontrow::recover {
namespace {

// The event decoder accepts any number for an enum; a number without a name is printed as a number.
template <class E>
std::string enum_text(E value, E last) {
  const auto number = static_cast<unsigned>(value);
  const bool is_known =
      number <= static_cast<unsigned>(last) && (number >= 1 || std::is_same_v<E, Reject>);
  if (!is_known) return std::to_string(number);
  if constexpr (std::is_same_v<E, Reject> || std::is_same_v<E, ActKind>)
    return std::string(name_of(value));
  else
    return std::string(frontrow::text_of(value));
}
std::string text_of_enum(Phase v) { return enum_text(v, Phase::kClosed); }
std::string text_of_enum(TokenState v) { return enum_text(v, TokenState::kLeft); }
std::string text_of_enum(HoldState v) { return enum_text(v, HoldState::kRefunded); }
std::string text_of_enum(PaymentState v) { return enum_text(v, PaymentState::kRefunded); }
std::string text_of_enum(SectionKind v) { return enum_text(v, SectionKind::kGeneral); }
std::string text_of_enum(Reject v) { return enum_text(v, static_cast<Reject>(kRejectCount - 1)); }
std::string text_of_enum(ActKind v) { return enum_text(v, kLastActKind); }
std::string text_of_enum(PartKind v) {
  static constexpr const char* kTexts[] = {
      "slot",         "registrations",  "wallets",    "answers",      "concert",
      "tokens",       "seats",          "sessions",   "holds",        "expired_holds",
      "payments",     "outbox_entries", "buyers",     "tenure",       "begun",
      "acts",         "references",     "challenges", "ticket_uses",  "registrations",
      "concert",      "holds",          "plans",      "waitlist",     "offer_sessions",
      "access_codes", "changed_dates",  "shuffles",   "seat_refunds", "returned"};
  const auto number = static_cast<std::size_t>(v);
  const bool is_known = number >= 1 && number <= std::size(kTexts);
  return is_known ? kTexts[number - 1] : std::to_string(number);
}

// The summary of arbitrary bytes: a truncated part has no kind and no rows.
PartSummary summary_of(const std::vector<std::byte>& part) {
  ByteReader reader(part);
  const auto kind = static_cast<PartKind>(reader.get<std::uint8_t>());
  static_cast<void>(reader.get_bytes(11));  // zeros, the concert and the first
  const auto rows = reader.get<std::uint32_t>();
  if (reader.failed()) return {{}, 0, part.size()};
  return {kind, rows, part.size()};
}

// True for the fields that are printed in hexadecimal.
bool is_hash(std::string_view name) {
  return name == "hash" || name == "map" || name == "stream" || name == "challenge";
}
std::string hash_text(std::uint64_t hash) { return fmt::format("{:016x}", hash); }

std::string hash_text(const Hash128& hash) {
  return fmt::format("{:016x}{:016x}", hash.high, hash.low);
}

std::string key_text(const RequestKey& key) {
  return fmt::format("{:016x}{:016x}:{:016x}", key.key.high, key.key.low, key.request);
}

template <class T>
concept Listed = requires { typename T::allocator_type; } && !std::same_as<T, std::string>;
template <class T>
concept Numbered = requires(T id) { id.value; };

class LineWriter {
 public:
  explicit LineWriter(std::string& out) : out_(out) {}

  template <class T>
  void fields(const T& value) {
    for_each_field(value, [this](std::string_view name, const auto& field) {
      fmt::format_to(std::back_inserter(out_), " {} ", name);
      if constexpr (std::is_same_v<std::decay_t<decltype(field)>, std::uint64_t>) {
        if (is_hash(name)) return void(out_ += hash_text(field));
      }
      put(field);
    });
  }

 private:
  template <class T>
  void put(const T& v) {
    if constexpr (std::is_enum_v<T>) {
      out_ += text_of_enum(v);
    } else if constexpr (std::is_same_v<T, bool>) {
      out_ += v ? "true" : "false";
    } else if constexpr (std::is_integral_v<T>) {
      append(v);
    } else if constexpr (std::is_same_v<T, SeatList>) {
      for (std::size_t i = 0; i < v.size(); ++i) {
        if (i > 0) out_ += ',';
        append(v[i].value);
      }
    } else if constexpr (std::is_same_v<T, std::vector<std::byte>>) {
      put(summary_of(v));
    } else if constexpr (Listed<T>) {
      put_list(v);
    } else if constexpr (Numbered<T>) {
      append(v.value);
    } else if constexpr (HasFieldNames<T>) {
      out_ += '{';
      const std::size_t begin = out_.size();
      fields(v);
      out_.erase(begin, 1);  // the space before the first name
      out_ += '}';
    } else {
      put_plain(v);
    }
  }
  template <class T>
  void put_list(const T& list) {
    out_ += '[';
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (i > 0) out_ += ' ';
      put(list[i]);
    }
    out_ += ']';
  }
  void put_plain(Money v) { append(v.minor); }
  void put_plain(Instant v) { out_ += v.is_set() ? to_string(v) : "-"; }
  void put_plain(Date v) { out_ += to_string(v); }
  void put_plain(const UserId& v) { out_ += to_string(v); }
  void put_plain(const Currency& v) { out_ += v.text(); }
  void put_plain(const RequestKey& v) { out_ += v.present() ? key_text(v) : "-"; }
  void put_plain(const Hash128& v) { out_ += hash_text(v); }
  void put_plain(const Bytes32& v) { out_ += to_hex(v); }
  void put_plain(const Actor& v) { out_ += v.text(); }
  void put_plain(const std::string& v) { JsonWriter(out_).value(v); }
  void append(std::integral auto v) { out_ += fmt::format_int(v).c_str(); }

  std::string& out_;
};

class MemberWriter {
 public:
  explicit MemberWriter(std::string& out) : json_(out) {}
  JsonWriter& json() { return json_; }

  template <class T>
  void fields(const T& value) {
    for_each_field(value, [this](std::string_view name, const auto& field) {
      json_.key(camel_case(name));
      if constexpr (std::is_same_v<std::decay_t<decltype(field)>, std::uint64_t>) {
        if (is_hash(name)) return void(json_.value(hash_text(field)));
      }
      put(field);
    });
  }

 private:
  template <class T>
  void put(const T& v) {
    if constexpr (std::is_enum_v<T>) {
      json_.value(text_of_enum(v));
    } else if constexpr (std::is_same_v<T, std::vector<std::byte>>) {
      put(summary_of(v));
    } else if constexpr (std::is_same_v<T, SeatList> || Listed<T>) {
      json_.begin_array();
      for (const auto& element : v) put(element);
      json_.end_array();
    } else if constexpr (std::is_same_v<T, RequestKey>) {
      v.present() ? json_.value(key_text(v)) : json_.null();
    } else if constexpr (std::is_same_v<T, Hash128>) {
      json_.value(hash_text(v));
    } else if constexpr (std::is_same_v<T, Bytes32>) {
      json_.value(to_hex(v));
    } else if constexpr (std::is_same_v<T, Actor>) {
      json_.value(v.text());
    } else if constexpr (std::is_same_v<T, Instant>) {
      v.is_set() ? json_.value(v) : json_.null();
    } else if constexpr (HasFieldNames<T>) {
      json_.begin_object();
      fields(v);
      json_.end_object();
    } else {
      json_.value(v);
    }
  }

  JsonWriter json_;
};

// Calls visit with the answer's body if its fields have names.
template <class Visit>
void visit_answer(const ReplyBody& body, const Visit& visit) {
  std::visit(
      [&visit]<class T>(const T& v) {
        if constexpr (HasFieldNames<T>) visit(v);
      },
      body);
}

// The event as it is printed.
template <class E>
const E& printable(const E& e) {
  return e;
}
PlanSize printable(const PlanRegistered& e) { return {e.plan, e.name, e.seats, e.document.size()}; }

CodeCount printable(const AccessCodesAdded& e) {
  return {e.concert, e.batch, e.uses, e.opens_at, e.key, e.hashes.size()};
}

OrderPromise printable(const OrderSet& e) { return {e.concert, commitment_of(e.seed)}; }

// The user of the stored answer: the nil user for an operator's answer, for any resource.
UserId user_of(const EventPlace& place, const AnswerStored& e) {
  return !e.concert && is_operator_scope(e.user, place.slot) ? kOperator : e.user;
}

// The event without the answer's bytes; the decoded answer is printed in their place.
AnswerStored without_answer(const EventPlace& place, const AnswerStored& e) {
  return {e.concert, user_of(place, e), e.key, {}};
}

}  // namespace

std::string camel_case(std::string_view name) {
  std::string out;
  bool up = false;
  for (const char c : name) {
    if (c == '_' || c == ' ') {
      up = true;
      continue;
    }
    out += up && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    up = false;
  }
  return out;
}

void append_line(std::string& out, const EventPlace& place, const Event& event) {
  fmt::format_to(std::back_inserter(out), "{} group {} slot {} seq {} {}", to_string(place.time),
                 place.group, place.slot.value, place.seq, name_of(event));
  LineWriter line(out);
  if (const auto* stored = std::get_if<AnswerStored>(&event)) {
    line.fields(without_answer(place, *stored));
    out.resize(out.size() - 2);  // the empty text
    const auto reply = decode_answer(stored->answer);
    out += reply.ok() ? fmt::format("{{{} created {}", name_of(reply->body), reply->created)
                      : "{unreadable";
    if (reply.ok()) visit_answer(reply->body, [&line](const auto& v) { line.fields(v); });
    out += '}';
  } else {
    std::visit([&line](const auto& e) { line.fields(printable(e)); }, event);
  }
}

void append_json(std::string& out, const EventPlace& place, const Event& event) {
  MemberWriter members(out);
  JsonWriter& json = members.json();
  json.begin_object().member("time", place.time).member("group", place.group);
  json.member("slot", place.slot).member("seq", place.seq).member("event", name_of(event));
  if (const auto* stored = std::get_if<AnswerStored>(&event)) {
    json.member("concert", stored->concert).member("user", user_of(place, *stored));
    json.member("key", key_text(stored->key)).object("answer");
    const auto reply = decode_answer(stored->answer);
    json.member("type", reply.ok() ? name_of(reply->body) : "unreadable");
    if (reply.ok()) {
      json.member("created", reply->created);
      visit_answer(reply->body, [&members](const auto& v) { members.fields(v); });
    }
    json.end_object();
  } else {
    std::visit([&members](const auto& e) { members.fields(printable(e)); }, event);
  }
  json.end_object();
}

}  // namespace frontrow::recover

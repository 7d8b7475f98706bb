// Layouts that earlier versions wrote and this one only reads: concerts without showings, time zone
// and kinds of sections (group format 1 and 2, snapshots 1 to 3). Each becomes the present struct
// by present(). Used by event_codec.cc and snapshot_load.cc.
#pragma once

#include <string>
#include <tuple>
#include <vector>

#include "engine/core/codec/field_codec.h"
#include "engine/core/protocol/event.h"

namespace frontrow {

struct FormerRules {
  QueueRules queue;
  std::uint32_t hold_s = 0;
  std::uint32_t seats_per_user = 0;
  static auto tie(auto& v) { return std::tie(v.queue, v.hold_s, v.seats_per_user); }
  SaleRules present() const {
    return {.queue = queue, .hold_s = hold_s, .seats_per_user = seats_per_user};
  }
};

struct FormerSection {
  std::string name;
  std::uint32_t seats = 0;
  Money price;
  static auto tie(auto& v) { return std::tie(v.name, v.seats, v.price); }
};

struct FormerDate {
  Date date;
  std::vector<FormerSection> sections;
  static auto tie(auto& v) { return std::tie(v.date, v.sections); }
  DateSpec present() const {
    DateSpec spec{.date = date};
    for (const FormerSection& s : sections)
      spec.sections.push_back({.name = s.name, .seats = s.seats, .price = s.price});
    return spec;
  }
};

struct FormerSpec {
  std::string title;
  Instant opens_at;
  Currency currency;
  FormerRules rules;
  std::vector<FormerDate> dates;
  static auto tie(auto& v) { return std::tie(v.title, v.opens_at, v.currency, v.rules, v.dates); }
  ConcertSpec present() const {
    ConcertSpec spec{
        .title = title, .opens_at = opens_at, .currency = currency, .rules = rules.present()};
    for (const FormerDate& date : dates) spec.dates.push_back(date.present());
    return spec;
  }
};

struct FormerConcertRegistered {
  static constexpr std::uint8_t kTag = 1;
  ConcertId concert;
  FormerSpec spec;
  RequestKey key;
  static auto tie(auto& v) { return std::tie(v.concert, v.spec, v.key); }
  ConcertRegistered present() const { return {concert, spec.present(), key}; }
};

struct FormerConcertCreated {
  static constexpr std::uint8_t kTag = 10;
  ConcertId concert;
  FormerSpec spec;
  static auto tie(auto& v) { return std::tie(v.concert, v.spec); }
  ConcertCreatedEvent present() const { return {concert, spec.present()}; }
};

struct FormerConcertChanged {
  static constexpr std::uint8_t kTag = 11;
  ConcertId concert;
  std::string title;
  Instant opens_at;
  FormerRules rules;
  std::uint32_t token_epoch = 0;
  static auto tie(auto& v) {
    return std::tie(v.concert, v.title, v.opens_at, v.rules, v.token_epoch);
  }
  ConcertChanged present() const {
    return {.concert = concert,
            .title = title,
            .opens_at = opens_at,
            .rules = rules.present(),
            .token_epoch = token_epoch};
  }
};

}  // namespace frontrow

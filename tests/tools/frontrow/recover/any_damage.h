// Damage to any file of a data directory, and what the two readers beside salvage make of it: a
// start of the server, and `recover verify`.
//
// Each reader works in a child process: RocksDB aborts on some damage, and a start changes what it
// opens in memory that the next one would share.
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/prng.h"
#include "tests/tools/frontrow/recover/salvage_support.h"

namespace frontrow::recover {

// Sales with restarts, snapshots and a kill at the end; `trim`: the old groups are forgotten, too.
void play_long(const std::string& data, History& history, bool trim);
// How many groups are stored and sound in themselves.
std::uint64_t count_groups(const std::string& data);

enum class DamageKind : std::uint8_t { kFlip, kZeroPage, kCut, kDelete, kSwap };
inline constexpr std::size_t kDamageKinds = 5;

struct Damage {
  DamageKind kind = DamageKind::kFlip;
  std::string what;  // the file, and what was done to it
};
// One damage to one file of the directory, or to two that change places (table with table, log with
// log).
Damage damage(const std::string& data, Prng& prng);

enum class Judgement : std::uint8_t {
  kSound,       // said to be sound, and every slot is in its newest state
  kRefused,     // by a message
  kBrokeDown,   // RocksDB ended the process
  kSilentLoss,  // said to be sound, but something is missing
};
struct Judged {
  Judgement judgement = Judgement::kSound;
  std::string said;
};
// Opens the journal and recovers, as the server does. Changes the directory.
Judged judge_start(const std::string& data, const SlotMarks& newest);
// `groups`: as many as there were.
Judged judge_verify(const std::string& data, const SlotMarks& newest, std::uint64_t groups);

}  // namespace frontrow::recover

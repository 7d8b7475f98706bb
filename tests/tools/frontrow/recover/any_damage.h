// Damage to any file of a data directory, and the judgements of the two readers beside salvage: a
// start of the server, and `recover verify`.
//
// Each reader works in a child process: RocksDB aborts on some damage, and a start changes state in
// memory that the next one would share.
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/prng.h"
#include "tests/tools/frontrow/recover/salvage_support.h"

namespace frontrow::recover {

// Sales with restarts, snapshots and a kill at the end; `trim`: old groups are trimmed too.
void play_long(const std::string& data, History& history, bool trim);
// The number of stored groups that are sound in themselves.
std::uint64_t count_groups(const std::string& data);

enum class DamageKind : std::uint8_t { kFlip, kZeroPage, kCut, kDelete, kSwap };
inline constexpr std::size_t kDamageKinds = 5;

struct Damage {
  DamageKind kind = DamageKind::kFlip;
  std::string what;  // the file and its damage
};
// One damage to one file of the directory, or to two that are swapped (table with table, log with
// log).
Damage damage(const std::string& data, Prng& prng);

enum class Judgement : std::uint8_t {
  kSound,       // reported sound, and every slot is in its newest state
  kRefused,     // with a message
  kBrokeDown,   // RocksDB ended the process
  kSilentLoss,  // reported sound, but state is missing
};
struct Judged {
  Judgement judgement = Judgement::kSound;
  std::string said;
};
// Opens the journal and recovers, as the server does. Changes the directory.
Judged judge_start(const std::string& data, const SlotVersions& newest);
// `groups`: the number before the damage.
Judged judge_verify(const std::string& data, const SlotVersions& newest, std::uint64_t groups);

}  // namespace frontrow::recover

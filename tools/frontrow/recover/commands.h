// `frontrow recover`: commands on the data directory of a stopped instance, or a copy. No command
// writes into that directory.
//
// Each command prints its result to stdout and errors to stderr, one line each. It returns the
// program's exit code: 0 all is sound (or done), 1 something is wrong or was not found, 2 invalid
// arguments, 3 out of memory (last_words.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace frontrow::recover {

struct VerifyArgs {
  std::vector<std::string> data_dirs;  // of all instances of a cluster: then also checked together
  bool is_part = false;                // the other instances' directories are not available
  bool json = false;
};
// Checks chain hashes, group numbers, slot sequences, watermark, snapshots against replay,
// invariants of every slot, state hashes, copies of other streams, and whether every open transfer
// can be completed.
int verify(const VerifyArgs& args);

struct RebuildArgs {
  std::string data_dir;
  std::string to;  // must not exist, or be empty
};
// Writes a fresh data directory of the same state: groups copied, snapshots newly made from them.
// Sound copies of other streams are carried over as they are.
int rebuild(const RebuildArgs& args);

struct ShowArgs {
  std::string data_dir;
  std::vector<std::string> what;  // kind and ids, as in `show --help`; none: an overview
  std::string at;                 // time or slot:seq; empty: the newest state
  bool json = false;
};
// Shows the state of one entity, now or at a time, and the events that led to it. The newest state
// also comes from copies of other streams in the directory; a past one from its own stream only.
int show(const ShowArgs& args);

struct LogArgs {
  std::string data_dir;
  std::optional<std::uint16_t> slot;
  std::uint64_t from = 1;  // group
  std::string stream;      // hexadecimal: of a copy, or the own one; empty: the own one
  bool follow = false;     // of a running instance, until SIGINT
  bool json = false;       // one object a line
};
int log(const LogArgs& args);

struct ExportArgs {
  std::vector<std::string> data_dirs;  // of all instances of a cluster
  std::string to;                      // must not exist, or be empty
  bool ndjson = false;
};
// Writes sold seats, payments and wallets as files, rows in a fixed order, with totals that must
// balance. The newest state of each slot counts, from a copy as well as from its owner's directory.
int export_books(const ExportArgs& args);

struct SalvageArgs {
  std::string data_dir;
  std::string to;  // must not exist, or be empty
  bool json = false;
};
// After damage: writes a fresh data directory with every slot up to its first damage, and lists
// exactly the records beyond it.
int salvage(const SalvageArgs& args);

}  // namespace frontrow::recover

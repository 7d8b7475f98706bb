#include "tools/frontrow/cli/cli_shuffle.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "engine/base/text.h"
#include "engine/core/protocol/limits.h"

namespace frontrow {
namespace {

constexpr const char* kShuffleVerifyFooter = R"(
A concert with "order": "random" publishes the SHA-256 of its seed before the sale opens, and then
the seed and the count of the numbers that it shuffled. This command repeats the shuffle from them,
without a server. Give --promised what you noted before the opening: only that shows that the seed
was not changed since. Exit code 1 if the seed is another one.

Examples:
  curl -s https://shop.example/v1/concerts/7 | frontrow shuffle verify --concert - --number 1024
  frontrow shuffle verify --commitment HEX --seed HEX --count 5321 --all > places.csv)";

Status read_hex(const char* flag, const std::string& text, Bytes32& out) {
  const auto bytes = parse_bytes32(text);
  if (!bytes) return Error{fmt::format("{} must be 64 hexadecimal digits", flag)};
  out = *bytes;
  return {};
}

Status read_count(const char* flag, const std::string& text, std::uint32_t& out) {
  const auto number = parse_number<std::uint32_t>(text);
  if (!number || *number > kDrawnPerConcertMax)
    return Error{fmt::format("{} must be a whole number, at most {}", flag, kDrawnPerConcertMax)};
  out = *number;
  return {};
}

}  // namespace

struct ShuffleCommandLine::Given {
  CLI::App* command = nullptr;
  std::string concert, commitment, seed, count, promised, number;
  bool all = false;
};

ShuffleCommandLine::ShuffleCommandLine(CLI::App& program) : given_(std::make_unique<Given>()) {
  Given& g = *given_;
  g.command = program.add_subcommand("shuffle", "Check the order of a line that was shuffled");
  g.command->require_subcommand(1);
  CLI::App* check = g.command->add_subcommand("verify", "Repeat a shuffle from public data");
  check->footer(kShuffleVerifyFooter);
  check->add_option("--concert", g.concert, "The document of GET /v1/concerts/{c}; '-' for stdin")
      ->type_name("FILE");
  check->add_option("--commitment", g.commitment, "The concert's seedCommitment")->type_name("HEX");
  check->add_option("--seed", g.seed, "The concert's seed")->type_name("HEX");
  check->add_option("--count", g.count, "The concert's shuffledCount")->type_name("N");
  check
      ->add_option("--promised", g.promised,
                   "The seedCommitment as it was before the opening (default: as it is now)")
      ->type_name("HEX");
  check->add_option("--number", g.number, "Print the place of this number")->type_name("N");
  check->add_flag("--all", g.all, "Print all places as CSV");
}

ShuffleCommandLine::~ShuffleCommandLine() = default;

bool ShuffleCommandLine::parsed() const { return given_->command->parsed(); }

Result<shuffle::VerifyArgs> ShuffleCommandLine::asked() const {
  const Given& g = *given_;
  shuffle::VerifyArgs args{.concert = g.concert, .all = g.all};
  const bool has_values = !g.commitment.empty() || !g.seed.empty() || !g.count.empty();
  if (has_values == !g.concert.empty())
    return Error{"shuffle verify needs --concert, or --commitment, --seed and --count"};
  if (g.all && !g.number.empty()) return Error{"--all and --number exclude each other"};
  if (has_values) {
    if (Status s = read_hex("--commitment", g.commitment, args.given.commitment); !s.ok())
      return Error{s.error()};
    if (Status s = read_hex("--seed", g.seed, args.given.seed); !s.ok()) return Error{s.error()};
    if (Status s = read_count("--count", g.count, args.given.count); !s.ok())
      return Error{s.error()};
  }
  if (!g.promised.empty()) {
    if (Status s = read_hex("--promised", g.promised, args.promised.emplace()); !s.ok())
      return Error{s.error()};
  }
  if (!g.number.empty()) {
    if (Status s = read_count("--number", g.number, args.number.emplace()); !s.ok())
      return Error{s.error()};
    if (*args.number == 0) return Error{"--number must be at least 1"};
  }
  return args;
}

}  // namespace frontrow

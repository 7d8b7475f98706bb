#include "tools/frontrow/cli/cli_shuffle.h"

#include <gtest/gtest.h>

#include "tests/tools/frontrow/support/command_lines.h"

namespace frontrow {
namespace {

const std::string kHex(64, 'a');

CommandLine shuffle_line(std::vector<std::string> args) {
  return parsed_line("shuffle", std::move(args));
}

TEST(CliShuffle, verify_takes_the_values_or_a_document) {
  const CommandLine line = shuffle_line({"verify", "--commitment", kHex, "--seed", kHex, "--count",
                                         "12", "--number", "3", "--promised", kHex});
  ASSERT_EQ(line.action, CommandLine::Action::kShuffle) << line.error;
  EXPECT_EQ(line.shuffle.given.commitment, *parse_bytes32(kHex));
  EXPECT_EQ(line.shuffle.given.seed, *parse_bytes32(kHex));
  EXPECT_EQ(line.shuffle.given.count, 12U);
  EXPECT_EQ(line.shuffle.number, 3U);
  EXPECT_EQ(line.shuffle.promised, *parse_bytes32(kHex));
  const CommandLine document = shuffle_line({"verify", "--concert", "-", "--all"});
  ASSERT_EQ(document.action, CommandLine::Action::kShuffle) << document.error;
  EXPECT_EQ(document.shuffle.concert, "-");
  EXPECT_TRUE(document.shuffle.all);
  EXPECT_FALSE(document.shuffle.number || document.shuffle.promised);
}

TEST(CliShuffle, mistakes_are_named) {
  const std::pair<std::vector<std::string>, std::string> cases[] = {
      {{}, "no command given; frontrow shuffle has verify;"},
      {{"verify"}, "shuffle verify needs --concert, or --commitment, --seed and --count"},
      {{"verify", "--concert", "f", "--count", "1"}, "shuffle verify needs --concert, or"},
      {{"verify", "--commitment", "ab", "--seed", kHex, "--count", "1"},
       "--commitment must be 64 hexadecimal digits"},
      {{"verify", "--commitment", kHex, "--count", "1"}, "--seed must be 64 hexadecimal digits"},
      {{"verify", "--commitment", kHex, "--seed", kHex}, "--count must be a whole number"},
      {{"verify", "--commitment", kHex, "--seed", kHex, "--count", "-1"},
       "--count must be a whole number"},
      {{"verify", "--concert", "f", "--promised", "x"}, "--promised must be 64 hexadecimal"},
      {{"verify", "--concert", "f", "--number", "0"}, "--number must be at least 1"},
      {{"verify", "--concert", "f", "--number", "1", "--all"}, "--all and --number exclude"},
  };
  for (const auto& [args, error] : cases) {
    const CommandLine line = shuffle_line(args);
    EXPECT_EQ(line.action, CommandLine::Action::kExit);
    EXPECT_EQ(line.exit_code, 2);
    EXPECT_NE(line.error.find(error), std::string::npos) << line.error;
  }
}

}  // namespace
}  // namespace frontrow

#include "tools/frontrow/cli/cli_recover.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/tools/frontrow/support/command_lines.h"
#include "tools/frontrow/cli/cli.h"

namespace frontrow {
namespace {

using testing::HasSubstr;

CommandLine recover_line(std::vector<std::string> args) {
  return parsed_line("recover", std::move(args));
}

// Parses the arguments, and expects this command.
template <class Args>
Args parsed_recover(std::vector<std::string> args) {
  return args_of<Args>(recover_line(std::move(args)), CommandLine::Action::kRecover,
                       &CommandLine::recover);
}

TEST(RecoverCommandLine, verify) {
  using Dirs = std::vector<std::string>;
  EXPECT_EQ(parsed_recover<recover::VerifyArgs>({"verify", "--data-dir", "/d"}).data_dirs,
            Dirs{"/d"});
  EXPECT_EQ(parsed_recover<recover::VerifyArgs>({"verify", "--data-dir", "/d", "--data-dir", "/e"})
                .data_dirs,
            (Dirs{"/d", "/e"}));
  EXPECT_TRUE(
      parsed_recover<recover::VerifyArgs>({"verify", "--data-dir", "/d", "--part"}).is_part);
  EXPECT_FALSE(parsed_recover<recover::VerifyArgs>({"verify", "--data-dir", "/d"}).json);
  EXPECT_TRUE(parsed_recover<recover::VerifyArgs>({"verify", "--json", "--data-dir=/d"}).json);
}

TEST(RecoverCommandLine, show) {
  const auto overview = parsed_recover<recover::ShowArgs>({"show", "--data-dir", "/d"});
  EXPECT_TRUE(overview.what.empty());
  EXPECT_EQ(overview.at, "");
  const auto seat = parsed_recover<recover::ShowArgs>(
      {"show", "seat", "1", "2027-05-01", "12", "--data-dir", "/d", "--at", "77:12", "--json"});
  EXPECT_EQ(seat.what, (std::vector<std::string>{"seat", "1", "2027-05-01", "12"}));
  EXPECT_EQ(seat.at, "77:12");
  EXPECT_TRUE(seat.json);
  const auto before =
      parsed_recover<recover::ShowArgs>({"show", "--data-dir", "/d", "concert", "7"});
  EXPECT_EQ(before.what, (std::vector<std::string>{"concert", "7"}));
}

TEST(RecoverCommandLine, log) {
  const auto all = parsed_recover<recover::LogArgs>({"log", "--data-dir", "/d"});
  EXPECT_FALSE(all.slot.has_value());
  EXPECT_EQ(all.from, 1U);
  EXPECT_FALSE(all.follow);
  EXPECT_FALSE(all.json);
  const auto some =
      parsed_recover<recover::LogArgs>({"log", "--data-dir", "/d", "--slot", "0", "--from", "4711",
                                        "--follow", "--format", "ndjson"});
  EXPECT_EQ(some.slot, 0);
  EXPECT_EQ(some.from, 4711U);
  EXPECT_TRUE(some.follow);
  EXPECT_TRUE(some.json);
}

TEST(RecoverCommandLine, those_that_write) {
  const auto rebuild =
      parsed_recover<recover::RebuildArgs>({"rebuild", "--data-dir", "/d", "--to", "/t"});
  EXPECT_EQ(rebuild.data_dir + rebuild.to, "/d/t");
  const auto books =
      parsed_recover<recover::ExportArgs>({"export", "--data-dir", "/d", "--to", "/t"});
  EXPECT_EQ(books.data_dirs.front() + books.to, "/d/t");
  EXPECT_FALSE(books.ndjson);
  EXPECT_TRUE(parsed_recover<recover::ExportArgs>(
                  {"export", "--data-dir", "/d", "--to", "/t", "--format", "ndjson"})
                  .ndjson);
  const auto salvage =
      parsed_recover<recover::SalvageArgs>({"salvage", "--json", "--data-dir", "/d", "--to", "/t"});
  EXPECT_EQ(salvage.data_dir + salvage.to, "/d/t");
  EXPECT_TRUE(salvage.json);
}

TEST(RecoverCommandLine, mistakes_exit_with_2_and_name_what_is_wrong) {
  struct Case {
    std::vector<std::string> args;
    const char* error;
  };
  for (const Case& c : std::vector<Case>{
           {{}, "no command given; frontrow recover has verify, "},
           {{"bake"}, "has no command bake"},
           {{"verify"}, "--data-dir"},
           {{"verify", "--data-dir"}, "--data-dir"},
           {{"rebuild", "--data-dir", "/d"}, "--to"},
           {{"export", "--data-dir", "/d"}, "--to"},
           {{"salvage", "--data-dir", "/d"}, "--to"},
           {{"export", "--data-dir", "/d", "--to", "/t", "--format", "xml"}, "xml"},
           {{"log", "--data-dir", "/d", "--slot", "4096"}, "4096"},
           {{"log", "--data-dir", "/d", "--slot", "x"}, "--slot"},
           {{"log", "--data-dir", "/d", "--from", "-1"}, "--from"},
           {{"log", "--data-dir", "/d", "--format", "csv"}, "csv"},
           {{"verify", "--data-dir", "/d", "--at", "7"}, "--at"},
       }) {
    const CommandLine line = recover_line(c.args);
    EXPECT_EQ(line.action, CommandLine::Action::kExit) << c.error;
    EXPECT_EQ(line.exit_code, 2) << c.error;
    EXPECT_THAT(line.error, HasSubstr(c.error));
  }
}

TEST(RecoverCommandLine, help_shows_the_commands_and_examples_that_parse) {
  const CommandLine help = recover_line({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const char* command : {"verify", "rebuild", "show", "log", "export", "salvage"})
    EXPECT_THAT(help.output, HasSubstr(command));
  // Every example of every help is a valid command line.
  std::size_t examples = 0;
  for (const std::vector<std::string>& args :
       std::vector<std::vector<std::string>>{{"--help"}, {"show", "--help"}, {"log", "--help"}}) {
    std::istringstream lines(recover_line(args).output);
    for (std::string line; std::getline(lines, line);) {
      const std::size_t at = line.find("frontrow recover ");
      if (at == line.npos || line.starts_with("Usage")) continue;
      // Up to the explanation after two spaces, or the pipe.
      std::string text = line.substr(at + std::string("frontrow recover ").size());
      text = text.substr(0, std::min(text.find("  "), text.find(" |")));
      std::istringstream words(text);
      std::vector<std::string> example;
      for (std::string word; words >> word;) example.push_back(word);
      EXPECT_EQ(recover_line(example).action, CommandLine::Action::kRecover) << line;
      ++examples;
    }
  }
  EXPECT_GE(examples, 12U);
}

}  // namespace
}  // namespace frontrow

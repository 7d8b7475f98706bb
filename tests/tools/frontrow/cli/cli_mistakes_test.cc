// Command lines of users who do not know the program yet.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/frontrow/cli/cli.h"
#include "tools/frontrow/common/suggest.h"

namespace frontrow {
namespace {

using testing::HasSubstr;

CommandLine line_of(std::vector<std::string> args) {
  return parse_command_line({std::move(args), "", "1.2.3"});
}

TEST(CliWords, help_and_version_work_as_words) {
  for (const std::vector<std::string>& args :
       std::vector<std::vector<std::string>>{{"version"}, {"--version"}, {"-V"}}) {
    const CommandLine line = line_of(args);
    EXPECT_EQ(line.exit_code, 0) << args[0] << line.error;
    EXPECT_EQ(line.output, "frontrow 1.2.3\n");
  }
  const std::pair<std::vector<std::string>, std::vector<std::string>> same[] = {
      {{"help"}, {"--help"}},
      {{"help", "serve"}, {"serve", "--help"}},
      {{"serve", "help"}, {"serve", "--help"}},
      {{"recover", "help"}, {"recover", "--help"}},
      {{"help", "recover", "verify"}, {"recover", "verify", "--help"}},
      {{"recover", "help", "verify"}, {"recover", "verify", "--help"}},
      {{"cluster", "show", "help"}, {"cluster", "show", "--help"}},
      {{"help", "drop"}, {"drop", "--help"}},
  };
  for (const auto& [words, options] : same) {
    const CommandLine line = line_of(words);
    EXPECT_EQ(line.action, CommandLine::Action::kExit);
    EXPECT_EQ(line.exit_code, 0) << line.error;
    EXPECT_EQ(line.output, line_of(options).output);
    EXPECT_GT(line.output.size(), 100U);
  }
  // After an option it is the option's value.
  const CommandLine value = line_of({"serve", "--data-dir", "help"});
  ASSERT_EQ(value.action, CommandLine::Action::kServe) << value.error;
  EXPECT_EQ(value.serve.data_dir, "help");
}

TEST(CliWords, near_misses_get_a_suggestion) {
  const std::pair<std::vector<std::string>, std::string> cases[] = {
      {{"serv"},
       "frontrow has no command serv (did you mean serve?); `frontrow --help` lists them"},
      {{"recovr", "verify"}, "frontrow has no command recovr (did you mean recover?)"},
      {{"help", "simulat"}, "frontrow has no command simulat (did you mean simulate?)"},
      {{"recover", "verfiy", "--data-dir", "d"},
       "frontrow recover has no command verfiy (did you mean verify?)"},
      {{"cluster", "stat"}, "frontrow cluster has no command stat (did you mean status?)"},
      {{"serve", "--thread", "2"},
       "frontrow serve has no option --thread (did you mean --threads?); `frontrow serve --help` "
       "lists them"},
      {{"serve", "--data_dir=x"}, "has no option --data_dir (did you mean --data-dir?)"},
      {{"serve", "--http.header_bytes", "4096"}, "(did you mean --http-header-bytes?)"},
      {{"recover", "verify", "--datadir", "d"},
       "frontrow recover verify has no option --datadir (did you mean --data-dir?)"},
      {{"drop", "--fan", "10"}, "frontrow drop has no option --fan (did you mean --fans?)"},
      {{"--verison"}, "frontrow has no option --verison (did you mean --version?)"},
  };
  for (const auto& [args, message] : cases) {
    const CommandLine line = line_of(args);
    EXPECT_EQ(line.action, CommandLine::Action::kExit);
    EXPECT_EQ(line.exit_code, 2);
    EXPECT_THAT(line.error, HasSubstr(message));
    EXPECT_TRUE(line.error.starts_with("frontrow: ")) << line.error;
    EXPECT_EQ(std::count(line.error.begin(), line.error.end(), '\n'), 1) << line.error;
  }
}

TEST(CliWords, what_resembles_nothing_gets_none) {
  for (const std::vector<std::string>& args : std::vector<std::vector<std::string>>{
           {"dance"}, {"serve", "--colour", "1"}, {"recover", "bake"}}) {
    const CommandLine line = line_of(args);
    EXPECT_EQ(line.exit_code, 2);
    EXPECT_THAT(line.error, HasSubstr(args.back() == "1" ? args[1] : args.back()));
    EXPECT_EQ(line.error.find("did you mean"), line.error.npos) << line.error;
  }
  EXPECT_THAT(line_of({"serve", "stray"}).error, HasSubstr("takes no argument stray"));
}

TEST(CliWords, missing_command_is_answered_with_those_that_there_are) {
  EXPECT_EQ(line_of({}).exit_code, 2);
  EXPECT_THAT(line_of({}).error, HasSubstr("no command given; frontrow has serve, recover, drop, "
                                           "simulate, cluster, keys, plan, shuffle;"));
  EXPECT_THAT(line_of({"cluster"}).error,
              HasSubstr("no command given; frontrow cluster has init, status, show, add, remove,"));
}

TEST(Suggest, edits_count_letters_and_swaps) {
  EXPECT_EQ(edits_between("serve", "serve"), 0U);
  EXPECT_EQ(edits_between("serv", "serve"), 1U);
  EXPECT_EQ(edits_between("sevre", "serve"), 1U);
  EXPECT_EQ(edits_between("", "abc"), 3U);
  EXPECT_EQ(edits_between("abc", ""), 3U);
  EXPECT_EQ(edits_between("kitten", "sitting"), 3U);
  EXPECT_EQ(nearest_name("", {"a"}), "");
  EXPECT_EQ(nearest_name("thr", {"three", "through"}), "three");
  EXPECT_EQ(nearest_name(std::string(10'000, 'x'), {"serve"}), "");
}

}  // namespace
}  // namespace frontrow

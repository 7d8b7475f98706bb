// Ctrl-C: once for an orderly end, twice for an immediate one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

#include "tests/api/support/server_process.h"
#include "tests/api/support/shop.h"
#include "tests/tools/frontrow/drop/drop_process.h"
#include "tests/tools/frontrow/drop/faulty_proxy.h"

namespace frontrow::drop {
namespace {

using api::await;
using api::ServerProcess;
using testing::HasSubstr;
using testing::Not;

// Serves fans, and never answers the check of the books.
class SlowBooks {
 public:
  SlowBooks()
      : proxy_(server_.port(), [](std::string_view line) {
          return line.starts_with("GET /v1/users/") ? Mishap::kSilence : Mishap::kNone;
        }) {}
  std::vector<std::string> arguments(const char* fans, const char* arrive) const {
    return {"--target",  proxy_.url(), "--fans",        fans, "--arrive",  arrive,
            "--shape",   "spike",      "--connections", "4",  "--think",   "0ms",
            "--abandon", "0",          "--expire",      "0",  "--timeout", "60s"};
  }
  const std::string& key() const { return server_.admin_key(); }
  // Waits until the check of the books has begun.
  bool await_audit() const {
    return await([this] { return proxy_.count(Mishap::kSilence) > 0; }, 30'000);
  }

 private:
  ServerProcess server_;
  FaultyProxy proxy_;
};

TEST(DropInterrupt, one_while_the_books_are_checked_leaves_them_unchecked) {
  SlowBooks books;
  DropProcess run(books.arguments("20", "200ms"), books.key());
  ASSERT_TRUE(books.await_audit()) << run.progress();
  run.send_signal(SIGINT);
  EXPECT_EQ(run.wait(30'000), 1) << run.progress();
  EXPECT_THAT(run.report(), HasSubstr("NOT CHECKED: interrupted"));
}

TEST(DropInterrupt, the_second_one_ends_at_once_also_while_the_books_are_checked) {
  SlowBooks books;
  // Later arrivals keep the run going until the first signal.
  DropProcess run(books.arguments("100000", "1h"), books.key());
  ASSERT_TRUE(run.await_progress("bought=1")) << run.progress();
  run.send_signal(SIGINT);
  ASSERT_TRUE(books.await_audit()) << run.progress();
  run.send_signal(SIGINT);
  EXPECT_EQ(run.wait(5'000), 130) << run.progress() << run.report();
  EXPECT_THAT(run.report(), Not(HasSubstr("CHECKED")));
}

TEST(DropInterrupt, the_second_one_takes_the_own_server_and_its_directory_along) {
  DropProcess run({"--fans", "100000", "--arrive", "1h", "--shape", "ramp", "--connections", "20",
                   "--timeout", "60s"});
  ASSERT_TRUE(run.await_progress("drop t=1.")) << run.progress();
  const std::string said = run.progress();
  const std::string mark = "data in ";
  const std::size_t at = said.find(mark) + mark.size();
  const std::filesystem::path data = said.substr(at, said.find('\n', at) - at);
  ASSERT_TRUE(std::filesystem::exists(data));
  run.send_signal(SIGTERM);
  run.send_signal(SIGINT);
  EXPECT_EQ(run.wait(5'000), 130) << run.progress();
  EXPECT_FALSE(std::filesystem::exists(data));
  EXPECT_FALSE(std::filesystem::exists(data.parent_path()));
}

}  // namespace
}  // namespace frontrow::drop

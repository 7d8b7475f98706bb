// The directories of instances that served one sale together: one half of a payment is with its
// concert, the other with its wallet.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

using testing::HasSubstr;

// Three stopped instances that have sold seats to fans whose wallets are on all of them.
class SeveralInstances : public testing::Test {
 protected:
  static constexpr int kFans = 12;

  static void SetUpTestSuite() {
    setenv("FRONTROW_INSTANCES", "3", 1);
    server_ = std::make_unique<ServerProcess>();
    unsetenv("FRONTROW_INSTANCES");
    Shop shop(*server_);
    const std::int64_t concert = shop.create_concert();
    for (int i = 1; i <= kFans; ++i) {
      const Fan fan = shop.enter(concert);
      shop.charge(fan, 5000);
      shop.pay(concert, fan, shop.hold(concert, fan, {i}));
    }
    // The followers sync ten times a second. Until then a change is on one disk, and in etcd.
    std::this_thread::sleep_for(std::chrono::seconds(1));
    ASSERT_EQ(server_->stop(), 0);
  }
  static void TearDownTestSuite() { server_.reset(); }

  static int recover(std::vector<std::string> arguments, const std::vector<std::string>& data_dirs,
                     std::string& output) {
    arguments.insert(arguments.begin(), "recover");
    for (const std::string& data_dir : data_dirs)
      arguments.insert(arguments.end(), {"--data-dir", data_dir});
    return ServerProcess::run_once(arguments, output);
  }

  static std::unique_ptr<ServerProcess> server_;
  std::string output_;
};

std::unique_ptr<ServerProcess> SeveralInstances::server_;

TEST_F(SeveralInstances, are_sound_together) {
  EXPECT_EQ(recover({"verify"}, server_->all_data(), output_), 0) << output_;
  EXPECT_THAT(output_, HasSubstr("all 3 directories together"));
  EXPECT_THAT(output_, HasSubstr("12 payments fit their wallets"));
  EXPECT_THAT(output_, HasSubstr("charged 60000 = balance 48000 + reserved 0 + spent 12000"));
}

TEST_F(SeveralInstances, one_alone_is_sound_by_itself_and_says_that_more_takes_all) {
  EXPECT_EQ(recover({"verify"}, {server_->all_data().front()}, output_), 0) << output_;
  EXPECT_THAT(output_, HasSubstr("what instances share can be checked only with the directories"));
  EXPECT_THAT(output_, HasSubstr("Sound by itself."));
}

// Every slot is on two disks, so any two of the three have the books of the whole sale.
TEST_F(SeveralInstances, two_of_three_have_everything) {
  for (std::size_t lost = 0; lost < 3; ++lost) {
    SCOPED_TRACE(lost);
    std::vector<std::string> left = server_->all_data();
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(lost));
    EXPECT_EQ(recover({"verify"}, left, output_), 0) << output_;
    EXPECT_THAT(output_, HasSubstr("12 payments fit their wallets"));
    EXPECT_THAT(output_, HasSubstr("charged 60000 = balance 48000 + reserved 0 + spent 12000"));
  }
}

TEST_F(SeveralInstances, directory_that_is_given_twice_is_named) {
  const std::string one = server_->all_data().front();
  EXPECT_EQ(recover({"verify"}, {one, one}, output_), 1);
  EXPECT_THAT(output_, HasSubstr("are both the directory of stream"));
}

TEST_F(SeveralInstances, books_are_exported_together_and_balance) {
  const std::string to = server_->directory() / "books";
  EXPECT_EQ(recover({"export", "--to", to}, server_->all_data(), output_), 0) << output_;
  EXPECT_THAT(output_, HasSubstr("payments.csv: 12 rows"));
  EXPECT_THAT(output_, HasSubstr("every balance holds over all 3 directories"));
}

}  // namespace
}  // namespace frontrow::api

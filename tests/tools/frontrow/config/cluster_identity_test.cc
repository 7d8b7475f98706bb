#include "tools/frontrow/config/cluster_identity.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/tools/frontrow/support/test_files.h"

namespace frontrow {
namespace {

namespace fs = std::filesystem;

const ClusterIdentity kIdentity{
    .cluster = "autumn-tour", .id = 0x5d1f0c44a90be273, .instance = "box-1"};
constexpr std::string_view kLine = "v1 cluster=autumn-tour id=5d1f0c44a90be273 instance=box-1\n";

TEST(ClusterIdentity, write_makes_one_line_that_only_the_owner_reads) {
  const TempDirectory dir;
  const Status written = write_cluster_identity(dir.path(), kIdentity);
  ASSERT_TRUE(written.ok()) << written.error();
  EXPECT_EQ(read_file(dir.path() / "cluster.id"), kLine);
  struct stat status{};
  ASSERT_EQ(::stat((dir.path() / "cluster.id").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  EXPECT_EQ(std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator()), 1)
      << "nothing left aside";
  const auto read = read_cluster_identity(dir.path());
  ASSERT_TRUE(read.ok()) << read.error();
  EXPECT_EQ(*read, kIdentity);
}

TEST(ClusterIdentity, directory_without_the_file_has_none) {
  const TempDirectory dir;
  for (const fs::path& path : {dir.path(), dir.path() / "absent"}) {
    const auto read = read_cluster_identity(path);
    ASSERT_TRUE(read.ok()) << read.error();
    EXPECT_FALSE(read->has_value());
  }
}

TEST(ClusterIdentity, write_repeats_itself_and_replaces_no_other) {
  const TempDirectory dir;
  ASSERT_TRUE(write_cluster_identity(dir.path(), kIdentity).ok());
  EXPECT_TRUE(write_cluster_identity(dir.path(), kIdentity).ok());
  ClusterIdentity other = kIdentity;
  other.id += 1;
  EXPECT_FALSE(write_cluster_identity(dir.path(), other).ok());
  other = kIdentity;
  other.instance = "box-2";
  const Status refused = write_cluster_identity(dir.path(), other);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error(), (dir.path() / "cluster.id").string() +
                                 ": the directory belongs to the instance box-1 of the cluster "
                                 "autumn-tour");
  EXPECT_EQ(read_file(dir.path() / "cluster.id"), kLine);
}

TEST(ClusterIdentity, write_fails_where_no_file_can_be_made) {
  const TempDirectory dir;
  EXPECT_FALSE(write_cluster_identity(dir.path() / "absent", kIdentity).ok());
}

TEST(ClusterIdentity, other_text_is_refused) {
  const TempDirectory dir;
  const std::string line(kLine);
  for (const std::string& text :
       {std::string(), std::string("\n"), line.substr(0, line.size() - 1), line + "\n", line + line,
        "v2" + line.substr(2), std::string("v1 cluster=Tour id=5d1f0c44a90be273 instance=box-1\n"),
        std::string("v1 cluster=tour id=5d1f instance=box-1\n"),
        std::string("v1 cluster=tour id=5d1f0c44a90be273 instance=\n"),
        std::string("v1 cluster=tour id=5d1f0c44a90be273 instance=box-1 more=1\n"),
        std::string(5000, 'a')}) {
    write_file(dir.path() / "cluster.id", text);
    const auto read = read_cluster_identity(dir.path());
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_TRUE(read.error().starts_with((dir.path() / "cluster.id").string() + ": is not as"))
        << read.error();
  }
}

}  // namespace
}  // namespace frontrow

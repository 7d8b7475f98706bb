#include "tools/frontrow/config/admin_key.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/tools/frontrow/support/test_files.h"

namespace frontrow {
namespace {

namespace fs = std::filesystem;

mode_t mode_of(const fs::path& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

TEST(AdminKey, first_load_generates_a_private_key_and_later_ones_read_it) {
  const TempDirectory dir;
  const fs::path data = dir.path() / "new" / "data";
  const auto first = load_admin_key(data, "");
  ASSERT_TRUE(first.ok()) << first.error();
  EXPECT_EQ((*first).size(), 43U);
  EXPECT_EQ(mode_of(data), 0700U);
  EXPECT_EQ(mode_of(data / "admin.key"), 0600U);
  EXPECT_EQ(read_file(data / "admin.key"), *first + "\n");
  EXPECT_EQ(std::distance(fs::directory_iterator(data), fs::directory_iterator()), 1)
      << "nothing left aside";
  const auto second = load_admin_key(data, "");
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(*second, *first);
  const auto other = load_admin_key(dir.path(), "");
  ASSERT_TRUE(other.ok());
  EXPECT_NE(*other, *first);
}

TEST(AdminKey, configured_key_is_taken_and_nothing_written) {
  const TempDirectory dir;
  const auto key = load_admin_key(dir.path(), "a-key-that-was-configured");
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(*key, "a-key-that-was-configured");
  EXPECT_FALSE(fs::exists(dir.path() / "admin.key"));
}

TEST(AdminKey, file_that_others_may_read_is_refused_with_the_repair) {
  const TempDirectory dir;
  const fs::path path = dir.path() / "admin.key";
  for (const mode_t mode : {0644, 0640, 0660, 0602, 0601}) {
    write_file(path, "0123456789abcdef\n", mode);
    const auto key = load_admin_key(dir.path(), "");
    ASSERT_FALSE(key.ok()) << std::oct << mode;
    char octal[8];
    std::snprintf(octal, sizeof octal, "%04o", mode);
    EXPECT_EQ(key.error(), path.string() + ": others may read it (mode " + octal +
                               "); run: chmod 600 " + path.string());
  }
  for (const mode_t mode : {0600, 0400}) {
    write_file(path, "0123456789abcdef\n", 0600);
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    EXPECT_TRUE(load_admin_key(dir.path(), "").ok());
    ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  }
}

TEST(AdminKey, file_without_a_usable_key_is_refused_and_left) {
  const TempDirectory dir;
  const fs::path path = dir.path() / "admin.key";
  for (const std::string& text :
       {std::string(), std::string("\n"), std::string("short\n"), std::string(257, 'a'),
        std::string("0123456789abcdef\n0123456789abcdef\n")}) {
    write_file(path, text);
    const auto key = load_admin_key(dir.path(), "");
    ASSERT_FALSE(key.ok()) << text;
    EXPECT_EQ(key.error(), path.string() + ": the key must be 16 to 256 visible ASCII characters");
    EXPECT_EQ(read_file(path), text);
  }
  write_file(path, std::string(5000, 'a'));
  EXPECT_EQ(load_admin_key(dir.path(), "").error(), path.string() + ": is too long");
  fs::remove(path);
  fs::create_directory(path);
  EXPECT_EQ(load_admin_key(dir.path(), "").error(), path.string() + ": is not a regular file");
}

TEST(AdminKey, data_directory_that_cannot_be_made_is_an_error) {
  const TempDirectory dir;
  write_file(dir.path() / "file", "");
  const auto key = load_admin_key(dir.path() / "file" / "data", "");
  ASSERT_FALSE(key.ok());
  EXPECT_NE(key.error().find(": cannot create: "), std::string::npos) << key.error();
}

TEST(TokenKeys, first_load_generates_one_that_signs) {
  const TempDirectory dir;
  const auto first = load_token_keys(dir.path(), {});
  ASSERT_TRUE(first.ok()) << first.error();
  ASSERT_EQ((*first).size(), 1U);
  EXPECT_EQ((*first)[0].secret.size(), 32U);
  EXPECT_EQ(mode_of(dir.path() / "token.keys"), 0600U);
  const auto second = load_token_keys(dir.path(), {});
  ASSERT_TRUE(second.ok());
  EXPECT_EQ((*second)[0].id, (*first)[0].id);
  EXPECT_EQ((*second)[0].secret, (*first)[0].secret);
  EXPECT_TRUE(TokenSigner::create(*second).ok());
}

TEST(TokenKeys, file_keeps_the_order_of_its_lines) {
  const TempDirectory dir;
  write_file(dir.path() / "token.keys",
             "# new first\n\nnew:" + kSecretDigits + "\nold:" + kSecretDigits);
  const auto keys = load_token_keys(dir.path(), {});
  ASSERT_TRUE(keys.ok()) << keys.error();
  ASSERT_EQ((*keys).size(), 2U);
  EXPECT_EQ((*keys)[0].id, "new");
  EXPECT_EQ((*keys)[1].id, "old");
}

TEST(TokenKeys, bad_files_are_refused) {
  const TempDirectory dir;
  const fs::path path = dir.path() / "token.keys";
  const std::string line = ":" + kSecretDigits + "\n";
  const std::pair<std::string, std::string> cases[] = {
      {"", ": 0 token keys given, 1 to 2 wanted"},
      {"# none\n", ": 0 token keys given, 1 to 2 wanted"},
      {"a" + line + "b" + line + "c" + line, ": 3 token keys given, 1 to 2 wanted"},
      {"a" + line + "a" + line, ": two token keys have the id \"a\""},
      {"a" + line + "b:zz\n",
       ":2: must be ID:SECRET with the secret as 64 or more hexadecimal digits"},
      {"a:00\n", ":1: is refused: the secret of token key \"a\" has 1 bytes, 32 or more wanted"},
  };
  for (const auto& [text, message] : cases) {
    write_file(path, text);
    const auto keys = load_token_keys(dir.path(), {});
    ASSERT_FALSE(keys.ok()) << text;
    EXPECT_EQ(keys.error(), path.string() + message);
  }
  write_file(path, "a" + line, 0644);
  EXPECT_EQ(load_token_keys(dir.path(), {}).error(),
            path.string() + ": others may read it (mode 0644); run: chmod 600 " + path.string());
}

TEST(TokenKeys, missing_files_are_refused_and_not_made_while_serving) {
  const TempDirectory dir;
  const auto admin = load_admin_key(dir.path(), "", MissingKeys::kRefuse);
  ASSERT_FALSE(admin.ok());
  EXPECT_EQ(admin.error(), (dir.path() / "admin.key").string() + ": is not there");
  const auto tokens = load_token_keys(dir.path(), {}, MissingKeys::kRefuse);
  ASSERT_FALSE(tokens.ok());
  EXPECT_EQ(tokens.error(), (dir.path() / "token.keys").string() + ": is not there");
  EXPECT_TRUE(fs::is_empty(dir.path()));
  write_file(dir.path() / "admin.key", "0123456789abcdef\n");
  write_file(dir.path() / "token.keys", "a:" + kSecretDigits);
  EXPECT_EQ(*load_admin_key(dir.path(), "", MissingKeys::kRefuse), "0123456789abcdef");
  EXPECT_EQ((*load_token_keys(dir.path(), {}, MissingKeys::kRefuse))[0].id, "a");
  write_file(dir.path() / "token.keys", "a:" + kSecretDigits, 0644);
  EXPECT_FALSE(load_token_keys(dir.path(), {}, MissingKeys::kRefuse).ok());
}

TEST(TokenKeys, configured_keys_are_taken_in_their_order) {
  const TempDirectory dir;
  const auto keys = load_token_keys(dir.path(), {"b:" + kSecretDigits, "a:" + kSecretDigits});
  ASSERT_TRUE(keys.ok());
  EXPECT_EQ((*keys)[0].id, "b");
  EXPECT_EQ((*keys)[1].id, "a");
  EXPECT_FALSE(fs::exists(dir.path() / "token.keys"));
}

TEST(SecretFile, its_one_line_is_read_without_the_newline) {
  const TempDirectory dir;
  const fs::path path = dir.path() / "password";
  for (const auto& [text, line] :
       {std::pair<std::string, std::string>{"open sesame\n", "open sesame"},
        {"open sesame", "open sesame"},
        {" spaces count ", " spaces count "}}) {
    write_file(path, text);
    const auto read = read_secret_file(path);
    ASSERT_TRUE(read.ok()) << read.error();
    EXPECT_EQ(*read, line);
  }
}

TEST(SecretFile, anything_but_one_line_is_refused) {
  const TempDirectory dir;
  const fs::path path = dir.path() / "password";
  EXPECT_EQ(read_secret_file(path).error(), path.string() + ": is not there");
  for (const char* text : {"", "\n", "one\ntwo", "one\n\n", "\none"}) {
    write_file(path, text);
    const auto read = read_secret_file(path);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_EQ(read.error(), path.string() + ": must hold one line") << text;
  }
}

TEST(SecretFile, file_that_others_may_read_is_refused_with_the_repair) {
  const TempDirectory dir;
  const fs::path path = dir.path() / "password";
  write_file(path, "open sesame\n", 0640);
  const auto read = read_secret_file(path);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error(),
            path.string() + ": others may read it (mode 0640); run: chmod 600 " + path.string());
}

}  // namespace
}  // namespace frontrow

// The pages: served as they were bundled, with their restricting headers, within their budget.
#include "net/pages/pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include <algorithm>
#include <asio/connect.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "net/api/api.h"
#include "net/api/constant_bodies.h"
#include "net/metrics/metrics.h"

namespace frontrow {
namespace {

class NoJournal final : public Journal {
 public:
  Status replay(const ReplayVisitor&) override { return {}; }
  AppendStatus append(const GroupParts&) override { return AppendStatus::kDurable; }
  std::string failure() const override { return {}; }
  std::uint64_t last_group() const override { return 0; }
  JournalSpace space() const override { return {}; }
  Archive& archive() override { std::abort(); }
  Status close() override { return {}; }
};

// The API of one thread on a real socket, with just enough to serve the page; it is never ready.
class PageTest : public testing::Test {
 protected:
  PageTest() {
    api_.set_server(&server_);
    EXPECT_TRUE(server_.listen({asio::ip::make_address("127.0.0.1"), 0}).ok());
  }

  std::string get(const std::string& path) {
    asio::ip::tcp::socket socket(io_);
    socket.connect({asio::ip::make_address("127.0.0.1"), server_.port()});
    asio::write(socket, asio::buffer("GET " + path +
                                     " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"));
    std::string answer;
    std::array<char, 65'536> piece;
    bool ended = false;
    const std::function<void()> read_on = [&] {
      socket.async_read_some(asio::buffer(piece), [&](asio::error_code error, std::size_t size) {
        answer.append(piece.data(), size);
        ended = static_cast<bool>(error);
        if (!ended) read_on();
      });
    };
    read_on();
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!ended && std::chrono::steady_clock::now() < end) {
      io_.restart();
      io_.run_one_for(std::chrono::milliseconds(5));
      server_.flush();
    }
    EXPECT_TRUE(ended);
    return answer;
  }

  asio::io_context io_{1};
  ManualClock clock_{Instant{1'800'000'000'000}};
  NoJournal journal_;
  Engine engine_{{}, clock_, journal_};
  ServiceSettings settings_;
  Service service_;
  std::vector<TokenKey> keys_{{"k1", "0123456789abcdef0123456789abcdef"}};
  KeyRing key_ring_{{"", {}, *TokenSigner::create(keys_)}};
  MetricsSource metrics_;
  MetricsViews operator_views_{metrics_};
  Api api_{settings_, service_, engine_, engine_.worker(0), key_ring_, operator_views_};
  HttpLimits limits_;
  HttpShared shared_;
  HttpServer server_{io_, api_, limits_, shared_};
};

std::string page_at(std::string_view path) {
  for (const PageFile& file : page_files()) {
    if (file.path == path) return std::string(file.bytes);
  }
  ADD_FAILURE() << "no page " << path;
  return {};
}

// The files that a document names in src and href.
std::set<std::string> files_named_by(const std::string& document) {
  std::set<std::string> names;
  const std::regex reference(R"re((?:src|href)="(/[^"]*)")re");
  for (std::sregex_iterator it(document.begin(), document.end(), reference), end; it != end; ++it)
    names.insert((*it)[1].str());
  return names;
}

TEST_F(PageTest, is_served_whole_with_the_headers_that_fence_it_in) {
  for (const PageFile& file : page_files()) {
    SCOPED_TRACE(file.path);
    const std::string answer = get(std::string(file.path));
    const std::size_t head_end = answer.find("\r\n\r\n");
    ASSERT_NE(head_end, std::string::npos);
    const std::string head = answer.substr(0, head_end + 2);
    EXPECT_EQ(answer.substr(head_end + 4), file.bytes);
    EXPECT_TRUE(head.starts_with("HTTP/1.1 200 "));
    const std::string cache = file.immutable ? "public, max-age=31536000, immutable" : "no-cache";
    for (const std::string& line :
         {"\r\nContent-Type: " + std::string(file.content_type) + "\r\n",
          std::string("\r\nContent-Security-Policy: default-src 'none'; script-src 'self'; "),
          std::string("frame-ancestors 'none'"),
          std::string("\r\nReferrer-Policy: no-referrer\r\n"),
          std::string("\r\nX-Content-Type-Options: nosniff\r\n"),
          "\r\nCache-Control: " + cache + "\r\n"}) {
      EXPECT_THAT(head, testing::HasSubstr(line));
    }
  }
}

TEST_F(PageTest, file_that_is_not_there_is_not_found) {
  EXPECT_TRUE(get("/assets/fan-main.AAAAAAAA.js").starts_with("HTTP/1.1 404 "));
}

TEST(Page, documents_have_no_inline_script_or_style_and_name_only_files_that_exist) {
  for (const char* path : {"/", "/board"}) {
    SCOPED_TRACE(path);
    const std::string document = page_at(path);
    EXPECT_TRUE(document.starts_with("<!doctype html>"));
    EXPECT_FALSE(std::regex_search(
        document, std::regex(R"re(<script(?![^>]* src=)|<style| style=| on\w+=)re")));
    const std::set<std::string> names = files_named_by(document);
    EXPECT_GE(names.size(), 2U);
    for (const std::string& name : names) EXPECT_FALSE(page_at(name).empty());
  }
}

TEST(Page, scripts_and_styles_are_named_by_their_hash_and_load_nothing_from_elsewhere) {
  const std::regex hashed(R"re(/assets/[\w.-]+\.[0-9A-Z]{8}\.(js|css))re");
  for (const PageFile& file : page_files()) {
    SCOPED_TRACE(file.path);
    EXPECT_EQ(std::regex_match(std::string(file.path), hashed), file.immutable);
    for (const char* loads : {"@import", "url(http", "//cdn", "eval("})
      EXPECT_EQ(file.bytes.find(loads), std::string_view::npos) << loads;
  }
}

TEST(Page, file_is_compressed_by_the_coding_that_the_client_weighs_most) {
  const ConstantBody& page = *page_body("/");
  for (const auto& [header, coding] :
       {std::pair{"gzip, deflate, br, zstd", "zstd"}, std::pair{"gzip", "gzip"},
        std::pair{"zstd;q=0.5, gzip", "gzip"}, std::pair{"identity", ""},
        std::pair{"zstd;q=0", ""}}) {
    const std::string headers = page.form_for(header).headers;
    const std::string line = std::string("Content-Encoding: ") + coding;
    EXPECT_EQ(headers.find("Content-Encoding") != std::string::npos, *coding != '\0') << header;
    EXPECT_THAT(headers, testing::HasSubstr(*coding != '\0' ? line : "Vary")) << header;
  }
}

// The document, the scripts and styles that it names, and the scripts that these import at once.
TEST(Page, waiting_fan_loads_at_most_60_kib) {
  const std::regex import(R"re((?:from|import)"(\.?\.?/[\w./-]+)")re");
  std::set<std::string> loaded = files_named_by(page_at("/"));
  std::vector<std::string> todo(loaded.begin(), loaded.end());
  std::size_t bytes = page_body("/")->form_for("gzip").body.size();
  while (!todo.empty()) {
    const std::string name = todo.back();
    todo.pop_back();
    bytes += page_body(name)->form_for("gzip").body.size();
    const std::string text = page_at(name);
    for (std::sregex_iterator it(text.begin(), text.end(), import), end; it != end; ++it) {
      std::string other = (*it)[1].str();
      if (other.starts_with("./")) other = "/assets" + other.substr(1);
      if (loaded.insert(other).second) todo.push_back(other);
    }
  }
  EXPECT_GE(loaded.size(), 2U);
  EXPECT_LE(bytes, 60U * 1024) << "as gzip";
}

}  // namespace
}  // namespace frontrow

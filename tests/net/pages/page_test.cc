// The page: served as in the tree, with its restricting headers, and calling only existing routes.
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

TEST_F(PageTest, is_served_whole_with_the_headers_that_fence_it_in) {
  const std::string answer = get("/");
  const std::size_t head_end = answer.find("\r\n\r\n");
  ASSERT_NE(head_end, std::string::npos);
  const std::string head = answer.substr(0, head_end + 2);
  EXPECT_EQ(answer.substr(head_end + 4), page_document());
  EXPECT_TRUE(head.starts_with("HTTP/1.1 200 "));
  for (const char* line :
       {"\r\nContent-Type: text/html; charset=utf-8\r\n",
        "\r\nContent-Security-Policy: default-src 'none'; ", "connect-src 'self'",
        "frame-ancestors 'none'", "\r\nReferrer-Policy: no-referrer\r\n",
        "\r\nX-Content-Type-Options: nosniff\r\n", "\r\nCache-Control: no-cache\r\n"}) {
    EXPECT_THAT(head, testing::HasSubstr(line));
  }
}

TEST(Page, is_one_ascii_document_that_loads_nothing) {
  const std::string_view page = page_document();
  EXPECT_TRUE(page.starts_with("<!doctype html>"));
  EXPECT_TRUE(page.ends_with("</html>\n"));
  EXPECT_TRUE(std::all_of(page.begin(), page.end(),
                          [](char c) { return c == '\n' || (c >= 0x20 && c < 0x7f); }));
  for (const char* loads : {"src=", "@import", "url(", "https://", "//cdn", "innerHTML", "eval("}) {
    EXPECT_THAT(std::string(page), testing::Not(testing::HasSubstr(loads)));
  }
}

// Every path in the page's script, with its method where the script names one.
TEST(Page, asks_only_for_routes_that_exist) {
  const std::string page(page_document());
  const std::regex call(R"re((?:"(GET|POST|PATCH|PUT|DELETE)", ?)?["`](/v1/[^"`?]*))re");
  const std::regex hole(R"re(\$\{[^}]*\})re");
  std::set<std::string_view> asked;
  for (std::sregex_iterator it(page.begin(), page.end(), call), end; it != end; ++it) {
    std::string path = std::regex_replace((*it)[2].str(), hole, "1");
    if (path.ends_with('/')) path += '1';
    bool exists = false;
    for (const RouteSpec& spec : route_table()) {
      if ((*it)[1].matched && name_of(spec.method) != (*it)[1].str()) continue;
      if (match_route(spec.method, path).spec != &spec) continue;
      exists = true;
      asked.insert(name_of(spec.route));
    }
    EXPECT_TRUE(exists) << (*it)[0];
  }
  for (const char* needed : {"join", "read_token", "leave", "token_events", "list_concerts",
                             "read_concert", "read_dates", "read_seats", "place_hold", "read_hold",
                             "release_hold", "pay", "read_balance", "charge", "list_payments"}) {
    EXPECT_TRUE(asked.contains(needed)) << needed;
  }
}

}  // namespace
}  // namespace frontrow

// Links under TLS: they carry the same traffic as plain ones, and the proofs expose a man in the
// middle.
#include "net/peer/peer_tls.h"

#include <gtest/gtest.h>

#include "tests/net/peer/peer_support.h"

namespace frontrow {
namespace {

std::unique_ptr<PeerTls> make_tls() {
  auto tls = PeerTls::make();
  EXPECT_TRUE(tls.ok());
  return std::move(*tls);
}

TEST(PeerTls, is_used_unless_the_acceptor_is_on_this_machine_or_it_is_off_by_name) {
  struct Case {
    const char* address;
    bool off;
    bool used;
  };
  for (const Case& c : std::initializer_list<Case>{{"10.0.0.2:7101", false, true},
                                                   {"10.0.0.2:7101", true, false},
                                                   {"0.0.0.0:7101", false, true},
                                                   {"[fd00::2]:7101", false, true},
                                                   {"box-2.example:7101", false, true},
                                                   {"localhost.example:7101", false, true},
                                                   {"no address at all", false, true},
                                                   {"no address at all", true, false},
                                                   {"127.0.0.1:7101", false, false},
                                                   {"127.9.9.9:7101", false, false},
                                                   {"localhost:7101", false, false},
                                                   {"[::1]:7101", false, false}}) {
    EXPECT_EQ(peer_link_uses_tls(c.address, c.off), c.used) << c.address << c.off;
  }
}

TEST(PeerTls, link_carries_requests_and_large_answers) {
  const auto tls = make_tls(), other_tls = make_tls();
  LinkPair pair({}, {}, tls.get(), other_tls.get());
  ASSERT_TRUE(pair.until_up());
  EXPECT_TRUE(pair.dialer.link->uses_tls());
  const ConcertId here = concert_of_instance(1);
  ConcertView view{.concert = here};
  ConcertDateView date{.date = Date{1}};
  date.sections.assign(100, {std::string(50, 'n'), Money{1}});
  view.dates.assign(300, std::make_shared<const ConcertDateView>(date));
  pair.acceptor.handler.answer_at_once = {Reject::kNone, false, false, view};
  for (std::uint32_t i = 0; i < 20; ++i)
    ASSERT_EQ(pair.dialer.link->send_request(read_concert(here), to_context(i)), Reject::kNone);
  ASSERT_TRUE(pair.until([&] { return pair.dialer.handler.answered.size() == 20; }));
  std::size_t whole = 0;
  for (const auto& a : pair.dialer.handler.answered) {
    const auto* got = std::get_if<ConcertView>(&a.reply.body);
    if (got == nullptr) continue;
    ++whole;
    EXPECT_EQ(got->dates.back()->sections.size(), 100U);
  }
  EXPECT_GE(whole, 5U);
  EXPECT_TRUE(pair.dialer.link->is_up());
}

TEST(PeerTls, session_is_version_1_3) {
  asio::io_context io;
  const auto tls = make_tls();
  for (const PeerRole role : {PeerRole::kDialer, PeerRole::kAcceptor}) {
    SSL_CTX* context = tls->context(role).native_handle();
    EXPECT_EQ(SSL_CTX_get_min_proto_version(context), TLS1_3_VERSION);
    EXPECT_EQ(SSL_CTX_get_max_proto_version(context), TLS1_3_VERSION);
  }
}

TEST(PeerTls, one_side_without_it_is_told_and_no_link_comes_of_it) {
  for (const bool dialer_has_it : {true, false}) {
    const auto tls = make_tls();
    LinkPair pair({}, {}, dialer_has_it ? tls.get() : nullptr, dialer_has_it ? nullptr : tls.get());
    ASSERT_TRUE(pair.until(
        [&] { return pair.dialer.link->is_closed() && pair.acceptor.link->is_closed(); }));
    const auto& lines = (dialer_has_it ? pair.dialer : pair.acceptor).handler.downs;
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_NE(lines[0].find("is it off on one side only?"), std::string::npos) << lines[0];
    EXPECT_EQ(pair.dialer.handler.ups + pair.acceptor.handler.ups, 0);
  }
}

// Terminates TLS on both sides and relays every frame unchanged.
class ManInTheMiddle {
 public:
  ManInTheMiddle(asio::ip::tcp::socket&& to_dialer, asio::ip::tcp::socket&& to_acceptor,
                 PeerTls* tls)
      : near_(std::move(to_dialer), PeerRole::kAcceptor, tls),
        far_(std::move(to_acceptor), PeerRole::kDialer, tls) {
    near_.other = &far_;
    far_.other = &near_;
    near_.stream->open(&near_);
    far_.stream->open(&far_);
  }
  std::size_t passed_on() const { return near_.frames + far_.frames; }

 private:
  struct End final : PeerStream::Owner {
    End(asio::ip::tcp::socket&& socket, PeerRole role, PeerTls* tls)
        : stream(std::make_shared<PeerStream>(std::move(socket), role, tls)) {}
    ~End() override { stream->close(); }
    void on_open(std::span<const std::byte>) override {
      open = true;
      other->on_input();
      on_input();
    }
    void on_input() override {
      if (!open || !other->open) return;
      while (auto frame = *stream->input().next()) {
        ++frames;
        other->stream->output().insert(other->stream->output().end(), frame->whole.begin(),
                                       frame->whole.end());
      }
      other->stream->flush();
    }
    void on_broken(const std::string&) override { other->stream->close(); }
    std::shared_ptr<PeerStream> stream;
    End* other = nullptr;
    bool open = false;
    std::size_t frames = 0;
  };

  End near_;
  End far_;
};

struct Intercepted {
  explicit Intercepted(PeerTls* theirs, PeerTls* his) : dialer(2, {}), acceptor(1, {}) {
    auto [dialer_end, near] = connected_pair(io);
    auto [far, acceptor_end] = connected_pair(io);
    man = std::make_unique<ManInTheMiddle>(std::move(near), std::move(far), his);
    acceptor.make(std::move(acceptor_end), PeerRole::kAcceptor, 0, theirs);
    dialer.make(std::move(dialer_end), PeerRole::kDialer, 1, theirs);
  }
  bool until(const std::function<bool()>& done) {
    return poll_until(io, [this] { dialer.turn(), acceptor.turn(); }, done);
  }
  asio::io_context io{1};
  LinkSide dialer;
  LinkSide acceptor;
  std::unique_ptr<ManInTheMiddle> man;
};

TEST(PeerTls, man_in_the_middle_who_ends_tls_on_both_sides_is_found_out) {
  const auto tls = make_tls(), his = make_tls();
  Intercepted talk(tls.get(), his.get());
  ASSERT_TRUE(talk.until([&] { return !talk.acceptor.handler.downs.empty(); }));
  EXPECT_EQ(
      talk.acceptor.handler.downs[0],
      "it does not prove the cluster's secret: it has another one, or somebody is in between");
  EXPECT_EQ(talk.dialer.handler.ups + talk.acceptor.handler.ups, 0);
  EXPECT_GE(talk.man->passed_on(), 3U) << "both hellos and a proof came through";
}

// Without TLS the relay works, because the proofs are bound to TLS.
TEST(PeerTls, without_it_whoever_passes_on_what_he_reads_is_not_seen) {
  Intercepted talk(nullptr, nullptr);
  EXPECT_TRUE(talk.until([&] { return talk.dialer.link->is_up() && talk.acceptor.link->is_up(); }));
}

TEST(PeerTls, broken_link_counts_what_tls_has_taken_as_sent) {
  const auto tls = make_tls();
  LinkPair pair({}, tls.get());
  ASSERT_TRUE(pair.until_up());
  const ConcertId here = concert_of_instance(1);
  PeerLink& link = *pair.dialer.link;
  ASSERT_EQ(link.send_request(place_hold_of(here), to_context(1)), Reject::kNone);
  link.flush();
  ASSERT_EQ(link.send_request(place_hold_of(here), to_context(2)), Reject::kNone);
  link.close("test");
  EXPECT_EQ(pair.dialer.handler.outcome(1), "outcome_unknown");
  EXPECT_EQ(pair.dialer.handler.outcome(2), "instance_unavailable");
}

}  // namespace
}  // namespace frontrow

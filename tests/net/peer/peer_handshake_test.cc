#include "net/peer/peer_handshake.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/net/peer/peer_support.h"

namespace frontrow {
namespace {

using State = PeerHandshake::State;

PeerNonce nonce_of(int n) {
  PeerNonce nonce;
  nonce.fill(static_cast<std::byte>(n));
  return nonce;
}

// One side of a handshake in memory; its output is cut into frames for the other.
struct Side {
  Side(const ClusterMember& member, PeerRole role, InstanceId dialed = 0,
       const std::string& secret = kPeerSecret, std::string binding_text = "",
       PeerNonce nonce = fresh_nonce())
      : key(peer_key(secret)),
        identity(member.identity(key)),
        binding(std::move(binding_text)),
        handshake(identity, {role, dialed, std::as_bytes(std::span(binding)), nonce, 1'000}, out) {}

  // The output since the last call.
  ByteBuffer take() { return std::exchange(out, {}); }
  State give(std::span<const std::byte> bytes) {
    FrameInput input;
    std::copy(bytes.begin(), bytes.end(), input.room().begin());
    input.received(bytes.size());
    while (auto frame = *input.next()) handshake.on_frame(*frame, 3'000, out);
    return handshake.state();
  }
  State state() const { return handshake.state(); }
  const std::string& why() const { return handshake.refusal().text; }

  HmacSha256 key;
  PeerIdentity identity;
  std::string binding;
  ByteBuffer out;
  PeerHandshake handshake;
};

void talk(Side& dialer, Side& acceptor) {
  for (int i = 0; i < 3; ++i) {
    acceptor.give(dialer.take());
    dialer.give(acceptor.take());
  }
}

std::vector<FrameType> types_in(const ByteBuffer& bytes) {
  FrameInput input;
  std::copy(bytes.begin(), bytes.end(), input.room().begin());
  input.received(bytes.size());
  std::vector<FrameType> types;
  while (auto frame = *input.next()) types.push_back(frame->type);
  return types;
}

TEST(PeerHandshake, two_instances_of_a_cluster_prove_each_other) {
  Side dialer({2}, PeerRole::kDialer, 1);
  Side acceptor({1}, PeerRole::kAcceptor);
  talk(dialer, acceptor);
  EXPECT_EQ(dialer.state(), State::kDone);
  EXPECT_EQ(acceptor.state(), State::kDone);
  EXPECT_EQ(dialer.handshake.peer(), 1);
  EXPECT_EQ(acceptor.handshake.peer(), 2);
  EXPECT_EQ(acceptor.handshake.clock_offset_ms(), 2'000);
}

TEST(PeerHandshake, acceptor_puts_out_nothing_made_with_the_secret_before_the_dialer_has_proven) {
  Side dialer({2}, PeerRole::kDialer, 1);
  Side acceptor({1}, PeerRole::kAcceptor);
  EXPECT_TRUE(acceptor.take().empty()) << "it does not even say who it is";
  acceptor.give(dialer.take());
  const ByteBuffer first = acceptor.take();
  EXPECT_EQ(types_in(first), std::vector{FrameType::kHello});
  dialer.give(first);
  EXPECT_EQ(types_in(dialer.out), std::vector{FrameType::kProof});
  acceptor.give(dialer.take());
  EXPECT_EQ(types_in(acceptor.out), std::vector{FrameType::kProof});
}

struct Disagreement {
  std::string name;
  ClusterMember dialer;
  InstanceId dialed;
  ClusterMember acceptor;
  RefusalCode code;
  std::string dialer_says;
  std::string acceptor_says;
};

std::vector<Disagreement> disagreements() {
  const std::string shop = R"("shop" (53484f5020260001))";
  const std::string other = R"("other" (53484f5020260001))";
  const std::string again = R"("shop" (00000000000000ff))";
  return {
      {"cluster",
       {2, "other"},
       1,
       {1},
       RefusalCode::kCluster,
       "its cluster is " + shop + ", ours is " + other,
       "its cluster is " + other + ", ours is " + shop},
      {"cluster_of_the_same_name",
       {2, "shop", 0xff},
       1,
       {1},
       RefusalCode::kCluster,
       "its cluster is " + shop + ", ours is " + again,
       "its cluster is " + again + ", ours is " + shop},
      {"itself",
       {1},
       1,
       {1},
       RefusalCode::kMyself,
       "both sides say that they are instance 1",
       "both sides say that they are instance 1"},
      {"wrong_address",
       {3},
       1,
       {2},
       RefusalCode::kSomeone,
       "it is instance 2, instance 1 was dialed",
       "it wants instance 1, this is instance 2"},
      {"direction",
       {1},
       2,
       {2},
       RefusalCode::kDirection,
       "instance 1 dialed instance 2; the higher id dials",
       "instance 1 dialed instance 2; the higher id dials"},
  };
}

TEST(PeerHandshake, who_disagrees_refuses_and_both_sides_can_say_why) {
  for (const Disagreement& d : disagreements()) {
    SCOPED_TRACE(d.name);
    Side dialer(d.dialer, PeerRole::kDialer, d.dialed);
    Side acceptor(d.acceptor, PeerRole::kAcceptor);
    EXPECT_EQ(acceptor.give(dialer.take()), State::kRefused);
    EXPECT_EQ(acceptor.handshake.refusal().code, d.code);
    EXPECT_EQ(acceptor.why(), d.acceptor_says);
    const ByteBuffer answer = acceptor.take();
    EXPECT_EQ(types_in(answer), (std::vector{FrameType::kHello, FrameType::kRefused}));
    EXPECT_EQ(dialer.give(answer), State::kRefused);
    EXPECT_EQ(dialer.why(), d.dialer_says);
    EXPECT_FALSE(acceptor.handshake.refusal().by_peer);
  }
}

TEST(PeerHandshake, protocols_without_a_version_in_common_are_refused_by_both_numbers) {
  Side acceptor({1}, PeerRole::kAcceptor);
  ByteBuffer hello;
  encode_hello({.protocol_oldest = 7, .protocol = 9, .self = 2, .other = 1}, hello);
  hello.resize(30);  // the rest of another version's hello has any content
  end_frame(0, hello);
  EXPECT_EQ(acceptor.give(hello), State::kRefused);
  EXPECT_EQ(acceptor.why(), "its protocol is 7 to 9, ours is 5 to 5");
  Side newer({1}, PeerRole::kAcceptor);
  Side dialer({2}, PeerRole::kDialer, 1);
  ByteBuffer both = dialer.take();
  both[kFrameHeadBytes + 6] = std::byte{5};  // speaks 4 to 5
  EXPECT_EQ(newer.give(both), State::kProof);
}

// Instances that took their slot map from a file: all of their hello behind the versions is of
// another layout.
TEST(PeerHandshake, instance_of_an_older_version_is_refused_by_its_protocol) {
  Side acceptor({1}, PeerRole::kAcceptor);
  EXPECT_EQ(acceptor.give(bytes_of("4c000000010046"
                                   "52504c020003000200010003000000000000005c4292f7ddf762cc"
                                   "005c260500000000000102030405060708090a0b0c0d0e0f"
                                   "101112131415161718191a1b1c1d1e1f040073686f70")),
            State::kRefused);
  EXPECT_EQ(acceptor.handshake.refusal().code, RefusalCode::kProtocol);
  EXPECT_EQ(acceptor.why(), "its protocol is 2 to 3, ours is 5 to 5");
}

TEST(PeerHandshake, newest_protocol_of_both_is_spoken) {
  for (const std::uint16_t theirs : std::initializer_list<std::uint16_t>{5, 6, 9}) {
    Side acceptor({1}, PeerRole::kAcceptor);
    Side dialer({2}, PeerRole::kDialer, 1);
    ByteBuffer hello = dialer.take();
    hello[kFrameHeadBytes + 6] = static_cast<std::byte>(theirs);
    ASSERT_EQ(acceptor.give(hello), State::kProof);
    EXPECT_EQ(acceptor.handshake.protocol(), std::min(theirs, kPeerProtocol));
  }
}

TEST(PeerHandshake, another_secret_is_refused_on_both_sides) {
  Side dialer({2}, PeerRole::kDialer, 1, std::string(32, 'x'));
  Side acceptor({1}, PeerRole::kAcceptor);
  talk(dialer, acceptor);
  EXPECT_EQ(acceptor.state(), State::kRefused);
  EXPECT_EQ(acceptor.handshake.refusal().code, RefusalCode::kProof);
  EXPECT_EQ(
      acceptor.why(),
      "it does not prove the cluster's secret: it has another one, or somebody is in between");
  EXPECT_EQ(dialer.state(), State::kRefused);
  EXPECT_TRUE(dialer.handshake.refusal().by_peer);
  EXPECT_NE(dialer.why().find("secret"), std::string::npos);
}

TEST(PeerHandshake, acceptor_without_the_secret_is_found_out_by_the_dialer) {
  Side dialer({2}, PeerRole::kDialer, 1);
  Side impostor({1}, PeerRole::kAcceptor);
  impostor.give(dialer.take());
  dialer.give(impostor.take());
  dialer.take();  // the proof, which the impostor can't check
  ByteBuffer guess;
  encode_proof(PeerProof{}, guess);
  EXPECT_EQ(dialer.give(guess), State::kRefused);
}

TEST(PeerHandshake, own_words_sent_back_are_not_taken_for_a_peer) {
  Side dialer({2}, PeerRole::kDialer, 1);
  EXPECT_EQ(dialer.give(dialer.take()), State::kRefused) << "its own hello";

  // A made-up hello, and the dialer's own proof reflected.
  Side reflected({2}, PeerRole::kDialer, 1);
  Side puppet({1}, PeerRole::kAcceptor, 0, std::string(32, '?'));
  puppet.give(reflected.take());
  reflected.give(puppet.take());
  const ByteBuffer own_proof = reflected.take();
  EXPECT_EQ(types_in(own_proof), std::vector{FrameType::kProof});
  EXPECT_EQ(reflected.give(own_proof), State::kRefused);
  EXPECT_EQ(reflected.handshake.refusal().code, RefusalCode::kProof);
}

TEST(PeerHandshake, proof_of_one_role_is_not_one_of_the_other) {
  const HmacSha256 key = peer_key();
  const ByteBuffer a = bytes_of("0102"), b = bytes_of("0304");
  const PeerTranscript transcript{a, b, {}};
  EXPECT_FALSE(is_same_proof(make_proof(key, PeerRole::kDialer, transcript),
                             make_proof(key, PeerRole::kAcceptor, transcript)));
  const ByteBuffer longer = bytes_of("010203"), shorter = bytes_of("04");
  EXPECT_FALSE(is_same_proof(make_proof(key, PeerRole::kDialer, transcript),
                             make_proof(key, PeerRole::kDialer, {longer, shorter, {}})))
      << "pieces that run together the same way";
}

TEST(PeerHandshake, recorded_handshake_is_of_no_use_later) {
  Side dialer({2}, PeerRole::kDialer, 1);
  Side acceptor({1}, PeerRole::kAcceptor);
  const ByteBuffer hello = dialer.take();
  acceptor.give(hello);
  dialer.give(acceptor.take());
  const ByteBuffer proof = dialer.take();
  ASSERT_EQ(acceptor.give(proof), State::kDone);
  Side again({1}, PeerRole::kAcceptor);
  ASSERT_EQ(again.give(hello), State::kProof);
  EXPECT_EQ(again.give(proof), State::kRefused);
  EXPECT_EQ(again.handshake.refusal().code, RefusalCode::kProof);
}

TEST(PeerHandshake, proofs_are_bound_to_the_channel) {
  for (const char* acceptor_end : {"session b", ""}) {
    Side dialer({2}, PeerRole::kDialer, 1, kPeerSecret, "session a");
    Side acceptor({1}, PeerRole::kAcceptor, 0, kPeerSecret, acceptor_end);
    talk(dialer, acceptor);
    EXPECT_EQ(acceptor.handshake.refusal().code, RefusalCode::kProof);
    EXPECT_NE(dialer.state(), State::kDone);
  }
}

TEST(PeerHandshake, no_byte_of_a_hello_can_be_changed_on_the_way) {
  Side original({2}, PeerRole::kDialer, 1, kPeerSecret, "", nonce_of(1));
  const ByteBuffer hello = original.take();
  for (std::size_t at = kFrameHeadBytes; at < hello.size(); ++at) {
    Side dialer({2}, PeerRole::kDialer, 1, kPeerSecret, "", nonce_of(1));
    Side acceptor({1}, PeerRole::kAcceptor);
    ByteBuffer changed = dialer.take();
    changed[at] ^= std::byte{1};
    acceptor.give(changed);
    dialer.give(acceptor.take());
    acceptor.give(dialer.take());
    EXPECT_NE(acceptor.state(), State::kDone) << "byte " << at;
  }
}

TEST(PeerHandshake, clock_beyond_all_bounds_is_refused) {
  for (const std::int64_t clock : {std::int64_t{-1}, std::numeric_limits<std::int64_t>::min(),
                                   std::numeric_limits<std::int64_t>::max()}) {
    Side acceptor({1}, PeerRole::kAcceptor);
    ByteBuffer hello;
    encode_hello({.self = 2, .other = 1, .clock_ms = clock, .cluster = "shop"}, hello);
    EXPECT_EQ(acceptor.give(hello), State::kBroken);
  }
}

TEST(PeerHandshake, id_that_no_instance_has_is_a_fault) {
  for (const InstanceId id : {InstanceId{0}, InstanceId{kInstanceIdMax + 1}, InstanceId{65'535}}) {
    Side acceptor({1}, PeerRole::kAcceptor);
    ByteBuffer hello;
    encode_hello({.self = id, .other = 1, .cluster = "shop"}, hello);
    EXPECT_EQ(acceptor.give(hello), State::kBroken) << id;
    EXPECT_EQ(acceptor.handshake.peer(), 0) << "nobody";
    EXPECT_TRUE(acceptor.take().empty());
  }
  Side acceptor({1}, PeerRole::kAcceptor);
  Side dialer({kInstanceIdMax}, PeerRole::kDialer, 1);
  talk(dialer, acceptor);
  EXPECT_EQ(acceptor.state(), State::kDone) << "the highest one";
}

TEST(PeerHandshake, refusal_may_not_put_control_characters_in_our_log) {
  Side dialer({2}, PeerRole::kDialer, 1);
  ByteBuffer refused;
  encode_refused({RefusalCode::kCluster, "nice\nERROR all is lost"}, refused);
  EXPECT_EQ(dialer.give(refused), State::kBroken);
}

}  // namespace
}  // namespace frontrow

#include "engine/core/protocol/silence.h"

#include <gtest/gtest.h>

#include "engine/core/codec/wire_codec.h"

namespace frontrow {
namespace {

Command poll(Duration silence) {
  Command command{{UserId{}, TicketNumber{3}, 0}, {}, ReadToken{ConcertId{7}}};
  set_silence(command, silence);
  return command;
}

TEST(Silence, silence_of_a_poll_is_what_was_set_also_over_a_link) {
  for (const std::int64_t ms : {0LL, 1LL, 250LL, 7'000LL, 20'000LL}) {
    const Command sent = poll(milliseconds(ms));
    ASSERT_TRUE(silence_of(sent).has_value());
    EXPECT_EQ(silence_of(sent)->ms, ms);
    ByteBuffer bytes;
    ByteWriter out(bytes);
    encode_command(sent, out);
    ByteReader in(bytes);
    Command received;
    ASSERT_TRUE(decode_command(in, received).ok());
    EXPECT_EQ(silence_of(received), silence_of(sent));
  }
  EXPECT_EQ(silence_of(poll(milliseconds(-5)))->ms, 0) << "a clock that was set back";
}

TEST(Silence, what_a_user_sent_has_none) {
  EXPECT_FALSE(silence_of({{}, {}, ReadToken{ConcertId{7}}}));
  Command leave = poll(seconds(1));
  leave.body = Leave{ConcertId{7}};
  EXPECT_FALSE(silence_of(leave));
  Command keyed = poll(seconds(1));
  keyed.key.key = xxh3_128("key");
  EXPECT_FALSE(silence_of(keyed));
}

TEST(Silence, longer_than_a_week_is_nothing_that_a_peer_may_say) {
  EXPECT_TRUE(silence_of(poll(seconds(7 * 24 * 3600 - 1))));
  EXPECT_FALSE(silence_of(poll(seconds(7 * 24 * 3600 + 1))));
}

}  // namespace
}  // namespace frontrow

#include "net/auth/token.h"

#include <gtest/gtest.h>

#include "engine/base/uuid.h"
#include "net/auth/token_base64.h"

namespace frontrow {
namespace {

const TokenKey kKey1{"k1", "0123456789abcdef0123456789abcdef"};
const TokenKey kKey2{"k2", "another secret that is long enough, 40 B"};

TokenClaims example_claims() {
  return {*parse_uuid("0190163d-8694-739b-aea5-966c26f8ad91"),
          ConcertId{7},
          TicketNumber{1024},
          1'790'000'000,
          1'790'604'800,
          3};
}

TokenSigner signer_of(const std::vector<TokenKey>& keys) { return *TokenSigner::create(keys); }

std::string sign(const TokenSigner& signer, const TokenClaims& claims) {
  TokenBuffer buffer;
  return std::string(signer.sign(claims, buffer));
}

std::string encoded(std::string_view text) {
  return base64url_encode({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

// A token of any header and claims under a secret, as another program with the secret could make
// it.
std::string forge(std::string_view header, std::string_view claims, std::string_view secret) {
  const std::string text = encoded(header) + "." + encoded(claims);
  const HmacSha256 mac({reinterpret_cast<const std::uint8_t*>(secret.data()), secret.size()});
  return text + "." + base64url_encode(mac(text));
}

constexpr std::string_view kHeader1 = R"({"alg":"HS256","kid":"k1","typ":"JWT"})";

TEST(HmacSha256, mac_of_rfc_7515_appendix_a_1) {
  std::array<std::uint8_t, 64> key;
  ASSERT_EQ(
      base64url_decode(
          "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
          key),
      64U);
  const Mac mac = HmacSha256(key)(
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
      "fQ");
  EXPECT_EQ(base64url_encode(mac), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
}

TEST(HmacSha256, mac_of_rfc_4231_case_6_hashes_a_long_key) {
  const std::vector<std::uint8_t> key(131, 0xaa);
  const Mac mac = HmacSha256(key)("Test Using Larger Than Block-Size Key - Hash Key First");
  const Mac expected{0x60, 0xe4, 0x31, 0x59, 0x1e, 0xe0, 0xb6, 0x7f, 0x0d, 0x8a, 0x26,
                     0xaa, 0xcb, 0xf5, 0xb7, 0x7f, 0x8e, 0x0b, 0xc6, 0x21, 0x37, 0x28,
                     0xc5, 0x14, 0x05, 0x46, 0x04, 0x0f, 0x0e, 0xe3, 0x7f, 0x54};
  EXPECT_EQ(mac, expected);
}

TEST(Base64Url, decode_refuses_what_encode_would_not_write) {
  std::array<std::uint8_t, 8> out;
  for (const std::string_view bad :
       {"A", "AA==", "AA=", "AB", "AAB", "A+A", "A/AA", "A A", "AAAAA", "A.AA", "é"}) {
    EXPECT_FALSE(base64url_decode(bad, out)) << bad;
  }
  EXPECT_FALSE(base64url_decode("AAAAAAAAAAAA", out)) << "longer than the buffer";
  EXPECT_EQ(base64url_decode("", out), 0U);
}

TEST(Base64Url, decode_of_encoded_bytes_gives_them_back) {
  std::vector<std::uint8_t> bytes;
  for (int i = 0; i < 259; ++i) {
    std::vector<std::uint8_t> back(bytes.size());
    ASSERT_EQ(base64url_decode(base64url_encode(bytes), back), bytes.size());
    ASSERT_EQ(back, bytes);
    bytes.push_back(static_cast<std::uint8_t>(i * 37));
  }
}

// Computed with Python's hmac and base64 modules.
TEST(TokenSigner, sign_writes_the_known_token) {
  EXPECT_EQ(
      sign(signer_of({kKey1}), example_claims()),
      "eyJhbGciOiJIUzI1NiIsImtpZCI6ImsxIiwidHlwIjoiSldUIn0."
      "eyJzdWIiOiIwMTkwMTYzZC04Njk0LTczOWItYWVhNS05NjZjMjZmOGFkOTEiLCJjb24iOjcsIm51bSI6MTAyNCwiaW"
      "F0IjoxNzkwMDAwMDAwLCJleHAiOjE3OTA2MDQ4MDAsImVwbyI6MywianRpIjoiNy0xMDI0LTE3OTAwMDAwMDAifQ."
      "G-9HSWbVQ94188-YwyBxEOKBjc1Ug-swPtmJS8t6u5Q");
}

TEST(TokenSigner, verify_gives_the_signed_claims_back) {
  const TokenSigner signer = signer_of({kKey1});
  TokenClaims extreme = example_claims();
  extreme.user.bytes.fill(0xff);
  extreme.concert = ConcertId{0xffff'ffff};
  extreme.number = TicketNumber{0xffff'ffff};
  extreme.issued_s = extreme.expires_s = kTokenSecondsMax;
  extreme.epoch = 0xffff'ffff;
  TokenClaims small = example_claims();
  small.concert = ConcertId{1};
  small.number = TicketNumber{1};
  small.issued_s = small.expires_s = 0;
  small.epoch = 0;
  for (const TokenClaims& claims : {example_claims(), extreme, small}) {
    const VerifiedToken verified = signer.verify(sign(signer, claims));
    EXPECT_EQ(verified.check, TokenCheck::kOk);
    EXPECT_EQ(verified.claims, claims);
  }
}

TEST(TokenSigner, verify_takes_either_live_key_and_sign_the_first) {
  const TokenSigner before = signer_of({kKey1});
  const TokenSigner rotating = signer_of({kKey2, kKey1});
  const TokenSigner after = signer_of({kKey2});
  const std::string old_token = sign(before, example_claims());
  const std::string new_token = sign(rotating, example_claims());
  EXPECT_EQ(rotating.verify(old_token).check, TokenCheck::kOk);
  EXPECT_EQ(rotating.verify(new_token).check, TokenCheck::kOk);
  EXPECT_EQ(after.verify(new_token).check, TokenCheck::kOk);
  EXPECT_EQ(after.verify(old_token).check, TokenCheck::kUnknownKey);
  EXPECT_EQ(before.verify(new_token).check, TokenCheck::kUnknownKey);
}

TEST(TokenSigner, verify_under_other_secret_of_same_id_is_a_bad_signature) {
  const TokenSigner other = signer_of({{"k1", std::string(32, 'x')}});
  EXPECT_EQ(other.verify(sign(signer_of({kKey1}), example_claims())).check,
            TokenCheck::kBadSignature);
}

TEST(TokenSigner, verify_refuses_every_flipped_bit) {
  const TokenSigner signer = signer_of({kKey2, kKey1});
  const std::string token = sign(signer, example_claims());
  for (std::size_t at = 0; at < token.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = token;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      EXPECT_NE(signer.verify(changed).check, TokenCheck::kOk) << at << "/" << bit;
    }
  }
}

TEST(TokenSigner, verify_refuses_every_truncation_and_extension) {
  const TokenSigner signer = signer_of({kKey1});
  const std::string token = sign(signer, example_claims());
  for (std::size_t size = 0; size < token.size(); ++size) {
    EXPECT_NE(signer.verify(token.substr(0, size)).check, TokenCheck::kOk) << size;
    EXPECT_NE(signer.verify(token.substr(token.size() - size)).check, TokenCheck::kOk) << size;
  }
  for (const std::string_view more : {"A", "=", ".", " ", "\n", ".AAAA"}) {
    EXPECT_NE(signer.verify(token + std::string(more)).check, TokenCheck::kOk) << more;
    EXPECT_NE(signer.verify(std::string(more) + token).check, TokenCheck::kOk) << more;
  }
}

TEST(TokenSigner, verify_refuses_forged_headers) {
  const TokenSigner signer = signer_of({kKey1});
  const std::string token = sign(signer, example_claims());
  const std::string claims =
      token.substr(token.find('.') + 1, token.rfind('.') - token.find('.') - 1);
  const std::string mac = token.substr(token.rfind('.') + 1);
  EXPECT_EQ(signer.verify(encoded(R"({"alg":"none"})") + "." + claims + ".").check,
            TokenCheck::kUnknownKey);
  for (const std::string_view header :
       {R"({"alg":"none","kid":"k1","typ":"JWT"})", R"({"alg":"HS512","kid":"k1","typ":"JWT"})",
        R"({"alg":"RS256","kid":"k1","typ":"JWT"})", R"({"alg":"HS256","kid":"k2","typ":"JWT"})",
        R"({"alg":"HS256","typ":"JWT"})", R"({"typ":"JWT","alg":"HS256","kid":"k1"})",
        R"({"alg":"HS256","kid":"k1","typ":"JWT"} )", "{}", ""}) {
    EXPECT_EQ(signer.verify(encoded(header) + "." + claims + "." + mac).check,
              TokenCheck::kUnknownKey)
        << header;
  }
}

TEST(TokenSigner, verify_refuses_other_shapes) {
  const TokenSigner signer = signer_of({kKey1});
  const std::string token = sign(signer, example_claims());
  const std::string header = token.substr(0, token.find('.'));
  const std::string mac = token.substr(token.rfind('.') + 1);
  const std::string cases[] = {"",
                               ".",
                               "..",
                               "...",
                               std::string(100, 'A'),
                               header,
                               header + ".",
                               header + "..",
                               header + "." + mac,
                               std::string(kTokenSizeMax + 1, 'A'),
                               token + std::string(1 << 20, 'A')};
  for (const std::string& bad : cases) {
    EXPECT_EQ(signer.verify(bad).check, TokenCheck::kMalformed) << bad.substr(0, 80);
  }
}

// Claims under a right MAC, but not in the form that sign() writes.
TEST(TokenSigner, verify_refuses_claims_of_another_form) {
  const TokenSigner signer = signer_of({kKey1});
  const std::string good =
      R"({"sub":"0190163d-8694-739b-aea5-966c26f8ad91","con":7,"num":8,"iat":9,"exp":10,)"
      R"("epo":0,"jti":"7-8-9"})";
  ASSERT_EQ(signer.verify(forge(kHeader1, good, kKey1.secret)).check, TokenCheck::kOk);
  const std::pair<std::string_view, std::string_view> changes[] = {
      {"0190163d", "0190163D"},
      {"0190163d-", "0190163d"},
      {R"("con":7)", R"("con":07)"},
      {R"("con":7)", R"("con":0)"},
      {R"("num":8)", R"("num":0)"},
      {R"("num":8)", R"("num":4294967304)"},
      {R"("iat":9)", R"("iat":-9)"},
      {R"("exp":10)", R"("exp":1e1)"},
      {R"("exp":10)", R"("exp":253402300800)"},
      {R"("epo":0)", R"("epo":)"},
      {R"("epo":0,)", ""},
      {R"("7-8-9")", R"("7-8-8")"},
      {R"("7-8-9"})", R"("7-8-9")"},
      {"{", "{ "},
      {"}", "} "},
      {"0190163d-8694-739b-aea5-966c26f8ad91", "00000000-0000-0000-0000-000000000000"},
  };
  for (const auto& [from, to] : changes) {
    std::string claims = good;
    claims.replace(claims.find(from), from.size(), to);
    EXPECT_EQ(signer.verify(forge(kHeader1, claims, kKey1.secret)).check, TokenCheck::kMalformed)
        << claims;
  }
  EXPECT_EQ(signer.verify(forge(kHeader1, "", kKey1.secret)).check, TokenCheck::kMalformed);
  EXPECT_EQ(signer.verify(forge(kHeader1, std::string(250, 'x'), kKey1.secret)).check,
            TokenCheck::kMalformed);
}

TEST(TokenSigner, create_refuses_keys_out_of_bounds) {
  const auto error_of = [](const std::vector<TokenKey>& keys) {
    const auto signer = TokenSigner::create(keys);
    return signer.ok() ? "" : signer.error();
  };
  const std::string secret(32, 's');
  EXPECT_EQ(error_of({}), "0 token keys given, 1 to 2 wanted");
  EXPECT_EQ(error_of({{"a", secret}, {"b", secret}, {"c", secret}}),
            "3 token keys given, 1 to 2 wanted");
  EXPECT_EQ(error_of({{"a", secret}, {"a", secret}}), "two token keys have the id \"a\"");
  EXPECT_EQ(error_of({{"", secret}}), "token key id \"\" is not 1 to 16 of A-Z a-z 0-9 - _");
  EXPECT_EQ(error_of({{"a\"b", secret}}),
            "token key id \"a\"b\" is not 1 to 16 of A-Z a-z 0-9 - _");
  EXPECT_EQ(error_of({{std::string(17, 'a'), secret}}),
            "token key id \"aaaaaaaaaaaaaaaaa\" is not 1 to 16 of A-Z a-z 0-9 - _");
  EXPECT_EQ(error_of({{"a", std::string(31, 's')}}),
            "the secret of token key \"a\" has 31 bytes, 32 or more wanted");
  EXPECT_EQ(error_of({{std::string(16, 'a'), secret}}), "");
}

}  // namespace
}  // namespace frontrow

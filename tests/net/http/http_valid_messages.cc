#include "tests/net/http/http_parser_shapes.h"

namespace frontrow {
namespace {

std::string valid_get(std::string_view target, std::string_view headers = "Host: a\r\n") {
  return get_message(target, headers);
}
std::string valid_post(std::string_view headers, std::string_view body) {
  return "POST /p HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

}  // namespace

std::string get_message(std::string_view target, std::string_view headers) {
  return "GET " + std::string(target) + " HTTP/1.1\r\n" + std::string(headers) + "\r\n";
}

const std::vector<ValidMessage>& valid_messages() {
  static const std::vector<ValidMessage> messages{
      {"plain_get", valid_get("/x"), Method::kGet, "/x", "", "", true},
      {"query", valid_get("/x?a=1&b=%20?"), Method::kGet, "/x", "a=1&b=%20?", "", true},
      {"absolute_form", valid_get("http://a:80/x?q"), Method::kGet, "/x", "q", "", true},
      {"absolute_form_without_path", valid_get("HTTP://a"), Method::kGet, "/", "", "", true},
      {"absolute_form_with_query_only", valid_get("http://a?q"), Method::kGet, "/", "q", "", true},
      {"options_star", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", Method::kOptions, "*", "", "",
       true},
      {"empty_line_before", "\r\n" + valid_get("/x"), Method::kGet, "/x", "", "", true},
      {"close", valid_get("/", "Host: a\r\nConnection: close\r\n"), Method::kGet, "/", "", "",
       false},
      {"http_1_0", "GET / HTTP/1.0\r\n\r\n", Method::kGet, "/", "", "", false},
      {"close_behind_a_tab", valid_get("/", "Host: a\r\nConnection: x,\tclose\t, y\r\n"),
       Method::kGet, "/", "", "", false},
      {"close_in_a_second_line",
       valid_get("/", "Host: a\r\nConnection: x\r\nConnection: CLOSE\r\n"), Method::kGet, "/", "",
       "", false},
      {"close_before_keep_alive_on_1_0", "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n",
       Method::kGet, "/", "", "", false},
      {"closed_is_not_close", valid_get("/", "Host: a\r\nConnection: closed\r\n"), Method::kGet,
       "/", "", "", true},
      {"http_1_0_keep_alive", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", Method::kGet, "/",
       "", "", true},
      {"white_space_behind_values", valid_get("/", "Host: a \t\r\nX: y\t\r\nEmpty:\t\r\n"),
       Method::kGet, "/", "", "", true},
      {"unreserved_characters_encoded", valid_get("/v%31/%61%7E?%71=%2D"), Method::kGet, "/v1/a~",
       "q=-", "", true},
      {"others_stay_encoded", valid_get("/a%2Fb%2f%00%ff%25%3F?a%26b"), Method::kGet,
       "/a%2Fb%2f%00%ff%25%3F", "a%26b", "", true},
      {"encoded_percent_is_decoded_once", valid_get("/%2531"), Method::kGet, "/%2531", "", "",
       true},
      {"upgrade_to_h2c",
       valid_get("/x",
                 "Host: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                 "HTTP2-Settings: AAMAAABkAAQAAP__\r\n"),
       Method::kGet, "/x", "", "", true},
      {"upgrade_to_websocket",
       valid_get("/x", "Host: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"), Method::kGet,
       "/x", "", "", true},
      {"upgrade_and_close",
       valid_get("/x", "Host: a\r\nUpgrade: h2c\r\nConnection: upgrade, close\r\n"), Method::kGet,
       "/x", "", "", false},
      {"upgrade_with_a_body",
       valid_post("Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 5\r\n", "hello"),
       Method::kPost, "/p", "", "hello", true},
      {"upgrade_with_an_empty_body",
       valid_post("Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 0\r\n", ""),
       Method::kPost, "/p", "", "", true},
      {"upgrade_with_chunks",
       valid_post("Connection: Upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\n",
                  "2\r\nhi\r\n0\r\n\r\n"),
       Method::kPost, "/p", "", "hi", true},
      {"upgrade_on_1_0",
       "GET /x HTTP/1.0\r\nConnection: Upgrade, keep-alive\r\nUpgrade: h2c\r\n\r\n", Method::kGet,
       "/x", "", "", true},
      {"upgrade_to_nothing", valid_get("/x", "Host: a\r\nConnection: Upgrade\r\nUpgrade:\r\n"),
       Method::kGet, "/x", "", "", true},
      {"sized_body", valid_post("Content-Length: 5\r\n", "hello"), Method::kPost, "/p", "", "hello",
       true},
      {"sized_body_with_a_tab", valid_post("Content-Length: \t5\t \r\n", "hello"), Method::kPost,
       "/p", "", "hello", true},
      {"empty_body", valid_post("Content-Length: 0\r\n", ""), Method::kPost, "/p", "", "", true},
      {"no_body", valid_post("", ""), Method::kPost, "/p", "", "", true},
      {"http_1_0_body", "POST /p HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi", Method::kPost, "/p", "",
       "hi", false},
      {"chunked",
       valid_post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n"),
       Method::kPost, "/p", "", "abc0123456789", true},
      {"chunked_in_capitals", valid_post("Transfer-Encoding: Chunked\r\n", "1\r\nx\r\n0\r\n\r\n"),
       Method::kPost, "/p", "", "x", true},
      {"chunk_extension", valid_post("Transfer-Encoding: chunked\r\n", "1;n=v\r\nx\r\n0\r\n\r\n"),
       Method::kPost, "/p", "", "x", true},
      {"chunked_with_a_tab",
       valid_post("Transfer-Encoding:\tchunked \t\r\n", "1\r\nx\r\n0\r\n\r\n"), Method::kPost, "/p",
       "", "x", true},
      {"chunk_extensions",
       valid_post("Transfer-Encoding: chunked\r\n",
                  "1;a;b=c;d=e\r\nx\r\n2;a=\"x;y\";b\r\nyz\r\n0;last=\"\\\"\t,\x80\"\r\n\r\n"),
       Method::kPost, "/p", "", "xyz", true},
      {"chunk_extensions_with_white_space",
       valid_post("Transfer-Encoding: chunked\r\n",
                  "1 \t;\ta =\t\"b\" ; c\r\nx\r\n0 ;d= e\r\n\r\n"),
       Method::kPost, "/p", "", "x", true},
      {"chunk_size_with_zeros",
       valid_post("Transfer-Encoding: chunked\r\n", "00000000000000000001\r\nx\r\n000\r\n\r\n"),
       Method::kPost, "/p", "", "x", true},
      {"empty_chunked", valid_post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n"), Method::kPost,
       "/p", "", "", true},
      {"patch", "PATCH /p HTTP/1.1\r\nHost: a\r\n\r\n", Method::kPatch, "/p", "", "", true},
      {"put", "PUT /p HTTP/1.1\r\nHost: a\r\n\r\n", Method::kPut, "/p", "", "", true},
      {"delete", "DELETE /p HTTP/1.1\r\nHost: a\r\n\r\n", Method::kDelete, "/p", "", "", true},
  };
  return messages;
}

}  // namespace frontrow

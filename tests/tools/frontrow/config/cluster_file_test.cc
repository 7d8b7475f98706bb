#include "tools/frontrow/config/cluster_file.h"

#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>

#include "tests/source_tree.h"
#include "tests/tools/frontrow/support/test_files.h"
#include "tools/frontrow/config/config_values.h"

namespace frontrow {
namespace {

namespace fs = std::filesystem;

// Two instances, lines 4 to 7 and 8 to 12; additions begin at line 13.
const std::string kTwo =
    "name = \"tour\"\nrevision = 3\ntls = \"off\"\n"
    "[[instances]]\nid = 1\nhttp = \"10.0.0.1:8080\"\npeer = \"10.0.0.1:7101\"\n"
    "[[instances]]\nid = 2\nweight = 50\nhttp = \"[fd00:0::2]:8080\"\npeer = \"10.0.0.2:7101\"\n";

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, text.npos) << what;
  return text.replace(at, what.size(), by);
}

TEST(ClusterFile, parse_takes_every_key) {
  const auto file = parse_cluster_text(
      kTwo +
          "[[pins]]\ninstance = 2\nconcert = 7\n[[pins]]\ninstance = 1\nslots = [17, 0]\n"
          "[[pins]]\ninstance = 1\nslot = 4095\n",
      "f");
  ASSERT_TRUE(file.ok()) << file.error();
  const ClusterFile& f = *file;
  EXPECT_EQ(f.name, "tour");
  EXPECT_EQ(f.revision, 3U);
  EXPECT_EQ(f.tls, ClusterTls::kOff);
  ASSERT_EQ(f.instances.size(), 2U);
  EXPECT_EQ(f.instances[0].id, 1);
  EXPECT_EQ(f.instances[0].weight, 100U);
  EXPECT_EQ(format_address(f.instances[0].http), "10.0.0.1:8080");
  EXPECT_EQ(format_address(f.instances[0].peer), "10.0.0.1:7101");
  EXPECT_EQ(f.instances[1].weight, 50U);
  EXPECT_EQ(format_address(f.instances[1].http), "[fd00::2]:8080");
  const ConcertId seven{7};
  EXPECT_EQ(f.pins, (std::vector<ClusterPin>{{2, PinTarget::of(seven)},
                                             {1, PinTarget::of(SlotId{17})},
                                             {1, PinTarget::of(SlotId{0})},
                                             {1, PinTarget::of(SlotId{4095})}}));
  const auto map = f.slot_map();
  ASSERT_TRUE(map.ok()) << map.error();
  EXPECT_EQ((*map).revision(), 3U);
  EXPECT_EQ((*map).owner(slot_of_concert(seven)), 2);
  for (const SlotId slot : {SlotId{0}, SlotId{17}, SlotId{4095}}) EXPECT_EQ((*map).owner(slot), 1);
  EXPECT_GT((*map).slots_of(1), (*map).slots_of(2)) << "twice the weight";
}

TEST(ClusterFile, map_is_that_of_the_same_facts_however_they_are_written) {
  const auto file = parse_cluster_text(kTwo, "f");
  const auto turned = parse_cluster_text(
      "revision = 3\n"
      "instances = [{ peer = \"10.0.0.2:7101\", http = \"[fd00::2]:8080\", weight = 50, id = 2 },\n"
      "  { id = 1, http = \"10.0.0.1:8080\", peer = \"10.0.0.1:7101\", weight = 100 }]\n"
      "name = \"tour\"",
      "f");
  ASSERT_TRUE(file.ok() && turned.ok()) << turned.error();
  EXPECT_EQ((*turned).tls, ClusterTls::kAuto);
  EXPECT_EQ((*(*file).slot_map()).hash(), (*(*turned).slot_map()).hash());
}

TEST(ClusterFile, faults_name_line_key_and_what_was_found) {
  const std::string pin = "[[pins]]\ninstance = 1\n";
  const std::pair<std::string, std::string> cases[] = {
      {"", "f:1: name is missing"},
      {"name = \"a\"", "f:1: revision is missing"},
      {"name = \"a\"\nrevision = 1", "f:1: instances is missing"},
      {"name =", "f:1: "},
      {"name = \"a\"\nname = \"b\"", "f:2: "},
      {"name = \"a b\"", "f:1: name must be 1 to 64 of A-Z a-z 0-9 - _ . in quotes, not \"a b\""},
      {"name = \"\"", "f:1: name must be 1 to 64 of A-Z a-z 0-9 - _ . in quotes, not \"\""},
      {"name = 7", "f:1: name must be 1 to 64 of A-Z a-z 0-9 - _ . in quotes, not 7"},
      {"\nrevision = 0", "f:2: revision must be an integer from 1 to 9007199254740991, not 0"},
      {"revision = 1.5",
       "f:1: revision must be an integer from 1 to 9007199254740991, not a fraction"},
      {"tls = \"on\"", "f:1: tls must be \"auto\" or \"off\", not \"on\""},
      {"tls = false", "f:1: tls must be \"auto\" or \"off\", not false"},
      {"zones = 1\nname = 7", "f:1: unknown key zones"},
      {"name = \"a\"\nrevision = 1\ninstances = 4", "f:3: instances must be [[instances]], not 4"},
      {"instances = [4]", "f:1: instances[0] must be a table, not 4"},
      {"[instances]\nid = 1", "f:1: instances must be [[instances]], not a table"},
      {"name = \"a\"\nrevision = 1\ninstances = []",
       "f:3: instances is refused: the map names no instance"},
      {replaced(kTwo, "id = 2\n", "id = 1000\n"),
       "f:9: instances[1].id must be an integer from 1 to 999, not 1000"},
      {replaced(kTwo, "id = 2\n", "id = 1\n"),
       "f:9: instances[1].id must be an id of its own, not 1 as that of instances[0]"},
      {replaced(kTwo, "id = 2\n", ""), "f:8: instances[1].id is missing"},
      {replaced(kTwo, "weight = 50", "weight = -1"),
       "f:10: instances[1].weight must be an integer from 0 to 10000, not -1"},
      {replaced(kTwo, "weight = 50", "wait = 50"), "f:10: unknown key instances[1].wait"},
      {replaced(kTwo, "http = \"10.0.0.1:8080\"\n", ""), "f:4: instances[0].http is missing"},
      {replaced(kTwo, "10.0.0.2:7101", "10.0.0.1:7101"),
       "f:12: instances[1].peer must be an address of its own, not 10.0.0.1:7101, which is one of "
       "instance 1"},
      {replaced(kTwo, "10.0.0.2:7101", "[FD00:0:0::2]:8080"),
       "f:12: instances[1].peer must be an address of its own, not [fd00::2]:8080, which is one of "
       "instance 2"},
      {replaced(kTwo, "10.0.0.2:7101", "0.0.0.0:7101"),
       "f:12: instances[1].peer must be an address and a port that others can connect to, not "
       "\"0.0.0.0:7101\""},
      {replaced(kTwo, "10.0.0.2:7101", "[::]:7101"),
       "f:12: instances[1].peer must be an address and a port that others can connect to, not "
       "\"[::]:7101\""},
      {replaced(kTwo, "10.0.0.2:7101", "10.0.0.2:0"),
       "f:12: instances[1].peer must be an address and a port that others can connect to, not "
       "\"10.0.0.2:0\""},
      {replaced(kTwo, "\"10.0.0.2:7101\"", "7101"),
       "f:12: instances[1].peer must be \"ADDRESS:PORT\" such as \"10.0.0.1:7101\", not 7101"},
      {kTwo + pin, "f:13: pins[0] must have one of concert, slot and slots beside instance"},
      {kTwo + pin + "slot = 1\nconcert = 2",
       "f:13: pins[0] must have one of concert, slot and slots beside instance"},
      {kTwo + "[[pins]]\nslot = 1", "f:13: pins[0].instance is missing"},
      {kTwo + pin + "slot = 4096",
       "f:15: pins[0].slot must be an integer from 0 to 4095, not 4096"},
      {kTwo + pin + "slots = 4", "f:15: pins[0].slots must be a list of slots, not 4"},
      {kTwo + pin + "slots = [1, -1]",
       "f:15: pins[0].slots must be a list of slots; each must be an integer from 0 to 4095, not "
       "-1"},
      {kTwo + pin + "concert = 0",
       "f:15: pins[0].concert must be an integer from 1 to 1048575, not 0"},
      {kTwo + "[[pins]]\ninstance = 3\nslot = 1",
       "f:13: pins[0] puts slot:1 on instance 3, which is not in the file"},
      {kTwo + pin + "slots = [1, 2, 3]\n[[pins]]\ninstance = 2\nslots = [9, 2]",
       "f:16: pins[1] puts slot:2 on instance 2, but its slot 2 is on instance 1 by slot:2"},
      {replaced(replaced(kTwo, "weight = 50", "weight = 0"), "id = 1\n", "id = 1\nweight = 0\n"),
       "f:4: instances is refused: no instance of the map has a weight"},
  };
  for (const auto& [text, message] : cases) {
    const auto file = parse_cluster_text(text, "f");
    ASSERT_FALSE(file.ok()) << text;
    if (message.ends_with(": ")) {
      EXPECT_TRUE(file.error().starts_with(message) && file.error().size() > message.size())
          << text << "\n"
          << file.error();
    } else {
      EXPECT_EQ(file.error(), message) << text;
    }
  }
}

TEST(ClusterFile, concert_and_slot_of_the_same_pin_must_agree) {
  const ConcertId concert{7};
  const std::string pins = "[[pins]]\ninstance = 1\nconcert = 7\n[[pins]]\nslot = " +
                           std::to_string(slot_of_concert(concert).value) + "\n";
  EXPECT_TRUE(parse_cluster_text(kTwo + pins + "instance = 1", "f").ok());
  const auto refused = parse_cluster_text(kTwo + pins + "instance = 2", "f");
  ASSERT_FALSE(refused.ok());
  EXPECT_TRUE(refused.error().ends_with("is on instance 1 by concert:7")) << refused.error();
}

TEST(ClusterFile, format_reads_back_as_the_same_cluster) {
  ClusterFile file;
  file.name = "tour";
  file.revision = 77;
  file.tls = ClusterTls::kOff;
  for (InstanceId id = 3; id >= 1; --id) {
    file.instances.push_back({id,
                              id * 10U,
                              {"10.0.0." + std::to_string(id), 80},
                              {"fd00::" + std::to_string(id), 7101}});
  }
  for (std::uint16_t slot = 100; slot < 140; ++slot)
    file.pins.push_back({static_cast<InstanceId>(slot % 3 + 1), PinTarget::of(SlotId{slot})});
  file.pins.push_back({2, PinTarget::of(ConcertId{9})});
  file.instances.front().ops = {"10.0.0.3", 9090};
  const std::string text = format_cluster_file(file);
  const auto again = parse_cluster_text(text, "f");
  ASSERT_TRUE(again.ok()) << again.error() << text;
  EXPECT_EQ(format_cluster_file(*again), text);
  EXPECT_EQ((*again).revision, 77U);
  EXPECT_EQ(format_address((*again).find(3)->operators()), "10.0.0.3:9090");
  EXPECT_EQ(format_address((*again).find(2)->operators()), "10.0.0.2:80");
  EXPECT_EQ((*again).tls, ClusterTls::kOff);
  EXPECT_EQ((*again).pins.size(), file.pins.size());
  EXPECT_EQ((*(*again).slot_map()).hash(), (*file.slot_map()).hash());
}

TEST(ClusterFile, example_is_a_cluster) {
  const fs::path path = source_tree() / "tools/cluster.example.toml";
  const auto file = read_cluster_file(path);
  ASSERT_TRUE(file.ok()) << file.error();
  EXPECT_EQ((*file).instances.size(), 3U);
  std::string text = read_file(path);
  for (const char* line : {"#[[pins]]", "#instance", "#concert"}) {
    const std::size_t at = text.find(line);
    ASSERT_NE(at, text.npos) << line;
    text.erase(at, 1);
  }
  const auto pinned = parse_cluster_text(text, "example");
  ASSERT_TRUE(pinned.ok()) << pinned.error();
  EXPECT_EQ((*pinned).pins, (std::vector<ClusterPin>{{2, PinTarget::of(ConcertId{7})}}));
}

TEST(ClusterFile, file_that_cannot_be_read_says_so) {
  const TempDirectory dir;
  EXPECT_EQ(read_cluster_file("/nowhere/cluster.toml").error(),
            "/nowhere/cluster.toml: cannot be read: No such file or directory");
  const fs::path big = dir.path() / "big.toml";
  write_file(big, std::string(kClusterFileSizeMax + 1, '\n'));
  EXPECT_EQ(read_cluster_file(big).error(), big.string() + ": is longer than 1048576 bytes");
}

TEST(LoadCluster, gives_what_serve_needs_and_prefers_the_secret_of_the_environment) {
  const TempDirectory dir;
  ClusterConfig config;
  config.file = (dir.path() / "cluster.toml").string();
  config.instance = 2;
  config.secret_file = (dir.path() / "secret").string();
  write_file(config.file, kTwo);
  std::string upper = kSecretDigits;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  write_file(config.secret_file, upper + "\n");
  const auto setup = load_cluster(config);
  ASSERT_TRUE(setup.ok()) << setup.error();
  EXPECT_EQ((*setup).secret, *parse_hex(kSecretDigits));
  EXPECT_EQ((*setup).view.name, "tour");
  EXPECT_EQ((*setup).view.self, 2);
  EXPECT_EQ((*setup).view.map.hash(), (*(*setup).file.slot_map()).hash());
  config.secret = std::string(kSecretDigits) + "bb";
  EXPECT_EQ((*load_cluster(config)).secret, *parse_hex(kSecretDigits) + '\xbb');
}

TEST(LoadCluster, faults_say_what_to_do_and_never_the_secret) {
  const TempDirectory dir;
  ClusterConfig config;
  config.file = (dir.path() / "cluster.toml").string();
  write_file(config.file, kTwo);
  for (const InstanceId id : {InstanceId{0}, InstanceId{3}}) {
    config.instance = id;
    EXPECT_EQ(load_cluster(config).error(),
              "cluster.instance must be the id of one of the instances "
              "in " +
                  config.file + " (1, 2), not " + std::to_string(id));
  }
  config.instance = 1;
  EXPECT_EQ(load_cluster(config).error(),
            "cluster.file is set, so cluster.secret_file (or FRONTROW_CLUSTER_SECRET) must be set, "
            "to the same secret on every instance; `frontrow cluster secret` prints a new one");
  const std::string wrong = "must be 64 to 1024 hexadecimal digits, two for each byte";
  config.secret = std::string(62, '7');
  EXPECT_EQ(load_cluster(config).error(), "FRONTROW_CLUSTER_SECRET " + wrong);
  config.secret = "";
  config.secret_file = (dir.path() / "secret").string();
  EXPECT_NE(load_cluster(config).error().find("is not there; for a new cluster run: (umask 077; "
                                              "frontrow cluster secret > "),
            std::string::npos);
  write_file(config.secret_file, std::string(64, '7'), 0640);
  EXPECT_EQ(load_cluster(config).error(), config.secret_file +
                                              ": others may read it (mode 0640); "
                                              "run: chmod 600 " +
                                              config.secret_file);
  for (const std::string& text :
       {std::string(65, '7'), std::string(64, 'g'), std::string(63, '7') + " ",
        std::string(64, '7') + "\n\n", std::string(1026, '7'), std::string()}) {
    write_file(config.secret_file, text);
    EXPECT_EQ(load_cluster(config).error(), config.secret_file + ": the secret " + wrong);
  }
  write_file(config.secret_file, std::string(64, '7'));
  EXPECT_EQ(load_cluster(config).error(), config.secret_file +
                                              ": the secret is refused: its bytes are all the "
                                              "same, or count up or down; `frontrow cluster "
                                              "secret` prints a new one");
  write_file(config.file, "name = 1");
  EXPECT_TRUE(load_cluster(config).error().starts_with(config.file + ":1: name must be "));
}

}  // namespace
}  // namespace frontrow

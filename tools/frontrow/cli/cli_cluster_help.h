// The help texts of `frontrow cluster` and its commands.
#pragma once

namespace frontrow::cluster_help {

inline constexpr const char* kCluster =
    "Create a cluster, look at it, and change it while it runs: its instances, slots and copies.";

inline constexpr const char* kClusterFooter = R"(
A cluster keeps its slot map, its members and the newest part of its log in etcd. Every command that
needs etcd takes --cluster and --etcd, or FRONTROW_CLUSTER and FRONTROW_ETCD of the environment. The
running instances act on a change at once; nothing is restarted.

Exit code: 0 done, 1 not done or a fault was found, 2 a mistake in the command line.)";

inline constexpr const char* kInitFooter = R"(
Creates the cluster in etcd, without instances, and says how to go on. Refused if it exists.

Examples:
  frontrow cluster init --cluster autumn-tour --etcd 10.0.0.1:2379,10.0.0.2:2379,10.0.0.3:2379
  frontrow cluster init --cluster small --etcd 10.0.0.1:2379 --copies 1)";

inline constexpr const char* kStatusFooter = R"(
Reads etcd twice within about a second, to see which instances beat. With the operators' key it also
asks each instance for its copies, its lag and its links. Ends with "all is well", or with one line
"NOT WELL: ..." for each fault, and the exit code is 1.

Examples:
  FRONTROW_ADMIN_KEY=... frontrow cluster status --cluster autumn-tour --etcd 10.0.0.1:2379
  frontrow cluster status --cluster autumn-tour --etcd 10.0.0.1:2379 --json status.json)";

inline constexpr const char* kShowFooter = R"(
Examples:
  frontrow cluster show --cluster autumn-tour --etcd 10.0.0.1:2379
  frontrow cluster show --cluster autumn-tour --etcd 10.0.0.1:2379 --concert 7
  frontrow cluster show --cluster autumn-tour --etcd 10.0.0.1:2379 --slot 17
  frontrow cluster show --cluster autumn-tour --etcd 10.0.0.1:2379 --user 3f2a9c1e-0000-4000-8000-000000000001)";

inline constexpr const char* kAddFooter = R"(
An instance that starts adds itself; this command does it before, for instance with another weight.
Slots move to it once it runs.

Examples:
  frontrow cluster add box-4 --cluster autumn-tour --etcd 10.0.0.1:2379
  frontrow cluster add box-4 --weight 50 --cluster autumn-tour --etcd 10.0.0.1:2379 --dry-run)";

inline constexpr const char* kRemoveFooter = R"(
Refused while the instance owns slots: drain it first. Its copies of other slots are made again
elsewhere, and its pins are removed. Stop the instance before, as it would add itself again.

Examples:
  frontrow cluster drain box-2 --wait --cluster autumn-tour --etcd 10.0.0.1:2379
  frontrow cluster remove box-2 --cluster autumn-tour --etcd 10.0.0.1:2379)";

inline constexpr const char* kWeightFooter = R"(
An instance of weight 200 gets twice the slots of one of weight 100; with 0 it keeps only slots that
are pinned to it.

Examples:
  frontrow cluster weight box-2 50 --cluster autumn-tour --etcd 10.0.0.1:2379 --dry-run
  frontrow cluster weight box-2 50 --cluster autumn-tour --etcd 10.0.0.1:2379)";

inline constexpr const char* kPinFooter = R"(
A pin overrides the weights for one slot, while its instance runs and does not drain.

Examples:
  frontrow cluster pin concert:7 box-1 --cluster autumn-tour --etcd 10.0.0.1:2379
  frontrow cluster pin slot:17 box-1 --cluster autumn-tour --etcd 10.0.0.1:2379 --dry-run)";

inline constexpr const char* kUnpinFooter = R"(
Example:
  frontrow cluster unpin concert:7 --cluster autumn-tour --etcd 10.0.0.1:2379)";

inline constexpr const char* kMoveFooter = R"(
Pins the slot to the instance, and waits until it owns it. The pin stays.

Examples:
  frontrow cluster move concert:7 box-1 --cluster autumn-tour --etcd 10.0.0.1:2379
  frontrow cluster move slot:17 box-1 --no-wait --cluster autumn-tour --etcd 10.0.0.1:2379)";

inline constexpr const char* kDrainFooter = R"(
The instance gives its slots to the others while it serves them. It may be stopped and removed when
it owns no slot.

Examples:
  frontrow cluster drain box-2 --dry-run --cluster autumn-tour --etcd 10.0.0.1:2379
  frontrow cluster drain box-2 --wait --cluster autumn-tour --etcd 10.0.0.1:2379
  frontrow cluster drain box-2 --off --cluster autumn-tour --etcd 10.0.0.1:2379)";

inline constexpr const char* kCopiesFooter = R"(
Copies of each slot, that of its owner among them, each on another instance. More copies are made in
the background and need more memory.

Example:
  frontrow cluster copies 3 --cluster autumn-tour --etcd 10.0.0.1:2379)";

inline constexpr const char* kImportFooter = R"(
For a cluster without slots. What wrote the directories must be stopped: a single instance, or all
instances of a static cluster, which earlier versions had. The directories of a static cluster are
imported together, each with its instance's new name: each slot stays where its newest state is.
The directories are checked as at a start, and get the file cluster.id; nothing else in them
changes. If the command is interrupted, run it again.

Examples:
  frontrow cluster import --instance box-1 --data-dir /var/lib/frontrow --cluster autumn-tour --etcd 10.0.0.1:2379
  frontrow cluster import --data-dir box-1=data.1 --data-dir box-2=data.2 --cluster autumn-tour --etcd 10.0.0.1:2379 --dry-run)";

inline constexpr const char* kDemoFooter = R"(
Example:
  FRONTROW_ADMIN_KEY=... frontrow cluster demo --target http://127.0.0.1:8080)";

inline constexpr const char* kSecretFooter = R"(
Example, for a file that only you can read, as every instance requires:
  (umask 077; frontrow cluster secret > cluster.secret))";

}  // namespace frontrow::cluster_help

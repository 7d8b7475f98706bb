// A table of kinds: a tuple with one row for each type of a variant. A row has the type and its
// constants: number on disk or on the wire, name, traits. The variant is made from the table, so
// the place of a type is the place of its row. Bytes hold the row's number, never the place.
#pragma once

#include <array>
#include <cstddef>
#include <tuple>
#include <variant>

namespace frontrow {

template <class T, class Spec>
struct KindRow {
  Spec spec;
};

template <class>
struct VariantOfRows;
template <class... T, class Spec>
struct VariantOfRows<const std::tuple<KindRow<T, Spec>...>> {
  using type = std::variant<T...>;
};

// The rows without their types, in the order of the variant.
constexpr auto specs_of(const auto& table) {
  return std::apply([](const auto&... row) { return std::array{row.spec...}; }, table);
}

constexpr bool has_distinct_tags(const auto& specs) {
  for (std::size_t i = 0; i < specs.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (specs[i].tag == specs[j].tag) return false;
    }
  }
  return true;
}

}  // namespace frontrow

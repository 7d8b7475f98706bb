// One lambda for each alternative of a std::variant:
//
//   std::visit(Match{[](const Join& join) {...}, [](const auto& other) {...}}, command.body);
#pragma once

namespace frontrow {

template <class... F>
struct Match : F... {
  using F::operator()...;
};
template <class... F>
Match(F...) -> Match<F...>;

}  // namespace frontrow

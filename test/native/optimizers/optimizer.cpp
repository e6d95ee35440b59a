#include "optimizers/optimizer.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "bits.h"
#include "drawn.h"
#include "on_team.h"
#include "tables.h"

namespace glissade {
namespace {

constexpr size_t kGroups = 3;

/// Arrays in three groups under one rule. The array of the third group is frozen.
template <typename Real>
struct Example {
  using Outcome = typename Optimizer<Real>::Outcome;

  std::vector<Parameter> arrays{{{1000}, 0}, {{0}, 1},   {{7}, 1},         {{50, 100}, 0}, {{1}, 0},
                                {{0}, 0},    {{333}, 1}, {{600}, 2, true}, {{70, 80}, 1}};
  Optimizer<Real> optimizer;
  std::vector<double> row{0.5, 0.25, 0, 0.1, 1e-2, 0.9, 0.99, 1e-8, 0.1, 3e-2, 0.8, 0.95, 1e-6, 0, 1, 0, 0, 1, 1};
  std::vector<Buffer<Real>> gradients, parameters;
  Buffer<std::byte> state;

  explicit Example(OptimizerOptions options)
      : optimizer(std::move(options), arrays), state(optimizer.layout().bytes()) {
    for (size_t i = 0; i < arrays.size(); ++i) {
      gradients.push_back(drawn<Real>(optimizer.parameters().lengthOf(i), 10 + i));
      parameters.push_back(drawn<Real>(optimizer.parameters().lengthOf(i), 20 + i));
    }
  }

  std::vector<Gradient> gradientArrays;
  std::vector<Real*> parameterArrays;
  StepArrays<Real> stepArrays() {
    gradientArrays.clear();
    parameterArrays.clear();
    for (const auto& array : gradients) gradientArrays.push_back({array.data()});
    for (auto& array : parameters) parameterArrays.push_back(array.data());
    return {gradientArrays.data(), parameterArrays.data(), state.data()};
  }

  /// Adds `gradientCount` different gradients, by a team.
  std::vector<Outcome> step(const Kernels& table, size_t members, int gradientCount) {
    std::vector<Outcome> outcomes(static_cast<size_t>(gradientCount));
    for (int k = 0; k < gradientCount; ++k) {
      for (size_t i = 0; i < arrays.size(); ++i)
        gradients[i] = drawn<Real>(optimizer.parameters().lengthOf(i), 100 * static_cast<uint64_t>(k) + i);
      row[2] = k % 3 == 2 ? 0.5 : 0;
      const auto memory = stepArrays();
      onTeam(members, [&](const Member& member) {
        const Outcome outcome = optimizer.step(table, member, row.data(), 1, k % 2 == 1, memory);
        if (member.isFirst()) outcomes[static_cast<size_t>(k)] = outcome;
      });
    }
    return outcomes;
  }

  std::string differenceTo(const Example& other) const {
    for (size_t i = 0; i < parameters.size(); ++i)
      if (const auto found = difference(parameters[i], other.parameters[i]); !found.empty()) return found;
    for (size_t i = 0; i < state.size(); ++i)
      if (state[i] != other.state[i]) return "byte " + std::to_string(i) + " of the state";
    return "";
  }
};

/// Options for every way of handling a step, some of them combined.
std::vector<OptimizerOptions> manners() {
  OptimizerOptions plain{.rules = std::vector<std::string>(kGroups, "adamw")};
  std::vector<OptimizerOptions> list{plain};
  for (const Clipping clipping : {Clipping::value, Clipping::norm, Clipping::columns, Clipping::rows})
    for (const Encoding state : {Encoding::plain, Encoding::bfloat16, Encoding::uint8}) {
      OptimizerOptions options = plain;
      options.clipping = clipping;
      options.clippingEpsilon = 1e-3;
      options.state = state;
      options.checksFinite = state == Encoding::plain;
      options.accumulates = options.averages = clipping != Clipping::norm;
      options.hasSlowWeights = clipping == Clipping::norm;
      list.push_back(options);
    }
  return list;
}

TEST_SUITE_BEGIN("optimizers");

TEST_CASE_TEMPLATE("a step has the same bits on every instruction set and in teams of any size", Real, float, double) {
  for (const OptimizerOptions& options : manners()) {
    Example<Real> expected(options);
    expected.step(*tables().front(), 1, 6);
    for (const Kernels* table : tables())
      for (const size_t members : {1, 2, 3}) {
        CAPTURE(nameOf(*table));
        CAPTURE(members);
        CAPTURE(static_cast<int>(options.clipping));
        CAPTURE(static_cast<int>(options.state));
        Example<Real> example(options);
        example.step(*table, members, 6);
        CHECK(example.differenceTo(expected) == "");
      }
  }
}

TEST_CASE_TEMPLATE("a step over several arrays applies the rule to each, with the hyperparameters of its group", Real,
                   float, double) {
  const Kernels& table = kernels();
  Example<Real> whole({.rules = std::vector<std::string>(kGroups, "adamw")});
  whole.step(table, 1, 1);
  const Rule<Real>* rule = table.of<Real>().rules;
  while (std::string(rule->name) != "adamw") ++rule;
  for (size_t i = 0; i < whole.arrays.size(); ++i) {
    const size_t length = whole.optimizer.parameters().lengthOf(i);
    Buffer<Real> theta = drawn<Real>(length, 20 + i), m(length), v(length);
    Real* const states[] = {m.data(), v.data()};
    unsigned char scalars[kScalarBytes];
    rule->prepare(whole.row.data() + 4 + 5 * whole.arrays[i].group, 1, nullptr, scalars);
    if (!whole.arrays[i].frozen) rule->update(scalars, 1, whole.gradients[i].data(), theta.data(), states, 0, length);
    CHECK(difference(whole.parameters[i], theta) == "");
  }
}

TEST_CASE("a checked non-finite gradient changes nothing, unless its array is frozen") {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    for (const size_t array : {3u, 7u}) {
      Example<float> example({.rules = std::vector<std::string>(kGroups, "adamw"), .checksFinite = true}),
          untouched({.rules = std::vector<std::string>(kGroups, "adamw"), .checksFinite = true});
      example.gradients[array][599] = bad;
      const auto memory = example.stepArrays();
      const auto outcome = example.optimizer.step(kernels(), Member(0, 1), example.row.data(), 1, true, memory);
      CHECK((outcome == Optimizer<float>::Outcome::notFinite) == (array == 3));
      CHECK((example.differenceTo(untouched) == "") == (array == 3));
    }
  }
}

TEST_CASE("an optimizer knows its sizes") {
  const Optimizer<float> optimizer({.rules = std::vector<std::string>(kGroups, "adam.amsgrad")},
                                   {{{3}, 0}, {{0}, 2}, {{2, 2}, 1}});
  CHECK(optimizer.parameters().size() == 7);
  CHECK(optimizer.parameters().lengthOf(2) == 4);
  CHECK(optimizer.recordLength() == 4 + 3 * 5);
  CHECK(optimizer.layout().entries().size() == 3 * 3 + 1);
  CHECK_THROWS_WITH(Optimizer<float>({.rules = std::vector<std::string>(kGroups, "adma")}, {}),
                    "unknown update rule \"adma\"");
}

TEST_CASE("the large states of an array begin at different places of a page") {
  for (const size_t length : {size_t{2048}, size_t{1} << 16, size_t{100'000}}) {
    const Optimizer<float> optimizer({.rules = {"adan"}, .averages = true}, {{{length}, 0}, {{length}, 0}});
    StateLayout all;
    all.add("parameters", StateEntry::kOfAll, NumberType::float32, 2 * length + 3);
    const size_t begin = all.add(optimizer.layout());
    const std::vector<StateEntry>& entries = optimizer.layout().entries();
    for (const StateEntry& entry : entries) {
      const auto index = static_cast<size_t>(&entry - entries.data());
      CHECK(all.entries()[index + 1].offset == begin + entry.offset);
      if (entry.array == StateEntry::kOfAll) continue;
      for (const StateEntry& other : entries) {
        if (&other == &entry || other.array != entry.array) continue;
        const size_t apart = (other.offset - entry.offset) % 4096;
        CHECK(apart >= 512);
        CHECK(apart <= 4096 - 512);
      }
    }
    CHECK(all.bytes() == begin + optimizer.layout().bytes());
  }
}

TEST_CASE("an optimizer over nothing does nothing") {
  Optimizer<double> optimizer({.rules = std::vector<std::string>(kGroups, "sgd")}, {});
  Buffer<std::byte> state(optimizer.layout().bytes());
  const std::vector<double> row(optimizer.recordLength());
  optimizer.step(kernels(), Member(0, 1), row.data(), 1, true, {nullptr, nullptr, state.data()});
  CHECK(optimizer.counters(state.data()).steps == 1);
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade

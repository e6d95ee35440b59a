#include "optimizers/optimizer.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "bits.h"
#include "drawn.h"
#include "on_team.h"
#include "tables.h"

namespace glissade {
namespace {

/// Parameters, gradients and states of several arrays in two groups, to be updated under a rule.
template <typename Real>
struct Example {
  using Array = typename Optimizer<Real>::Array;

  std::vector<Array> arrays{{1000, 0}, {0, 1}, {7, 1}, {5000, 0}, {1, 0}, {0, 0}, {333, 1}};
  std::vector<double> hyperparameters{1e-2, 0.9, 0.99, 1e-8, 0.1, 3e-2, 0.8, 0.95, 1e-6, 0};  // of adamw, by group
  Optimizer<Real> optimizer{"adamw", arrays};
  std::vector<Buffer<Real>> gradients, parameters, states;

  Example() {
    for (size_t i = 0; i < arrays.size(); ++i) {
      gradients.push_back(drawn<Real>(arrays[i].length, 10 + i));
      parameters.push_back(drawn<Real>(arrays[i].length, 20 + i));
      for (size_t s = 0; s < optimizer.stateCount(); ++s) states.emplace_back(arrays[i].length);
    }
  }

  /// Three steps, each by `update(lent)`.
  template <typename Update>
  void step(const Kernels& table, Update update) {
    std::vector<const Real*> g;
    std::vector<Real*> theta, state;
    for (const auto& array : gradients) g.push_back(array.data());
    for (auto& array : parameters) theta.push_back(array.data());
    for (auto& array : states) state.push_back(array.data());
    for (int64_t t = 1; t <= 3; ++t) {
      optimizer.prepare(table, hyperparameters.data(), t);
      update(typename Optimizer<Real>::Lent{g.data(), theta.data(), state.data()});
    }
  }

  std::string differenceTo(const Example& other) const {
    for (size_t i = 0; i < parameters.size(); ++i)
      if (const auto found = difference(parameters[i], other.parameters[i]); !found.empty()) return found;
    for (size_t i = 0; i < states.size(); ++i)
      if (const auto found = difference(states[i], other.states[i]); !found.empty()) return found;
    return "";
  }
};

/// Each array by the rule alone, with its group's hyperparameters.
template <typename Real>
void stepArrayByArray(Example<Real>& example, const Kernels& table) {
  const KernelsOf<Real>& kernels = table.of<Real>();
  const Rule<Real>* rule = kernels.rules;
  while (std::string(rule->name) != "adamw") ++rule;
  for (int64_t t = 1; t <= 3; ++t)
    for (size_t i = 0; i < example.arrays.size(); ++i) {
      unsigned char scalars[kScalarBytes];
      rule->prepare(example.hyperparameters.data() + 5 * example.arrays[i].group, t, scalars);
      Real* const states[] = {example.states[2 * i].data(), example.states[2 * i + 1].data()};
      rule->update(scalars, 1, example.gradients[i].data(), example.parameters[i].data(), states, 0,
                   example.arrays[i].length);
    }
}

TEST_SUITE_BEGIN("optimizers");

TEST_CASE_TEMPLATE("a step over several arrays is the rule over each, with the hyperparameters of its group", Real,
                   float, double) {
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    Example<Real> whole, single;
    whole.step(*table, [&](const auto& lent) { whole.optimizer.update(*table, Member(0, 1), 1, lent); });
    stepArrayByArray(single, *table);
    CHECK(whole.differenceTo(single) == "");
  }
}

TEST_CASE_TEMPLATE("a step shared by members is the step of one", Real, float, double) {
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    Example<Real> alone;
    alone.step(*table, [&](const auto& lent) { alone.optimizer.update(*table, Member(0, 1), 1, lent); });
    for (const size_t members : {2, 3, 5, 16, 100}) {
      CAPTURE(members);
      Example<Real> inTurn;
      inTurn.step(*table, [&](const auto& lent) {
        for (size_t i = members; i-- > 0;) inTurn.optimizer.update(*table, Member(i, members), 1, lent);
      });
      CHECK(inTurn.differenceTo(alone) == "");
    }
    for (const size_t members : {1, 2, 3}) {
      CAPTURE(members);
      Example<Real> together;
      together.step(*table, [&](const auto& lent) {
        onTeam(members, [&](const Member& member) { together.optimizer.update(*table, member, 1, lent); });
      });
      CHECK(together.differenceTo(alone) == "");
    }
  }
}

TEST_CASE_TEMPLATE("the gradient's scale multiplies every gradient", Real, float, double) {
  const Kernels& table = kernels();
  Example<Real> climbing, descending;
  for (auto& gradient : climbing.gradients)
    for (size_t i = 0; i < gradient.size(); ++i) gradient[i] = -gradient[i];
  climbing.step(table, [&](const auto& lent) { climbing.optimizer.update(table, Member(0, 1), -1, lent); });
  descending.step(table, [&](const auto& lent) { descending.optimizer.update(table, Member(0, 1), 1, lent); });
  CHECK(climbing.differenceTo(descending) == "");
}

TEST_CASE("an optimizer knows its sizes") {
  const Optimizer<float> optimizer("adam.amsgrad", {{3, 0}, {0, 2}, {4, 1}});
  CHECK(optimizer.size() == 7);
  CHECK(optimizer.stateCount() == 3);
  CHECK(optimizer.hyperparameterCount() == 5);
  CHECK(optimizer.arrays().size() == 3);
  CHECK_THROWS_WITH(Optimizer<float>("adma", {}), "unknown update rule \"adma\"");
}

TEST_CASE("an optimizer over nothing does nothing") {
  Optimizer<double> optimizer("sgd", {});
  const double hyperparameters[] = {1, 0};
  optimizer.prepare(kernels(), hyperparameters, 1);
  optimizer.update(kernels(), Member(0, 1), 1, {nullptr, nullptr, nullptr});
  CHECK(optimizer.size() == 0);
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "bits.h"
#include "drawn.h"
#include "on_team.h"
#include "optimizers/optimizer.h"

namespace glissade {
namespace {

constexpr size_t kRows = 16384, kColumns = 16;  // more numbers than one thread works on alone
constexpr size_t kSmall = 64;                   // groups of a vector each

/// A large matrix with gradients of a few rows, and many small groups, so that a step's row of numbers is long.
template <typename Real>
struct SparseExample {
  Optimizer<Real> optimizer;
  std::vector<Buffer<Real>> parameters, gradients;
  std::vector<uint32_t> rows;
  Buffer<std::byte> state;

  static std::vector<Parameter> arraysOf() {
    std::vector<Parameter> arrays{{.shape = {kRows, kColumns}, .group = 0, .mayBeSparse = true}};
    for (size_t i = 1; i <= kSmall; ++i) arrays.push_back({{3}, i});
    return arrays;
  }

  explicit SparseExample(const std::string& rule)
      : optimizer({.rules = std::vector<std::string>(kSmall + 1, rule), .scheduled = true}, arraysOf()),
        state(optimizer.state().bytes()) {
    for (size_t i = 0; i <= kSmall; ++i) {
      parameters.push_back(drawn<Real>(optimizer.parameters().lengthOf(i), 20 + i));
      gradients.emplace_back(optimizer.parameters().lengthOf(i));
    }
  }

  /// The rows that step t's gradient is for, one of them twice.
  void touch(size_t t) {
    rows.clear();
    for (size_t k = 0; k < 300; ++k) rows.push_back(static_cast<uint32_t>((k * k * 37 + t * 1009) % kRows));
    rows.push_back(rows.front());
    gradients[0] = drawn<Real>(rows.size() * kColumns, 1000 + t);
    for (size_t i = 1; i <= kSmall; ++i) gradients[i] = drawn<Real>(3, 1000 * t + i);
  }

  /// Steps 1, …, by a team, under a rate that falls.
  void train(size_t members, size_t steps) {
    std::vector<double> row(optimizer.rowLength());
    std::vector<Gradient> lentGradients(kSmall + 1);
    std::vector<Real*> lentParameters;
    for (auto& array : parameters) lentParameters.push_back(array.data());
    const typename Optimizer<Real>::Lent lent{lentGradients.data(), lentParameters.data(), state.data()};
    const size_t numbers = (row.size() - 4) / (kSmall + 1);
    const auto at = [&](size_t t) {
      const std::vector<double> ofGroup{0.01 / static_cast<double>(t), 0.9, 0.99, 1e-8, 0};
      for (size_t g = 0; g <= kSmall; ++g) std::copy_n(ofGroup.data(), numbers, row.data() + 4 + g * numbers);
    };
    for (size_t t = 1; t <= steps; ++t) {
      touch(t);
      at(t);
      lentGradients[0] = {gradients[0].data(), false, &rows};
      for (size_t i = 1; i <= kSmall; ++i) lentGradients[i] = {gradients[i].data()};
      optimizer.reserve(lentGradients.data());
      onTeam(members, [&](const Member& member) { optimizer.step(kernels(), member, row.data(), 1, true, lent); });
    }
    typename Optimizer<Real>::Walk walk;
    onTeam(members, [&](const Member& member) {
      while (optimizer.catchUp(kernels(), member, lent, walk))
        ;
    });
  }
};

TEST_SUITE_BEGIN("optimizers");

TEST_CASE_TEMPLATE("sparse steps under a schedule have the same bits in teams of any size", Real, float, double) {
  for (const std::string rule : {"adam", "sgd.momentum"}) {
    CAPTURE(rule);
    SparseExample<Real> expected(rule);
    expected.train(1, 12);
    for (const size_t members : {2, 3, 5}) {
      CAPTURE(members);
      SparseExample<Real> example(rule);
      example.train(members, 12);
      for (size_t i = 0; i <= kSmall; ++i) CHECK(difference(example.parameters[i], expected.parameters[i]) == "");
    }
  }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade

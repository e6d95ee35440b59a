#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "bits.h"
#include "drawn.h"
#include "on_team.h"
#include "optimizers/optimizer.h"

namespace glissade {
namespace {

constexpr size_t kRows = 16384, kColumns = 16;  // more numbers than a single thread handles alone
constexpr size_t kSmall = 64;                   // groups of a vector each

struct Manner {
  std::string rule;
  std::vector<double> hyperparameters;  // all but the first, the learning rate
  Clipping clipping = Clipping::none;
  bool rowsRest = false;
};

/// A large matrix with gradients for a few rows, and many small groups, so that step records are long.
template <typename Real>
struct SparseExample {
  Manner manner;
  Optimizer<Real> optimizer;
  std::vector<Buffer<Real>> parameters, gradients;
  std::vector<uint32_t> rows;
  Buffer<std::byte> state;

  static std::vector<Parameter> arraysOf() {
    std::vector<Parameter> arrays{{.shape = {kRows, kColumns}, .group = 0, .mayBeSparse = true}};
    for (size_t i = 1; i <= kSmall; ++i) arrays.push_back({{3}, i});
    return arrays;
  }

  explicit SparseExample(const Manner& manner)
      : manner(manner),
        optimizer({.rules = std::vector<std::string>(kSmall + 1, manner.rule),
                   .clipping = manner.clipping,
                   .scheduled = true,
                   .rowsRest = manner.rowsRest},
                  arraysOf()),
        state(optimizer.layout().bytes()) {
    for (size_t i = 0; i <= kSmall; ++i) {
      parameters.push_back(drawn<Real>(optimizer.parameters().lengthOf(i), 20 + i));
      gradients.emplace_back(optimizer.parameters().lengthOf(i));
    }
  }

  /// Draws the gradients of step t, and the rows of the first one, one of them twice.
  void touch(size_t t) {
    rows.clear();
    for (size_t k = 0; k < 300; ++k) rows.push_back(static_cast<uint32_t>((k * k * 37 + t * 1009) % kRows));
    rows.push_back(rows.front());
    gradients[0] = drawn<Real>(rows.size() * kColumns, 1000 + t);
    for (size_t i = 1; i <= kSmall; ++i) gradients[i] = drawn<Real>(3, 1000 * t + i);
  }

  /// Takes `steps` steps by a team, with a falling learning rate. One of them has a gradient for all rows.
  void train(size_t members, size_t steps) {
    std::vector<double> row(optimizer.recordLength());
    std::vector<Gradient> gradientArrays(kSmall + 1);
    std::vector<Real*> parameterArrays;
    for (auto& array : parameters) parameterArrays.push_back(array.data());
    const StepArrays<Real> arrays{gradientArrays.data(), parameterArrays.data(), state.data()};
    row[0] = 0.5;  // the limit of a clip
    const auto at = [&](size_t t) {
      double* number = row.data() + 4;
      for (size_t g = 0; g <= kSmall; ++g) {
        *number++ = 0.01 / static_cast<double>(t);
        number = std::copy(manner.hyperparameters.begin(), manner.hyperparameters.end(), number);
      }
    };
    for (size_t t = 1; t <= steps; ++t) {
      touch(t);
      at(t);
      const bool isDense = t == 2 * steps / 3;
      if (isDense) gradients[0] = drawn<Real>(kRows * kColumns, t);
      gradientArrays[0] = {gradients[0].data(), false, isDense ? nullptr : &rows};
      for (size_t i = 1; i <= kSmall; ++i) gradientArrays[i] = {gradients[i].data()};
      optimizer.sparse().reserve(gradientArrays.data());
      onTeam(members, [&](const Member& member) { optimizer.step(kernels(), member, row.data(), 1, true, arrays); });
    }
    typename SparseUpdates<Real>::Progress progress;
    const int64_t t = optimizer.stepsOf(state.data());
    onTeam(members, [&](const Member& member) {
      while (optimizer.sparse().catchUp(kernels(), member, arrays, t, progress))
        ;
    });
  }
};

TEST_SUITE_BEGIN("optimizers");

TEST_CASE_TEMPLATE("sparse steps under a schedule have the same bits in teams of any size", Real, float, double) {
  // Enough steps that rows also move when their turn comes, and not only when a gradient touches them.
  constexpr size_t kSteps = 48;
  const Manner manners[] = {{"adam", {0.9, 0.99, 1e-8, 0}},
                            {"adam", {0.9, 0.99, 1e-8, 0.1}, Clipping::norm},
                            {"sgd.momentum", {0.9, 0, 0, 0}, Clipping::value},
                            {"rowWiseAdagrad", {1e-10, 0.1, 0}},
                            {"adam", {0.9, 0.99, 1e-8, 0}, Clipping::none, true}};
  for (const Manner& manner : manners) {
    CAPTURE(manner.rule);
    CAPTURE(int(manner.clipping));
    CAPTURE(manner.rowsRest);
    SparseExample<Real> expected(manner);
    expected.train(1, kSteps);
    for (const size_t members : {2, 3, 5}) {
      CAPTURE(members);
      SparseExample<Real> example(manner);
      example.train(members, kSteps);
      for (size_t i = 0; i <= kSmall; ++i) CHECK(difference(example.parameters[i], expected.parameters[i]) == "");
    }
  }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade

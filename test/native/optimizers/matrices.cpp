// Rules that transform a whole matrix, and matrices with sparse gradients.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "bits.h"
#include "drawn.h"
#include "on_team.h"
#include "optimizers/matrix_step.h"
#include "optimizers/optimizer.h"
#include "tables.h"

namespace glissade {
namespace {

/// One array under one rule.
template <typename Real>
struct Example {
  Optimizer<Real> optimizer;
  std::vector<double> row;
  Buffer<Real> theta;
  Buffer<std::byte> state;

  Example(const char* rule, std::vector<size_t> shape, const std::vector<double>& hyperparameters,
          Encoding encoding = Encoding::plain)
      : optimizer({.rules = {rule}, .state = encoding, .scheduled = false}, {{shape, 0, false, true}}),
        row(sizeof(StepSettings) / sizeof(double)),
        theta(drawn<Real>(optimizer.parameters().size(), 1)),
        state(optimizer.layout().bytes()) {
    row.insert(row.end(), hyperparameters.begin(), hyperparameters.end());
  }

  /// Takes a step with a gradient for `rows`, or for all rows if that is null.
  void step(const Kernels& table, size_t members, const Real* values, const std::vector<uint32_t>* rows = nullptr) {
    const Gradient gradient{values, false, rows};
    Real* const parameter = theta.data();
    optimizer.sparse().reserve(&gradient);
    onTeam(members, [&](const Member& member) {
      optimizer.step(table, member, row.data(), 1, true, {&gradient, &parameter, state.data()});
    });
  }

  void catchUp(const Kernels& table, size_t members) {
    const Gradient gradient{};
    Real* const parameter = theta.data();
    typename SparseUpdates<Real>::Progress progress;
    const int64_t t = optimizer.stepsOf(state.data());
    onTeam(members, [&](const Member& member) {
      while (optimizer.sparse().catchUp(table, member, {&gradient, &parameter, state.data()}, t, progress))
        ;
    });
  }
};

const std::vector<std::vector<size_t>> kShapes{{1, 1}, {70, 90}, {200, 5}, {3, 5000}, {2, 40, 30}, {1, 33}, {33, 1}};

template <typename Real>
void checkTeams(const char* rule, const std::vector<double>& hyperparameters) {
  for (const Kernels* table : tables())
    for (const auto& shape : kShapes)
      for (const Encoding encoding : {Encoding::plain, Encoding::uint8}) {
        if (encoding != Encoding::plain && shape.size() == 2 && shape[0] != 70) continue;
        CAPTURE(nameOf(*table));
        CAPTURE(shape.front());
        Example<Real> alone(rule, shape, hyperparameters, encoding);
        for (uint64_t t = 0; t < 4; ++t)
          alone.step(*table, 1, drawn<Real>(alone.optimizer.parameters().size(), 10 + t).data());
        for (const size_t members : {2, 3, 7}) {
          Example<Real> together(rule, shape, hyperparameters, encoding);
          for (uint64_t t = 0; t < 4; ++t)
            together.step(*table, members, drawn<Real>(alone.optimizer.parameters().size(), 10 + t).data());
          CHECK(difference(together.theta, alone.theta) == "");
        }
        CHECK(std::all_of(alone.theta.data(), alone.theta.data() + alone.theta.size(),
                          [](Real x) { return std::isfinite(x); }));
      }
}

TEST_SUITE_BEGIN("optimizers");

TEST_CASE_TEMPLATE("matrices are transformed to the same bits by teams of any size", Real, float, double) {
  checkTeams<Real>("muon", {0.02, 0.95, 1, 5, 0.1, 0});
  checkTeams<Real>("muon.matchingAdamW", {0.02, 0.9, 0, 3, 0, 0});
  if (sizeof(Real) == sizeof(float)) checkTeams<Real>("muon", {0.02, 0.95, 1, 5, 0.1, 1});
  checkTeams<Real>("adafactor", {0.01, -0.8, 0, 1e-3, 1, 0.1});
}

TEST_CASE_TEMPLATE("an orthogonal step has singular values near one", Real, float, double) {
  Example<Real> example("muon", {4, 6}, {1, 0, 0, 30, 0, 0});
  const Buffer<Real> before = copyOf(example.theta), gradient = drawn<Real>(24, 5);
  example.step(kernels(), 1, gradient.data());
  for (size_t i = 0; i < 4; ++i)
    for (size_t k = 0; k < 4; ++k) {
      double product = 0;
      for (size_t j = 0; j < 6; ++j)
        product +=
            double(before[i * 6 + j] - example.theta[i * 6 + j]) * double(before[k * 6 + j] - example.theta[k * 6 + j]);
      CHECK(std::abs(product - (i == k ? 1 : 0)) < 0.6);
    }
}

TEST_CASE_TEMPLATE("work spread over steps is done piece by piece in order, by teams of any size", Real, float,
                   double) {
  for (const size_t members : {1, 2, 3})
    for (const size_t pieces : {1, 5, 21})
      for (const size_t steps : {1, 4, 21, 100}) {
        CAPTURE(members);
        CAPTURE(pieces);
        CAPTURE(steps);
        Real cursor = 0;
        std::vector<std::vector<size_t>> done(members);
        onTeam(members, [&](const Member& member) {
          for (int64_t t = 1; t <= 3 * int64_t(steps); ++t) {
            const size_t before = done[member.index()].size();
            spread(member, t, cursor, pieces, steps, [&](size_t piece) { done[member.index()].push_back(piece); });
            CHECK(done[member.index()].size() - before <= (pieces + steps - 1) / steps);
            member.barrier();
          }
        });
        CHECK(cursor == 0);
        for (const std::vector<size_t>& ofMember : done) {
          REQUIRE(ofMember.size() == 3 * pieces);
          for (size_t i = 0; i < ofMember.size(); ++i) CHECK(ofMember[i] == i % pieces);
        }
      }
}

TEST_CASE_TEMPLATE("spread work continues from its cursor at any pace, and starts over from an invalid one", Real,
                   float, double) {
  const auto next = [](Real cursor, size_t steps, int64_t t) {
    std::vector<size_t> done;
    spread(Member(0, 1), t, cursor, 6, steps, [&](size_t piece) { done.push_back(piece); });
    return std::pair(done, cursor);
  };
  CHECK(next(4, 2, 1) == std::pair(std::vector<size_t>{4, 5, 0}, Real(1)));
  CHECK(next(4, 12, 1) == std::pair(std::vector<size_t>{}, Real(4)));
  CHECK(next(4, 12, 2) == std::pair(std::vector<size_t>{4}, Real(5)));
  for (const Real cursor : {Real(-1), Real(6), Real(NAN), Real(INFINITY)})
    CHECK(next(cursor, 6, 1) == std::pair(std::vector<size_t>{0}, Real(1)));
}

TEST_CASE_TEMPLATE("rows touched by sparse gradients get the results of dense gradients, in teams of any size", Real,
                   float, double) {
  constexpr size_t kRows = 300, kColumns = 5;
  const std::vector<double> adamw{1e-2, 0.9, 0.999, 1e-8, 0.1};
  for (const Kernels* table : tables())
    for (const size_t members : {1, 2, 3}) {
      CAPTURE(nameOf(*table));
      CAPTURE(members);
      Example<Real> sparse("adamw", {kRows, kColumns}, adamw), dense("adamw", {kRows, kColumns}, adamw);
      Random random(9, Draw::weights, 0);
      for (int t = 0; t < 60; ++t) {
        std::vector<uint32_t> rows(t % 7 == 3 ? 0 : 40);
        for (uint32_t& row : rows) row = static_cast<uint32_t>(random.below(kRows));
        const Buffer<Real> values = drawn<Real>(rows.size() * kColumns, 50 + uint64_t(t));
        Buffer<Real> whole(kRows * kColumns);
        for (size_t k = 0; k < rows.size(); ++k)
          for (size_t j = 0; j < kColumns; ++j) whole[rows[k] * kColumns + j] += values[k * kColumns + j];
        dense.step(*table, members, whole.data());
        if (t % 20 == 19)
          sparse.step(*table, members, whole.data());
        else
          sparse.step(*table, members, values.data(), &rows);
      }
      sparse.catchUp(*table, members);
      double worst = 0;
      for (size_t i = 0; i < dense.theta.size(); ++i)
        worst = std::max(worst, std::abs(double(sparse.theta[i]) - double(dense.theta[i])));
      CHECK(worst < (sizeof(Real) == 4 ? 1e-6 : 1e-14));
    }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade

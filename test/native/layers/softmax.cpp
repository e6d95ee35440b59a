#include "layers/softmax.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "layers/checks.h"

namespace glissade {
namespace {

template <typename Real>
Setting<Real> settingOf(size_t columns, size_t count) {
  const Shape shape{1, 1, columns};
  return {std::make_shared<const Softmax<Real>>(shape), {shape}, count};
}

constexpr size_t kColumns[] = {1, 2, 9, 32, 45, 100};

struct Plain {
  std::vector<double> y, inputGradient;

  template <typename Real>
  Plain(const Trial<Real>& trial, size_t columns) {
    const std::vector<Real>&x = trial.inputs[0].values, &delta = trial.delta.values;
    for (size_t row = 0; row < x.size(); row += columns) {
      double sum = 0, products = 0;
      for (size_t j = 0; j < columns; ++j) sum += std::exp(double(x[row + j]));
      for (size_t j = 0; j < columns; ++j) {
        y.push_back(std::exp(double(x[row + j])) / sum);
        products += y.back() * double(delta[row + j]);
      }
      for (size_t j = 0; j < columns; ++j) inputGradient.push_back(y[row + j] * (double(delta[row + j]) - products));
    }
  }
};

TEST_SUITE_BEGIN("layers");

TEST_CASE_TEMPLATE("softmax equals the plain loop", Real, float, double) {
  for (const size_t columns : kColumns)
    for (const size_t count : {1, 5}) {
      CAPTURE(columns);
      forEachTrial<Real>(settingOf<Real>(columns, count), Tangents::none, [&](const Trial<Real>& trial) {
        const Plain plain(trial, columns);
        const Outcome<Real> outcome = trial.run(1, {count});
        checkNear(outcome.output.values, plain.y);
        if (trial.place != Place::first) checkNear(outcome.inputGradient[0].values, plain.inputGradient);
      });
    }
}

TEST_CASE_TEMPLATE("softmax does not overflow for large numbers, and is NaN for NaN", Real, float, double) {
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    Trial<Real> trial{*table, settingOf<Real>(3, 2)};
    trial.inputs[0].values = {Real(1e6), Real(1e6), Real(-1e6), 1, std::numeric_limits<Real>::quiet_NaN(), 2};
    const std::vector<Real> y = trial.run(1, {2}).output.values;
    CHECK(y[0] == Real(0.5));
    CHECK(y[1] == Real(0.5));
    CHECK(y[2] < Real(1e-37));
    for (size_t j = 3; j < 6; ++j) CHECK(std::isnan(y[j]));
  }
}

TEST_CASE_TEMPLATE("softmax has equal bits in teams of any size", Real, float, double) {
  for (const size_t columns : kColumns) {
    checkTeams(settingOf<Real>(columns, 5), Mode::training);
    checkMakers(settingOf<Real>(columns, 5));
  }
}

TEST_CASE("tangents of softmax are derivatives") {
  for (const size_t columns : kColumns) {
    checkTangents(settingOf<double>(columns, 3), Mode::training);
    checkTranspose(settingOf<double>(columns, 3), Mode::training);
  }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade

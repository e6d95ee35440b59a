#include "layers/dropout.h"

#include <doctest/doctest.h>

#include <cmath>

#include "layers/checks.h"

namespace glissade {
namespace {

template <typename Real>
Setting<Real> settingOf(const Shape& shape, double rate, size_t count) {
  return {std::make_shared<const Dropout<Real>>(shape, rate), {shape}, count};
}

const Shape kShapes[] = {{1, 1, 1}, {1, 1, 45}, {3, 5, 7}, {2, 3, 32}};

/// The kept numbers of a minibatch.
template <typename Real>
std::vector<bool> maskOf(const Kernels& kernels, const Shape& shape, double rate, size_t count, uint64_t draw) {
  Trial<Real> trial{kernels, settingOf<Real>(shape, rate, count)};
  std::fill(trial.inputs[0].values.begin(), trial.inputs[0].values.end(), Real(1));
  std::vector<bool> mask;
  for (const Real y : trial.run(1, {count, Mode::training, draw}).output.values) mask.push_back(y != 0);
  return mask;
}

double share(const std::vector<bool>& mask) {
  return double(std::count(mask.begin(), mask.end(), true)) / double(mask.size());
}

/// The fraction of elements in which two masks agree.
double agreement(const std::vector<bool>& a, const std::vector<bool>& b) {
  std::vector<bool> equal;
  for (size_t i = 0; i < a.size(); ++i) equal.push_back(a[i] == b[i]);
  return share(equal);
}

TEST_SUITE_BEGIN("layers");

TEST_CASE_TEMPLATE("dropout does nothing in evaluation", Real, float, double) {
  for (const Shape& shape : kShapes)
    forEachTrial<Real>(settingOf<Real>(shape, 0.4, 5), Tangents::none, [](const Trial<Real>& trial) {
      const Outcome<Real> outcome = trial.run(1, {5, Mode::evaluation, 3});
      CHECK(difference(outcome.output.values, trial.inputs[0].values) == "");
      if (trial.place != Place::first) CHECK(difference(outcome.inputGradient[0].values, trial.delta.values) == "");
    });
}

TEST_CASE_TEMPLATE("numbers are dropped or scaled, and so are their gradients", Real, float, double) {
  const auto scale = static_cast<Real>(1 / (1 - 0.4));
  for (const Shape& shape : kShapes)
    for (const Kernels* table : tables()) {
      CAPTURE(nameOf(*table));
      const Trial<Real> trial{*table, settingOf<Real>(shape, 0.4, 5)};
      const Outcome<Real> outcome = trial.run(2, {5, Mode::training, 3});
      const std::vector<bool> mask = maskOf<Real>(*table, shape, 0.4, 5, 3);
      for (size_t i = 0; i < mask.size(); ++i) {
        CHECK(outcome.output.values[i] == (mask[i] ? trial.inputs[0].values[i] * scale : 0));
        CHECK(outcome.inputGradient[0].values[i] == (mask[i] ? trial.delta.values[i] * scale : 0));
      }
    }
}

TEST_CASE("the rate is the dropped share of each column and each row") {
  constexpr size_t kRows = 400, kColumns = 200;
  for (const double rate : {0.1, 0.5, 0.9}) {
    CAPTURE(rate);
    const std::vector<bool> mask = maskOf<float>(*tables().back(), {1, 1, kColumns}, rate, kRows, 1);
    const double deviation = std::sqrt(rate * (1 - rate));
    CHECK(std::abs(share(mask) - (1 - rate)) < 4 * deviation / std::sqrt(double(kRows * kColumns)));
    for (size_t j = 0; j < kColumns; ++j) {
      std::vector<bool> column;
      for (size_t i = 0; i < kRows; ++i) column.push_back(mask[i * kColumns + j]);
      CHECK(std::abs(share(column) - (1 - rate)) < 5 * deviation / std::sqrt(double(kRows)));
    }
    for (size_t i = 0; i < kRows; ++i) {
      const std::vector<bool> row(mask.begin() + std::ptrdiff_t(i * kColumns),
                                  mask.begin() + std::ptrdiff_t((i + 1) * kColumns));
      CHECK(std::abs(share(row) - (1 - rate)) < 5 * deviation / std::sqrt(double(kColumns)));
    }
  }
}

TEST_CASE("masks of different layers and minibatches are independent") {
  const Shape shape{1, 1, 100};
  const std::vector<bool> mask = maskOf<float>(*tables().back(), shape, 0.5, 200, 1);
  for (uint64_t draw = 2; draw < 40; ++draw) {
    CAPTURE(draw);
    const std::vector<bool> other = maskOf<float>(*tables().back(), shape, 0.5, 200, draw);
    CHECK(std::abs(agreement(mask, other) - 0.5) < 4 * 0.5 / std::sqrt(20000.0));
    // Nor are they the same mask, shifted by a number or by a row.
    for (const size_t shift : {1, 100}) {
      const std::vector<bool> shifted(other.begin() + std::ptrdiff_t(shift), other.end());
      const std::vector<bool> front(mask.begin(), mask.end() - std::ptrdiff_t(shift));
      CHECK(std::abs(agreement(front, shifted) - 0.5) < 4.5 * 0.5 / std::sqrt(20000.0));
    }
  }
}

TEST_CASE_TEMPLATE("masks are the same on every instruction set", Real, float, double) {
  for (const Shape& shape : kShapes)
    for (const Kernels* table : tables())
      CHECK(maskOf<Real>(*table, shape, 0.3, 9, 7) == maskOf<float>(*tables().front(), shape, 0.3, 9, 7));
}

TEST_CASE_TEMPLATE("dropout has equal bits in teams of any size", Real, float, double) {
  for (const Shape& shape : kShapes) {
    checkTeams(settingOf<Real>(shape, 0.4, 5), Mode::training);
    checkMakers(settingOf<Real>(shape, 0.4, 5));
  }
}

TEST_CASE("tangents of dropout are derivatives") {
  for (const Shape& shape : kShapes)
    for (const Mode mode : {Mode::training, Mode::evaluation}) {
      checkTangents(settingOf<double>(shape, 0.4, 3), mode);
      checkTranspose(settingOf<double>(shape, 0.4, 3), mode);
    }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade

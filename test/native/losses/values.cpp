// Values and gradients of the losses beside their formulas in long double.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "bits.h"
#include "drawn.h"
#include "losses/loss.h"
#include "parallel/team.h"
#include "tables.h"

namespace glissade {
namespace {

using Precise = long double;

template <typename Real>
struct Batch {
  size_t rows, columns, targetColumns;
  std::vector<Real> outputs, targets;
};

template <typename Real>
struct Outcome {
  std::vector<double> values;
  std::vector<Real> gradient;
  std::vector<uint8_t> correct;
};

template <typename Real>
Outcome<Real> evaluate(const KernelsOf<Real>& kernels, Loss loss, const Batch<Real>& batch, Real scale = 1,
                       size_t members = 1) {
  Outcome<Real> outcome{std::vector<double>(batch.rows), std::vector<Real>(batch.rows * batch.columns),
                        std::vector<uint8_t>(batch.rows, 7)};
  for (size_t i = 0; i < members; ++i) {
    const Range share = Member(i, members).share(batch.rows);
    kernels.loss(loss, {batch.outputs.data(), batch.targets.data(), batch.columns, batch.targetColumns, share.begin,
                        share.end, outcome.gradient.data(), scale, outcome.values.data(), outcome.correct.data()});
  }
  return outcome;
}

/// A row's value and gradient, and the size of what was added up for each: rounding errors are a few units of that.
struct Expected {
  Precise value = 0, valueSize = 1;
  std::vector<Precise> gradient;
  Precise gradientSize = 1;
};

template <typename Real>
Expected crossEntropy(const Batch<Real>& batch, size_t row) {
  const Real* const z = &batch.outputs[row * batch.columns];
  const Real* const target = &batch.targets[row * batch.targetColumns];
  const Precise top = *std::max_element(z, z + batch.columns);
  Precise sum = 0;
  for (size_t j = 0; j < batch.columns; ++j) sum += std::exp(z[j] - top);
  Expected expected;
  Precise mass = 0;
  const auto p = [&](size_t j) -> Precise {
    return batch.targetColumns == 1 ? Precise(j == size_t(target[0])) : target[j];
  };
  for (size_t j = 0; j < batch.columns; ++j) mass += p(j);
  for (size_t j = 0; j < batch.columns; ++j) {
    const Precise logarithm = z[j] - top - std::log(sum);
    expected.value -= p(j) * logarithm;
    expected.valueSize += p(j) * (std::abs(logarithm) + std::abs(Precise(z[j])) + std::abs(top));
    expected.gradient.push_back(mass * std::exp(z[j] - top) / sum - p(j));
  }
  expected.gradientSize = std::max(mass, Precise(1)) * Precise(batch.columns);
  return expected;
}

template <typename Real>
Expected logistic(const Batch<Real>& batch, size_t row) {
  Expected expected;
  for (size_t j = 0; j < batch.columns; ++j) {
    const Precise z = batch.outputs[row * batch.columns + j], y = batch.targets[row * batch.columns + j];
    expected.value += std::max(z, Precise(0)) + std::log1p(std::exp(-std::abs(z))) - y * z;
    expected.valueSize += std::abs(z) * (1 + y);
    expected.gradient.push_back(1 / (1 + std::exp(-z)) - y);
  }
  return expected;
}

template <typename Real>
Expected squared(const Batch<Real>& batch, size_t row) {
  Expected expected;
  for (size_t j = 0; j < batch.columns; ++j) {
    const Precise error = Precise(batch.outputs[row * batch.columns + j]) - batch.targets[row * batch.columns + j];
    expected.value += error * error;
    expected.valueSize = std::max(expected.valueSize, expected.value);
    expected.gradientSize = std::max(expected.gradientSize, std::abs(error));
    expected.gradient.push_back(2 * error);
  }
  return expected;
}

template <typename Real>
Batch<Real> batchOf(Loss loss, size_t rows, size_t columns, size_t targetColumns, double spread) {
  const Buffer<Real> outputs = drawn<Real>(rows * columns, 1, -spread, spread),
                     targets = drawn<Real>(rows * targetColumns, 2, 0, 1);
  Batch<Real> batch{rows,
                    columns,
                    targetColumns,
                    {outputs.data(), outputs.data() + outputs.size()},
                    {targets.data(), targets.data() + targets.size()}};
  if (loss == Loss::crossEntropy && targetColumns == 1)
    for (Real& target : batch.targets) target = std::floor(target * Real(columns));
  return batch;
}

template <typename Real, typename Formula>
void check(Loss loss, size_t targetColumns, Formula formula) {
  const Precise epsilon = std::numeric_limits<Real>::epsilon();
  for (const double spread : {1.0, 30.0, 1000.0})
    for (const size_t columns : {size_t(1), size_t(2), size_t(3), size_t(10), size_t(67)}) {
      CAPTURE(spread);
      CAPTURE(columns);
      const Batch<Real> batch = batchOf<Real>(loss, 33, columns, targetColumns ? targetColumns : columns, spread);
      for (const Kernels* table : tables()) {
        CAPTURE(nameOf(*table));
        const Real scale = Real(0.125);
        const Outcome<Real> outcome = evaluate(table->of<Real>(), loss, batch, scale);
        for (size_t i = 0; i < batch.rows; ++i) {
          const Expected expected = formula(batch, i);
          if (std::abs(outcome.values[i] - expected.value) > 4 * epsilon * expected.valueSize)
            FAIL_CHECK("row ", i, ": ", outcome.values[i], " for ", double(expected.value));
          for (size_t j = 0; j < columns; ++j) {
            const Precise ours = Precise(outcome.gradient[i * columns + j]) / scale;
            if (std::abs(ours - expected.gradient[j]) > 4 * epsilon * expected.gradientSize)
              FAIL_CHECK("gradient at ", i, ", ", j, ": ", double(ours), " for ", double(expected.gradient[j]));
          }
        }
      }
    }
}

TEST_SUITE_BEGIN("losses");

TEST_CASE_TEMPLATE("cross-entropy of classes follows its formula", Real, float, double) {
  check<Real>(Loss::crossEntropy, 1, crossEntropy<Real>);
}

TEST_CASE_TEMPLATE("cross-entropy of distributions follows its formula", Real, float, double) {
  check<Real>(Loss::crossEntropy, 0, crossEntropy<Real>);
}

TEST_CASE_TEMPLATE("logistic loss follows its formula", Real, float, double) {
  check<Real>(Loss::logistic, 0, logistic<Real>);
}

TEST_CASE_TEMPLATE("squared loss follows its formula", Real, float, double) {
  check<Real>(Loss::squared, 0, squared<Real>);
}

TEST_CASE_TEMPLATE("rows have equal bits, whoever computes which of them", Real, float, double) {
  struct Kind {
    Loss loss;
    size_t targetColumns;
  };
  for (const Kind& kind :
       {Kind{Loss::crossEntropy, 1}, {Loss::crossEntropy, 0}, {Loss::logistic, 0}, {Loss::squared, 0}})
    for (const size_t columns : {size_t(1), size_t(3), size_t(10), size_t(21)}) {
      CAPTURE(int(kind.loss));
      CAPTURE(columns);
      const Batch<Real> batch =
          batchOf<Real>(kind.loss, 37, columns, kind.targetColumns ? kind.targetColumns : columns, 5);
      for (const Kernels* table : tables()) {
        CAPTURE(nameOf(*table));
        const Outcome<Real> whole = evaluate(table->of<Real>(), kind.loss, batch, Real(0.3));
        for (const size_t members : {2, 3, 5, 16, 37, 50}) {
          CAPTURE(members);
          const Outcome<Real> parts = evaluate(table->of<Real>(), kind.loss, batch, Real(0.3), members);
          CHECK(difference(parts.values, whole.values) == "");
          CHECK(difference(parts.gradient, whole.gradient) == "");
          CHECK(parts.correct == whole.correct);
        }
      }
    }
}

TEST_CASE_TEMPLATE("a row is right where its largest logit is of the class, the first of equals", Real, float, double) {
  const Batch<Real> classes{4, 3, 1, {1, 2, 3, 3, 2, 1, 2, 2, 1, 0, 5, 5}, {2, 1, 0, 2}};
  const Batch<Real> distributions{2, 3, 3, {1, 2, 3, 1, 2, 3}, {0.1, 0.2, 0.7, 0.7, 0.2, 0.1}};
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    CHECK(evaluate(table->of<Real>(), Loss::crossEntropy, classes).correct == std::vector<uint8_t>{1, 0, 1, 0});
    CHECK(evaluate(table->of<Real>(), Loss::crossEntropy, distributions).correct == std::vector<uint8_t>{1, 0});
  }
}

TEST_CASE_TEMPLATE("a logistic row is right where every logit has the sign of its target", Real, float, double) {
  const Batch<Real> batch{4, 2, 2, {1, -1, 1, 1, -3, -3, 0, 0}, {1, 0, 1, 0, 0.4, 0.6, 0, 0}};
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    CHECK(evaluate(table->of<Real>(), Loss::logistic, batch).correct == std::vector<uint8_t>{1, 0, 0, 1});
  }
}

TEST_CASE_TEMPLATE("squared loss classifies nothing", Real, float, double) {
  const Batch<Real> batch{2, 1, 1, {1, 2}, {1, 2}};
  for (const Kernels* table : tables())
    CHECK(evaluate(table->of<Real>(), Loss::squared, batch).correct == std::vector<uint8_t>{7, 7});
}

TEST_CASE_TEMPLATE("a logit that is no number makes the loss no number, wherever it stands", Real, float, double) {
  const Real nan = std::numeric_limits<Real>::quiet_NaN();
  for (const Kernels* table : tables())
    for (const Loss loss : {Loss::crossEntropy, Loss::logistic, Loss::squared})
      for (size_t at = 0; at < 3; ++at) {
        CAPTURE(nameOf(*table));
        CAPTURE(int(loss));
        CAPTURE(at);
        Batch<Real> batch{1, 3, 3, {1, 2, 3}, {0.2, 0.3, 0.5}};
        batch.outputs[at] = nan;
        CHECK(std::isnan(evaluate(table->of<Real>(), loss, batch).values[0]));
      }
}

TEST_CASE("losses by name") {
  CHECK(lossNamed("crossEntropy") == Loss::crossEntropy);
  CHECK(lossNamed("logistic") == Loss::logistic);
  CHECK(lossNamed("squared") == Loss::squared);
  CHECK_THROWS_WITH(lossNamed("cubed"), "unknown loss \"cubed\"");
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade

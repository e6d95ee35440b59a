// Compares values and gradients of the losses with their formulas in long double.
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
  std::vector<Real> tangents;  // of the gradient
};

/// A loss, and its number of columns of targets: 0 for as many as outputs.
struct Kind {
  Loss loss;
  size_t targetColumns = 0;
  LossParameters parameters = {};
  std::vector<double> classWeights = {};

  bool takesClasses() const { return targetColumns == 1; }
};

/// Computes a loss. `rowScales`, if not null, replaces `scale`; `tangents` are those of the outputs, or null.
template <typename Real>
Outcome<Real> evaluate(const KernelsOf<Real>& kernels, const Kind& kind, const Batch<Real>& batch, Real scale = 1,
                       size_t members = 1, const Real* rowScales = nullptr, const Real* tangents = nullptr,
                       bool findsValues = true) {
  Outcome<Real> outcome{std::vector<double>(batch.rows), std::vector<Real>(batch.rows * batch.columns),
                        std::vector<uint8_t>(batch.rows, 7), std::vector<Real>(batch.rows * batch.columns)};
  for (size_t i = 0; i < members; ++i) {
    const Range share = Member(i, members).share(batch.rows);
    kernels.loss(kind.loss, {{batch.outputs.data(), tangents},
                             batch.targets.data(),
                             batch.columns,
                             batch.targetColumns,
                             share.begin,
                             share.end,
                             {outcome.gradient.data(), tangents ? outcome.tangents.data() : nullptr},
                             scale,
                             findsValues ? outcome.values.data() : nullptr,
                             outcome.correct.data(),
                             rowScales,
                             kind.parameters,
                             kind.classWeights.empty() ? nullptr : kind.classWeights.data()});
  }
  return outcome;
}

/// A row's value and gradient, each with the sum of its terms' magnitudes: errors are a few units in the last place of
/// that sum.
struct Expected {
  Precise value = 0, valueSize = 1;
  std::vector<Precise> gradient;
  Precise gradientSize = 1;
};

template <typename Real>
Expected crossEntropy(const Kind& kind, const Batch<Real>& batch, size_t row) {
  const Real* const z = &batch.outputs[row * batch.columns];
  const Real* const target = &batch.targets[row * batch.targetColumns];
  const Precise top = *std::max_element(z, z + batch.columns);
  Precise sum = 0;
  for (size_t j = 0; j < batch.columns; ++j) sum += std::exp(z[j] - top);
  Expected expected;
  Precise mass = 0;
  const auto p = [&](size_t j) -> Precise {
    const Precise given = batch.targetColumns == 1 ? Precise(j == size_t(target[0])) : target[j];
    const Precise smoothing = kind.parameters.labelSmoothing;
    return (kind.classWeights.empty() ? 1 : kind.classWeights[j]) *
           ((1 - smoothing) * given + smoothing / Precise(batch.columns));
  };
  for (size_t j = 0; j < batch.columns; ++j) mass += p(j);
  for (size_t j = 0; j < batch.columns; ++j) {
    const Precise logarithm = z[j] - top - std::log(sum);
    expected.value -= p(j) * logarithm;
    expected.valueSize += p(j) * (std::abs(logarithm) + std::abs(Precise(z[j])) + std::abs(top));
    expected.gradient.push_back(mass * std::exp(z[j] - top) / sum - p(j));
  }
  expected.gradientSize = std::max(mass, Precise(1)) * Precise(batch.columns);
  if (kind.parameters.labelSmoothing > 0) expected.valueSize *= 4;  // equal masses all round in the same direction
  return expected;
}

struct Slope {
  Precise value, derivative;
  Precise size = 1;  // the sum of the terms' magnitudes
};

/// The penalty of a violation v of the margin, and its derivative with respect to v.
Slope penaltyOf(Loss loss, Precise v) {
  if (v <= 0) return {0, 0};
  return loss == Loss::hinge ? Slope{v, 1} : Slope{v * v, 2 * v};
}

/// The loss of one output, for losses that are sums over outputs.
Slope ofOutput(const Kind& kind, Precise z, Precise t) {
  const LossParameters& p = kind.parameters;
  const Precise error = z - t;
  switch (kind.loss) {
    case Loss::squared: return {error * error, 2 * error, std::abs(error)};
    case Loss::absolute: return {std::abs(error), Precise(error > 0) - Precise(error < 0)};
    case Loss::huber:
      if (std::abs(error) <= p.delta) return {error * error / 2, error};
      return {p.delta * (std::abs(error) - p.delta / 2), error > 0 ? p.delta : -p.delta};
    case Loss::quantile:
      return {std::max(p.quantile * -error, (1 - p.quantile) * error), error < 0 ? -p.quantile : 1 - p.quantile};
    case Loss::poisson: return {std::exp(z) - t * z, std::exp(z) - t, std::exp(z) + t * std::abs(z)};
    case Loss::logistic: {
      const Precise y = (1 - p.labelSmoothing) * t + Precise(p.labelSmoothing) / 2, w = p.positiveWeight;
      const auto softplus = [](Precise x) { return std::max(x, Precise(0)) + std::log1p(std::exp(-std::abs(x))); };
      return {w * y * softplus(-z) + (1 - y) * softplus(z), ((1 - y) - w * y * std::exp(-z)) / (1 + std::exp(-z)),
              1 + w};
    }
    case Loss::focal: {
      const Precise a = p.positiveShare, b = p.negativeShare, g = p.gamma;
      const auto softplus = [](Precise x) { return std::max(x, Precise(0)) + std::log1p(std::exp(-std::abs(x))); };
      const auto sigmoid = [](Precise x) { return 1 / (1 + std::exp(-x)); };
      const Precise yes = std::pow(sigmoid(-z), g), no = std::pow(sigmoid(z), g);
      return {t * a * yes * softplus(-z) + (1 - t) * b * no * softplus(z),
              (1 - t) * b * no * (sigmoid(z) + g * sigmoid(-z) * softplus(z)) -
                  t * a * yes * (sigmoid(-z) + g * sigmoid(z) * softplus(-z)),
              (1 + g) * 2};
    }
    default: {
      const Precise sign = t > 0 ? 1 : -1;
      const Slope penalty = penaltyOf(kind.loss, 1 - sign * z);
      return {penalty.value, -sign * penalty.derivative, std::abs(z)};
    }
  }
}

template <typename Real>
Expected ofOutputs(const Kind& kind, const Batch<Real>& batch, size_t row) {
  Expected expected;
  for (size_t j = 0; j < batch.columns; ++j) {
    const Precise z = batch.outputs[row * batch.columns + j], t = batch.targets[row * batch.columns + j];
    const Slope slope = ofOutput(kind, z, t);
    expected.value += slope.value;
    expected.valueSize += std::abs(slope.value) + std::abs(z) * (1 + std::abs(t)) * slope.size;
    expected.gradient.push_back(slope.derivative);
    expected.gradientSize = std::max(expected.gradientSize, slope.size);
  }
  return expected;
}

template <typename Real>
Expected hingeOfClasses(const Kind& kind, const Batch<Real>& batch, size_t row) {
  const Real* const z = &batch.outputs[row * batch.columns];
  const size_t label = size_t(batch.targets[row]);
  size_t rival = label == 0 ? 1 : 0;
  for (size_t j = 0; j < batch.columns; ++j)
    if (j != label && z[j] > z[rival]) rival = j;
  const Slope penalty = penaltyOf(kind.loss, 1 + Precise(z[rival]) - Precise(z[label]));
  const Precise size = 1 + std::abs(Precise(z[rival])) + std::abs(Precise(z[label]));
  Expected expected{penalty.value, penalty.value + size, std::vector<Precise>(batch.columns), size};
  expected.gradient[rival] = penalty.derivative;
  expected.gradient[label] = -penalty.derivative;
  return expected;
}

template <typename Real>
Expected focalOfClasses(const Kind& kind, const Batch<Real>& batch, size_t row) {
  const Real* const z = &batch.outputs[row * batch.columns];
  const size_t label = size_t(batch.targets[row]);
  const Precise top = *std::max_element(z, z + batch.columns), g = kind.parameters.gamma;
  Precise others = 0;
  for (size_t j = 0; j < batch.columns; ++j)
    if (j != label) others += std::exp(z[j] - top);
  const Precise own = std::exp(z[label] - top), q = others / (own + others);
  const Precise minusLog = std::log(own + others) + top - z[label], power = std::pow(q, g);
  const Precise slope = power * (q + g * own / (own + others) * minusLog);
  Expected expected{power * minusLog, 1 + std::abs(top) + std::abs(Precise(z[label])), {}, 2 + g};
  for (size_t j = 0; j < batch.columns; ++j)
    expected.gradient.push_back(j == label ? -slope : others > 0 ? std::exp(z[j] - top) / others * slope : 0);
  expected.valueSize *= 1 + g;
  return expected;
}

template <typename Real>
Expected expectedOf(const Kind& kind, const Batch<Real>& batch, size_t row) {
  if (kind.loss == Loss::crossEntropy) return crossEntropy(kind, batch, row);
  if (kind.loss == Loss::focal && kind.takesClasses() && batch.columns > 1) return focalOfClasses(kind, batch, row);
  return kind.takesClasses() && batch.columns > 1 ? hingeOfClasses(kind, batch, row) : ofOutputs(kind, batch, row);
}

template <typename Real>
Batch<Real> batchOf(const Kind& kind, size_t rows, size_t columns, double spread) {
  const size_t targetColumns = kind.targetColumns ? kind.targetColumns : columns;
  const Buffer<Real> outputs = drawn<Real>(rows * columns, 1, -spread, spread),
                     targets = drawn<Real>(rows * targetColumns, 2, 0, 1);
  Batch<Real> batch{rows,
                    columns,
                    targetColumns,
                    {outputs.data(), outputs.data() + outputs.size()},
                    {targets.data(), targets.data() + targets.size()}};
  for (Real& target : batch.targets) {
    if (kind.takesClasses()) target = std::floor(target * Real(columns));
    if (kind.loss == Loss::hinge && !kind.takesClasses()) target = target > Real(0.5) ? 1 : -1;
    if (kind.loss == Loss::squaredHinge && !kind.takesClasses()) target = target > Real(0.5);
  }
  return batch;
}

/// Every loss, with options and without.
std::vector<Kind> kinds() {
  return {{Loss::crossEntropy, 1},
          {Loss::crossEntropy},
          {Loss::logistic},
          {Loss::squared},
          {Loss::absolute},
          {Loss::huber},
          {Loss::hinge},
          {Loss::squaredHinge},
          {Loss::hinge, 1},
          {Loss::squaredHinge, 1},
          {Loss::poisson},
          {Loss::quantile},
          {Loss::focal},
          {Loss::focal, 1},
          {.loss = Loss::focal, .parameters = {.gamma = 0.5, .positiveShare = 0.25, .negativeShare = 0.75}},
          {.loss = Loss::focal, .targetColumns = 1, .parameters = {.gamma = 3.5}},
          {.loss = Loss::huber, .parameters = {.delta = 0.25}},
          {.loss = Loss::quantile, .parameters = {.quantile = 0.875}},
          {.loss = Loss::logistic, .parameters = {.labelSmoothing = 0.25, .positiveWeight = 3}},
          {.loss = Loss::crossEntropy, .targetColumns = 1, .parameters = {.labelSmoothing = 0.25}},
          {.loss = Loss::crossEntropy, .parameters = {.labelSmoothing = 0.25}}};
}

/// kinds(), and cross-entropy with the weights of `columns` classes.
std::vector<Kind> kindsFor(size_t columns) {
  std::vector<Kind> list = kinds();
  std::vector<double> weights;
  for (size_t j = 0; j < columns; ++j) weights.push_back(double(j % 4) / 2);
  list.push_back({Loss::crossEntropy, 1, {}, weights});
  list.push_back({Loss::crossEntropy, 1, {.labelSmoothing = 0.125}, weights});
  list.push_back({Loss::crossEntropy, 0, {}, weights});
  return list;
}

std::string describe(const Kind& kind) {
  return "loss " + std::to_string(int(kind.loss)) + ", " + std::to_string(kind.targetColumns) + " columns of targets" +
         ", smoothing " + std::to_string(kind.parameters.labelSmoothing) +
         (kind.classWeights.empty() ? "" : ", weights of classes");
}

TEST_SUITE_BEGIN("losses");

TEST_CASE_TEMPLATE("every loss follows its formula, and so does its gradient", Real, float, double) {
  const Precise epsilon = std::numeric_limits<Real>::epsilon();
  for (const double spread : {1.0, 30.0, 1000.0})
    for (const size_t columns : {size_t(1), size_t(2), size_t(3), size_t(10), size_t(67)})
      for (const Kind& kind : kindsFor(columns)) {
        if (kind.loss == Loss::poisson && spread > 30) continue;  // e^1000
        CAPTURE(spread);
        CAPTURE(columns);
        CAPTURE(describe(kind));
        const Batch<Real> batch = batchOf<Real>(kind, 33, columns, spread);
        std::vector<Real> scales;
        for (size_t i = 0; i < batch.rows; ++i) scales.push_back(Real(i % 3) / 4);
        for (const Kernels* table : tables()) {
          CAPTURE(nameOf(*table));
          const Real scale = Real(0.125);
          const Outcome<Real> outcome = evaluate(table->of<Real>(), kind, batch, scale),
                              scaled = evaluate(table->of<Real>(), kind, batch, Real(9), 1, scales.data());
          CHECK(difference(scaled.values, outcome.values) == "");
          for (size_t i = 0; i < batch.rows; ++i) {
            const Expected expected = expectedOf(kind, batch, i);
            if (std::abs(outcome.values[i] - expected.value) > 4 * epsilon * expected.valueSize)
              FAIL_CHECK("row ", i, ": ", outcome.values[i], " for ", double(expected.value));
            for (size_t j = 0; j < columns; ++j) {
              const Precise ours = Precise(outcome.gradient[i * columns + j]) / scale;
              if (std::abs(ours - expected.gradient[j]) > 4 * epsilon * expected.gradientSize)
                FAIL_CHECK("gradient at ", i, ", ", j, ": ", double(ours), " for ", double(expected.gradient[j]));
              const Precise rowwise = scaled.gradient[i * columns + j];
              if (std::abs(rowwise - scales[i] * expected.gradient[j]) > 4 * epsilon * expected.gradientSize)
                FAIL_CHECK("scaled gradient at ", i, ", ", j, ": ", double(rowwise));
            }
          }
        }
      }
}

TEST_CASE_TEMPLATE("gradients are the same if values are not computed", Real, float, double) {
  for (const size_t columns : {size_t(1), size_t(5), size_t(67)})
    for (const Kind& kind : kindsFor(columns)) {
      CAPTURE(columns);
      CAPTURE(describe(kind));
      const Batch<Real> batch = batchOf<Real>(kind, 20, columns, 2);
      for (const Kernels* table : tables()) {
        CAPTURE(nameOf(*table));
        const KernelsOf<Real>& kernels = table->of<Real>();
        const Outcome<Real> outcome = evaluate<Real>(kernels, kind, batch, 1, 1, nullptr, nullptr, false);
        CHECK(difference(outcome.gradient, evaluate(kernels, kind, batch).gradient) == "");
        CHECK(outcome.values == std::vector<double>(batch.rows));
      }
    }
}

TEST_CASE("gradients are the slopes of losses, in double") {
  constexpr double h = 1e-6;
  for (const size_t columns : {size_t(1), size_t(5)})
    for (const Kind& kind : kindsFor(columns)) {
      CAPTURE(columns);
      CAPTURE(describe(kind));
      Batch<double> batch = batchOf<double>(kind, 20, columns, 2);
      for (const Kernels* table : tables()) {
        CAPTURE(nameOf(*table));
        const Outcome<double> outcome = evaluate(table->float64, kind, batch);
        for (size_t k = 0; k < batch.outputs.size(); ++k) {
          const size_t row = k / columns;
          const double z = batch.outputs[k];
          const auto at = [&](double there) {
            batch.outputs[k] = there;
            return evaluate(table->float64, kind, batch).values[row];
          };
          const double slope = (at(z + h) - at(z - h)) / (2 * h);
          batch.outputs[k] = z;
          CHECK(outcome.gradient[k] == doctest::Approx(slope).epsilon(1e-7));
        }
      }
    }
}

TEST_CASE_TEMPLATE("tangents of gradients are their slopes along those of outputs", Real, float, double) {
  constexpr double h = 1e-5;
  for (const size_t columns : {size_t(1), size_t(5), size_t(19)})
    for (const Kind& kind : kindsFor(columns)) {
      CAPTURE(columns);
      CAPTURE(describe(kind));
      const Batch<Real> batch = batchOf<Real>(kind, 20, columns, 2);
      const Buffer<Real> tangents = drawn<Real>(batch.outputs.size(), 3, -1, 1);
      std::vector<Real> scales;
      for (size_t i = 0; i < batch.rows; ++i) scales.push_back(Real(i % 3) / 4);
      // Differences are computed in double for both types.
      Batch<double> ahead{batch.rows, columns, batch.targetColumns, {}, {}}, behind = ahead;
      for (size_t k = 0; k < batch.outputs.size(); ++k) {
        ahead.outputs.push_back(double(batch.outputs[k]) + h * double(tangents[k]));
        behind.outputs.push_back(double(batch.outputs[k]) - h * double(tangents[k]));
      }
      for (const Real t : batch.targets) {
        ahead.targets.push_back(double(t));
        behind.targets.push_back(double(t));
      }
      const std::vector<double> doubleScales(scales.begin(), scales.end());
      for (const Kernels* table : tables()) {
        CAPTURE(nameOf(*table));
        const Real* const alike = nullptr;
        for (const Real* const rowScales : {alike, static_cast<const Real*>(scales.data())}) {
          const double* const theirs = rowScales ? doubleScales.data() : nullptr;
          const Outcome<Real> plain = evaluate(table->of<Real>(), kind, batch, Real(0.5), 1, rowScales),
                              dual = evaluate(table->of<Real>(), kind, batch, Real(0.5), 1, rowScales, tangents.data());
          const std::vector<double> after = evaluate(table->float64, kind, ahead, 0.5, 1, theirs).gradient,
                                    before = evaluate(table->float64, kind, behind, 0.5, 1, theirs).gradient;
          CHECK(difference(dual.values, plain.values) == "");
          CHECK(dual.correct == plain.correct);
          const double bound = sizeof(Real) == sizeof(float) ? 1e-5 : 1e-8;
          for (size_t k = 0; k < batch.outputs.size(); ++k) {
            const double slope = (after[k] - before[k]) / (2 * h);
            CHECK(std::abs(double(dual.gradient[k]) - double(plain.gradient[k])) <= bound);
            CHECK(std::abs(double(dual.tangents[k]) - slope) <= bound * std::max(1.0, std::abs(slope)));
          }
        }
      }
    }
}

TEST_CASE_TEMPLATE("rows have equal bits, whichever call computes them", Real, float, double) {
  for (const size_t columns : {size_t(1), size_t(3), size_t(10), size_t(21)})
    for (const Kind& kind : kindsFor(columns)) {
      CAPTURE(describe(kind));
      CAPTURE(columns);
      const Batch<Real> batch = batchOf<Real>(kind, 37, columns, 5);
      const Buffer<Real> drawnTangents = drawn<Real>(batch.outputs.size(), 3, -1, 1);
      const Real* const none = nullptr;
      for (const Kernels* table : tables())
        for (const Real* const tangents : {none, static_cast<const Real*>(drawnTangents.data())}) {
          CAPTURE(nameOf(*table));
          const auto by = [&](size_t members) {
            return evaluate(table->of<Real>(), kind, batch, Real(0.3), members, none, tangents);
          };
          const Outcome<Real> whole = by(1);
          for (const size_t members : {2, 3, 5, 16, 37, 50}) {
            CAPTURE(members);
            const Outcome<Real> parts = by(members);
            CHECK(difference(parts.values, whole.values) == "");
            CHECK(difference(parts.gradient, whole.gradient) == "");
            CHECK(difference(parts.tangents, whole.tangents) == "");
            CHECK(parts.correct == whole.correct);
          }
        }
    }
}

TEST_CASE("large logits do not round losses") {
  const auto check = [](const KernelsOf<double>& kernels, const Kind& kind, const Batch<double>& batch,
                        double expected) {
    const double value = evaluate(kernels, kind, batch).values[0];
    CAPTURE(value);
    CHECK(std::abs(value - expected) <= 4e-16 * expected);
  };
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    const double two = std::log(2.0), near = std::log1p(std::exp(-0.5));
    check(table->float64, {Loss::crossEntropy, 1}, {1, 2, 1, {1e4, 1e4}, {0}}, two);
    check(table->float64, {Loss::crossEntropy}, {1, 2, 2, {1e4, 1e4}, {0.25, 0.75}}, two);
    check(table->float64, {Loss::crossEntropy, 1, {.labelSmoothing = 0.5}}, {1, 2, 1, {-1e4, -1e4}, {0}}, two);
    check(table->float64, {Loss::crossEntropy, 1}, {1, 2, 1, {1e4, 1e4 - 0.5}, {0}}, near);
    check(table->float64, {Loss::logistic}, {1, 1, 1, {1024}, {1 - 0x1p-30}}, 0x1p-20);
    check(table->float64, {Loss::logistic}, {1, 1, 1, {-1024}, {0x1p-30}}, 0x1p-20);
  }
}

TEST_CASE_TEMPLATE("losses of correct rows are exact, and so are their gradients", Real, float, double) {
  const double epsilon = double(std::numeric_limits<Real>::epsilon());
  for (const Kernels* table : tables())
    for (const double margin : {1.0, 10.0, 17.0, 20.0, 40.0, 85.0}) {
      CAPTURE(nameOf(*table));
      CAPTURE(margin);
      const Real z = Real(margin);
      const double value = std::log1p(std::exp(-margin)), slope = 1 / (1 + std::exp(margin));
      const double bound = (6 + margin) * epsilon;
      const auto check = [&](const Kind& kind, const Batch<Real>& batch, double factor) {
        const Outcome<Real> outcome = evaluate(table->of<Real>(), kind, batch);
        CAPTURE(describe(kind));
        CHECK(std::abs(outcome.values[0] / (factor * value) - 1) < bound);
        CHECK(std::abs(double(outcome.gradient[0]) / (-factor * slope) - 1) < bound);
      };
      check({Loss::crossEntropy, 1}, {1, 2, 1, {z, 0}, {0}}, 1);
      check({Loss::crossEntropy, 1, {}, {3, 2}}, {1, 2, 1, {z, 0}, {0}}, 3);
      check({Loss::crossEntropy}, {1, 2, 2, {z, 0}, {1, 0}}, 1);
      check({Loss::logistic}, {1, 1, 1, {z}, {1}}, 1);
      check({.loss = Loss::logistic, .parameters = {.positiveWeight = 0.125}}, {1, 1, 1, {z}, {1}}, 0.125);
      check({.loss = Loss::focal, .parameters = {.gamma = 0}}, {1, 1, 1, {z}, {1}}, 1);
      check({.loss = Loss::focal, .targetColumns = 1, .parameters = {.gamma = 0}}, {1, 2, 1, {z, 0}, {0}}, 1);
    }
}

TEST_CASE("errors of crossEntropy hardly grow with the number of classes") {
  const Batch<float> batch{1,
                           50000,
                           1,
                           [] {
                             const Buffer<float> z = drawn<float>(50000, 4, 0);
                             return std::vector<float>(z.data(), z.data() + z.size());
                           }(),
                           {7}};
  Precise sum = 0;
  for (const float z : batch.outputs) sum += std::exp(Precise(z));
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    const double value = evaluate(table->float32, {Loss::crossEntropy, 1}, batch).values[0];
    CHECK(std::abs(value - double(std::log(sum) - Precise(batch.outputs[7]))) < 4e-7);
  }
}

TEST_CASE_TEMPLATE("a row is correct if the largest logit is that of its class, the first among equals", Real, float,
                   double) {
  const Batch<Real> classes{4, 3, 1, {1, 2, 3, 3, 2, 1, 2, 2, 1, 0, 5, 5}, {2, 1, 0, 2}};
  const Batch<Real> distributions{2, 3, 3, {1, 2, 3, 1, 2, 3}, {0.1, 0.2, 0.7, 0.7, 0.2, 0.1}};
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    CHECK(evaluate(table->of<Real>(), {Loss::crossEntropy, 1}, classes).correct == std::vector<uint8_t>{1, 0, 1, 0});
    CHECK(evaluate(table->of<Real>(), {Loss::crossEntropy}, distributions).correct == std::vector<uint8_t>{1, 0});
  }
}

TEST_CASE_TEMPLATE("a logistic row is correct if every logit has the sign of its target", Real, float, double) {
  const Batch<Real> batch{4, 2, 2, {1, -1, 1, 1, -3, -3, 0, 0}, {1, 0, 1, 0, 0.4, 0.6, 0, 0}};
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    CHECK(evaluate(table->of<Real>(), {Loss::logistic}, batch).correct == std::vector<uint8_t>{1, 0, 0, 1});
  }
}

TEST_CASE_TEMPLATE("the hinge classifies by signs or by the order of outputs", Real, float, double) {
  const Batch<Real> signs{5, 2, 2, {1, -1, 1, 1, -3, -3, 0, 0, 2, 2}, {1, -1, 1, -1, 0, 1, 0, -1, 1, 1}};
  const Batch<Real> classes{3, 3, 1, {1, 2, 3, 3, 2, 1, 2, 2, 1}, {2, 1, 0}};
  for (const Kernels* table : tables())
    for (const Loss loss : {Loss::hinge, Loss::squaredHinge}) {
      CAPTURE(nameOf(*table));
      CHECK(evaluate(table->of<Real>(), {loss}, signs).correct == std::vector<uint8_t>{1, 0, 0, 1, 1});
      CHECK(evaluate(table->of<Real>(), {loss}, classes).correct == std::vector<uint8_t>{1, 0, 1});
    }
}

TEST_CASE_TEMPLATE("other losses do not classify", Real, float, double) {
  const Batch<Real> batch{2, 1, 1, {1, 2}, {1, 2}};
  for (const Kernels* table : tables())
    for (const Loss loss : {Loss::squared, Loss::absolute, Loss::huber, Loss::poisson, Loss::quantile})
      CHECK(evaluate(table->of<Real>(), {loss}, batch).correct == std::vector<uint8_t>{7, 7});
}

TEST_CASE_TEMPLATE("at a kink the slope is 0", Real, float, double) {
  const Batch<Real> hit{1, 1, 1, {1}, {1}}, level{1, 2, 1, {1, 2}, {1}};
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    for (const Loss loss : {Loss::absolute, Loss::quantile, Loss::hinge, Loss::squaredHinge})
      CHECK(evaluate(table->of<Real>(), {loss}, hit).gradient == std::vector<Real>{0});
    for (const Loss loss : {Loss::hinge, Loss::squaredHinge})
      CHECK(evaluate(table->of<Real>(), {loss}, level).gradient == std::vector<Real>{0, 0});
  }
}

TEST_CASE_TEMPLATE("a NaN anywhere in the logits makes the loss NaN", Real, float, double) {
  const Real nan = std::numeric_limits<Real>::quiet_NaN();
  for (const Kernels* table : tables())
    for (const Kind& kind : kindsFor(3))
      for (size_t at = 0; at < 3; ++at) {
        CAPTURE(nameOf(*table));
        CAPTURE(describe(kind));
        CAPTURE(at);
        Batch<Real> batch = batchOf<Real>(kind, 1, 3, 2);
        if (kind.takesClasses()) batch.targets[0] = 1;  // a class with a weight other than 0
        batch.outputs[at] = nan;
        CHECK(std::isnan(evaluate(table->of<Real>(), kind, batch).values[0]));
      }
}

TEST_CASE("losses by name") {
  CHECK(lossNamed("crossEntropy") == Loss::crossEntropy);
  CHECK(lossNamed("logistic") == Loss::logistic);
  CHECK(lossNamed("squared") == Loss::squared);
  CHECK(lossNamed("absolute") == Loss::absolute);
  CHECK(lossNamed("huber") == Loss::huber);
  CHECK(lossNamed("hinge") == Loss::hinge);
  CHECK(lossNamed("squaredHinge") == Loss::squaredHinge);
  CHECK(lossNamed("poisson") == Loss::poisson);
  CHECK(lossNamed("quantile") == Loss::quantile);
  CHECK(lossNamed("focal") == Loss::focal);
  CHECK_THROWS_WITH(lossNamed("cubed"), "unknown loss \"cubed\"");
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade

// Checks that every layer passes.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "layers/activated.h"
#include "layers/trial.h"
#include "parallel/denormals.h"
#include "tables.h"

namespace glissade {

/// Checks that numbers differ from those of a plain loop in double by at most `rounding` machine epsilons.
template <typename Real>
void checkNear(const std::vector<Real>& numbers, const std::vector<double>& expected, double rounding = 64) {
  REQUIRE(numbers.size() == expected.size());
  const double bound = rounding * double(std::numeric_limits<Real>::epsilon());
  for (size_t i = 0; i < expected.size(); ++i) {
    const double error = std::abs(double(numbers[i]) - expected[i]);
    if (!(error <= bound * std::max(1.0, std::abs(expected[i]))))
      FAIL_CHECK("[", i, "] of ", expected.size(), ": ", double(numbers[i]), ", but ", expected[i]);
  }
}

/// activation(x) with denormal numbers flushed, as the engine's threads do.
template <typename Real>
std::vector<Real> activatedAsInEngine(const KernelsOf<Real>& kernels, Activation activation,
                                      const std::vector<Real>& x) {
  const FlushDenormals flush;
  return activated(kernels, activation, x);
}

/// Calls check(trial) for each instruction set and each place of a layer in a network.
template <typename Real, typename Check>
void forEachTrial(const Setting<Real>& setting, Tangents tangents, Check check) {
  for (const Kernels* table : tables())
    for (const Place place : {Place::first, Place::between, Place::last}) {
      if (place == Place::last && !setting.layer->outputs().isFlat()) continue;
      CAPTURE(nameOf(*table));
      CAPTURE(int(place));
      check(Trial<Real>{*table, setting, place, tangents});
    }
}

/// Checks that teams of any size give equal bits, with tangents and without.
template <typename Real>
void checkTeams(const Setting<Real>& setting, Mode mode) {
  for (const Tangents tangents : {Tangents::none, Tangents::alongside})
    forEachTrial<Real>(setting, tangents, [&](const Trial<Real>& trial) {
      const Outcome<Real> alone = trial.run(1, {setting.count, mode, 5});
      for (const size_t members : {size_t(2), size_t(3), setting.count + 2}) {
        CAPTURE(members);
        CHECK(difference(trial.run(members, {setting.count, mode, 5}), alone) == "");
      }
    });
}

/// The root of the mean square of differences, in units of that of the numbers.
template <typename Real>
double relativeDifference(const std::vector<Real>& numbers, const std::vector<Real>& expected) {
  REQUIRE(numbers.size() == expected.size());
  double errors = 0, squares = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    errors += std::pow(double(numbers[i]) - double(expected[i]), 2);
    squares += std::pow(double(expected[i]), 2);
  }
  return std::sqrt(errors / squares);
}

/// Checks that results in bfloat16 differ from those in float only by rounding, by at most `bound`, and that
/// teams of any size give equal bits.
inline void checkBfloat16(const Setting<float>& setting, double bound) {
  forEachTrial<float>(setting, Tangents::none, [&](Trial<float> trial) {
    const auto arrays = [](const Outcome<float>& outcome) {
      std::vector<std::vector<float>> arrays{outcome.output.values, outcome.gradient.values};
      for (const Numbers<float>& gradient : outcome.inputGradient) arrays.push_back(gradient.values);
      return arrays;
    };
    const Outcome<float> exact = trial.run(1, {setting.count});
    trial.precision = Precision::bfloat16;
    const Outcome<float> alone = trial.run(1, {setting.count});
    for (size_t i = 0; i < arrays(exact).size(); ++i) {
      CAPTURE(i);
      const double error = relativeDifference(arrays(alone)[i], arrays(exact)[i]);
      CHECK(error > 1e-4);  // numbers are rounded by at most 2⁻⁹ of their size
      CHECK(error < bound);
    }
    for (const size_t members : {2, 3, 16}) CHECK(difference(trial.run(size_t(members), {setting.count}), alone) == "");
  });
}

/// Checks that a layer's outputs are activation(outputs without it), and that it keeps them if backward needs them.
template <typename Real, typename SettingOf>
void checkActivated(SettingOf settingOf) {
  for (const Activation activation : kActivations) {
    CAPTURE(int(activation));
    const Setting<Real> plain = settingOf(Activation::identity);
    forEachTrial<Real>(settingOf(activation), Tangents::none, [&](const Trial<Real>& trial) {
      const std::vector<Real> x = Trial<Real>{trial.kernels, plain}.run(1, {plain.count}).output.values;
      const Outcome<Real> outcome = trial.run(1, {plain.count});
      CHECK(difference(outcome.output.values, activatedAsInEngine(trial.table(), activation, x)) == "");
      if (needsPreactivation(activation)) CHECK(difference(outcome.preactivation.values, x) == "");
    });
  }
}

/// Checks that input gradients are multiplied by the derivative of the activation that made the input.
template <typename Real>
void checkMakers(const Setting<Real>& setting) {
  for (const Kernels* table : tables())
    for (const Activation maker : {Activation::relu, Activation::gelu, Activation::tanh}) {
      CAPTURE(nameOf(*table));
      CAPTURE(int(maker));
      const Batch batch{setting.count, Mode::training, 5};
      const Trial<Real> plain{*table, setting}, made{*table, setting, Place::between, Tangents::none, maker};
      const Outcome<Real> expected = plain.run(1, batch), outcome = made.run(2, batch);
      for (size_t i = 0; i < expected.inputGradient.size(); ++i) {
        std::vector<Real> gradient = expected.inputGradient[i].values;
        const std::vector<Real>& x = made.inputs[i].values;
        table->of<Real>().activationBackward(maker, x.data(), x.data(), gradient.data(), gradient.size());
        CHECK(difference(outcome.inputGradient[i].values, gradient) == "");
      }
    }
}

/// The trial with all numbers moved by `distance` along their tangents.
inline Trial<double> moved(const Trial<double>& trial, double distance) {
  Trial<double> there = trial;
  there.tangents = Tangents::none;
  const auto move = [&](Numbers<double>& numbers) {
    for (size_t i = 0; i < numbers.values.size(); ++i) numbers.values[i] += distance * numbers.tangents[i];
    numbers.tangents.clear();
  };
  for (Numbers<double>& input : there.inputs) move(input);
  move(there.parameters);
  move(there.delta);
  return there;
}

/// Compares tangents, forward and backward, with central differences.
inline void checkTangents(const Setting<double>& setting, Mode mode) {
  constexpr double h = 1e-5;
  const Batch batch{setting.count, mode, 5};
  forEachTrial<double>(setting, Tangents::alongside, [&](const Trial<double>& trial) {
    const auto dual = trial.run(2, batch).all(), at = moved(trial, 0).run(1, batch).all(),
               above = moved(trial, h).run(1, batch).all(), below = moved(trial, -h).run(1, batch).all();
    for (size_t i = 0; i < dual.size(); ++i) {
      CAPTURE(i);
      checkNear(dual[i].values, at[i].values);
      std::vector<double> slopes;
      for (size_t j = 0; j < dual[i].tangents.size(); ++j)
        slopes.push_back((above[i].values[j] - below[i].values[j]) / (2 * h));
      checkNear(dual[i].tangents, slopes, 1e-7 / std::numeric_limits<double>::epsilon());
    }
  });
}

inline double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// Checks that backward is the transpose of the tangents' way forward: δ·ẏ = x̄·ẋ + p̄·ṗ. For layers without an
/// activation, since δ is the gradient with respect to the activation's argument.
inline void checkTranspose(const Setting<double>& setting, Mode mode) {
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    const Trial<double> trial{*table, setting, Place::between, Tangents::alongside};
    const Outcome<double> outcome = trial.run(2, {setting.count, mode, 5});
    double expected = dot(outcome.gradient.values, trial.parameters.tangents);
    for (size_t i = 0; i < outcome.inputGradient.size(); ++i)
      expected += dot(outcome.inputGradient[i].values, trial.inputs[i].tangents);
    const double found = dot(trial.delta.values, outcome.output.tangents);
    CHECK(std::abs(found - expected) <= 1e-12 * std::max(1.0, double(trial.delta.values.size())));
  }
}

}  // namespace glissade

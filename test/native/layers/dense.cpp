#include "layers/dense.h"

#include <doctest/doctest.h>

#include <cmath>

#include "layers/checks.h"
#include "matrix/blocked_sum.h"

namespace glissade {
namespace {

template <typename Real>
Setting<Real> settingOf(const Shape& shape, const DenseOptions& options, size_t count) {
  return {std::make_shared<const Dense<Real>>(shape, options), {shape}, count};
}
template <typename Real>
Setting<Real> settingOf(size_t inputs, const DenseOptions& options, size_t count) {
  return settingOf<Real>(Shape{1, 1, inputs}, options, count);
}

/// Widths that fill panels or don't, one row, and odd numbers of rows.
template <typename Check>
void forEachSize(Check check) {
  struct Size {
    size_t inputs, outputs, count;
  };
  for (const Size& size : {Size{1, 1, 1}, Size{3, 5, 1}, Size{16, 8, 2}, Size{31, 33, 5}, Size{32, 32, 7},
                           Size{70, 45, 9}, Size{3, 2, 197}})
    for (const bool bias : {true, false}) {
      CAPTURE(size.inputs);
      CAPTURE(size.outputs);
      CAPTURE(size.count);
      CAPTURE(bias);
      check(size.inputs, size.outputs, size.count, bias);
    }
}

/// y and the gradients of parameters and inputs, in the order of the layer's sums: blocks, and pairwise sums for
/// biases.
template <typename Real>
struct Plain {
  std::vector<Real> y, gradient, inputGradient;

  Plain(const Trial<Real>& trial, size_t inputs, size_t outputs, bool bias) {
    const auto add = [&](Real a, Real b, Real sum) { return fuses(trial.kernels) ? std::fma(a, b, sum) : sum + a * b; };
    const std::vector<Real>&x = trial.inputs[0].values, &w = trial.parameters.values, &delta = trial.delta.values;
    const size_t rows = inputs + (bias ? 1 : 0), count = trial.setting.count * trial.setting.inputs[0].positions();
    const auto input = [&](size_t i, size_t k) { return k < inputs ? x[i * inputs + k] : Real(1); };
    for (size_t i = 0; i < count; ++i)
      for (size_t j = 0; j < outputs; ++j)
        y.push_back(
            blockedSum<Real>(rows, [&](size_t k, Real sum) { return add(input(i, k), w[k * outputs + j], sum); }));
    for (size_t k = 0; k < inputs; ++k)
      for (size_t j = 0; j < outputs; ++j)
        gradient.push_back(
            blockedSum<Real>(count, [&](size_t i, Real sum) { return add(input(i, k), delta[i * outputs + j], sum); }));
    for (size_t j = 0; j < outputs && bias; ++j)
      gradient.push_back(pairwiseSum<Real>(0, count, [&](size_t i) { return delta[i * outputs + j]; }));
    for (size_t i = 0; i < count; ++i)
      for (size_t k = 0; k < inputs; ++k)
        inputGradient.push_back(blockedSum<Real>(
            outputs, [&](size_t j, Real sum) { return add(delta[i * outputs + j], w[k * outputs + j], sum); }));
  }
};

TEST_SUITE_BEGIN("layers");

TEST_CASE("a dense layer has a weight that decays and a bias that does not") {
  const Dense<float> layer({1, 1, 5}, {3, Activation::relu});
  CHECK(layer.outputs() == Shape{1, 1, 3});
  const auto parameters = layer.tensors();
  REQUIRE(parameters.size() == 2);
  CHECK(parameters[0].name == "weight");
  CHECK(parameters[0].shape == std::vector<size_t>{5, 3});
  CHECK(parameters[0].size() == 15);
  CHECK(parameters[0].decays);
  CHECK(parameters[1].name == "bias");
  CHECK(parameters[1].shape == std::vector<size_t>{3});
  CHECK(parameters[1].size() == 3);
  CHECK_FALSE(parameters[1].decays);
}

TEST_CASE("a dense layer without biases has only a weight") {
  const auto tensors = Dense<float>({1, 1, 5}, {.outputs = 3, .bias = false}).tensors();
  REQUIRE(tensors.size() == 1);
  CHECK(tensors[0].name == "weight");
}

TEST_CASE_TEMPLATE("a dense layer of images and sequences works at each position", Real, float, double) {
  for (const Shape& shape : {Shape{2, 3, 17}, Shape{5, 1, 31}, Shape{1, 1, 4}})
    for (const bool bias : {true, false}) {
      CAPTURE(shape.text());
      CAPTURE(bias);
      const auto setting = settingOf<Real>(shape, {9, Activation::identity, bias}, 7);
      CHECK(setting.layer->outputs() == Shape{shape.height, shape.width, 9});
      forEachTrial<Real>(setting, Tangents::none, [&](const Trial<Real>& trial) {
        const Plain<Real> plain(trial, shape.channels, 9, bias);
        for (const size_t members : {1, 3}) {
          const Outcome<Real> outcome = trial.run(members, {7});
          CHECK(difference(outcome.output.values, plain.y) == "");
          CHECK(difference(outcome.gradient.values, plain.gradient) == "");
          if (trial.place != Place::first)
            CHECK(difference(outcome.inputGradient[0].values, plain.inputGradient) == "");
        }
      });
    }
  checkTangents(settingOf<double>(Shape{2, 3, 17}, {9, Activation::silu}, 3), Mode::training);
  checkBfloat16(settingOf<float>(Shape{4, 1, 70}, {45}, 9), 0.02);
}

TEST_CASE_TEMPLATE("dense layers equal the plain loop bit for bit", Real, float, double) {
  forEachSize([](size_t inputs, size_t outputs, size_t count, bool bias) {
    for (const Activation activation : kActivations) {
      CAPTURE(int(activation));
      const auto setting = settingOf<Real>(inputs, {outputs, activation, bias}, count);
      forEachTrial<Real>(setting, Tangents::none, [&](const Trial<Real>& trial) {
        const Plain<Real> plain(trial, inputs, outputs, bias);
        const Outcome<Real> outcome = trial.run(1, {count});
        CHECK(difference(outcome.output.values, activatedAsInEngine(trial.table(), activation, plain.y)) == "");
        if (needsPreactivation(activation)) CHECK(difference(outcome.preactivation.values, plain.y) == "");
        CHECK(difference(outcome.gradient.values, plain.gradient) == "");
        if (trial.place != Place::first) CHECK(difference(outcome.inputGradient[0].values, plain.inputGradient) == "");
      });
    }
  });
}

TEST_CASE_TEMPLATE("dense layers have equal bits in teams of any size", Real, float, double) {
  forEachSize([](size_t inputs, size_t outputs, size_t count, bool bias) {
    for (const Activation activation : {Activation::silu, Activation::identity})
      checkTeams(settingOf<Real>(inputs, {outputs, activation, bias}, count), Mode::training);
  });
}

TEST_CASE_TEMPLATE("dense layers send back gradients through the activation before them", Real, float, double) {
  checkMakers(settingOf<Real>(35, {19}, 5));
}

TEST_CASE("tangents of dense layers are derivatives, with every activation") {
  for (const Activation activation : kActivations)
    for (const bool bias : {true, false}) {
      CAPTURE(int(activation));
      CAPTURE(bias);
      checkTangents(settingOf<double>(19, {11, activation, bias}, 5), Mode::training);
    }
  checkTranspose(settingOf<double>(19, {11}, 5), Mode::training);
}

TEST_CASE_TEMPLATE("weights start with the variance of He or of Glorot, biases at zero", Real, float, double) {
  constexpr size_t inputs = 200, outputs = 100;
  for (const Activation activation :
       {Activation::identity, Activation::relu, Activation::tanh, Activation::sigmoid, Activation::gelu}) {
    CAPTURE(int(activation));
    const bool halves = activation == Activation::relu || activation == Activation::gelu;
    const double variance = 2.0 / double(halves ? inputs : inputs + outputs);
    std::vector<Real> parameters(inputs * outputs + outputs, Real(9));
    Random random(3, Draw::weights, 0);
    Dense<Real>({1, 1, inputs}, {outputs, activation}).initialize(random, parameters.data());
    double sum = 0, squares = 0, largest = 0;
    for (size_t i = 0; i < inputs * outputs; ++i) {
      const double weight = double(parameters[i]);
      sum += weight;
      squares += weight * weight;
      largest = std::max(largest, std::abs(weight));
    }
    const double count = inputs * outputs;
    CHECK(std::abs(sum / count) < 4 * std::sqrt(variance / count));
    CHECK(squares / count == doctest::Approx(variance).epsilon(0.03));
    CHECK(largest <= std::sqrt(3 * variance) * (1 + 1e-7));
    for (size_t i = 0; i < outputs; ++i) CHECK(parameters[inputs * outputs + i] == 0);
  }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade

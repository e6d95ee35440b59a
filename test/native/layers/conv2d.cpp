#include "layers/conv2d.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "layers/checks.h"
#include "layers/images.h"
#include "matrix/blocked_sum.h"

namespace glissade {
namespace {

/// Difficult images, windows and channels: one row, odd sizes, strides over several lines or past some, windows
/// larger than the image, and images with patches in several chunks.
struct Size {
  Shape image;
  WindowOptions window;
  size_t channels, count;
};
const Size kSizes[] = {{{1, 1, 3}, {{1, 1}, {1, 1}, {0, 0}}, 5, 1},
                       {{5, 7, 3}, {{3, 3}, {1, 1}, {0, 0}}, 9, 3},
                       {{1, 9, 2}, {{1, 4}, {1, 3}, {0, 0}}, 33, 2},
                       {{9, 8, 5}, {{3, 2}, {2, 2}, {1, 1}}, 17, 4},
                       {{6, 5, 4}, {{3, 3}, {2, 2}, {0, 0}, true}, 7, 5},
                       {{3, 2, 2}, {{5, 5}, {1, 2}, {2, 3}}, 6, 2},
                       {{7, 7, 2}, {{2, 2}, {3, 3}, {0, 0}}, 3, 2},
                       {{4, 3, 2}, {{4, 3}, {1, 1}, {0, 0}}, 6, 7},  // with a flat output
                       {{11, 13, 40}, {{3, 3}, {1, 1}, {0, 0}, true}, 37, 3},
                       {{17, 16, 1}, {{3, 3}, {1, 1}, {0, 0}, true}, 3, 5}};  // in chunks of several blocks

template <typename Real>
Setting<Real> settingOf(const Size& size, Activation activation, bool bias) {
  const Conv2dOptions options{size.channels, activation, bias, Initializer::automatic};
  return {std::make_shared<const Conv2d<Real>>(size.image, windowsOver(size.image, size.window), options),
          {size.image},
          size.count};
}

template <typename Check>
void forEachSize(Check check) {
  for (const Size& size : kSizes)
    for (const bool bias : {true, false}) {
      CAPTURE(size.image.text());
      CAPTURE(size.channels);
      CAPTURE(bias);
      check(size, bias);
    }
}

/// The activation's argument and the gradient, in the order of the layer's sums. The gradient of weights is accumulated
/// over as many rows of patches at a time as fit the scratch; that of biases is a pairwise sum.
template <typename Real>
struct Plain {
  std::vector<Real> y, gradient;
  std::vector<double> inputGradient;

  Plain(const Trial<Real>& trial, const Size& size, bool bias) {
    const auto add = [&](Real a, Real b, Real sum) { return fuses(trial.kernels) ? std::fma(a, b, sum) : sum + a * b; };
    const std::vector<Real>&x = trial.inputs[0].values, &w = trial.parameters.values, &delta = trial.delta.values;
    const Windows windows = windowsOver(size.image, size.window);
    const size_t depth = windows.taps() * size.image.channels, outputs = size.channels, rows = delta.size() / outputs;
    std::vector<Real> patches(rows * (depth + 1), Real(1));  // each row ends in a one, for the bias
    inputGradient.resize(x.size());
    forEachWindow(windows, size.count, [&](size_t row, auto seen) {
      for (size_t k = 0; k < depth; ++k) {
        const auto position = seen(k / size.image.channels);
        const size_t place = position.value_or(0) * size.image.channels + k % size.image.channels;
        patches[row * (depth + 1) + k] = position ? x[place] : Real(0);
        for (size_t j = 0; position && j < outputs; ++j)
          inputGradient[place] += double(delta[row * outputs + j]) * double(w[k * outputs + j]);
      }
    });
    const auto patch = [&](size_t row, size_t k) { return patches[row * (depth + 1) + k]; };
    for (size_t row = 0; row < rows; ++row)
      for (size_t j = 0; j < outputs; ++j)
        y.push_back(blockedSum<Real>(depth + (bias ? 1 : 0),
                                     [&](size_t k, Real sum) { return add(patch(row, k), w[k * outputs + j], sum); }));
    const size_t chunk = std::max<size_t>(32768 / panelSize(1, depth + 1) / 16 * 16, 16);
    for (size_t k = 0; k < depth; ++k)
      for (size_t j = 0; j < outputs; ++j) {
        Real sum = 0;
        for (size_t row = 0; row < rows; row += chunk)
          sum = blockedSum<Real>(
              std::min(chunk, rows - row),
              [&](size_t i, Real part) { return add(patch(row + i, k), delta[(row + i) * outputs + j], part); },
              row > 0 ? &sum : nullptr);
        gradient.push_back(sum);
      }
    for (size_t j = 0; j < outputs && bias; ++j)
      gradient.push_back(pairwiseSum<Real>(0, rows, [&](size_t row) { return delta[row * outputs + j]; }));
  }
};

TEST_SUITE_BEGIN("layers");

TEST_CASE("a convolution has a weight that decays and a bias that does not") {
  const auto layer = settingOf<float>(kSizes[1], Activation::relu, true).layer;
  CHECK(layer->outputs() == Shape{3, 5, 9});
  const auto tensors = layer->tensors();
  REQUIRE(tensors.size() == 2);
  CHECK(tensors[0].shape == std::vector<size_t>{3, 3, 3, 9});
  CHECK(tensors[0].decays);
  CHECK(tensors[1].shape == std::vector<size_t>{9});
  CHECK_FALSE(tensors[1].decays);
  CHECK(settingOf<float>(kSizes[1], Activation::relu, false).layer->tensors().size() == 1);
}

TEST_CASE_TEMPLATE("convolutions equal the plain loop, forward and in the gradient of weights bit for bit", Real, float,
                   double) {
  forEachSize([](const Size& size, bool bias) {
    for (const Activation activation : {Activation::identity, Activation::gelu, Activation::elu}) {
      CAPTURE(int(activation));
      const auto setting = settingOf<Real>(size, activation, bias);
      forEachTrial<Real>(setting, Tangents::none, [&](const Trial<Real>& trial) {
        const Plain<Real> plain(trial, size, bias);
        const Outcome<Real> outcome = trial.run(1, {size.count});
        CHECK(difference(outcome.output.values, activatedAsInEngine(trial.table(), activation, plain.y)) == "");
        CHECK(difference(outcome.gradient.values, plain.gradient) == "");
        if (trial.place != Place::first) checkNear(outcome.inputGradient[0].values, plain.inputGradient);
      });
    }
  });
}

TEST_CASE_TEMPLATE("convolutions have equal bits in teams of any size", Real, float, double) {
  forEachSize(
      [](const Size& size, bool bias) { checkTeams(settingOf<Real>(size, Activation::silu, bias), Mode::training); });
}

TEST_CASE("convolutions in bfloat16 are near those in float, with equal bits in teams of any size") {
  forEachSize(
      [](const Size& size, bool bias) { checkBfloat16(settingOf<float>(size, Activation::identity, bias), 5e-3); });
}

TEST_CASE("convolutions in bfloat16 round the factors of their products, and nothing else") {
  const auto rounded = [](std::vector<float> numbers) {  // to fewer bits than bfloat16 has
    for (float& x : numbers) x = std::round(x * 64) / 64;
    return numbers;
  };
  forEachSize([&](const Size& size, bool bias) {
    forEachTrial<float>(settingOf<float>(size, Activation::identity, bias), Tangents::none, [&](Trial<float> trial) {
      for (std::vector<float>* numbers : {&trial.inputs[0].values, &trial.parameters.values, &trial.delta.values})
        *numbers = rounded(*numbers);
      const Outcome<float> exact = trial.run(1, {size.count});
      trial.precision = Precision::bfloat16;
      const Outcome<float> outcome = trial.run(1, {size.count});
      CHECK(relativeDifference(outcome.output.values, exact.output.values) < 1e-6);
      CHECK(relativeDifference(outcome.gradient.values, exact.gradient.values) < 1e-6);
      if (trial.place != Place::first)
        CHECK(relativeDifference(outcome.inputGradient[0].values, exact.inputGradient[0].values) < 1e-6);
    });
  });
}

TEST_CASE_TEMPLATE("convolutions send back gradients through the activation before them", Real, float, double) {
  for (const Size& size : {kSizes[3], kSizes[5]}) checkMakers(settingOf<Real>(size, Activation::identity, true));
}

TEST_CASE("tangents of convolutions are derivatives, with every activation") {
  forEachSize([](const Size& size, bool bias) {
    checkTangents(settingOf<double>(size, Activation::tanh, bias), Mode::training);
    checkTranspose(settingOf<double>(size, Activation::identity, bias), Mode::training);
  });
  for (const Activation activation : kActivations) {
    CAPTURE(int(activation));
    checkTangents(settingOf<double>(kSizes[7], activation, true), Mode::training);
  }
}

TEST_CASE("'same' padding gives an output for each begun stride, and puts the odd line at the end") {
  const Windows windows = windowsOver({6, 5, 1}, {{3, 4}, {2, 1}, {0, 0}, true});
  CHECK(windows.outputHeight == 3);
  CHECK(windows.outputWidth == 5);
  CHECK(windows.top == 0);   // one line of padding in all
  CHECK(windows.left == 1);  // three columns in all
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade

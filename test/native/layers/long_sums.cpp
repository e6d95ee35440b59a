// Compares sums of many positive numbers in float with those in double. A running sum of 50,000 has a relative error of
// about 4e-6.
#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <vector>

#include "kernels/layer_kernels.h"
#include "layers/batch_norm.h"
#include "layers/checks.h"
#include "layers/dense.h"
#include "layers/layer_norm.h"
#include "layers/pool.h"
#include "layers/windows.h"
#include "tables.h"

namespace glissade {
namespace {

constexpr size_t kTerms = 50000, kColumns = 3;
constexpr double kBound = 4e-7;

std::vector<float> positive(size_t size, uint64_t seed) {
  const Buffer<float> numbers = drawn<float>(size, seed, 0);
  return {numbers.data(), numbers.data() + size};
}

/// Compares sums[j] with Σ term(i, j) over i < terms. The error is relative to Σ |term(i, j)|.
template <typename Term>
void checkSums(const float* sums, size_t terms, size_t columns, Term term, double bound = kBound) {
  for (size_t j = 0; j < columns; ++j) {
    double sum = 0, size = 0;
    for (size_t i = 0; i < terms; ++i) {
      sum += term(i, j);
      size += std::abs(term(i, j));
    }
    CAPTURE(j);
    CHECK(std::abs(double(sums[j]) - sum) / size < bound);
  }
}

/// A layer over `count` flat examples with positive inputs and deltas.
Trial<float> trialOf(const Kernels& table, std::shared_ptr<const Layer<float>> layer, size_t inputs, size_t count) {
  Trial<float> trial{table, {std::move(layer), {{1, 1, inputs}}, count}};
  trial.inputs[0].values = positive(count * inputs, 1);
  trial.delta.values = positive(count * trial.setting.layer->outputs().size(), 2);
  return trial;
}

TEST_SUITE_BEGIN("layers");

TEST_CASE("errors of a dense layer's gradient hardly grow with the minibatch") {
  constexpr size_t inputs = 6, outputs = 5;
  for (const Kernels* table : tables())
    for (const size_t count : {128, 4096, 65536}) {
      CAPTURE(nameOf(*table));
      CAPTURE(count);
      const Trial<float> trial = trialOf(
          *table, std::make_shared<const Dense<float>>(Shape{1, 1, inputs}, DenseOptions{outputs}), inputs, count);
      const std::vector<float> gradient = trial.run(1, {count}).gradient.values;
      const auto delta = [&](size_t i, size_t j) { return double(trial.delta.values[i * outputs + j]); };
      for (size_t k = 0; k < inputs; ++k)
        checkSums(
            &gradient[k * outputs], count, outputs,
            [&](size_t i, size_t j) { return double(trial.inputs[0].values[i * inputs + k]) * delta(i, j); }, 6e-7);
      checkSums(&gradient[inputs * outputs], count, outputs, delta, 2e-7);
    }
}

TEST_CASE("errors of sums over rows in normalisations hardly grow with the number of rows") {
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    const Shape shape{1, 1, kColumns};
    const auto check = [&](const std::shared_ptr<const Layer<float>>& layer) {
      const Trial<float> trial = trialOf(*table, layer, kColumns, kTerms);
      const Outcome<float> outcome = trial.run(1, {kTerms, Mode::training});
      checkSums(&outcome.gradient.values[kColumns], kTerms, kColumns,
                [&](size_t i, size_t j) { return double(trial.delta.values[i * kColumns + j]); });
      return std::pair(trial.inputs[0].values, outcome.parameters);
    };
    check(std::make_shared<const LayerNorm<float>>(shape, 1e-3, Activation::identity));
    const auto [x, parameters] =
        check(std::make_shared<const BatchNorm<float>>(shape, BatchNormOptions{1e-3, 1, Activation::identity}));
    checkSums(&parameters[2 * kColumns], kTerms, kColumns,
              [&, &x = x](size_t i, size_t j) { return double(x[i * kColumns + j]) / kTerms; });
  }
}

// 50,000 terms are 391 blocks, which are added in turn.
TEST_CASE("errors of sparse products and gradients hardly grow with the number of entries") {
  const std::vector<float> values = positive(kTerms, 1), weight = positive(kTerms * kColumns, 2);
  const auto term = [&](size_t i, size_t j) { return double(values[i]) * double(weight[i * kColumns + j]); };
  const uint64_t offsets[] = {0, kTerms};
  const uint32_t row = 0, begins[] = {0, kTerms};
  std::vector<uint32_t> indices(kTerms), entries;
  std::iota(indices.begin(), indices.end(), 0u);
  for (uint32_t i = 0; i < kTerms; ++i) entries.insert(entries.end(), {i, std::bit_cast<uint32_t>(values[i])});
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    const KernelsOf<float>& kernels = table->float32;
    float sums[kColumns] = {};
    kernels.layers->sparseProduct({offsets,
                                   indices.data(),
                                   values.data(),
                                   nullptr,
                                   &row,
                                   {weight.data(), nullptr},
                                   {},
                                   {{sums, nullptr}, kernels.panelWidth, kColumns},
                                   kColumns,
                                   0,
                                   1});
    checkSums(sums, kTerms, kColumns, term, 1e-6);
    kernels.layers->touchedGradient({begins,
                                     entries.data(),
                                     {{weight.data(), nullptr}, kernels.panelWidth, kColumns},
                                     0,
                                     kColumns,
                                     {sums, nullptr},
                                     0,
                                     1});
    checkSums(sums, kTerms, kColumns, term, 1e-6);
    std::fill_n(sums, kColumns, 0.0f);
    kernels.layers->addProduct(values.data(), weight.data(), kTerms, kColumns, sums);
    checkSums(sums, kTerms, kColumns, term, 1e-6);
  }
}

TEST_CASE("errors of means of windows hardly grow with the windows") {
  for (const Kernels* table : tables())
    for (const size_t side : {28, 224, 512}) {
      CAPTURE(nameOf(*table));
      CAPTURE(side);
      const Shape image{side, side, kColumns};
      const auto pool = std::make_shared<const Pool<float>>(image, Pooling::average,
                                                            windowsOver(image, {{side, side}, {side, side}, {0, 0}}));
      Trial<float> trial{*table, {pool, {image}, 1}};
      const size_t positions = side * side;
      trial.inputs[0].values = positive(positions * kColumns, 1);
      const Outcome<float> outcome = trial.run(1, {1});
      const auto term = [&](size_t i, size_t j) {
        return double(trial.inputs[0].values[i * kColumns + j]) / double(positions);
      };
      checkSums(outcome.output.values.data(), positions, kColumns, term, 1.5e-7);
    }
}

TEST_CASE("errors of gradients of overlapping windows hardly grow with the windows") {
  constexpr size_t side = 64, positions = side * side;
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    const Shape image{side, side, kColumns};
    const Windows windows = windowsOver(image, {{127, 127}, {1, 1}, {63, 63}});
    Trial<float> trial{*table, {std::make_shared<const Pool<float>>(image, Pooling::average, windows), {image}, 1}};
    trial.delta.values = positive(positions * kColumns, 2);  // each window sees the whole image
    const std::vector<float> gradient = trial.run(1, {1}).inputGradient[0].values;
    const auto term = [&](size_t i, size_t j) { return double(trial.delta.values[i * kColumns + j]) / positions; };
    for (const size_t position : {size_t(0), positions / 3, positions - 1})
      checkSums(&gradient[position * kColumns], positions, kColumns, term, 1.5e-7);
  }
}

TEST_CASE("errors of sums over a row hardly grow with its length") {
  constexpr size_t columns = 200'000;
  const Shape shape{1, 1, columns};
  const std::vector<float> x = positive(columns, 1), other = positive(columns, 2);
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    Trial<float> trial =
        trialOf(*table, std::make_shared<const LayerNorm<float>>(shape, 1e-9, Activation::identity), columns, 1);
    std::fill_n(trial.parameters.values.begin(), columns, 1.0f);
    std::fill_n(trial.parameters.values.begin() + columns, columns, 0.0f);
    double mean = 0, square = 0;  // for outputs 0 and 1, in which the rounding of single terms cancels
    for (const float y : trial.run(1, {1}).output.values) {
      mean += double(y) / columns;
      square += double(y) * double(y) / columns;
    }
    CHECK(std::abs(mean) < 1.5e-7);
    CHECK(std::abs(square - 1) < 3e-7);

    const size_t width = table->float32.panelWidth;
    const std::vector<float>&a = trial.inputs[0].values, &b = other;
    float y = 0, cosine = 0, scaleA = 0, scaleB = 0;
    SimilarityRows<float> rows{};
    rows.measure = Measure::dot;
    rows.a = {{a.data(), nullptr}, width, columns};
    rows.b = {{b.data(), nullptr}, width, columns};
    rows.cosine = {&cosine, nullptr};
    rows.scaleA = {&scaleA, nullptr};
    rows.scaleB = {&scaleB, nullptr};
    rows.output = {{&y, nullptr}, width, 1};
    rows.columns = columns;
    rows.end = 1;
    table->float32.layers->similarity(rows);
    checkSums(
        &y, columns, 1, [&](size_t i, size_t) { return double(a[i]) * double(b[i]); }, 1.5e-7);
  }
}

TEST_CASE("errors of a softmax hardly grow with the number of columns") {
  const std::vector<float> x = positive(kTerms, 4);
  double sum = 0;
  for (const float value : x) sum += std::exp(double(value));
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    std::vector<float> y(kTerms);
    const size_t width = table->float32.panelWidth;
    table->float32.layers->softmax(
        {{{x.data(), nullptr}, width, kTerms}, {{y.data(), nullptr}, width, kTerms}, {}, {}, kTerms, 0, 1});
    double mean = 0;  // the mean of relative errors, to which those of exponentials add little
    for (size_t j = 0; j < kTerms; ++j) mean += (double(y[j]) * sum / std::exp(double(x[j])) - 1) / kTerms;
    CHECK(std::abs(mean) < kBound);
  }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade

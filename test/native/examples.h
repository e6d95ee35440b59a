// Networks and datasets for tests.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "data/dataset.h"
#include "drawn.h"
#include "layers/dense.h"
#include "models/network.h"

namespace glissade {

inline Shape numbers(size_t count) { return {1, 1, count}; }

/// A network of layers, each of which reads the one before it.
template <typename Real>
std::shared_ptr<const Network<Real>> inTurn(const Shape& inputs, std::vector<std::unique_ptr<Layer<Real>>> layers) {
  std::vector<Node<Real>> nodes;
  for (size_t i = 0; i < layers.size(); ++i)
    nodes.push_back({"layers." + std::to_string(i), std::move(layers[i]), {i}});
  return std::make_shared<const Network<Real>>(inputs, std::move(nodes));
}

/// Dense layers from widths[0] inputs to widths.back() outputs.
template <typename Real>
std::shared_ptr<const Network<Real>> chain(const std::vector<size_t>& widths,
                                           const std::vector<Activation>& activations) {
  const Shape inputs = numbers(widths[0]);
  std::vector<std::unique_ptr<Layer<Real>>> layers;
  for (size_t i = 0; i < activations.size(); ++i)
    layers.push_back(std::make_unique<Dense<Real>>(numbers(widths[i]), DenseOptions{widths[i + 1], activations[i]}));
  return inTurn(inputs, std::move(layers));
}

template <typename Real>
Buffer<Real> initialParameters(const Network<Real>& network, uint64_t seed) {
  Buffer<Real> parameters(network.parameterCount());
  network.initialize(seed, parameters.data());
  return parameters;
}

template <typename Stored>
std::shared_ptr<const Table> tableOf(Format format, const std::vector<Stored>& values, size_t columns) {
  return std::make_shared<Table>(copyTable(format, values.data(), values.size() / columns, columns, 1));
}

/// Points of a cube as inputs, each of the class of its largest coordinate among the first `classes`.
inline Dataset classified(size_t rows, size_t columns, size_t classes, uint64_t seed) {
  const Buffer<float> drawnInputs = drawn<float>(rows * columns, seed);
  const std::vector<float> inputs(drawnInputs.data(), drawnInputs.data() + drawnInputs.size());
  std::vector<uint8_t> targets;
  for (size_t i = 0; i < rows; ++i) {
    const float* const row = &inputs[i * columns];
    targets.push_back(uint8_t(std::max_element(row, row + classes) - row));
  }
  return {{tableOf(Format::float32, inputs, columns)}, tableOf(Format::uint8, targets, 1), nullptr, nullptr};
}

/// Points of a cube as inputs, with smooth functions of them as targets.
inline Dataset regressed(size_t rows, size_t columns, size_t outputs, uint64_t seed) {
  const Buffer<double> drawnInputs = drawn<double>(rows * columns, seed);
  const std::vector<double> inputs(drawnInputs.data(), drawnInputs.data() + drawnInputs.size());
  std::vector<double> targets;
  for (size_t i = 0; i < rows; ++i)
    for (size_t j = 0; j < outputs; ++j) targets.push_back(std::sin(3 * inputs[i * columns + j % columns] + double(j)));
  return {{InputBlock(tableOf(Format::float64, inputs, columns))},
          tableOf(Format::float64, targets, outputs),
          nullptr,
          nullptr};
}

}  // namespace glissade

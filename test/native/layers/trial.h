// A layer alone, used as a network uses it, with memory around it that shows what it must not touch.
#pragma once

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "bits.h"
#include "drawn.h"
#include "layers/layer.h"
#include "layers/tight_matrix.h"
#include "on_team.h"

namespace glissade {

/// Where a layer stands: `first`, with the network's inputs, where no way back leads (images are row-major there);
/// between others; or `last`, with row-major outputs.
enum class Place { first, between, last };

template <typename Real>
struct Setting {
  std::shared_ptr<const Layer<Real>> layer;
  std::vector<Shape> inputs;
  size_t count;  // of examples
};

/// What comes of a minibatch.
template <typename Real>
struct Outcome {
  Numbers<Real> output, argument;  // the argument of the activation, where that is kept
  std::vector<Numbers<Real>> below;
  Numbers<Real> gradient;
  std::vector<Real> parameters;  // some of which may have followed

  std::vector<Numbers<Real>> all() const {
    std::vector<Numbers<Real>> all{output, gradient, {parameters, {}}};
    all.insert(all.end(), below.begin(), below.end());
    return all;
  }
};

template <typename Real>
std::string difference(const Outcome<Real>& a, const Outcome<Real>& b) {
  const auto lists = std::pair(a.all(), b.all());
  for (size_t i = 0; i < lists.first.size(); ++i) {
    const std::string where = "array " + std::to_string(i) + ": ";
    const std::string values = difference(lists.first[i].values, lists.second[i].values),
                      tangents = difference(lists.first[i].tangents, lists.second[i].tangents);
    if (values != "") return where + values;
    if (tangents != "") return where + "tangent " + tangents;
  }
  return difference(a.argument.values, b.argument.values);
}

/// A minibatch for a layer. All numbers are drawn, and may be replaced before it is run.
template <typename Real>
struct Trial {
  const Kernels& kernels;
  Setting<Real> setting;
  Place place = Place::between;
  Tangents tangents = Tangents::none;
  Activation maker = Activation::identity;  // of the layer's inputs

  std::vector<Numbers<Real>> inputs = [this] {
    std::vector<Numbers<Real>> inputs;
    for (const Shape& shape : setting.inputs) inputs.push_back(draw(setting.count * shape.size(), 10 + inputs.size()));
    return inputs;
  }();
  Numbers<Real> parameters = drawParameters();
  Numbers<Real> delta = draw(setting.count * setting.layer->outputs().size(), 2);

  const KernelsOf<Real>& table() const { return kernels.of<Real>(); }
  Outcome<Real> run(size_t members, const Batch& batch) const;

 private:
  Numbers<Real> draw(size_t size, uint64_t seed) const {
    const auto numbers = [&](uint64_t s) {
      const Buffer<Real> buffer = drawn<Real>(size, s);
      return std::vector<Real>(buffer.data(), buffer.data() + size);
    };
    return {numbers(seed), tangents == Tangents::alongside ? numbers(seed + 100) : std::vector<Real>{}};
  }

  /// Statistics are positive, and don't move along the direction.
  Numbers<Real> drawParameters() const {
    size_t size = 0, trained = 0;
    for (const Tensor& tensor : setting.layer->tensors()) {
      size += tensor.size();
      if (tensor.trains) trained += tensor.size();
    }
    Numbers<Real> drawn = draw(size, 1);
    for (size_t i = trained; i < size; ++i) drawn.values[i] += Real(1.5);
    if (!drawn.tangents.empty())
      std::fill(drawn.tangents.begin() + std::ptrdiff_t(trained), drawn.tangents.end(), Real(0));
    return drawn;
  }
};

/// The gradient with respect to this member's share of the parameters, so many rows at a time.
template <typename Real>
void findParameterGradient(const Layer<Real>& layer, const Pass<Real>& pass, size_t partRows, Numbers<Real>& gradient) {
  const std::vector<Buffer<Real>>& scratch = pass.memory.scratch;
  const size_t workers = scratch.empty() ? pass.member.count() : std::min(pass.member.count(), scratch.size());
  if (pass.member.index() >= workers) return;
  const std::vector<ParameterMatrix> matrices = layer.matrices();
  size_t offset = 0;
  for (size_t i = 0; i < matrices.size(); ++i) {
    const size_t rows = matrices[i].rows, columns = matrices[i].columns;
    const Range share = Member(pass.member.index(), workers).share(rows, 2);
    for (size_t row = share.begin; row < share.end; row += partRows) {
      const Range part{row, std::min(row + partRows, share.end)};
      const size_t size = (part.end - part.begin) * columns, place = offset + part.begin * columns;
      Numbers<Real> found{std::vector<Real>(size), std::vector<Real>(gradient.tangents.empty() ? 0 : size)};
      layer.parameterGradient(pass, {i, part}, found.track());
      std::copy(found.values.begin(), found.values.end(), &gradient.values[place]);
      if (!gradient.tangents.empty())
        std::copy(found.tangents.begin(), found.tangents.end(), &gradient.tangents[place]);
    }
    offset += rows * columns;
  }
}

template <typename Real>
Outcome<Real> Trial<Real>::run(size_t members, const Batch& batch) const {
  const Layer<Real>& layer = *setting.layer;
  const size_t width = table().panelWidth, count = setting.count;
  const size_t capacity = count + 3;  // of a workspace that has seen larger minibatches
  const Shape made = layer.outputs();
  const auto layoutOf = [&](const Shape& shape) {
    return place == Place::first && !shape.isFlat() ? Layout::rows : Layout::panels;
  };

  std::vector<TightMatrix<Real>> sources, below;
  LayerMemory<Real> memory;
  memory.rows = capacity;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Shape& shape = setting.inputs[i];
    const size_t rows = capacity * shape.positions();
    sources.emplace_back(width, rows, shape.channels, layoutOf(shape), tangents);
    sources[i].assign(inputs[i]);
    if (shape.isFlat()) sources[i].followByOnes();
    below.emplace_back(width, rows, shape.channels, Layout::panels, tangents);
    const Flow<const Real> source = constant(sources[i].flow());
    memory.inputs.push_back(source);
    if (place == Place::first)
      memory.below.emplace_back();
    else
      memory.below.push_back({below[i].flow(), maker, source, source, true});
  }
  const size_t outputRows = capacity * made.positions();
  TightMatrix<Real> last(width, count * made.positions(), made.channels, Layout::rows, tangents);
  if (place != Place::last)
    memory.outputs = made.isFlat() ? Variable<Real>::followedByOnes(width, outputRows, made.channels, tangents)
                                   : Variable<Real>(width, outputRows, made.channels, tangents);
  if (needsArgument(layer.activation()))
    memory.preactivation = Variable<Real>(width, outputRows, made.channels + (made.isFlat() ? 1 : 0), tangents);
  memory.delta = Variable<Real>(width, outputRows, made.channels, tangents);
  fillFrom(delta.values, width, outputRows, made.channels, memory.delta.values);
  if (tangents == Tangents::alongside)
    fillFrom(delta.tangents, width, outputRows, made.channels, memory.delta.tangents);
  layer.allocate(
      {kernels, capacity, tangents == Tangents::alongside ? Use::tangents : Use::training, Precision::full, tangents},
      memory);

  // In buffers, since weights are read beyond their end.
  Buffer<Real> point(parameters.values.size()), direction(parameters.tangents.size());
  std::copy(parameters.values.begin(), parameters.values.end(), point.data());
  std::copy(parameters.tangents.begin(), parameters.tangents.end(), direction.data());
  const bool isDual = tangents == Tangents::alongside;
  Flow<Real> output = memory.outputs.flow(), argument = memory.preactivation.flow();
  if (place == Place::last) {
    output = last.flow();
    argument = {argument.data, output.panelStride, output.rowStride};
  }
  Outcome<Real> outcome;
  outcome.gradient.values.resize(parameters.values.size());
  if (isDual) outcome.gradient.tangents.resize(parameters.values.size());
  onTeam(members, [&](const Member& member) {
    const Pass<Real> pass{kernels,
                          member,
                          count,
                          member.share(count, 2),
                          batch.mode,
                          batch.draw,
                          {point.data(), isDual ? direction.data() : nullptr},
                          output,
                          argument,
                          memory};
    layer.forward(pass);
    member.barrier();
    layer.backward(pass);
    member.barrier();
    const size_t partRows = members == 1 ? SIZE_MAX / 2 : 6;
    // As a network calls it: where the outputs are the caller's, it has them no more.
    const Flow<Real> nothing{{nullptr, nullptr}, output.panelStride, output.rowStride};
    const Pass<Real> later{kernels,    member,     count,           pass.share,
                           batch.mode, batch.draw, pass.parameters, place == Place::last ? nothing : output,
                           argument,   memory};
    findParameterGradient(layer, later, partRows, outcome.gradient);
    member.barrier();
    if (member.isFirst() && batch.mode == Mode::training) layer.follow(memory, count, point.data());
    member.barrier();
  });

  const size_t rows = count * made.positions();
  outcome.output = numbersIn(output, width, rows, made.channels);
  if (needsArgument(layer.activation())) outcome.argument = numbersIn(argument, width, rows, made.channels);
  for (size_t i = 0; i < below.size() && place != Place::first; ++i)
    outcome.below.push_back(
        numbersIn(below[i].flow(), width, count * setting.inputs[i].positions(), setting.inputs[i].channels));
  outcome.parameters.assign(point.data(), point.data() + point.size());
  return outcome;
}

}  // namespace glissade

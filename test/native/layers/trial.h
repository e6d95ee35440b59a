// A single layer, used as in a network, in memory that detects forbidden accesses.
#pragma once

#include <deque>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "bits.h"
#include "drawn.h"
#include "layers/layer.h"
#include "layers/tight_matrix.h"
#include "matrix/panel_buffer.h"
#include "on_team.h"

namespace glissade {

/// A layer's place in a network. `first` reads the network's inputs, has no input gradients, and images are row-major.
/// `last` has row-major outputs.
enum class Place { first, between, last };

template <typename Real>
struct Setting {
  std::shared_ptr<const Layer<Real>> layer;
  std::vector<Shape> inputs;
  size_t count;  // of examples
};

template <typename Real>
struct Outcome {
  Numbers<Real> output, preactivation;  // the argument of the activation, if that is kept
  std::vector<Numbers<Real>> inputGradient;
  Numbers<Real> gradient;
  std::vector<Real> parameters;  // after the update of statistics

  std::vector<Numbers<Real>> all() const {
    std::vector<Numbers<Real>> all{output, gradient, {parameters, {}}};
    all.insert(all.end(), inputGradient.begin(), inputGradient.end());
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
  return difference(a.preactivation.values, b.preactivation.values);
}

/// A minibatch for a layer. All numbers are random, and can be replaced before it is run.
template <typename Real>
struct Trial {
  const Kernels& kernels;
  Setting<Real> setting;
  Place place = Place::between;
  Tangents tangents = Tangents::none;
  Activation maker = Activation::identity;  // the activation that made the layer's inputs
  Precision precision = Precision::full;

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

  /// Statistics are positive, and their tangents are 0.
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

/// Computes the gradient with respect to this member's share of the parameters, `partRows` rows at a time.
template <typename Real>
void findParameterGradient(const Layer<Real>& layer, const Pass<Real>& pass, size_t partRows, Numbers<Real>& gradient) {
  if (!pass.works()) return;
  const Member worker = pass.worker();
  const std::vector<ParameterMatrix> matrices = layer.matrices();
  size_t offset = 0;
  for (size_t i = 0; i < matrices.size(); ++i) {
    const size_t rows = matrices[i].rows, columns = matrices[i].columns;
    const Range share = worker.share(rows, 2);
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

/// A matrix in panels, with room for whole ones.
template <typename Real>
struct PanelMatrix {
  PanelBuffer<Real> values, tangents;

  PanelMatrix(size_t width, size_t rows, size_t columns, Tangents kind) : values(width, rows, columns) {
    if (kind == Tangents::alongside) tangents = PanelBuffer<Real>(width, rows, columns);
  }
  Flow<Real> flow() {
    const Panels<Real> panels = values.panels();
    return {{panels.data, tangents.panels().data}, panels.panelStride, panels.rowStride};
  }
};

/// The memory of a layer in a workspace with room for three more examples.
template <typename Real>
struct Surroundings {
  const Trial<Real>& trial;
  const Shape made = trial.setting.layer->outputs();
  const size_t width = trial.table().panelWidth, capacity = trial.setting.count + 3;
  std::vector<TightMatrix<Real>> sources{}, inputGradient{};
  std::deque<PanelMatrix<Real>> matrices{};
  TightMatrix<Real> last{width, trial.setting.count* made.positions(), made.channels, Layout::rows, trial.tangents};
  std::unique_ptr<LayerMemory<Real>> owned = trial.setting.layer->allocate(room());
  LayerMemory<Real>& memory = *owned;
  Flow<Real> output{}, preactivation{};

  explicit Surroundings(const Trial<Real>& given) : trial(given) {
    memory.rows = capacity;
    for (const ParameterMatrix& matrix : trial.setting.layer->matrices()) memory.matrices.push_back({matrix.rows});
    addInputs();
    addOutputs();
  }

  Room<Real> room() const {
    const bool isDual = trial.tangents == Tangents::alongside;
    return {trial.kernels, capacity, isDual ? Use::tangents : Use::training, trial.precision, trial.tangents};
  }

 private:
  void addInputs() {
    const bool isFirst = trial.place == Place::first;
    for (size_t i = 0; i < trial.inputs.size(); ++i) {
      const Shape& shape = trial.setting.inputs[i];
      const size_t rows = capacity * shape.positions();
      const bool hasOnes = shape.isFlat() || trial.setting.layer->readsOnes();
      sources.emplace_back(width, rows, shape.channels, isFirst && !hasOnes ? Layout::rows : Layout::panels,
                           trial.tangents);
      sources[i].assign(trial.inputs[i]);
      if (hasOnes) sources[i].followByOnes();
      inputGradient.emplace_back(width, rows, shape.channels, Layout::panels, trial.tangents);
      const Flow<const Real> source = constant(sources[i].flow());
      memory.inputs.push_back(source);
      memory.inputGradients.push_back(
          isFirst ? InputGradient<Real>{}
                  : InputGradient<Real>{inputGradient[i].flow(), trial.maker, source, source, true});
    }
  }

  void addOutputs() {
    const size_t rows = capacity * made.positions(), columns = made.channels;
    const auto matrix = [&](size_t more) {
      return matrices.emplace_back(width, rows, columns + more, trial.tangents).flow();
    };
    memory.delta = matrix(0);
    fillFrom(trial.delta.values, width, rows, columns, matrices.back().values);
    if (trial.tangents == Tangents::alongside)
      fillFrom(trial.delta.tangents, width, rows, columns, matrices.back().tangents);
    const bool hasOnes = made.isFlat();
    if (needsPreactivation(trial.setting.layer->activation())) memory.preactivation = matrix(hasOnes ? 1 : 0);
    preactivation = memory.preactivation;
    if (trial.place == Place::last) {
      output = last.flow();
      preactivation = {preactivation.data, output.panelStride, output.rowStride};
      return;
    }
    output = memory.outputs = matrix(hasOnes ? 1 : 0);
    if (hasOnes) memory.afterOutputs = NextColumn::one;
    if (hasOnes) writeOnes(output, width, columns, {0, rows});
  }
};

template <typename Real>
Outcome<Real> Trial<Real>::run(size_t members, const Batch& batch) const {
  const Layer<Real>& layer = *setting.layer;
  const size_t count = setting.count;
  const bool isDual = tangents == Tangents::alongside;
  Surroundings<Real> around(*this);
  // Buffers, because weights are read beyond their end.
  Buffer<Real> point(parameters.values.size()), direction(parameters.tangents.size());
  std::copy(parameters.values.begin(), parameters.values.end(), point.data());
  std::copy(parameters.tangents.begin(), parameters.tangents.end(), direction.data());
  layer.divide(members, kernels, around.memory);
  const size_t scratchSize = layer.scratchSize(around.room());
  std::vector<Buffer<std::byte>> scratch;
  while (scratchSize > 0 && scratch.size() < members) scratch.emplace_back(scratchSize);
  if (precision != Precision::full)
    for (size_t k = 0; k < layer.matrices().size(); ++k)
      layer.refresh(kernels, around.memory, {k, {0, layer.matrices()[k].rows}}, point.data());
  Outcome<Real> outcome;
  outcome.gradient.values.resize(point.size());
  if (isDual) outcome.gradient.tangents.resize(point.size());

  onTeam(members, [&](const Member& member) {
    const auto passTo = [&](const Flow<Real>& output) -> Pass<Real> {
      const Track<const Real> track{point.data(), isDual ? direction.data() : nullptr};
      return {kernels,
              member,
              count,
              member.share(count, 2),
              batch.mode,
              batch.randomKey,
              batch.part,
              batch.lengths,
              track,
              output,
              around.preactivation,
              around.memory,
              scratchSize > 0 ? scratch.size() : SIZE_MAX,
              scratchSize > 0 ? &scratch[member.index()] : nullptr};
    };
    const Pass<Real> pass = passTo(around.output);
    layer.forward(pass);
    member.barrier();
    layer.backward(pass);
    member.barrier();
    // As in a network, the last layer's outputs are in the caller's memory, and not available here.
    const Flow<Real> nothing{{nullptr, nullptr}, around.output.panelStride, around.output.rowStride};
    findParameterGradient(layer, passTo(place == Place::last ? nothing : around.output),
                          members == 1 ? SIZE_MAX / 2 : 6, outcome.gradient);
    member.barrier();
    if (member.isFirst() && batch.mode == Mode::training)
      layer.updateStatistics(around.memory, {count, batch.mode, batch.randomKey}, point.data());
  });

  const auto numbers = [&](const Flow<Real>& flow, const Shape& shape) {
    return numbersIn(flow, around.width, count * shape.positions(), shape.channels);
  };
  outcome.output = numbers(around.output, around.made);
  if (needsPreactivation(layer.activation())) outcome.preactivation = numbers(around.preactivation, around.made);
  for (size_t i = 0; i < inputs.size() && place != Place::first; ++i)
    outcome.inputGradient.push_back(numbers(around.inputGradient[i].flow(), setting.inputs[i]));
  outcome.parameters.assign(point.data(), point.data() + point.size());
  return outcome;
}

}  // namespace glissade

#include "models/workspace.h"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>

#include "kernels/layer_kernels.h"
#include "layers/rows.h"

namespace glissade {

template <typename Real>
Workspace<Real>::Workspace(const Network<Real>& network, const Kernels& kernels, size_t rows, Use use,
                           Precision precision, End end, Mode mode)
    : network_(network),
      kernels_(kernels),
      rows_(rows),
      precision_(precision),
      tangents_(use == Use::tangents ? Tangents::alongside : Tangents::none),
      depth_(network.depth(end, mode)),
      leads_(network.leads_),
      ownership_(network.matrices()),
      refreshed_(network.matrices()) {
  readers_.resize(network_.inputs().count() + depth_);
  contributions_.resize(depth_);
  for (size_t i = 0; i < depth_; ++i)
    for (const size_t from : network_.nodes_[i].from) readers_[from].push_back(i);
  makeLayers(use);
  layOut(use);
  connect(use);
  for (size_t i = 0; i < inputs_.size(); ++i)
    gatheredPairs_.push_back(hasOneReader(i) ? layer(readers_[i][0]).gathersPairs(*layers_[readers_[i][0]]) : nullptr);
  setTeamSize(1);
}

/// Whether a column of ones must follow the numbers of a source: an input, or a layer.
template <typename Real>
bool Workspace<Real>::needsOnes(size_t source) const {
  return std::ranges::any_of(readers_[source], [&](size_t reader) { return layer(reader).readsOnes(); });
}

template <typename Real>
void Workspace<Real>::makeLayers(Use use) {
  const Room<Real> room{kernels_, rows_, use, precision_, tangents_};
  for (size_t i = 0; i < depth_; ++i) {
    LayerMemory<Real>& memory = *layers_.emplace_back(layer(i).allocate(room));
    memory.rows = rows_;
    if (!isLast(i) && needsOnes(network_.inputs().count() + i)) memory.afterOutputs = NextColumn::one;
    for (const ParameterMatrix& matrix : layer(i).matrices()) memory.matrices.push_back({matrix.rows});
    scratchOfMember_ = std::max(scratchOfMember_, layer(i).scratchSize(room));
  }
}

/// The last time at which a layer's outputs are read. At time i + 1 layer i goes forward, at time 2·depth − i backward,
/// and at last the gradients of parameters are found.
template <typename Real>
size_t Workspace<Real>::lastUseOfOutputs(size_t i, Use use) const {
  size_t last = i + 1;
  for (const size_t reader : readers_[network_.inputs().count() + i]) {
    last = std::max(last, reader + 1);
    if (use == Use::forward || !isVisitedBackward(reader)) continue;
    if (layer(reader).readsInputsAgain())
      last = std::max(last, layer(reader).matrices().empty() ? 2 * depth_ - reader : 2 * depth_ + 1);
  }
  const Activation activation = layer(i).activation();
  const bool isReadAgain =
      layer(i).readsOutputsAgain() || (activation != Activation::identity && !needsPreactivation(activation));
  return use != Use::forward && isVisitedBackward(i) && isReadAgain ? std::max(last, 2 * depth_ - i) : last;
}

/// Lays out inputs, outputs, preactivations and deltas. Those that are not in use at the same time share memory.
template <typename Real>
void Workspace<Real>::layOut(Use use) {
  const size_t end = 2 * depth_ + 1, kinds = tangents_ == Tangents::alongside ? 2 : 1;
  MemoryPlan plan;
  std::vector<std::pair<Flow<Real>*, size_t>> matrices;  // and how many numbers they have
  const auto add = [&](Flow<Real>& matrix, const Shape& shape, size_t more, size_t from, size_t to) {
    // An odd number of rows, so that a row's panels fall into different sets of a cache.
    const size_t rows = checkedProduct(rows_, shape.positions()) | 1;
    matrix = {{}, rows * width(), width()};
    matrices.push_back({&matrix, panelSize(rows, shape.channels + more, width())});
    plan.add(checkedProduct(kinds, matrices.back().second, sizeof(Real)), from, to);
  };
  inputs_.resize(network_.inputs().count());
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const NetworkInput& input = network_.inputs().list()[i];
    InputMemory<Real>& memory = inputs_[i];
    memory.shape = input.shape;
    if (input.kind == InputBlock::Kind::categorical)
      memory.codes.resize(checkedProduct(rows_, input.cardinalities.size()));
    if (input.kind != InputBlock::Kind::dense) continue;
    memory.isRowMajor = !input.shape.isFlat() && !needsOnes(i);
    add(memory.numbers, input.shape, needsOnes(i) ? 1 : 0, 0, end);
    if (!memory.isRowMajor) continue;
    memory.numbers = {{}, width(), input.shape.channels};
    matrices.back().second = rows_ * input.shape.size();
  }
  for (size_t i = 0; i < depth_; ++i) {
    const Shape& shape = shapeOf(i);
    const std::vector<size_t>& readers = readers_[network_.inputs().count() + i];
    const size_t ones = needsOnes(network_.inputs().count() + i) ? 1 : 0, backward = 2 * depth_ - i;
    LayerMemory<Real>& memory = *layers_[i];
    if (!isLast(i)) add(memory.outputs, shape, ones, i + 1, lastUseOfOutputs(i, use));
    if (use == Use::forward) continue;
    // As large as the outputs with their column of ones, since a product stores whole panels.
    if (needsPreactivation(layer(i).activation())) add(memory.preactivation, shape, ones, i + 1, backward);
    if (!isVisitedBackward(i)) continue;
    const bool isSum = !isLast(i) && network_.consumers_[i] > 1;
    add(memory.delta, shape, 0,
        isLast(i) ? depth_ + 1
        : isSum   ? backward
                  : 2 * depth_ - readers.back(),
        layer(i).matrices().empty() ? backward : end);
    contributions_[i].resize(isSum ? readers.size() : 0);
    for (size_t k = 0; k < contributions_[i].size(); ++k)
      add(contributions_[i][k], shape, 0, 2 * depth_ - readers[k], backward);
  }
  plan.place();
  memory_ = Buffer<std::byte>(plan.bytes());
  bytesApart_ = plan.bytesApart();
  for (size_t i = 0; i < matrices.size(); ++i) {
    const auto [matrix, numbers] = matrices[i];
    Real* const values = reinterpret_cast<Real*>(memory_.data() + plan.offset(i));
    matrix->data = {values, kinds > 1 ? values + numbers : nullptr};
  }
  for (size_t i = 0; i < inputs_.size(); ++i)
    if (needsOnes(i))
      writeOnes(inputs_[i].numbers, width(), inputs_[i].shape.channels, {0, rows_ * inputs_[i].shape.positions()});
}

/// Connects layers to their sources: what they read forward, and where they write the gradient backward.
template <typename Real>
void Workspace<Real>::connect(Use use) {
  std::vector<size_t> connected(depth_);  // how many readers of each layer
  for (size_t i = 0; i < depth_; ++i)
    for (const size_t from : network_.nodes_[i].from) {
      LayerMemory<Real>& memory = *layers_[i];
      InputGradient<Real>& inputGradient = memory.inputGradients.emplace_back();
      if (from < inputs_.size()) {
        memory.inputs.push_back(constant(inputs_[from].numbers));
        memory.codes = inputs_[from].codes.data();
        memory.sparse = &inputs_[from].sparse;
        continue;
      }
      const size_t made = from - inputs_.size();
      const LayerMemory<Real>& source = *layers_[made];
      memory.inputs.push_back(constant(source.outputs));
      if (use == Use::forward || !leads_[made]) continue;
      if (contributions_[made].empty())
        inputGradient = {source.delta, layer(made).activation(), constant(source.outputs),
                         constant(source.preactivation)};
      else
        inputGradient.delta = contributions_[made][connected[made]++];
      inputGradient.isWanted = true;
    }
}

template <typename Real>
void Workspace<Real>::setTeamSize(size_t members) {
  while (scratchOfMember_ > 0 && scratch_.size() < members) scratch_.emplace_back(scratchOfMember_);
  for (size_t i = 0; i < depth_; ++i) layer(i).divide(members, kernels_, *layers_[i]);
  for (size_t i = 0; i < network_.matrices().count(); ++i) {
    const ParameterMatrices::Matrix& m = network_.matrices()[i];
    if (m.layer >= depth_) continue;
    for (Ownership* ownership : {&ownership_, &refreshed_})
      ownership->divide(i, grainOf(divisionOf(m.layer, m.index), width()));
  }
}

template <typename Real>
void Workspace<Real>::freeze(const std::vector<bool>& matrices) {
  leads_.assign(network_.nodes_.size(), false);
  for (size_t i = 0; i < matrices.size(); ++i) {
    const ParameterMatrices::Matrix& m = network_.matrices()[i];
    if (matrices[i]) ownership_.leaveOut(i);
    if (!matrices[i]) leads_[m.layer] = true;
    if (m.layer < depth_) layers_[m.layer]->matrices[m.index].isFrozen = matrices[i];
  }
  for (size_t i = 0; i < depth_; ++i)
    for (size_t k = 0; k < network_.nodes_[i].from.size(); ++k) {
      const size_t from = network_.nodes_[i].from[k];
      const bool isWanted = from >= inputs_.size() && leads_[from - inputs_.size()];
      leads_[i] = leads_[i] || isWanted;
      layers_[i]->inputGradients[k].isWanted &= isWanted;
    }
}

template <typename Real>
void Workspace<Real>::refreshBlock(const Real* parameters, size_t matrix, const Range& rows) {
  const ParameterMatrices::Matrix& m = network_.matrices()[matrix];
  layer(m.layer).refresh(kernels_, *layers_[m.layer], {m.index, rows}, parameters + network_.offsets_[m.layer]);
}

template <typename Real>
void Workspace<Real>::gather(const Member& member, const Dataset& data, const uint32_t* rows, size_t count) {
  const Range share = shareOfRows(member, count);
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const InputBlock& block = network_.inputs().blockFor(i, data);
    InputMemory<Real>& memory = inputs_[i];
    switch (block.kind) {
      case InputBlock::Kind::dense: gatherNumbers(member, *block.table, rows, count, i); break;
      case InputBlock::Kind::categorical: gatherCodes(*block.codes, rows, share, memory.codes.data()); break;
      case InputBlock::Kind::sparse:
        if (member.isFirst()) memory.sparse = {block.sparse.get(), rows};
    }
  }
}

/// Gathers numbers of all examples that only this member multiplies, or all numbers of its examples, in the form in
/// which they are multiplied.
template <typename Real>
void Workspace<Real>::gatherNumbers(const Member& member, const Table& table, const uint32_t* rows, size_t count,
                                    size_t input) {
  const Range share = shareOfRows(member, count);
  if constexpr (std::is_same_v<Real, float>)
    if (gatheredPairs_[input]) return gatherPairs(kernels_.bfloat16, table, rows, share, *gatheredPairs_[input]);
  const KernelsOf<Real>& kernels = kernels_.of<Real>();
  InputMemory<Real>& memory = inputs_[input];
  if (!memory.isRowMajor && !memory.shape.isFlat()) {
    const size_t positions = memory.shape.positions();
    for (size_t p = 0; p < positions; ++p)
      gatherPosition(kernels, table, p, positions, rows, share, valuesOf(memory.numbers));
    return;
  }
  const std::vector<MatrixMemory>* const matrices =
      hasOneReader(input) ? &layers_[readers_[input][0]]->matrices : nullptr;
  // A matrix that is alone in its layer is the one that multiplies the layer's inputs.
  if (!matrices || matrices->size() != 1 || matrices->front().division != Division::depth)
    return gatherRows(kernels, table, {0, table.columns}, rows, share, memory.examples());
  const Range owned = matrices->front().owned(workerOf(member, workers()), width()).rows;
  const Range columns{owned.begin, std::min(owned.end, table.columns)};
  if (columns.begin < columns.end) gatherRows(kernels, table, columns, rows, {0, count}, memory.examples());
}

template <typename Real>
void Workspace<Real>::choose(const Member& member, const Batch& batch, const Real* classes) {
  const size_t last = depth_ - 1;
  if (choice() == Choice::none) return;
  if (classes)
    layer(last).choose(member,
                       {classes, rowsOf(shareOfRows(member, batch.count), shapeOf(last)), batch.randomKey + last},
                       *layers_[last]);
  else if (member.isFirst())
    layers_[last]->chosenTargets = nullptr;
}

template <typename Real>
size_t Workspace<Real>::reserveTouched(const Dataset& data, const uint32_t* rows, size_t count) {
  size_t most = 0;
  for (const size_t matrix : network_.matrices().sparse()) {
    const ParameterMatrices::Matrix& m = network_.matrices()[matrix];
    size_t entries = layer(m.layer).mostTouched(count);
    if (entries == 0) {
      const InputBlock& block = network_.inputs().blockFor(network_.nodes_[m.layer].from.front(), data);
      if (!block.sparse) entries = count * shapeOf(m.layer).positions();
      for (size_t i = 0; block.sparse && i < count; ++i) entries += block.sparse->row(rows[i]).count;
      if (block.sparse && block.sparse->rests) entries *= 2;  // a rest is one more entry of its row
    }
    layers_[m.layer]->matrices[m.index].touched.reserve(entries);
    most = std::max(most, entries);
  }
  return most;
}

template <typename Real>
void Workspace<Real>::touch(const Member& member, size_t count) {
  size_t turn = 0;
  for (const size_t matrix : network_.matrices().sparse()) {
    const ParameterMatrices::Matrix& m = network_.matrices()[matrix];
    if (turn++ % member.count() != member.index()) continue;
    LayerMemory<Real>& memory = *layers_[m.layer];
    layer(m.layer).touch(memory, count, m.index, memory.matrices[m.index].touched);
  }
}

template <typename Real>
Pass<Real> Workspace<Real>::passOf(const Member& member, const Batch& batch, const Track<const Real>& parameters,
                                   size_t layer, const Track<Real>& outputs) {
  LayerMemory<Real>& memory = *layers_[layer];
  Flow<Real> output = memory.outputs, preactivation = memory.preactivation;
  if (isLast(layer)) {
    const size_t width = kernels_.of<Real>().panelWidth, columns = outputColumns();
    output = {outputs, width, columns};
    preactivation = {preactivation.data, width, columns};
  }
  const size_t offset = network_.offsets_[layer];
  return {kernels_,
          member,
          batch.count,
          shareOfRows(member, batch.count),
          batch.mode,
          batch.randomKey + layer,
          batch.part,
          batch.lengths,
          {parameters.values + offset, parameters.tangents ? parameters.tangents + offset : nullptr},
          output,
          preactivation,
          memory,
          workers(),
          member.index() < scratch_.size() ? &scratch_[member.index()] : nullptr};
}

template <typename Real>
void Workspace<Real>::forward(const Member& member, const Batch& batch, const Track<const Real>& parameters,
                              const Track<Real>& outputs) {
  for (size_t i = 0; i < depth_; ++i) {
    const Pass<Real> pass = passOf(member, batch, parameters, i, outputs);
    // A product writes the ones only if they are in its last panel.
    const bool writesOnes = layer(i).writesOnes() && shapeOf(i).channels % width() != 0;
    if (layers_[i]->afterOutputs == NextColumn::one && !writesOnes)
      writeOnes(pass.output, width(), shapeOf(i).channels, rowsOf(pass.share, shapeOf(i)));
    layer(i).forward(pass);
    member.barrier();
  }
}

template <typename Real>
void Workspace<Real>::backward(const Member& member, const Batch& batch, const Track<const Real>& parameters,
                               const Track<Real>& outputs, const Track<Real>& outputGradient) {
  for (size_t i = depth_; i-- > 0;) {
    if (!isVisitedBackward(i)) continue;
    const Layer<Real>& maker = layer(i);
    const Pass<Real> pass = passOf(member, batch, parameters, i, outputs);
    if (isLast(i)) {
      const Flow<Real> gradient{outputGradient, pass.output.panelStride, pass.output.rowStride};
      const size_t columns = outputColumns();
      const Range rows = rowsOf(pass.share, shapeOf(i));
      finish(pass, {gradient, maker.activation(), constant(pass.output), constant(pass.preactivation)}, columns, rows);
      linearly(constant(gradient), pass.memory.delta, [&](const Panels<const Real>& from, const Panels<Real>& to) {
        pass.layerKernels().copyColumns({from, 0, to, 0, columns, rows.begin, rows.end});
      });
      member.barrier();
    } else if (network_.consumers_[i] > 1) {
      collectDelta(pass, i);
      member.barrier();
    }
    maker.backward(pass);
    if (i > 0) member.barrier();
  }
}

/// Sums the contributions to the delta of a layer that several layers read.
template <typename Real>
void Workspace<Real>::collectDelta(const Pass<Real>& pass, size_t i) {
  const Shape& shape = shapeOf(i);
  const Range rows = rowsOf(pass.share, shape);
  const Flow<Real> delta = pass.memory.delta;
  bool isFirst = true;
  for (const Flow<Real>& contribution : contributions_[i]) {
    linearly(constant(contribution), delta, [&](const Panels<const Real>& from, const Panels<Real>& to) {
      (isFirst ? pass.layerKernels().copyColumns
               : pass.layerKernels().addColumns)({from, 0, to, 0, shape.channels, rows.begin, rows.end});
    });
    isFirst = false;
  }
  finish(pass, {delta, layer(i).activation(), constant(pass.output), constant(pass.preactivation)}, shape.channels,
         rows);
}

template <typename Real>
auto Workspace<Real>::largestFactors(const Range& examples, double largestInput) -> Factors {
  const auto largestOf = [&](const Flow<Real>& matrix, const Shape& shape) {
    return static_cast<double>(
        magnitude(kernels_.of<Real>(), valuesOf(matrix), shape.channels, rowsOf(examples, shape)));
  };
  Factors largest{1, 0};
  for (size_t i = 0; i < depth_; ++i) {
    if (layers_[i]->matrices.empty()) continue;
    largest.delta = std::max(largest.delta, largestOf(layers_[i]->delta, shapeOf(i)));
    for (const size_t from : network_.nodes_[i].from)
      if (from >= inputs_.size()) {
        const size_t source = from - inputs_.size();
        largest.input = std::max(largest.input, largestOf(layers_[source]->outputs, shapeOf(source)));
      } else if (!std::isfinite(largestInput)) {
        largest.input = std::max(largest.input, largestOf(inputs_[from].numbers, inputs_[from].shape));
      }
  }
  if (std::isfinite(largestInput)) largest.input = std::max(largest.input, largestInput);
  return largest;
}

template <typename Real>
void Workspace<Real>::blockGradient(const Member& member, const Batch& batch, const Track<const Real>& parameters,
                                    size_t matrix, const Range& rows, const Track<Real>& gradient) {
  const auto& m = network_.matrices()[matrix];
  layer(m.layer).parameterGradient(passOf(member, batch, parameters, m.layer), {m.index, rows}, gradient);
}

template <typename Real>
void Workspace<Real>::touchedGradient(const Member& member, const Batch& batch, const Track<const Real>& parameters,
                                      size_t matrix, const Range& touched, const Track<Real>& gradient) {
  const auto& m = network_.matrices()[matrix];
  layer(m.layer).touchedGradient(passOf(member, batch, parameters, m.layer), {m.index, touched}, gradient);
}

template <typename Real>
void Workspace<Real>::updateStatistics(const Batch& batch, Real* parameters) {
  for (size_t i = 0; i < depth_; ++i) layer(i).updateStatistics(*layers_[i], batch, parameters + network_.offsets_[i]);
}

template class Workspace<float>;
template class Workspace<double>;

}  // namespace glissade

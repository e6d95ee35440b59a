#include "models/workspace.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "kernels/layer_kernels.h"
#include "layers/rows.h"
#include "layers/softmax.h"

namespace glissade {

template <typename Real>
Workspace<Real>::Workspace(const Network<Real>& network, const Kernels& kernels, size_t rows, Use use,
                           Precision precision, End end)
    : network_(network),
      kernels_(kernels),
      rows_(rows),
      precision_(precision),
      tangents_(use == Use::tangents ? Tangents::alongside : Tangents::none),
      depth_(network.nodes_.size()),
      matrixOf_(network.nodes_.size()),
      leads_(network.leads_),
      ownership_(network.matrices()),
      refreshed_(network.matrices()) {
  if (end == End::logits && depth_ > 1 && dynamic_cast<const Softmax<Real>*>(&layer(depth_ - 1))) --depth_;
  for (size_t i = network.matrices().count(); i-- > 0;) matrixOf_[network.matrices()[i].layer] = i;
  allocateInputs();
  readers_.resize(inputs_.size());
  layers_.resize(depth_);
  contributions_.resize(depth_);
  for (size_t i = 0; i < depth_; ++i) {
    allocateLayer(i, use);
    for (const size_t from : network_.nodes_[i].from) connect(i, from, use);
  }
  for (size_t i = 0; i < inputs_.size() && use == Use::forward; ++i) {
    if (readers_[i].size() != 1) continue;
    const size_t reader = readers_[i][0];
    PairMemory& pairs = layers_[reader].pairs;
    if (pairs.inputColumns.isEmpty()) continue;
    // Rows are gathered with the 1 that the biases are multiplied by.
    pairs.areInputsGathered = network_.matrices()[matrixOf_[reader]].rows > inputs_[i].shape.size();
  }
  setTeamSize(1);
}

template <typename Real>
void Workspace<Real>::allocateInputs() {
  for (const NetworkInput& input : network_.inputs().list()) {
    InputMemory<Real>& memory = inputs_.emplace_back();
    memory.shape = input.shape;
    memory.width = width();
    if (input.kind == InputBlock::Kind::categorical) memory.codes.resize(rows_ * input.cardinalities.size());
    if (input.kind != InputBlock::Kind::dense) continue;
    if (input.shape.isFlat()) {
      memory.panels = Variable<Real>::followedByOnes(width(), rows_, input.shape.channels, tangents_);
    } else {
      memory.images = Buffer<Real>(rows_ * input.shape.size());
      if (tangents_ == Tangents::alongside) memory.imageTangents = Buffer<Real>(rows_ * input.shape.size());
    }
  }
}

template <typename Real>
void Workspace<Real>::allocateLayer(size_t i, Use use) {
  const Shape shape = layer(i).outputs();
  const auto variable = [&] { return Variable<Real>(width(), rows_ * shape.positions(), shape.channels, tangents_); };
  LayerMemory<Real>& memory = layers_[i];
  memory.rows = rows_;
  if (!isLast(i))
    memory.outputs =
        shape.isFlat() ? Variable<Real>::followedByOnes(width(), rows_, shape.channels, tangents_) : variable();
  if (use != Use::forward) {
    // As large as the outputs with their column of ones, since a product stores whole panels.
    if (needsPreactivation(layer(i).activation()))
      memory.preactivation =
          Variable<Real>(width(), rows_ * shape.positions(), shape.channels + (shape.isFlat() ? 1 : 0), tangents_);
    if (isVisitedBackward(i)) memory.delta = variable();
  }
  memory.touched.resize(layer(i).matrices().size());
  layer(i).allocate({kernels_, rows_, use, precision_, tangents_}, memory);
}

/// Connects a layer to one of its sources: what it reads forward, and where it writes the gradient backward.
template <typename Real>
void Workspace<Real>::connect(size_t i, size_t from, Use use) {
  LayerMemory<Real>& memory = layers_[i];
  InputGradient<Real> inputGradient{};
  if (from < inputs_.size()) {
    InputMemory<Real>& input = inputs_[from];
    readers_[from].push_back(i);
    memory.inputs.push_back(input.flow());
    memory.codes = input.codes.data();
    memory.sparse = &input.sparse;
  } else {
    const size_t made = from - inputs_.size();
    LayerMemory<Real>& source = layers_[made];
    const Layer<Real>& maker = layer(made);
    memory.inputs.push_back(constant(source.outputs.flow()));
    inputGradient.isWanted = use != Use::forward && leads_[made];
    if (inputGradient.isWanted && network_.consumers_[made] == 1) {
      inputGradient = {source.delta.flow(), maker.activation(), constant(source.outputs.flow()),
                       constant(source.preactivation.flow()), true};
    } else if (inputGradient.isWanted) {
      const Shape outputs = maker.outputs();
      auto& contributions = contributions_[made];
      contributions.emplace_back(width(), rows_ * outputs.positions(), outputs.channels, tangents_);
      inputGradient.delta = contributions.back().flow();
    }
  }
  memory.inputGradients.push_back(inputGradient);
}

template <typename Real>
size_t Workspace<Real>::scratchSize() const {
  size_t size = 0;
  for (const LayerMemory<Real>& memory : layers_)
    for (const Buffer<Real>& scratch : memory.scratch) size += scratch.size();
  return size;
}

template <typename Real>
void Workspace<Real>::setTeamSize(size_t members) {
  size_t workers = SIZE_MAX;
  for (size_t i = 0; i < depth_; ++i) {
    LayerMemory<Real>& memory = layers_[i];
    layer(i).setTeamSize(members, kernels_, tangents_, memory);
    if (!memory.scratch.empty()) workers = std::min(workers, memory.scratch.size());
  }
  workers_ = workers;
  for (size_t i = 0; i < network_.matrices().count(); ++i) {
    const ParameterMatrices::Matrix& m = network_.matrices()[i];
    if (m.index > 0 || m.layer >= depth_) continue;
    for (Ownership* ownership : {&ownership_, &refreshed_})
      ownership->divide(i, grainOf(layers_[m.layer].division, width()));
  }
}

template <typename Real>
void Workspace<Real>::freeze(const std::vector<bool>& matrices) {
  leads_.assign(network_.nodes_.size(), false);
  for (size_t i = 0; i < matrices.size(); ++i) {
    const ParameterMatrices::Matrix& m = network_.matrices()[i];
    if (matrices[i]) ownership_.leaveOut(i);
    if (!matrices[i]) leads_[m.layer] = true;
    if (m.index == 0) layers_[m.layer].isFrozen = matrices[i];
  }
  for (size_t i = 0; i < depth_; ++i)
    for (size_t k = 0; k < network_.nodes_[i].from.size(); ++k) {
      const size_t from = network_.nodes_[i].from[k];
      const bool isWanted = from >= inputs_.size() && leads_[from - inputs_.size()];
      leads_[i] = leads_[i] || isWanted;
      layers_[i].inputGradients[k].isWanted &= isWanted;
    }
}

template <typename Real>
void Workspace<Real>::refreshBlock(const Real* parameters, size_t matrix, const Range& rows) {
  const size_t i = network_.matrices()[matrix].layer;
  layer(i).refresh(kernels_, layers_[i], rows, parameters + network_.offsets_[i]);
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

/// The rows of a layer's first matrix that a member owns.
template <typename Real>
OwnedRows Workspace<Real>::ownedRows(const Member& member, size_t layer) const {
  const size_t owners = std::min(member.count(), workers_);
  return ownership_.ownedRows(matrixOf_[layer], Member(std::min(member.index(), owners), owners));
}

/// Gathers numbers of all examples that only this member multiplies, or all numbers of its examples, in the form in
/// which they are multiplied.
template <typename Real>
void Workspace<Real>::gatherNumbers(const Member& member, const Table& table, const uint32_t* rows, size_t count,
                                    size_t input) {
  const bool isReadByOne = readers_[input].size() == 1;
  if constexpr (std::is_same_v<Real, float>) {
    if (isReadByOne && layers_[readers_[input][0]].pairs.areInputsGathered)
      return gatherPairs(kernels_.bfloat16, table, rows, shareOfRows(member, count),
                         layers_[readers_[input][0]].pairs.inputColumns.panels());
  }
  const Panels<Real> to = inputs_[input].examples();
  const bool isByColumns = isReadByOne && layers_[readers_[input][0]].division == Division::depth;
  if (!isByColumns)
    return gatherRows(kernels_.of<Real>(), table, {0, table.columns}, rows, shareOfRows(member, count), to);
  const Range owned = ownedRows(member, readers_[input][0]).rows;
  const Range columns{owned.begin, std::min(owned.end, table.columns)};
  if (columns.begin < columns.end) gatherRows(kernels_.of<Real>(), table, columns, rows, {0, count}, to);
}

template <typename Real>
size_t Workspace<Real>::reserveTouched(const Dataset& data, const uint32_t* rows, size_t count) {
  size_t most = 0;
  for (const size_t matrix : network_.matrices().sparse()) {
    const ParameterMatrices::Matrix& m = network_.matrices()[matrix];
    const InputBlock& block = network_.inputs().blockFor(network_.nodes_[m.layer].from.front(), data);
    size_t entries = block.sparse ? 0 : count;
    for (size_t i = 0; block.sparse && i < count; ++i) entries += block.sparse->row(rows[i]).count;
    if (block.sparse && block.sparse->rests) entries *= 2;  // a rest is one more entry of its row
    layers_[m.layer].touched[m.index].reserve(entries);
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
    LayerMemory<Real>& memory = layers_[m.layer];
    layer(m.layer).touch(memory, count, m.index, memory.touched[m.index]);
  }
}

template <typename Real>
Pass<Real> Workspace<Real>::passOf(const Member& member, const Batch& batch, const Track<const Real>& parameters,
                                   size_t layer, const Track<Real>& outputs) {
  LayerMemory<Real>& memory = layers_[layer];
  Flow<Real> output = memory.outputs.flow(), preactivation = memory.preactivation.flow();
  if (isLast(layer)) {
    const size_t width = kernels_.of<Real>().panelWidth, columns = network_.outputs();
    output = {outputs, width, columns};
    preactivation = {preactivation.data, width, columns};
  }
  const size_t offset = network_.offsets_[layer];
  const bool isOwned = memory.division != Division::even;
  return {kernels_,    member,
          batch.count, shareOfRows(member, batch.count),
          batch.mode,  batch.randomKey + layer,
          batch.part,  {parameters.values + offset, parameters.tangents ? parameters.tangents + offset : nullptr},
          output,      preactivation,
          memory,      isOwned ? ownedRows(member, layer) : OwnedRows{}};
}

template <typename Real>
void Workspace<Real>::forward(const Member& member, const Batch& batch, const Track<const Real>& parameters,
                              const Track<Real>& outputs) {
  for (size_t i = 0; i < depth_; ++i) {
    layer(i).forward(passOf(member, batch, parameters, i, outputs));
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
      const size_t columns = network_.outputs();
      finish(pass, {gradient, maker.activation(), constant(pass.output), constant(pass.preactivation)}, columns,
             pass.share);
      linearly(constant(gradient), pass.memory.delta.flow(),
               [&](const Panels<const Real>& from, const Panels<Real>& to) {
                 pass.layerKernels().copyColumns({from, 0, to, 0, columns, pass.share.begin, pass.share.end});
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
  const Shape shape = layer(i).outputs();
  const Range rows = rowsOf(pass.share, shape);
  const Flow<Real> delta = pass.memory.delta.flow();
  bool isFirst = true;
  for (Variable<Real>& contribution : contributions_[i]) {
    linearly(constant(contribution.flow()), delta, [&](const Panels<const Real>& from, const Panels<Real>& to) {
      (isFirst ? pass.layerKernels().copyColumns
               : pass.layerKernels().addColumns)({from, 0, to, 0, shape.channels, rows.begin, rows.end});
    });
    isFirst = false;
  }
  finish(pass, {delta, layer(i).activation(), constant(pass.output), constant(pass.preactivation)}, shape.channels,
         rows);
}

template <typename Real>
auto Workspace<Real>::largestFactors(const Range& rows, double largestInput) -> Factors {
  const KernelsOf<Real>& table = kernels_.of<Real>();
  if (!std::isfinite(largestInput)) {
    largestInput = 0;
    for (InputMemory<Real>& input : inputs_)
      largestInput = std::max<double>(largestInput, input.panels.values.magnitude(table, rows));
  }
  Factors largest{std::max(largestInput, 1.0), 0};
  for (size_t i = 0; i < depth_; ++i) {
    if (!layer(i).outputs().isFlat()) continue;  // no layer that bounds its gradient reads these
    const LayerMemory<Real>& memory = layers_[i];
    largest.input = std::max<double>(largest.input, memory.outputs.values.magnitude(table, rows));
    largest.delta = std::max<double>(largest.delta, memory.delta.values.magnitude(table, rows));
  }
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
  for (size_t i = 0; i < depth_; ++i) layer(i).updateStatistics(layers_[i], batch, parameters + network_.offsets_[i]);
}

template class Workspace<float>;
template class Workspace<double>;

}  // namespace glissade

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
      leads_(network.leads_),
      ownership_(network.matrices()),
      refreshed_(network.matrices()) {
  if (end == End::logits && depth_ > 1 && dynamic_cast<const Softmax<Real>*>(&layer(depth_ - 1))) --depth_;
  readers_.resize(network_.inputs().count() + depth_);
  for (size_t i = 0; i < depth_; ++i)
    for (const size_t from : network_.nodes_[i].from) readers_[from].push_back(i);
  contributions_.resize(depth_);
  allocateInputs();
  for (size_t i = 0; i < depth_; ++i) {
    allocateLayer(i, use);
    for (const size_t from : network_.nodes_[i].from) connect(i, from, use);
  }
  for (size_t i = 0; i < inputs_.size(); ++i)
    gatheredPairs_.push_back(hasOneReader(i) ? layer(readers_[i][0]).gathersPairs(*layers_[readers_[i][0]]) : nullptr);
  setTeamSize(1);
}

/// Whether a column of ones is to follow the numbers of a source: an input, or a layer.
template <typename Real>
bool Workspace<Real>::needsOnes(size_t source) const {
  return std::ranges::any_of(readers_[source], [&](size_t reader) { return layer(reader).readsOnes(); });
}

template <typename Real>
Variable<Real> Workspace<Real>::variableFor(const Shape& shape, size_t source) const {
  const size_t rows = rows_ * shape.positions();
  return needsOnes(source) ? Variable<Real>::followedByOnes(width(), rows, shape.channels, tangents_)
                           : Variable<Real>(width(), rows, shape.channels, tangents_);
}

template <typename Real>
void Workspace<Real>::allocateInputs() {
  for (const NetworkInput& input : network_.inputs().list()) {
    const size_t index = inputs_.size();
    InputMemory<Real>& memory = inputs_.emplace_back();
    memory.shape = input.shape;
    memory.width = width();
    if (input.kind == InputBlock::Kind::categorical) memory.codes.resize(rows_ * input.cardinalities.size());
    if (input.kind != InputBlock::Kind::dense) continue;
    memory.isRowMajor = !input.shape.isFlat() && !needsOnes(index);
    if (!memory.isRowMajor) {
      memory.panels = variableFor(input.shape, index);
    } else {
      memory.images = Buffer<Real>(rows_ * input.shape.size());
      if (tangents_ == Tangents::alongside) memory.imageTangents = Buffer<Real>(rows_ * input.shape.size());
    }
  }
}

template <typename Real>
void Workspace<Real>::allocateLayer(size_t i, Use use) {
  const Shape shape = layer(i).outputs();
  const size_t rows = rows_ * shape.positions(), source = inputs_.size() + i;
  const typename Layer<Real>::Room room{kernels_, rows_, use, precision_, tangents_};
  layers_.push_back(layer(i).allocate(room));
  LayerMemory<Real>& memory = *layers_[i];
  memory.rows = rows_;
  if (!isLast(i)) memory.outputs = variableFor(shape, source);
  if (!isLast(i) && needsOnes(source)) memory.afterOutputs = NextColumn::one;
  if (use != Use::forward) {
    // As large as the outputs with their column of ones, since a product stores whole panels.
    if (needsPreactivation(layer(i).activation()))
      memory.preactivation = Variable<Real>(width(), rows, shape.channels + (needsOnes(source) ? 1 : 0), tangents_);
    if (isVisitedBackward(i)) memory.delta = Variable<Real>(width(), rows, shape.channels, tangents_);
  }
  for (const ParameterMatrix& matrix : layer(i).matrices()) memory.matrices.push_back({matrix.rows});
  scratchOfMember_ = std::max(scratchOfMember_, layer(i).scratchSize(room));
}

/// Connects a layer to one of its sources: what it reads forward, and where it writes the gradient backward.
template <typename Real>
void Workspace<Real>::connect(size_t i, size_t from, Use use) {
  LayerMemory<Real>& memory = *layers_[i];
  InputGradient<Real> inputGradient{};
  if (from < inputs_.size()) {
    InputMemory<Real>& input = inputs_[from];
    memory.inputs.push_back(input.flow());
    memory.codes = input.codes.data();
    memory.sparse = &input.sparse;
  } else {
    const size_t made = from - inputs_.size();
    LayerMemory<Real>& source = *layers_[made];
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
  return scratch_.size() * scratchOfMember_;
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
      gatherPosition(kernels, table, p, positions, rows, share, memory.panels.values.panels());
    return;
  }
  const std::vector<MatrixMemory>* const matrices =
      hasOneReader(input) ? &layers_[readers_[input][0]]->matrices : nullptr;
  if (!matrices || matrices->empty() || matrices->front().division != Division::depth)
    return gatherRows(kernels, table, {0, table.columns}, rows, share, memory.examples());
  const Range owned = matrices->front().owned(workerOf(member, workers()), width()).rows;
  const Range columns{owned.begin, std::min(owned.end, table.columns)};
  if (columns.begin < columns.end) gatherRows(kernels, table, columns, rows, {0, count}, memory.examples());
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
  Flow<Real> output = memory.outputs.flow(), preactivation = memory.preactivation.flow();
  if (isLast(layer)) {
    const size_t width = kernels_.of<Real>().panelWidth, columns = network_.outputs();
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
      largestInput = std::max<double>(largestInput, input.panels.values.magnitude(table, rowsOf(rows, input.shape)));
  }
  Factors largest{std::max(largestInput, 1.0), 0};
  for (size_t i = 0; i < depth_; ++i) {
    const LayerMemory<Real>& memory = *layers_[i];
    const Range positions = rowsOf(rows, layer(i).outputs());
    largest.input = std::max<double>(largest.input, memory.outputs.values.magnitude(table, positions));
    largest.delta = std::max<double>(largest.delta, memory.delta.values.magnitude(table, positions));
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
  for (size_t i = 0; i < depth_; ++i) layer(i).updateStatistics(*layers_[i], batch, parameters + network_.offsets_[i]);
}

template class Workspace<float>;
template class Workspace<double>;

}  // namespace glissade

#include "layers/batch_ensemble.h"

#include <algorithm>
#include <string>

#include "error.h"
#include "kernels/layer_kernels.h"
#include "layers/row_blocks.h"
#include "layers/rows.h"

namespace glissade {
namespace {

constexpr size_t kRowsAtOnce = 64;     // of members: near the first-level cache with their products
constexpr size_t kInputsOfBlock = 64;  // whose gradients are found together, for a panel of outputs

}  // namespace

template <typename Real>
BatchEnsemble<Real>::BatchEnsemble(const Shape& inputs, const BatchEnsembleOptions& options)
    : shape_(inputs), options_(options) {
  if (!inputs.isFlat() && (inputs.height != options.members || inputs.width != 1))
    throw Error("ERR_SHAPE", "has " + std::to_string(options.members) + " members, but gets " + inputs.text() +
                                 "; give it a position for each member, or numbers that all of them read");
}

template <typename Real>
std::vector<Tensor> BatchEnsemble<Real>::tensors() const {
  const auto& [outputs, members, activation, bias, initializer, adapters] = options_;
  std::vector<Tensor> tensors{{"weight", {shape_.channels, outputs}, true, true, Sides::outputsLast},
                              {"r", {members, shape_.channels}, true},
                              {"s", {members, outputs}, true}};
  if (bias) tensors.push_back({"bias", {members, outputs}, false});
  return tensors;
}

template <typename Real>
std::vector<ParameterMatrix> BatchEnsemble<Real>::matrices() const {
  const auto& [outputs, members, activation, bias, initializer, adapters] = options_;
  std::vector<ParameterMatrix> matrices{{shape_.channels, outputs}, {members, shape_.channels}, {members, outputs}};
  if (bias) matrices.push_back({members, outputs});
  return matrices;
}

template <typename Real>
size_t BatchEnsemble<Real>::offsetOf(Matrix matrix) const {
  const size_t inputs = shape_.channels, outputs = options_.outputs, members = options_.members;
  const size_t before[] = {0, inputs * outputs, (outputs + members) * inputs,
                           (outputs + members) * inputs + members * outputs};
  return before[matrix];
}

template <typename Real>
void BatchEnsemble<Real>::initialize(Random& random, Real* parameters) const {
  const size_t inputs = shape_.channels, outputs = options_.outputs, members = options_.members;
  glissade::initialize(chosen(options_.initializer, options_.activation), {inputs, outputs}, outputs, random,
                       parameters);
  Adapters adapters = options_.adapters;
  if (adapters == Adapters::automatic) adapters = shape_.isFlat() ? Adapters::signs : Adapters::ones;
  std::generate_n(parameters + offsetOf(kR), members * inputs, [&]() -> Real {
    if (adapters == Adapters::normal) return static_cast<Real>(random.normal());
    return adapters == Adapters::signs && random.below(2) == 0 ? Real(-1) : Real(1);
  });
  std::fill_n(parameters + offsetOf(kS), members * outputs, Real(1));
  if (options_.bias) std::fill_n(parameters + offsetOf(kBias), members * outputs, Real(0));
}

template <typename Real>
std::unique_ptr<LayerMemory<Real>> BatchEnsemble<Real>::allocate(const Room<Real>& room) const {
  auto memory = std::make_unique<BatchEnsembleMemory<Real>>();
  const size_t inputs = shape_.channels, outputs = options_.outputs, members = options_.members;
  const size_t width = room.panelWidth();
  const bool trains = room.use != Use::forward;
  if (trains)
    memory->saved = laidOut([&](Arena& arena) {
      memory->weight = arena.takeTrack<Real>(checkedProduct(inputs, outputs), room.tangents);
      memory->r = arena.takeTrack<Real>(checkedProduct(ceilingOf(outputs, width), members, inputs), room.tangents);
      memory->s =
          arena.takeTrack<Real>(checkedProduct(ceilingOf(inputs, kInputsOfBlock), members, outputs), room.tangents);
      memory->bias = arena.takeTrack<Real>(checkedProduct(members, outputs), room.tangents);
    });
  if (room.precision == Precision::full) return memory;
  memory->inputs.resize(trains ? shape_.positions() : 0);
  memory->deltas.resize(trains ? members : 0);
  memory->rounded = laidOut([&](Arena& arena) {
    memory->weights = {arena, width, inputs, outputs, trains ? Pairing::both : Pairing::rows};
    for (RoundedMatrix<Real>& x : memory->inputs) x = {arena, width, room.rows, inputs, Pairing::rows};
    for (RoundedMatrix<Real>& delta : memory->deltas) delta = {arena, width, room.rows, outputs, Pairing::rows};
  });
  return memory;
}

template <typename Real>
void BatchEnsemble<Real>::refresh(const Kernels& kernels, LayerMemory<Real>& memory, const MatrixRows& changed,
                                  const Real* parameters) const {
  if (changed.matrix != kWeight) return;
  const Track<const Real> track{parameters, nullptr};
  const Flow<const Real> weights{track, kernels.of<Real>().panelWidth, options_.outputs};
  own(memory).weights.pairRows(kernels, weights, options_.outputs, changed.rows, shape_.channels);
  own(memory).weights.pairColumns(kernels, weights, options_.outputs, changed.rows);
}

template <typename Real>
size_t BatchEnsemble<Real>::examplesAtOnce() const {
  return std::max<size_t>(kRowsAtOnce / options_.members, 1);
}

/// Rows of members: inputs times r or their gradient, deltas times s. And a block of a member's H, a panel at a time:
/// all of its panels are in the same place.
template <typename Real>
struct BatchEnsemble<Real>::Scratch {
  Flow<Real> inputs, deltas, product;
  RoundedMatrix<Real> roundedInputs, roundedDeltas;

  Scratch(Arena& arena, const BatchEnsemble& layer, size_t width, Tangents tangents, bool isRounded) {
    const size_t rows = (layer.examplesAtOnce() * layer.options_.members) | 1;
    const size_t ofInputs = layer.shape_.channels, ofOutputs = layer.options_.outputs;
    const auto panels = [&](size_t columns) -> Flow<Real> {
      return {arena.takeTrack<Real>(panelSize(rows, columns, width), tangents), rows * width, width};
    };
    inputs = panels(ofInputs);
    deltas = panels(ofOutputs);
    product = {arena.takeTrack<Real>(kInputsOfBlock * width, tangents), 0, width};
    if (!isRounded) return;
    roundedInputs = {arena, width, rows, ofInputs, Pairing::columns};
    roundedDeltas = {arena, width, rows, ofOutputs, Pairing::columns};
  }
};

template <typename Real>
auto BatchEnsemble<Real>::scratchOf(const Pass<Real>& pass) const -> Scratch {
  Arena arena(*pass.scratch);
  const Tangents tangents = pass.memory.inputs[0].data.tangents ? Tangents::alongside : Tangents::none;
  return {arena, *this, pass.table().panelWidth, tangents, own(pass).rounded.size() > 0};
}

template <typename Real>
size_t BatchEnsemble<Real>::scratchSize(const Room<Real>& room) const {
  Arena counting;
  Scratch(counting, *this, room.panelWidth(), room.tangents, room.precision != Precision::full);
  return counting.used();
}

template <typename Real>
Operand<Real> BatchEnsemble<Real>::weights(const Pass<Real>& pass) const {
  return own(pass).weights.of({pass.parameters, pass.table().panelWidth, options_.outputs}, shape_.channels,
                              options_.outputs);
}

/// The inputs of one member, a row for each example.
template <typename Real>
Flow<const Real> BatchEnsemble<Real>::inputsOf(const Pass<Real>& pass, size_t member) const {
  if (shape_.isFlat()) return pass.memory.inputs[0];
  Flow<const Real> rows = fromRow(pass.memory.inputs[0], member);
  rows.rowStride *= options_.members;
  return rows;
}

template <typename Real>
Flow<const Real> BatchEnsemble<Real>::deltaOf(const Pass<Real>& pass, size_t member) const {
  Flow<const Real> rows = fromRow(constant(pass.memory.delta), member);
  rows.rowStride *= options_.members;
  return rows;
}

/// Calls work(examples) for this member's share of a minibatch, a few at a time.
template <typename Real>
template <typename Work>
void BatchEnsemble<Real>::forEachBlock(const Pass<Real>& pass, Work work) const {
  const Range share = pass.worker().share(pass.count);
  for (size_t begin = share.begin; begin < share.end; begin += examplesAtOnce())
    work(Range{begin, std::min(begin + examplesAtOnce(), share.end)});
}

template <typename Real>
void BatchEnsemble<Real>::forward(const Pass<Real>& pass) const {
  if (!pass.works()) return;
  const Scratch scratch = scratchOf(pass);
  const size_t inputs = shape_.channels, outputs = options_.outputs, members = options_.members;
  const size_t width = pass.table().panelWidth;
  const Flow<const Real> scaled = constant(scratch.inputs);
  const bool writesOnes = pass.memory.afterOutputs == NextColumn::one && outputs % width != 0;
  forEachBlock(pass, [&](const Range& examples) {
    const Range rows = rowsOf(examples, this->outputs()), block{0, rows.size()};
    const Flow<const Real> x = fromRow(pass.memory.inputs[0], rowsOf(examples, shape_).begin);
    const Flow<Real> y = fromRow(pass.output, rows.begin);
    pass.layerKernels().scaleMembers(
        {x, scratch.inputs, parametersOf(pass, kR), {}, members, inputs, examples.size(), shape_.isFlat()});
    scratch.roundedInputs.pairColumns(pass.kernels, scaled, inputs, block);
    const OperandProduct<Real> product{scratch.roundedInputs.of(scaled, rows.size(), inputs), weights(pass), y};
    multiply(product, pass.kernels, block);
    const Track<const Real> bias = options_.bias ? parametersOf(pass, kBias) : Track<const Real>{};
    pass.layerKernels().scaleMembers(
        {constant(y), y, parametersOf(pass, kS), bias, members, outputs, examples.size(), false});
    activate(pass, options_.activation, outputs, rows);
    if (writesOnes) glissade::writeOnes(pass.output, width, outputs, rows);
  });
}

template <typename Real>
void BatchEnsemble<Real>::backward(const Pass<Real>& pass) const {
  const bool isFrozen =
      std::ranges::all_of(pass.memory.matrices, [](const MatrixMemory& matrix) { return matrix.isFrozen; });
  const bool rounds = own(pass).rounded.size() > 0 && !isFrozen;
  if (pass.works() && rounds) round(pass);
  if (pass.works() && pass.memory.inputGradients[0].isWanted) inputGradient(pass, scratchOf(pass));
  if (rounds) pass.member.barrier();
  if (!pass.works() || isFrozen) return;
  const Scratch scratch = scratchOf(pass);
  const size_t inputs = shape_.channels, panels = ceilingOf(options_.outputs, pass.table().panelWidth);
  const Range share = pass.worker().share(ceilingOf(inputs, kInputsOfBlock) * panels);
  for (size_t member = 0; member < options_.members; ++member)  // its rows stay in the cache for all blocks of W
    for (size_t i = share.begin; i < share.end; ++i) {
      const size_t begin = i / panels * kInputsOfBlock;
      gradients(pass, scratch, member, {begin, std::min(begin + kInputsOfBlock, inputs)}, i % panels);
    }
}

/// Rounds the factors of H, for some members of the ensemble. A barrier must follow.
template <typename Real>
void BatchEnsemble<Real>::round(const Pass<Real>& pass) const {
  const BatchEnsembleMemory<Real>& memory = own(pass);
  const Range share = pass.worker().share(options_.members), all{0, pass.count};
  for (size_t member = share.begin; member < share.end; ++member) {
    memory.deltas[member].pairRows(pass.kernels, deltaOf(pass, member), options_.outputs, all, pass.count);
    if (member < memory.inputs.size())
      memory.inputs[member].pairRows(pass.kernels, inputsOf(pass, member), shape_.channels, all, pass.count);
  }
}

template <typename Real>
void BatchEnsemble<Real>::inputGradient(const Pass<Real>& pass, const Scratch& scratch) const {
  const InputGradient<Real>& inputGradient = pass.memory.inputGradients[0];
  const size_t inputs = shape_.channels, outputs = options_.outputs, members = options_.members;
  const bool isShared = shape_.isFlat();
  const Flow<const Real> scaled = constant(scratch.deltas);
  forEachBlock(pass, [&](const Range& examples) {
    const Range rows = rowsOf(examples, this->outputs()), ofInputs = rowsOf(examples, shape_), block{0, rows.size()};
    const Flow<const Real> delta = fromRow(constant(pass.memory.delta), rows.begin);
    const Flow<Real> dx = fromRow(inputGradient.delta, ofInputs.begin), dz = isShared ? scratch.inputs : dx;
    pass.layerKernels().scaleMembers(
        {delta, scratch.deltas, parametersOf(pass, kS), {}, members, outputs, examples.size(), false});
    scratch.roundedDeltas.pairColumns(pass.kernels, scaled, outputs, block);
    const OperandProduct<Real> product{scratch.roundedDeltas.of(scaled, rows.size(), outputs),
                                       transposed(weights(pass)), dz};
    multiply(product, pass.kernels, block);
    const auto finishRows = isShared ? pass.layerKernels().sumMembers : pass.layerKernels().scaleMembers;
    finishRows({constant(dz), dx, parametersOf(pass, kR), {}, members, inputs, examples.size(), false});
    finish(pass, inputGradient, inputs, ofInputs);
  });
}

/// A member's part of the gradients of parameters, for some inputs and a panel of outputs.
template <typename Real>
void BatchEnsemble<Real>::gradients(const Pass<Real>& pass, const Scratch& scratch, size_t member, const Range& rows,
                                    size_t panel) const {
  const BatchEnsembleMemory<Real>& memory = own(pass);
  const size_t inputs = shape_.channels, outputs = options_.outputs, members = options_.members;
  const size_t width = pass.table().panelWidth, column = panel * width, corner = rows.begin * outputs + column;
  const bool isRounded = memory.rounded.size() > 0;
  const RoundedMatrix<Real> x = isRounded ? memory.inputs[shape_.isFlat() ? 0 : member] : RoundedMatrix<Real>();
  const RoundedMatrix<Real> delta = isRounded ? memory.deltas[member] : RoundedMatrix<Real>();
  const OperandProduct<Real> h{transposed(x.of(inputsOf(pass, member), pass.count, inputs)),
                               delta.of(deltaOf(pass, member), pass.count, outputs),
                               scratch.product,
                               {},
                               rows.begin};
  multiply(h, pass.kernels, PanelRange{rows.begin, rows.end, panel, panel + 1});
  MemberGradient<Real> part{};
  part.product = constant(scratch.product).data;
  part.weight = pass.parameters + corner;
  part.r = parametersOf(pass, kR) + (member * inputs + rows.begin);
  part.s = parametersOf(pass, kS) + (member * outputs + column);
  part.weightGradient = memory.weight + corner;
  part.rGradient = memory.r + ((panel * members + member) * inputs + rows.begin);
  part.sGradient = memory.s + ((rows.begin / kInputsOfBlock * members + member) * outputs + column);
  part.rows = rows.size();
  part.columns = std::min(width, outputs - column);
  part.stride = outputs;
  if (member == 0) clear(Flow<Real>{part.weightGradient, 0, outputs}, width, part.columns, {0, rows.size()});
  pass.layerKernels().memberGradient(part);
  if (!options_.bias || rows.begin > 0) return;
  Flow<const Real> deltaOfPanel = deltaOf(pass, member);
  deltaOfPanel.data = deltaOfPanel.data + panel * deltaOfPanel.panelStride;
  sumColumns(pass, deltaOfPanel, pass.count, part.columns, memory.bias + (member * outputs + column));
}

template <typename Real>
void BatchEnsemble<Real>::parameterGradient(const Pass<Real>& pass, const MatrixRows& block,
                                            const Track<Real>& gradient) const {
  const BatchEnsembleMemory<Real>& memory = own(pass);
  const auto [rows, columns, isSparse] = matrices()[block.matrix];
  const size_t panels = ceilingOf(options_.outputs, pass.table().panelWidth);
  const size_t blocks = ceilingOf(shape_.channels, kInputsOfBlock);
  const Track<Real> sums[] = {memory.weight, memory.r, memory.s, memory.bias};
  const size_t parts[] = {1, panels, blocks, 1};
  addBlocks(sums[block.matrix] + block.rows.begin * columns, parts[block.matrix], rows * columns,
            {0, block.rows.size() * columns}, gradient);
}

template class BatchEnsemble<float>;
template class BatchEnsemble<double>;

}  // namespace glissade

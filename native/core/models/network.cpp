#include "models/network.h"

#include <cmath>
#include <cstdint>
#include <utility>

#include "error.h"
#include "layers/softmax.h"

namespace glissade {

template <typename Real>
Network<Real>::Network(const Shape& inputs, std::vector<Node<Real>> nodes)
    : inputs_(inputs), nodes_(std::move(nodes)), consumers_(nodes_.size()), leads_(nodes_.size()) {
  for (size_t i = 0; i < nodes_.size(); ++i) {
    const Layer<Real>& layer = *nodes_[i].layer;
    size_t offset = parameterCount_;
    offsets_.push_back(offset);
    for (const Tensor& p : layer.tensors()) {
      constexpr size_t kMost = size_t{1} << 48;  // no machine has memory for more
      if (p.size() > kMost - parameterCount_) throw Error("ERR_OUT_OF_RANGE", "the network has too many parameters");
      tensors_.push_back({nodes_[i].name + "." + p.name, p.shape, parameterCount_, p.size(), p.decays, p.trains});
      parameterCount_ += p.size();
    }
    for (const auto& [rows, columns] : layer.matrices()) {
      matrices_.push_back({i, matrices_.empty() || matrices_.back().layer != i ? 0 : matrices_.back().index + 1, offset,
                           rows, columns});
      offset += rows * columns;
    }
    leads_[i] = !layer.matrices().empty();
    for (const size_t from : nodes_[i].from) {
      if (from == 0) continue;
      ++consumers_[from - 1];
      leads_[i] = leads_[i] || leads_[from - 1];
    }
  }
  const Shape outputs = nodes_.back().layer->outputs();
  if (!outputs.isFlat())
    throw Error("ERR_SHAPE", "the outputs are " + outputs.text() + "; end with flatten(), globalPool() or dense()");
}

template <typename Real>
size_t Network<Real>::workOfExample() const {
  size_t work = 0;
  for (const Node<Real>& node : nodes_) {
    const Shape shape = node.layer->outputs();
    size_t parameters = 0;
    for (const auto& [rows, columns] : node.layer->matrices()) parameters += rows * columns;
    work += parameters * shape.positions() + (parameters == 0 ? shape.size() : 0);
  }
  return work;
}

template <typename Real>
size_t Network<Real>::forwardRows() const {
  constexpr size_t kMost = 256, kLeast = 8, kNumbers = size_t{1} << 20;
  size_t widest = inputs_.size();
  for (const Node<Real>& node : nodes_) widest = std::max(widest, node.layer->outputs().size());
  return std::clamp(kNumbers / widest / kPaired * kPaired, kLeast, kMost);
}

template <typename Real>
void Network<Real>::checkInputs(const Dataset& data) const {
  if (data.dense().columns != inputs_.size())
    throw Error("ERR_SHAPE", "the data have " + std::to_string(data.dense().columns) +
                                 " columns, but the network has " + std::to_string(inputs_.size()) + " inputs");
}

template <typename Real>
void Network<Real>::checkPrecision(Precision precision) const {
  for (const Node<Real>& node : nodes_)
    if (!node.layer->computesIn(precision))
      throw Error("ERR_INVALID_ARGUMENT",
                  node.name + " can't compute in bfloat16, which is for dense layers of networks of type float32");
}

template <typename Real>
void Network<Real>::initialize(uint64_t seed, Real* parameters) const {
  for (size_t i = 0; i < nodes_.size(); ++i) {
    Random random(seed, Draw::weights, i);
    nodes_[i].layer->initialize(random, parameters + offsets_[i]);
  }
}

template <typename Real>
Workspace<Real> Network<Real>::allocate(const Kernels& kernels, size_t rows, Use use, Precision precision,
                                        End end) const {
  const size_t width = kernels.of<Real>().panelWidth;
  const Tangents tangents = use == Use::tangents ? Tangents::alongside : Tangents::none;
  Workspace<Real> workspace{&kernels, rows, precision, tangents, {inputs_, width, {}, {}, {}}, {}, nodes_.size(), {}, SIZE_MAX};
  if (end == End::logits && nodes_.size() > 1 && dynamic_cast<const Softmax<Real>*>(nodes_.back().layer.get()))
    --workspace.depth;
  if (inputs_.isFlat()) {
    workspace.inputs.panels = Variable<Real>::followedByOnes(width, rows, inputs_.channels, tangents);
  } else {
    workspace.inputs.images = Buffer<Real>(rows * inputs_.size());
    if (tangents == Tangents::alongside) workspace.inputs.imageTangents = Buffer<Real>(rows * inputs_.size());
  }
  workspace.layers.resize(workspace.depth);
  workspace.contributions.resize(workspace.depth);
  for (size_t i = 0; i < workspace.depth; ++i) {
    const Layer<Real>& layer = *nodes_[i].layer;
    const Shape shape = layer.outputs();
    const auto variable = [&] { return Variable<Real>(width, rows * shape.positions(), shape.channels, tangents); };
    LayerMemory<Real>& memory = workspace.layers[i];
    memory.rows = rows;
    if (!isLast(workspace, i))
      memory.outputs =
          shape.isFlat() ? Variable<Real>::followedByOnes(width, rows, shape.channels, tangents) : variable();
    if (use != Use::forward) {
      // As large as the outputs with what follows them, since a product stores whole panels.
      if (needsArgument(layer.activation()))
        memory.preactivation =
            Variable<Real>(width, rows * shape.positions(), shape.channels + (shape.isFlat() ? 1 : 0), tangents);
      if (leads(workspace, i)) memory.delta = variable();
    }
    layer.allocate({kernels, rows, use, precision, tangents}, memory);
    if (!memory.scratch.empty()) workspace.workers = std::min(workspace.workers, memory.scratch.size());

    for (const size_t from : nodes_[i].from) {
      Below<Real> below{};
      if (from == 0) {
        memory.inputs.push_back(workspace.inputs.flow());
      } else {
        LayerMemory<Real>& source = workspace.layers[from - 1];
        const Layer<Real>& maker = *nodes_[from - 1].layer;
        memory.inputs.push_back(constant(source.outputs.flow()));
        below.isWanted = use != Use::forward && leads_[from - 1];
        if (below.isWanted && consumers_[from - 1] == 1) {
          below = {source.delta.flow(), maker.activation(), constant(source.outputs.flow()),
                   constant(source.preactivation.flow()), true};
        } else if (below.isWanted) {
          const Shape made = maker.outputs();
          auto& contributions = workspace.contributions[from - 1];
          contributions.emplace_back(width, rows * made.positions(), made.channels, tangents);
          below.delta = contributions.back().flow();
        }
      }
      memory.below.push_back(below);
    }
  }
  return workspace;
}

template <typename Real>
Pass<Real> Network<Real>::passOf(const Member& member, const Batch& batch, const Track<const Real>& parameters,
                                 Workspace<Real>& workspace, size_t layer, const Track<Real>& outputs) const {
  LayerMemory<Real>& memory = workspace.layers[layer];
  Flow<Real> output = memory.outputs.flow(), argument = memory.preactivation.flow();
  if (isLast(workspace, layer)) {
    const size_t width = workspace.kernels->template of<Real>().panelWidth, columns = this->outputs();
    output = {outputs, width, columns};
    argument = {argument.data, width, columns};
  }
  const size_t offset = offsets_[layer];
  return {*workspace.kernels,
          member,
          batch.count,
          shareOfRows(member, batch.count),
          batch.mode,
          batch.draw + layer,
          {parameters.values + offset, parameters.tangents ? parameters.tangents + offset : nullptr},
          output,
          argument,
          memory};
}

template <typename Real>
void Network<Real>::forward(const Member& member, const Batch& batch, const Track<const Real>& parameters,
                            Workspace<Real>& workspace, const Track<Real>& outputs) const {
  for (size_t i = 0; i < workspace.depth; ++i) {
    nodes_[i].layer->forward(passOf(member, batch, parameters, workspace, i, outputs));
    member.barrier();
  }
}

template <typename Real>
void Network<Real>::backward(const Member& member, const Batch& batch, const Track<const Real>& parameters,
                             Workspace<Real>& workspace, const Track<Real>& outputs,
                             const Track<Real>& outputGradient) const {
  for (size_t i = workspace.depth; i-- > 0;) {
    if (!leads(workspace, i)) continue;
    const Layer<Real>& layer = *nodes_[i].layer;
    const Pass<Real> pass = passOf(member, batch, parameters, workspace, i, outputs);
    if (isLast(workspace, i)) {
      const Flow<Real> gradient{outputGradient, pass.output.panelStride, pass.output.rowStride};
      const size_t columns = this->outputs();
      finish(pass, {gradient, layer.activation(), constant(pass.output), constant(pass.argument)}, columns, pass.share);
      linearly(constant(gradient), pass.memory.delta.flow(), [&](const Panels<const Real>& from, const Panels<Real>& to) {
        pass.layers().copyColumns({from, 0, to, 0, columns, pass.share.begin, pass.share.end});
      });
      member.barrier();
    } else if (consumers_[i] > 1) {
      collectDelta(pass, i, workspace);
      member.barrier();
    }
    layer.backward(pass);
    if (i > 0) member.barrier();
  }
}

/// Adds up what those who took a layer's outputs have found.
template <typename Real>
void Network<Real>::collectDelta(const Pass<Real>& pass, size_t layer, Workspace<Real>& workspace) const {
  const Shape shape = nodes_[layer].layer->outputs();
  const Range rows = rowsOf(pass.share, shape);
  const Flow<Real> delta = pass.memory.delta.flow();
  bool isFirst = true;
  for (Variable<Real>& contribution : workspace.contributions[layer]) {
    linearly(constant(contribution.flow()), delta, [&](const Panels<const Real>& from, const Panels<Real>& to) {
      (isFirst ? pass.layers().copyColumns
               : pass.layers().addColumns)({from, 0, to, 0, shape.channels, rows.begin, rows.end});
    });
    isFirst = false;
  }
  finish(pass, {delta, nodes_[layer].layer->activation(), constant(pass.output), constant(pass.argument)},
         shape.channels, rows);
}

template <typename Real>
bool Network<Real>::boundsGradient() const {
  return std::all_of(nodes_.begin(), nodes_.end(),
                     [](const Node<Real>& node) { return node.layer->boundsGradient(); });
}

template <typename Real>
auto Network<Real>::largestFactors(Workspace<Real>& workspace, const Range& rows, double largestInput) const
    -> Factors {
  const KernelsOf<Real>& table = workspace.kernels->template of<Real>();
  if (!std::isfinite(largestInput)) largestInput = workspace.inputs.panels.values.magnitude(table, rows);
  Factors largest{std::max(largestInput, 1.0), 0};
  for (size_t i = 0; i < workspace.depth; ++i) {
    if (!nodes_[i].layer->outputs().isFlat()) continue;  // no layer with a bound takes it
    const LayerMemory<Real>& memory = workspace.layers[i];
    largest.input = std::max<double>(largest.input, memory.outputs.values.magnitude(table, rows));
    largest.delta = std::max<double>(largest.delta, memory.delta.values.magnitude(table, rows));
  }
  return largest;
}

template <typename Real>
size_t Network<Real>::blockSize() const {
  size_t most = 0;
  for (const Matrix& m : matrices_) most = std::max(most, std::min(blockRows(m), m.rows) * m.columns);
  return most;
}

template <typename Real>
void Network<Real>::follow(const Batch& batch, Workspace<Real>& workspace, Real* parameters) const {
  for (size_t i = 0; i < workspace.depth; ++i)
    nodes_[i].layer->follow(workspace.layers[i], batch.count, parameters + offsets_[i]);
}

template class Network<float>;
template class Network<double>;

}  // namespace glissade

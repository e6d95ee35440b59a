#include "models/network.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "error.h"
#include "kernels/layer_kernels.h"
#include "layers/rows.h"
#include "layers/softmax.h"
#include "layers/sparse_dense.h"

namespace glissade {
namespace {

/// A block's name as people give it: ours say where it is, as "inputs.words".
std::string shown(const std::string& name) { return name.starts_with("inputs.") ? name.substr(7) : name; }

/// About how many multiplications a layer takes on the way forward.
template <typename Real>
size_t workOf(const Layer<Real>& layer) {
  constexpr size_t kTouched = 32;  // rows of a sparse matrix, at a guess
  size_t parameters = 0;
  for (const ParameterMatrix& m : layer.matrices()) parameters += (m.isSparse ? kTouched : m.rows) * m.columns;
  return parameters == 0 ? layer.outputs().size() : parameters * layer.outputs().positions();
}

}  // namespace

template <typename Real>
Network<Real>::Network(std::vector<NetworkInput> inputs, std::vector<Node<Real>> nodes)
    : inputs_(std::move(inputs)), nodes_(std::move(nodes)), consumers_(nodes_.size()), leads_(nodes_.size()) {
  for (size_t i = 0; i < nodes_.size(); ++i) {
    const Layer<Real>& layer = *nodes_[i].layer;
    size_t offset = parameterCount_;
    offsets_.push_back(offset);
    for (const Tensor& p : layer.tensors()) {
      constexpr size_t kMost = size_t{1} << 48;  // no machine has memory for more
      if (p.size() > kMost - parameterCount_) throw Error("ERR_OUT_OF_RANGE", "the network has too many parameters");
      tensors_.push_back(
          {nodes_[i].name + "." + p.name, p.shape, parameterCount_, p.size(), p.decays, p.trains, false, p.sides});
      parameterCount_ += p.size();
    }
    for (const auto& [rows, columns, isSparse] : layer.matrices()) {
      matrices_.push_back({i, matrices_.empty() || matrices_.back().layer != i ? 0 : matrices_.back().index + 1, offset,
                           rows, columns, layer.outputs().positions(), isSparse});
      if (isSparse) tensors_[tensorOf(matrices_.size() - 1)].isSparse = hasSparseMatrices_ = true;
      offset += rows * columns;
    }
    work_ += workOf(layer);
    leads_[i] = !layer.matrices().empty();
    for (const size_t from : nodes_[i].from) {
      if (from < inputs_.size()) continue;
      const size_t source = from - inputs_.size();
      ++consumers_[source];
      leads_[i] = leads_[i] || leads_[source];
    }
  }
  const Shape outputs = nodes_.back().layer->outputs();
  if (!outputs.isFlat())
    throw Error("ERR_SHAPE", "the outputs are " + outputs.text() + "; end with flatten(), globalPool() or dense()");
}

template <typename Real>
size_t Network<Real>::inputWidth() const {
  size_t width = 0;
  for (const NetworkInput& input : inputs_) width += input.width();
  return width;
}

template <typename Real>
size_t Network<Real>::forwardRows() const {
  constexpr size_t kMost = 256, kLeast = 8, kNumbers = size_t{1} << 20;
  size_t widest = 1;
  for (const NetworkInput& input : inputs_) widest = std::max(widest, input.shape.size());
  for (const Node<Real>& node : nodes_) widest = std::max(widest, node.layer->outputs().size());
  return std::clamp(kNumbers / widest / kPaired * kPaired, kLeast, kMost);
}

template <typename Real>
const InputBlock& Network<Real>::blockFor(size_t input, const Dataset& data) const {
  if (inputs_.size() == 1 && data.inputs.size() == 1) return data.inputs.front();
  const auto found = std::find_if(data.inputs.begin(), data.inputs.end(),
                                  [&](const InputBlock& block) { return block.name == inputs_[input].name; });
  if (found == data.inputs.end())
    throw Error("ERR_SHAPE", "the data have no block \"" + shown(inputs_[input].name) + "\", which the network takes");
  return *found;
}

template <typename Real>
void Network<Real>::checkInputs(const Dataset& data) const {
  const auto refuse = [](const NetworkInput& input, const std::string& has, const std::string& takes) {
    const std::string of = input.name == "inputs" ? "" : " of block \"" + shown(input.name) + "\"";
    throw Error("ERR_SHAPE", "the data" + of + " have " + has + ", but the network takes " + takes);
  };
  const auto describe = [](InputBlock::Kind kind, size_t columns) {
    const char* const names[] = {" of dense inputs", " of categories", " that are sparse"};
    return std::to_string(columns) + (columns == 1 ? " column" : " columns") + names[static_cast<int>(kind)];
  };
  if (inputs_.size() == 1 && data.inputs.size() > 1)
    refuse({}, std::to_string(data.inputs.size()) + " blocks of columns",
           "one, of " + describe(inputs_.front().kind, inputs_.front().width()));
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const NetworkInput& input = inputs_[i];
    const InputBlock& block = blockFor(i, data);
    if (block.kind != input.kind || block.columns() != input.width())
      refuse(input, describe(block.kind, block.columns()), describe(input.kind, input.width()));
    for (size_t j = 0; j < input.cardinalities.size(); ++j)
      if (block.codes->cardinalities[j] > input.cardinalities[j])
        refuse(input, std::to_string(block.codes->cardinalities[j]) + " categories in column " + std::to_string(j),
               std::to_string(input.cardinalities[j]));
  }
  for (const InputBlock& block : data.inputs)
    if (inputs_.size() > 1 &&
        std::ranges::none_of(inputs_, [&](const NetworkInput& input) { return input.name == block.name; }))
      throw Error("ERR_SHAPE", "the data have a block \"" + shown(block.name) + "\", which the network does not take");
}

template <typename Real>
void Network<Real>::gather(const Member& member, const Dataset& data, const uint32_t* rows, size_t count,
                           Workspace<Real>& workspace) const {
  const Range share = shareOfRows(member, count);
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const InputBlock& block = blockFor(i, data);
    InputMemory<Real>& memory = workspace.inputs[i];
    switch (block.kind) {
      case InputBlock::Kind::dense:
        gatherRows(workspace.kernels->template of<Real>(), *block.table, rows, share, memory.examples());
        break;
      case InputBlock::Kind::categorical: gatherCodes(*block.codes, rows, share, memory.codes.data()); break;
      case InputBlock::Kind::sparse:
        if (member.isFirst()) memory.sparse = {block.sparse.get(), rows};
    }
  }
}

template <typename Real>
size_t Network<Real>::reserveTouched(const Dataset& data, const uint32_t* rows, size_t count,
                                     Workspace<Real>& workspace) const {
  size_t most = 0;
  for (const Matrix& m : matrices_) {
    if (!m.isSparse) continue;
    const InputBlock& block = blockFor(nodes_[m.layer].from.front(), data);
    size_t entries = block.sparse ? 0 : count;
    for (size_t i = 0; block.sparse && i < count; ++i) entries += block.sparse->row(rows[i]).count;
    if (block.sparse && block.sparse->rests) entries *= 2;  // a rest touches its row once more
    workspace.layers[m.layer].touched[m.index].reserve(entries);
    most = std::max(most, entries);
  }
  return most;
}

template <typename Real>
void Network<Real>::touch(const Member& member, size_t count, Workspace<Real>& workspace) const {
  size_t turn = 0;
  for (const Matrix& m : matrices_) {
    if (!m.isSparse || turn++ % member.count() != member.index()) continue;
    LayerMemory<Real>& memory = workspace.layers[m.layer];
    nodes_[m.layer].layer->touch(memory, count, m.index, memory.touched[m.index]);
  }
}

template <typename Real>
size_t Network<Real>::tensorOf(size_t matrix) const {
  const auto found = std::find_if(tensors_.begin(), tensors_.end(), [&](const TensorPlace& tensor) {
    return tensor.offset == matrices_[matrix].offset && tensor.size > 0;
  });
  return static_cast<size_t>(found - tensors_.begin());
}

template <typename Real>
std::vector<size_t> Network<Real>::sparseMatrices() const {
  std::vector<size_t> sparse;
  for (size_t i = 0; i < matrices_.size(); ++i)
    if (matrices_[i].isSparse) sparse.push_back(i);
  return sparse;
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
  Workspace<Real> workspace{&kernels, rows,          precision, tangents, {},
                            {},       nodes_.size(), {},        SIZE_MAX, std::vector<bool>(matrices_.size())};
  if (end == End::logits && nodes_.size() > 1 && dynamic_cast<const Softmax<Real>*>(nodes_.back().layer.get()))
    --workspace.depth;
  for (const NetworkInput& input : inputs_) {
    InputMemory<Real>& memory = workspace.inputs.emplace_back();
    memory.shape = input.shape;
    memory.width = width;
    if (input.kind == InputBlock::Kind::categorical) memory.codes.resize(rows * input.cardinalities.size());
    if (input.kind != InputBlock::Kind::dense) continue;
    if (input.shape.isFlat()) {
      memory.panels = Variable<Real>::followedByOnes(width, rows, input.shape.channels, tangents);
    } else {
      memory.images = Buffer<Real>(rows * input.shape.size());
      if (tangents == Tangents::alongside) memory.imageTangents = Buffer<Real>(rows * input.shape.size());
    }
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
      if (needsPreactivation(layer.activation()))
        memory.preactivation =
            Variable<Real>(width, rows * shape.positions(), shape.channels + (shape.isFlat() ? 1 : 0), tangents);
      if (leads(workspace, i)) memory.delta = variable();
    }
    memory.touched.resize(layer.matrices().size());
    layer.allocate({kernels, rows, use, precision, tangents}, memory);

    for (const size_t from : nodes_[i].from) {
      InputGradient<Real> inputGradients{};
      if (from < inputs_.size()) {
        InputMemory<Real>& input = workspace.inputs[from];
        memory.inputs.push_back(input.flow());
        memory.codes = input.codes.data();
        memory.sparse = &input.sparse;
      } else {
        const size_t made = from - inputs_.size();
        LayerMemory<Real>& source = workspace.layers[made];
        const Layer<Real>& maker = *nodes_[made].layer;
        memory.inputs.push_back(constant(source.outputs.flow()));
        inputGradients.isWanted = use != Use::forward && leads_[made];
        if (inputGradients.isWanted && consumers_[made] == 1) {
          inputGradients = {source.delta.flow(), maker.activation(), constant(source.outputs.flow()),
                            constant(source.preactivation.flow()), true};
        } else if (inputGradients.isWanted) {
          const Shape outputs = maker.outputs();
          auto& contributions = workspace.contributions[made];
          contributions.emplace_back(width, rows * outputs.positions(), outputs.channels, tangents);
          inputGradients.delta = contributions.back().flow();
        }
      }
      memory.inputGradients.push_back(inputGradients);
    }
  }
  employ(1, workspace);
  return workspace;
}

template <typename Real>
void Network<Real>::employ(size_t members, Workspace<Real>& workspace) const {
  size_t workers = SIZE_MAX;
  for (size_t i = 0; i < workspace.depth; ++i) {
    LayerMemory<Real>& memory = workspace.layers[i];
    nodes_[i].layer->employ(members, *workspace.kernels, workspace.tangents, memory);
    if (!memory.scratch.empty()) workers = std::min(workers, memory.scratch.size());
  }
  workspace.workers = workers;
}

template <typename Real>
Pass<Real> Network<Real>::passOf(const Member& member, const Batch& batch, const Track<const Real>& parameters,
                                 Workspace<Real>& workspace, size_t layer, const Track<Real>& outputs) const {
  LayerMemory<Real>& memory = workspace.layers[layer];
  Flow<Real> output = memory.outputs.flow(), preactivation = memory.preactivation.flow();
  if (isLast(workspace, layer)) {
    const size_t width = workspace.kernels->template of<Real>().panelWidth, columns = this->outputs();
    output = {outputs, width, columns};
    preactivation = {preactivation.data, width, columns};
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
          preactivation,
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
      finish(pass, {gradient, layer.activation(), constant(pass.output), constant(pass.preactivation)}, columns,
             pass.share);
      linearly(constant(gradient), pass.memory.delta.flow(),
               [&](const Panels<const Real>& from, const Panels<Real>& to) {
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
  finish(pass, {delta, nodes_[layer].layer->activation(), constant(pass.output), constant(pass.preactivation)},
         shape.channels, rows);
}

template <typename Real>
bool Network<Real>::isLinear() const {
  const Layer<Real>* const layer = nodes_.front().layer.get();
  return nodes_.size() == 1 && inputs_.size() == 1 && layer->activation() == Activation::identity &&
         (dynamic_cast<const Dense<Real>*>(layer) || dynamic_cast<const SparseDense<Real>*>(layer));
}

template <typename Real>
bool Network<Real>::boundsGradient() const {
  return std::all_of(nodes_.begin(), nodes_.end(), [](const Node<Real>& node) { return node.layer->boundsGradient(); });
}

template <typename Real>
auto Network<Real>::largestFactors(Workspace<Real>& workspace, const Range& rows, double largestInput) const
    -> Factors {
  const KernelsOf<Real>& table = workspace.kernels->template of<Real>();
  if (!std::isfinite(largestInput)) {
    largestInput = 0;
    for (InputMemory<Real>& input : workspace.inputs)
      largestInput = std::max<double>(largestInput, input.panels.values.magnitude(table, rows));
  }
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

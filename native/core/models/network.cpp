#include "models/network.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "error.h"

namespace glissade {

template <typename Real>
Network<Real>::Network(std::vector<std::unique_ptr<Layer<Real>>> layers) : layers_(std::move(layers)) {
  for (size_t i = 0; i < layers_.size(); ++i) {
    offsets_.push_back(parameterCount_);
    for (const ParameterShape& p : layers_[i]->parameters()) {
      constexpr size_t kMost = size_t{1} << 48;  // no machine has memory for more
      if (p.size() > kMost - parameterCount_) throw Error("ERR_OUT_OF_RANGE", "the network has too many parameters");
      tensors_.push_back({"layers." + std::to_string(i) + "." + p.name, p.shape, parameterCount_, p.size(), p.decays});
      parameterCount_ += p.size();
    }
  }
}

template <typename Real>
void Network<Real>::checkInputs(const Dataset& data) const {
  if (data.dense().columns != inputs())
    throw Error("ERR_SHAPE", "the data have " + std::to_string(data.dense().columns) +
                                 " columns, but the network has " + std::to_string(inputs()) + " inputs");
}

template <typename Real>
void Network<Real>::checkPrecision(Precision precision) const {
  for (size_t i = 0; i < layers_.size(); ++i)
    if (!layers_[i]->computesIn(precision))
      throw Error("ERR_INVALID_ARGUMENT",
                  "layers[" + std::to_string(i) + "] can't compute in bfloat16, which is for networks of type float32");
}

template <typename Real>
void Network<Real>::initialize(uint64_t seed, Real* parameters) const {
  for (size_t i = 0; i < layers_.size(); ++i) {
    Random random(seed, Draw::weights, i);
    layers_[i]->initialize(random, parameters + offsets_[i]);
  }
}

template <typename Real>
Workspace<Real> Network<Real>::allocate(const Kernels& kernels, size_t rows, Use use, Precision precision) const {
  const size_t width = kernels.of<Real>().panelWidth;
  Workspace<Real> workspace{&kernels, rows, precision, PanelBuffer<Real>::followedByOnes(width, rows, inputs()), {}};
  Panels<const Real> input = constant(workspace.inputs.panels());
  for (const auto& layer : layers_) {
    const bool isLast = &layer == &layers_.back();
    LayerMemory<Real> memory;
    memory.input = input;
    if (!isLast) memory.outputs = PanelBuffer<Real>::followedByOnes(width, rows, layer->outputs());
    if (use == Use::training) {
      if (layer->activation() == Activation::gelu)
        memory.preactivation = PanelBuffer<Real>(width, rows, layer->outputs() + 1);
      memory.delta = PanelBuffer<Real>(width, rows, layer->outputs());
    }
    if (precision == Precision::bfloat16) memory.pairs = layer->allocatePairs(width, rows, use);
    input = constant(memory.outputs.panels());
    workspace.layers.push_back(std::move(memory));
  }
  return workspace;
}

template <typename Real>
void Network<Real>::forward(const Member& member, size_t count, const Real* parameters, Workspace<Real>& workspace,
                            Real* outputs) const {
  for (size_t i = 0; i < layers_.size(); ++i) {
    layers_[i]->forward(passOf(member, count, parameters, workspace, i, outputs));
    member.barrier();
  }
}

template <typename Real>
void Network<Real>::backward(const Member& member, size_t count, const Real* parameters, Workspace<Real>& workspace,
                             const Real* outputs, Real* outputGradient) const {
  LayerMemory<Real>& top = workspace.layers.back();
  const Range share = shareOfRows(member, count);
  const size_t columns = this->outputs(), begin = share.begin * columns, end = share.end * columns;
  workspace.kernels->template of<Real>().activationGradient(layers_.back()->activation(), outputs + begin,
                                                            top.preactivation.panels().data + begin,
                                                            outputGradient + begin, end - begin);
  top.delta.assign(share, outputGradient, columns);
  member.barrier();
  for (size_t i = layers_.size(); i-- > 1;) {
    const typename Layer<Real>::Below below{layers_[i - 1]->activation(), workspace.layers[i - 1]};
    layers_[i]->backward(passOf(member, count, parameters, workspace, i), &below);
    member.barrier();
  }
  layers_.front()->backward(passOf(member, count, parameters, workspace, 0), nullptr);
}

template <typename Real>
auto Network<Real>::largestFactors(Workspace<Real>& workspace, const Range& rows, double largestInput) const
    -> Factors {
  const KernelsOf<Real>& table = workspace.kernels->template of<Real>();
  if (!std::isfinite(largestInput)) largestInput = workspace.inputs.magnitude(table, rows);
  Factors largest{std::max(largestInput, 1.0), 0};
  for (const LayerMemory<Real>& memory : workspace.layers) {
    largest.input = std::max<double>(largest.input, memory.outputs.magnitude(table, rows));
    largest.delta = std::max<double>(largest.delta, memory.delta.magnitude(table, rows));
  }
  return largest;
}

template <typename Real>
size_t Network<Real>::blockSize() const {
  size_t most = 0;
  for (size_t i = 0; i < layers_.size(); ++i)
    most = std::max(most, std::min(blockRows(i), layers_[i]->parameterRows()) * layers_[i]->outputs());
  return most;
}

template class Network<float>;
template class Network<double>;

}  // namespace glissade

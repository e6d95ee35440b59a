#include "models/network.h"

#include <utility>

#include "error.h"

namespace glissade {

template <typename Real>
Network<Real>::Network(std::vector<std::unique_ptr<Layer<Real>>> layers) : layers_(std::move(layers)) {
  for (size_t i = 0; i < layers_.size(); ++i) {
    offsets_.push_back(parameterCount_);
    for (const ParameterShape& p : layers_[i]->parameters()) {
      tensors_.push_back({"layers." + std::to_string(i) + "." + p.name, p.shape, parameterCount_, p.size(), p.decays});
      parameterCount_ += p.size();
    }
  }
}

template <typename Real>
void Network<Real>::checkInputs(const Dataset& data) const {
  if (data.inputs->columns != inputs())
    throw Error("ERR_SHAPE", "the data have " + std::to_string(data.inputs->columns) +
                                 " columns, but the network has " + std::to_string(inputs()) + " inputs");
}

template <typename Real>
void Network<Real>::initialize(uint64_t seed, Real* parameters) const {
  for (size_t i = 0; i < layers_.size(); ++i) {
    Random random(seed, Draw::weights, i);
    layers_[i]->initialize(random, parameters + offsets_[i]);
  }
}

template <typename Real>
Workspace<Real> Network<Real>::allocate(size_t rows, typename Layer<Real>::Use use) const {
  Workspace<Real> workspace{rows, {}};
  for (const auto& layer : layers_) {
    const bool first = &layer == &layers_.front() && use == Layer<Real>::Use::training;
    workspace.layers.push_back(layer->allocate(rows, first ? Layer<Real>::Use::trainingFirst : use));
  }
  return workspace;
}

template <typename Real>
const Real* Network<Real>::forward(const Kernels& kernels, const Member& member, const Real* parameters,
                                   const Real* inputs, size_t rows, Workspace<Real>& workspace) const {
  for (size_t i = 0; i < layers_.size(); ++i) {
    LayerMemory<Real>& memory = workspace.layers[i];
    layers_[i]->forward({kernels, member, rows, parameters + offsets_[i], inputs, memory});
    inputs = memory.output.data();
  }
  return inputs;
}

template <typename Real>
void Network<Real>::backward(const Kernels& kernels, const Member& member, const Real* parameters, const Real* inputs,
                             size_t rows, Workspace<Real>& workspace, Real* gradient) const {
  for (size_t i = layers_.size(); i-- > 0;) {
    const bool first = i == 0;
    const Real* const input = first ? inputs : workspace.layers[i - 1].output.data();
    Real* const inputGradient = first ? nullptr : workspace.layers[i - 1].gradient.data();
    layers_[i]->backward({kernels, member, rows, parameters + offsets_[i], input, workspace.layers[i]},
                         gradient + offsets_[i], inputGradient);
  }
}

template class Network<float>;
template class Network<double>;

}  // namespace glissade

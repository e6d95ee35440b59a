#include "training/steps/trained_model.h"

#include <algorithm>
#include <utility>

#include "matrix/large_pages.h"

namespace glissade {
namespace {

template <typename Real>
std::vector<Parameter> arraysOf(const Network<Real>& network, const TrainerOptions& options) {
  std::vector<Parameter> arrays;
  for (size_t i = 0; i < network.tensors().size(); ++i) {
    const auto& [group, frozen, mayBeSparse] = options.tensors[i];
    const NetworkTensor& tensor = network.tensors()[i];
    arrays.push_back({tensor.shape, group, frozen, mayBeSparse && tensor.isSparse, tensor.sides == Sides::outputsLast});
  }
  return arrays;
}

}  // namespace

template <typename Real>
TrainedModel<Real>::TrainedModel(std::shared_ptr<const Network<Real>> trained, Real* slab,
                                 const TrainerOptions& options)
    : network(std::move(trained)),
      parameters(slab),
      optimizer(options.optimizer, arraysOf(*network, options)),
      state(optimizer.layout().bytes()),
      lastRecord(recordLength()) {
  preferLargePages(parameters, network->parameterCount() * sizeof(Real), Contents::written);
  preferLargePages(state.data(), state.size(), Contents::fresh);
  for (const NetworkTensor& tensor : network->tensors()) tensors.push_back(parameters + tensor.offset);
  for (const size_t matrix : network->matrices().sparse())
    if (const size_t tensor = network->matrices()[matrix].tensor; optimizer.sparse().isLazy(tensor))
      lazy.push_back({matrix, tensor});
}

template <typename Real>
std::vector<Real*> TrainedModel<Real>::tensorsIn(Buffer<Real>& slab) const {
  std::vector<Real*> places;
  for (const NetworkTensor& tensor : network->tensors()) places.push_back(slab.data() + tensor.offset);
  return places;
}

template <typename Real>
std::vector<bool> TrainedModel<Real>::frozenMatrices() const {
  std::vector<bool> frozen(network->matrices().count(), true);
  for (size_t i = 0; i < frozen.size(); ++i) {
    const ParameterMatrices::Matrix& matrix = network->matrices()[i];
    const Range place = matrix.elements({0, matrix.rows});
    for (size_t k = 0; k < network->tensors().size(); ++k) {
      const NetworkTensor& tensor = network->tensors()[k];
      const bool isWithin = tensor.size > 0 && tensor.offset >= place.begin && tensor.offset < place.end;
      if (isWithin && !optimizer.parameters()[k].frozen) frozen[i] = false;
    }
  }
  return frozen;
}

template <typename Real>
void TrainedModel<Real>::countSteps(int64_t count, const double* record) {
  counts.steps += count;
  std::copy_n(record, lastRecord.size(), lastRecord.data());
}

template struct TrainedModel<float>;
template struct TrainedModel<double>;

}  // namespace glissade

#include "layers/dense_parameters.h"

#include <algorithm>

namespace glissade {

std::vector<Tensor> tensorsOfDense(size_t inputs, const DenseOptions& options) {
  std::vector<Tensor> tensors{{"weight", {inputs, options.outputs}, true, true, Sides::outputsLast}};
  if (options.bias) tensors.push_back({"bias", {options.outputs}, false});
  return tensors;
}

template <typename Real>
void initializeDense(size_t inputs, const DenseOptions& options, Random& random, Real* parameters) {
  initialize(chosen(options.initializer, options.activation), {inputs, options.outputs}, options.outputs, random,
             parameters);
  if (options.bias) std::fill_n(parameters + inputs * options.outputs, options.outputs, Real(0));
}

template void initializeDense(size_t, const DenseOptions&, Random&, float*);
template void initializeDense(size_t, const DenseOptions&, Random&, double*);

}  // namespace glissade

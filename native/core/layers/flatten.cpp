#include "layers/flatten.h"

#include "kernels/layer_kernels.h"
#include "layers/rows.h"

namespace glissade {
namespace {

/// The rows of one position, from a matrix with a row for each position of each example.
template <typename Real>
Panels<Real> atPosition(const Panels<Real>& image, size_t position, size_t positions) {
  return {image.data + position * image.rowStride, image.panelStride, image.rowStride * positions};
}

}  // namespace

template <typename Real>
void Flatten<Real>::forward(const Pass<Real>& pass) const {
  const size_t positions = shape_.positions(), channels = shape_.channels;
  linearly(pass.memory.inputs[0], pass.output, [&](const Panels<const Real>& from, const Panels<Real>& to) {
    for (size_t p = 0; p < positions; ++p)
      pass.layerKernels().copyColumns(
          {atPosition(from, p, positions), 0, to, p * channels, channels, pass.share.begin, pass.share.end});
  });
}

template <typename Real>
void Flatten<Real>::backward(const Pass<Real>& pass) const {
  const size_t positions = shape_.positions(), channels = shape_.channels;
  const InputGradient<Real>& inputGradient = pass.memory.inputGradients[0];
  if (!inputGradient.isWanted) return;
  linearly(constant(pass.memory.delta), inputGradient.delta,
           [&](const Panels<const Real>& from, const Panels<Real>& to) {
             for (size_t p = 0; p < positions; ++p)
               pass.layerKernels().copyColumns(
                   {from, p * channels, atPosition(to, p, positions), 0, channels, pass.share.begin, pass.share.end});
           });
  finish(pass, inputGradient, channels, rowsOf(pass.share, shape_));
}

template class Flatten<float>;
template class Flatten<double>;

}  // namespace glissade

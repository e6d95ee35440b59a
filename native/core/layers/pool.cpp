#include "layers/pool.h"

#include <algorithm>

#include "error.h"
#include "kernels/layer_kernels.h"
#include "layers/rows.h"

namespace glissade {

template <typename Real>
Pool<Real>::Pool(const Shape& image, Pooling pooling, const Windows& windows)
    : image_(image), pooling_(pooling), windows_(windows) {
  if (windows.top >= windows.kernelHeight || windows.left >= windows.kernelWidth)
    throw Error("ERR_SHAPE", "the padding is so large that a window lies outside the image");
}

template <typename Real>
void Pool<Real>::forward(const Pass<Real>& pass) const {
  pass.layerKernels().pool({pooling_,
                            windows_,
                            pass.memory.inputs[0],
                            pass.output,
                            {},
                            {},
                            image_.channels,
                            pass.share.begin,
                            pass.share.end});
}

template <typename Real>
void Pool<Real>::backward(const Pass<Real>& pass) const {
  const InputGradient<Real>& inputGradient = pass.memory.inputGradients[0];
  if (!inputGradient.isWanted) return;
  const bool throughRelu = windows_.tile() && inputGradient.activation == Activation::relu;
  // Some examples at a time: their gradients are still in the cache when they are finished.
  constexpr size_t kNumbers = 32768;
  const size_t together = std::max<size_t>(kNumbers / image_.size(), 1);
  for (size_t begin = pass.share.begin; begin < pass.share.end; begin += together) {
    const Range examples{begin, std::min(begin + together, pass.share.end)}, rows = rowsOf(examples, image_);
    if (!windows_.tile() && pooling_ == Pooling::max)
      clear(inputGradient.delta, pass.table().panelWidth, image_.channels, rows);
    pass.layerKernels().poolBackward({pooling_, windows_, pass.memory.inputs[0], pass.output,
                                      constant(pass.memory.delta), inputGradient.delta, image_.channels, examples.begin,
                                      examples.end, throughRelu});
    if (!throughRelu) finish(pass, inputGradient, image_.channels, rows);
  }
}

template class Pool<float>;
template class Pool<double>;

}  // namespace glissade

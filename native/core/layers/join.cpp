#include "layers/join.h"

#include <utility>

#include "error.h"
#include "kernels/layer_kernels.h"
#include "layers/rows.h"

namespace glissade {

template <typename Real>
Join<Real>::Join(std::vector<Shape> shapes, Joining joining, Activation activation)
    : shapes_(std::move(shapes)), shape_(shapes_.front()), joining_(joining), activation_(activation) {
  size_t channels = 0;
  for (const Shape& shape : shapes_) {
    const bool fits =
        joining == Joining::sum ? shape == shape_ : shape.height == shape_.height && shape.width == shape_.width;
    if (!fits)
      throw Error("ERR_SHAPE", std::string("can't ") + (joining == Joining::sum ? "add " : "put side by side ") +
                                   shapes_.front().text() + " and " + shape.text());
    offsets_.push_back(channels);
    channels += shape.channels;
  }
  if (joining == Joining::concatenate) shape_.channels = channels;
}

template <typename Real>
void Join<Real>::forward(const Pass<Real>& pass) const {
  const Range rows = rowsOf(pass.share, shape_);
  for (size_t i = 0; i < shapes_.size(); ++i) {
    const bool adds = joining_ == Joining::sum && i > 0;
    linearly(pass.memory.inputs[i], pass.output, [&](const Panels<const Real>& from, const Panels<Real>& to) {
      (adds ? pass.layerKernels().addColumns : pass.layerKernels().copyColumns)(
          {from, 0, to, firstChannel(i), shapes_[i].channels, rows.begin, rows.end});
    });
  }
  activate(pass, activation_, shape_.channels, rows);
}

template <typename Real>
void Join<Real>::backward(const Pass<Real>& pass) const {
  const Range rows = rowsOf(pass.share, shape_);
  for (size_t i = 0; i < shapes_.size(); ++i) {
    const InputGradient<Real>& inputGradient = pass.memory.inputGradients[i];
    if (!inputGradient.isWanted) continue;
    linearly(
        constant(pass.memory.delta), inputGradient.delta, [&](const Panels<const Real>& from, const Panels<Real>& to) {
          pass.layerKernels().copyColumns({from, firstChannel(i), to, 0, shapes_[i].channels, rows.begin, rows.end});
        });
    finish(pass, inputGradient, shapes_[i].channels, rows);
  }
}

template class Join<float>;
template class Join<double>;

}  // namespace glissade

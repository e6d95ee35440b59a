#include <algorithm>
#include <limits>

#include "optimizers/row_scale.h"
#include "optimizers/transform.h"

namespace glissade {

template <typename Real>
RowScales<Real>::RowScales(const std::vector<size_t>& shape) : columns_(matricesOf(shape).columns) {
  const Matrices matrices = matricesOf(shape);
  scales_.resize(matrices.count * matrices.rows);
}

template <typename Real>
void RowScales<Real>::observe(const Kernels& kernels, const Member& member, const Rule<Real>& rule, const void* scalars,
                              const GradientClip<Real>& clip, const Gradient& gradient, size_t array, Real* states) {
  const Range rows = member.share(scales_.size());
  Real buffer[Parameters::kBlock];
  for (size_t row = rows.begin; row < rows.end; ++row)
    scales_[row] = rowScaleOf(kernels.of<Real>(), rule, scalars, columns_, states + row, [&](size_t begin, size_t end) {
      return clip.read(kernels, gradient, {array, row * columns_ + begin, row * columns_ + end}, buffer);
    });
  member.barrier();
}

template <typename Real>
Scaled<Real> RowScales<Real>::apply(const Kernels& kernels, const ArrayRange& block, const Scaled<Real>& gradient,
                                    Real* buffer) const {
  constexpr Real kUnlimited = std::numeric_limits<Real>::infinity();
  for (size_t i = block.begin; i < block.end;) {
    const size_t row = i / columns_, at = i - block.begin, count = std::min(block.end, (row + 1) * columns_) - i;
    kernels.of<Real>().clip(gradient.scale * scales_[row], kUnlimited, gradient.values + at, buffer + at, count);
    i += count;
  }
  return {buffer, 1};
}

template class RowScales<float>;
template class RowScales<double>;

}  // namespace glissade

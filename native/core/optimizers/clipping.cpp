#include "optimizers/clipping.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace glissade {

template <typename Real>
GradientClip<Real>::GradientClip(std::shared_ptr<const Parameters> parameters, const OptimizerOptions& options)
    : parameters_(std::move(parameters)),
      clipping_(options.clipping),
      epsilon_(options.clippingEpsilon),
      squares_(parameters_->blockCount()) {
  if (clipping_ != Clipping::columns && clipping_ != Clipping::rows) return;
  unitOffsets_.push_back(0);
  for (size_t i = 0; i < parameters_->count(); ++i) unitOffsets_.push_back(unitOffsets_.back() + units(i));
  unitFactors_.resize(unitOffsets_.back());
}

template <typename Real>
size_t GradientClip<Real>::units(size_t array) const {
  const std::vector<size_t>& shape = (*parameters_)[array].shape;
  if (shape.size() < 2 || parameters_->lengthOf(array) == 0) return 1;
  return clipping_ == Clipping::rows ? shape.front() : parameters_->lengthOf(array) / shape.front();
}

template <typename Real>
void GradientClip<Real>::findNorm(const Kernels& kernels, const Member& member, const Gradient* gradients,
                                  const std::vector<GatheredRows<Real>>& sparse) {
  parameters_->forEachBlock(member, [&](const ArrayRange& block) {
    if (gradients[block.array].rows) return;
    Real buffer[Parameters::kBlock];
    squares_[parameters_->blockAt(block)] =
        kernels.of<Real>().squares(rawGradient(kernels, gradients[block.array], block, buffer), block.count());
  });
  member.barrier();
  if (member.isFirst()) {
    double sum = 0;
    for (size_t i = 0; i < parameters_->count(); ++i) {
      if ((*parameters_)[i].frozen) continue;
      const Range blocks = parameters_->blocksOf(i);
      if (gradients[i].rows)
        sum += kernels.of<Real>().squares(sparse[i].values(), sparse[i].valueCount());
      else
        for (size_t k = blocks.begin; k < blocks.end; ++k) sum += squares_[k];
    }
    norm_ = std::sqrt(sum);
  }
  member.barrier();
}

/// Brock et al. 2021, arXiv:2102.06171, equation 3.
template <typename Real>
void GradientClip<Real>::findUnitFactors(const Kernels& kernels, const Member& member, const Gradient* gradients,
                                         Real* const* parameters) {
  if (unitOffsets_.empty()) return;
  constexpr size_t kColumns = 64, kBlock = Parameters::kBlock;
  const KernelsOf<Real>& table = kernels.of<Real>();
  for (size_t i = 0; i < parameters_->count(); ++i) {
    if ((*parameters_)[i].frozen) continue;
    const size_t count = units(i), length = parameters_->lengthOf(i);
    const bool byColumns = count > 1 && clipping_ == Clipping::columns;
    const size_t rows = byColumns ? length / count : 1, columns = byColumns ? count : length / count;
    const Range share = member.share(count, byColumns ? kColumns : 1);
    for (size_t unit = share.begin; unit < share.end; unit += byColumns ? kColumns : 1) {
      const size_t width = byColumns ? std::min(kColumns, share.end - unit) : 1;
      double squares[kColumns] = {}, ofParameters[kColumns] = {};
      Real buffer[kBlock];
      for (size_t row = 0; row < rows; ++row) {
        if (byColumns) {
          const ArrayRange range{i, row * columns + unit, row * columns + unit + width};
          table.addSquares(rawGradient(kernels, gradients[i], range, buffer), width, squares);
          table.addSquares(parameters[i] + range.begin, width, ofParameters);
        } else {
          for (size_t begin = unit * columns; begin < (unit + 1) * columns; begin += kBlock) {
            const ArrayRange range{i, begin, std::min(begin + kBlock, (unit + 1) * columns)};
            squares[0] += table.squares(rawGradient(kernels, gradients[i], range, buffer), range.count());
            ofParameters[0] += table.squares(parameters[i] + begin, range.count());
          }
        }
      }
      for (size_t k = 0; k < width; ++k) {
        const double norm = std::sqrt(squares[k]) * std::abs(static_cast<double>(scale_));
        const double limit = limit_ * std::max(std::sqrt(ofParameters[k]), epsilon_);
        unitFactors_[unitOffsets_[i] + unit + k] = static_cast<Real>(norm > limit ? limit / norm : 1);
      }
    }
  }
  member.barrier();
}

template <typename Real>
Scaled<Real> GradientClip<Real>::read(const Kernels& kernels, const Gradient& gradient, const ArrayRange& block,
                                      Real* buffer) const {
  const KernelsOf<Real>& table = kernels.of<Real>();
  const Real* const raw = rawGradient(kernels, gradient, block, buffer);
  if (clipping_ == Clipping::value) {
    table.clip(scale_, limit(), raw, buffer, block.count());
    return {buffer, 1};
  }
  if (unitOffsets_.empty()) return {raw, scale_};
  const size_t count = units(block.array), perUnit = parameters_->lengthOf(block.array) / count;
  const bool byColumns = count > 1 && clipping_ == Clipping::columns;
  const Real* const factors = unitFactors_.data() + unitOffsets_[block.array];
  constexpr Real kUnlimited = std::numeric_limits<Real>::infinity();
  for (size_t i = block.begin; i < block.end;) {
    const size_t row = byColumns ? i / count : i / perUnit, width = byColumns ? count : perUnit;
    const size_t end = std::min(block.end, (row + 1) * width), at = i - block.begin;
    if (byColumns)
      table.scaleEach(scale_, factors + i % count, raw + at, buffer + at, end - i);
    else
      table.clip(scale_ * factors[row], kUnlimited, raw + at, buffer + at, end - i);
    i = end;
  }
  return {buffer, 1};
}

template class GradientClip<float>;
template class GradientClip<double>;

}  // namespace glissade

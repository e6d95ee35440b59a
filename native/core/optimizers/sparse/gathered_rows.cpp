#include "optimizers/sparse/gathered_rows.h"

#include <algorithm>

namespace glissade {

template <typename Real>
void GatheredRows<Real>::reserve(size_t rows) {
  if (order_.size() >= rows) return;
  const size_t room = rows + rows / 2;
  values_ = Buffer<Real>(room * columns_);
  rows_.reserve(room);
  order_.resize(room);
}

template <typename Real>
void GatheredRows<Real>::gather(const std::vector<uint32_t>& rows, const Real* values) {
  for (size_t i = 0; i < rows.size(); ++i) order_[i] = uint64_t{rows[i]} << 32 | i;
  const auto end = order_.begin() + static_cast<std::ptrdiff_t>(rows.size());
  if (!std::is_sorted(order_.begin(), end)) std::sort(order_.begin(), end);
  rows_.clear();
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto row = static_cast<uint32_t>(order_[i] >> 32);
    const Real* const from = values + (order_[i] & UINT32_MAX) * columns_;
    const bool isNew = rows_.empty() || rows_.back() != row;
    if (isNew) rows_.push_back(row);
    Real* const to = values_.data() + (rows_.size() - 1) * columns_;
    if (isNew)
      std::copy_n(from, columns_, to);
    else
      for (size_t j = 0; j < columns_; ++j) to[j] += from[j];
  }
}

template class GatheredRows<float>;
template class GatheredRows<double>;

}  // namespace glissade

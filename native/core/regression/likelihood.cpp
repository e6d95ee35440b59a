#include "regression/likelihood.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "regression/blocks.h"

namespace glissade {
namespace {

/// Designs with more columns are read entry by entry.
constexpr size_t kMostDenseColumns = 4096;

}  // namespace

LikelihoodWork::LikelihoodWork(const Kernels& kernels, const Design& design, LinearModel model,
                               LinearDerivatives derivatives, size_t members)
    : kernels_(*kernels.regression),
      design_(design),
      model_(std::move(model)),
      derivatives_(derivatives),
      columns_(design.columns() + (model_.hasIntercept ? 1 : 0)) {
  const size_t outputs = model_.outputs, pairs = outputs * (outputs + 1) / 2;
  const size_t products = derivatives == LinearDerivatives::hessian ? pairs * columns_ * columns_ : 0;
  const bool isWide = columns_ > kMostDenseColumns;
  const double flops = 4.0 * static_cast<double>(columns_ * outputs) +
                       (products > 0 ? static_cast<double>(products) + static_cast<double>(pairs * columns_) : 0);
  shape_ = {design.rows(), chunksFor(design.rows(), products + columns_ * outputs, columns_ / 16),
            isWide ? 1 : blockRowsFor(columns_), isWide ? 1000 : flops};
  for (size_t i = 0; i < shape_.chunks; ++i) {
    Sums& sums = sums_.emplace_back();
    sums.gradient = Buffer<double>(columns_ * outputs);
    for (size_t pair = 0; products > 0 && pair < pairs; ++pair)
      sums.products.emplace_back(checkedProduct(columns_, columns_));
  }
  const size_t stride = strideFor(shape_.blockRows);
  for (size_t i = 0; i < members; ++i) {
    Scratch& scratch = scratch_.emplace_back();
    scratch.logits = Buffer<double>(checkedProduct(2 * outputs + 1, stride));
    if (isWide) continue;
    scratch.block = Buffer<double>(checkedProduct(columns_, stride));
    if (products > 0) scratch.scaled = Buffer<double>(checkedProduct(columns_, stride));
  }
  if (products > 0) hessian_.resize(checkedProduct(columns_, outputs, columns_, outputs));
}

double LikelihoodWork::differentiate(size_t row, double weight, double* logits, size_t stride) const noexcept {
  const double target = design_.target(row);
  if (model_.loss == LinearLoss::squared) {
    const double error = logits[0] - target;
    logits[0] = weight * error;
    return 0.5 * weight * error * error;
  }
  if (model_.loss == LinearLoss::logistic) {
    const double z = logits[0], tail = std::exp(-std::abs(z)), smaller = tail / (1 + tail);
    const double p = z > 0 ? 1 - smaller : smaller, rest = z > 0 ? smaller : 1 - smaller;
    logits[0] = weight * (target > 0 ? -rest : p);
    return weight * (std::log1p(tail) + std::max(z, 0.0) - (target > 0 ? z : 0));
  }
  const auto truth = static_cast<size_t>(target);
  double most = logits[0], sum = 0;
  for (size_t k = 1; k < model_.outputs; ++k) most = std::max(most, logits[k * stride]);
  const double ofTruth = logits[truth * stride] - most;
  for (size_t k = 0; k < model_.outputs; ++k) sum += logits[k * stride] = std::exp(logits[k * stride] - most);
  for (size_t k = 0; k < model_.outputs; ++k)
    logits[k * stride] = weight * (logits[k * stride] / sum - (k == truth ? 1 : 0));
  return weight * (std::log(sum) - ofTruth);
}

void LikelihoodWork::addRows(size_t chunk, const Range& rows, size_t member) noexcept {
  if (isWide())
    for (size_t row = rows.begin; row < rows.end; ++row) addWide(sums_[chunk], row, scratch_[member]);
  else
    addDense(sums_[chunk], rows, scratch_[member]);
}

void LikelihoodWork::addWide(Sums& sums, size_t row, Scratch& scratch) noexcept {
  const size_t outputs = model_.outputs;
  const double* const coefficients = model_.coefficients.data();
  double* const logits = scratch.logits.data();
  const double* const intercepts = coefficients + design_.columns() * outputs;
  for (size_t k = 0; k < outputs; ++k) logits[k] = model_.hasIntercept ? intercepts[k] : 0;
  design_.forEachEntry(row, [&](size_t column, double value) {
    for (size_t k = 0; k < outputs; ++k) logits[k] += value * coefficients[column * outputs + k];
  });
  const double weight = design_.weight(row);
  sums.loss += differentiate(row, weight, logits, 1);
  sums.weight += weight;
  double* const gradient = sums.gradient.data();
  design_.forEachEntry(row, [&](size_t column, double value) {
    for (size_t k = 0; k < outputs; ++k) gradient[column * outputs + k] += value * logits[k];
  });
  for (size_t k = 0; model_.hasIntercept && k < outputs; ++k) gradient[design_.columns() * outputs + k] += logits[k];
}

void LikelihoodWork::addDense(Sums& sums, const Range& rows, Scratch& scratch) noexcept {
  const size_t outputs = model_.outputs, stride = strideFor(shape_.blockRows);
  const DesignBlock block{scratch.block.data(), rows.size(), columns_, stride};
  design_.expand(kernels_, rows, model_.centre.empty() ? nullptr : model_.centre.data(), block);
  if (model_.hasIntercept) std::fill_n(block.numbers + design_.columns() * stride, rows.size(), 1.0);
  const DesignBlock logits{scratch.logits.data(), rows.size(), outputs, stride};
  double* const curvatures = scratch.logits.data() + outputs * stride;  // of the outputs, or of one pair
  kernels_.multiply(block, model_.coefficients.data(), outputs, logits.numbers);
  for (size_t i = 0; i < rows.size(); ++i) {
    const double weight = design_.weight(rows.begin + i);
    sums.loss += differentiate(rows.begin + i, weight, logits.numbers + i, stride);
    sums.weight += weight;
  }
  kernels_.addProducts(block, logits, false, sums.gradient.data());
  if (derivatives_ != LinearDerivatives::hessian) return;
  size_t pair = 0;
  for (size_t k = 0; k < outputs; ++k)
    for (size_t l = k; l < outputs; ++l, ++pair) {
      for (size_t i = 0; i < rows.size(); ++i) {
        const double weight = design_.weight(rows.begin + i), target = design_.target(rows.begin + i);
        const auto probability = [&](size_t output, double is) {  // from the derivative
          return weight > 0 ? logits.numbers[output * stride + i] / weight + is : 0;
        };
        if (model_.loss == LinearLoss::squared) {
          curvatures[i] = weight;
        } else if (model_.loss == LinearLoss::logistic) {
          const double p = probability(0, target > 0 ? 1 : 0);
          curvatures[i] = weight * p * (1 - p);
        } else {
          const auto truth = static_cast<size_t>(target);
          const double p = probability(k, k == truth ? 1 : 0), q = probability(l, l == truth ? 1 : 0);
          curvatures[i] = weight * (k == l ? p * (1 - p) : -p * q);
        }
      }
      const DesignBlock scaled{scratch.scaled.data(), rows.size(), columns_, stride};
      for (size_t j = 0; j < columns_; ++j)
        for (size_t i = 0; i < rows.size(); ++i)
          scaled.numbers[j * stride + i] = curvatures[i] * block.numbers[j * stride + i];
      kernels_.addProducts(block, scaled, true, sums.products[pair].data());
    }
}

void LikelihoodWork::finish() noexcept {
  Sums& all = sums_.front();
  for (size_t chunk = 1; chunk < sums_.size(); ++chunk) {
    const Sums& sums = sums_[chunk];
    all.loss += sums.loss;
    all.weight += sums.weight;
    for (size_t i = 0; i < all.gradient.size(); ++i) all.gradient[i] += sums.gradient[i];
    for (size_t pair = 0; pair < all.products.size(); ++pair)
      for (size_t i = 0; i < all.products[pair].size(); ++i) all.products[pair][i] += sums.products[pair][i];
  }
  if (hessian_.empty()) return;
  const size_t outputs = model_.outputs, size = columns_ * outputs;
  size_t pair = 0;
  for (size_t k = 0; k < outputs; ++k)
    for (size_t l = k; l < outputs; ++l, ++pair)
      for (size_t i = 0; i < columns_; ++i)
        for (size_t j = i; j < columns_; ++j) {
          const double x = all.products[pair][i * columns_ + j];
          hessian_[(i * outputs + k) * size + j * outputs + l] = x;
          hessian_[(i * outputs + l) * size + j * outputs + k] = x;
        }
}

}  // namespace glissade

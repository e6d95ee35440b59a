#include "training/evaluation/curvature_probe.h"

#include <algorithm>
#include <utility>

namespace glissade {
namespace {

constexpr size_t kBlock = 4096;  // numbers summed as one, so that no sum depends on the size of the team

template <typename Real>
double dot(const Real* a, const Real* b, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

}  // namespace

template <typename Real>
CurvatureProbe<Real>::CurvatureProbe(const Kernels& kernels, const std::shared_ptr<const Network<Real>>& network,
                                     const Dataset& data, const Scoring& scoring, size_t every)
    : every_(static_cast<int64_t>(every)),
      g_(network->parameterCount()),
      hg_(network->parameterCount()),
      gradient_(kernels, network, data, scoring, {}, Use::training),
      product_(kernels, network, data, scoring, {}, Use::tangents),
      blocks_(ceilingOf(network->parameterCount(), kBlock)) {}

template <typename Real>
void CurvatureProbe<Real>::begin(const Real* parameters) {
  gradient_.restart(parameters, {g_.data()});
  product_.restart(parameters, {nullptr, g_.data(), hg_.data()});
}

template <typename Real>
bool CurvatureProbe<Real>::advance(const Member& member) {
  if (!gradient_.finished()) {
    gradient_.advance(member);
    return true;
  }
  if (product_.advance(member)) return true;
  member.barrier();
  measure(member);
  return false;
}

template <typename Real>
void CurvatureProbe<Real>::measure(const Member& member) {
  const Range share = member.share(blocks_.size());
  for (size_t i = share.begin; i < share.end; ++i) {
    const size_t begin = i * kBlock, count = std::min(kBlock, g_.size() - begin);
    const Real* const g = g_.data() + begin;
    blocks_[i] = {0, dot(g, g, count), dot(g, hg_.data() + begin, count)};
  }
  member.barrier();
  if (!member.isFirst()) return;
  found_ = {gradient_.tally().meanLoss(), 0, 0};
  for (const AlongGradient& block : blocks_) {
    found_.squaredGradientNorm += block.squaredGradientNorm;
    found_.gradientCurvature += block.gradientCurvature;
  }
}

template class CurvatureProbe<float>;
template class CurvatureProbe<double>;

}  // namespace glissade

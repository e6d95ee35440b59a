#include "optimizers/optimizer.h"

#include <algorithm>
#include <string>
#include <utility>

#include "error.h"

namespace glissade {
namespace {

template <typename Real>
int indexOf(std::string_view name) {
  const KernelsOf<Real>& table = kernels().of<Real>();
  for (int i = 0; i < table.ruleCount; ++i)
    if (name == table.rules[i].name) return i;
  throw Error("ERR_INVALID_ARGUMENT", "unknown update rule \"" + std::string(name) + "\"");
}

}  // namespace

template <typename Real>
Optimizer<Real>::Optimizer(std::string_view rule, std::vector<Array> arrays)
    : rule_(indexOf<Real>(rule)), arrays_(std::move(arrays)), offsets_{0} {
  for (const Array& array : arrays_) {
    offsets_.push_back(offsets_.back() + array.length);
    groups_ = std::max(groups_, array.group + 1);
  }
  scalars_.resize(groups_);
}

template <typename Real>
size_t Optimizer<Real>::stateCount() const {
  return static_cast<size_t>(rule(kernels()).stateCount);
}

template <typename Real>
size_t Optimizer<Real>::hyperparameterCount() const {
  return static_cast<size_t>(rule(kernels()).hyperparameterCount);
}

template <typename Real>
double Optimizer<Real>::epsilon(const Kernels& kernels, const double* hyperparameters) const {
  const Rule<Real>& rule = this->rule(kernels);
  for (int i = 0; i < rule.hyperparameterCount; ++i)
    if (std::string_view(rule.hyperparameters[i]) == "epsilon") return hyperparameters[i];
  return 1;
}

template <typename Real>
void Optimizer<Real>::prepare(const Kernels& kernels, const double* hyperparameters, int64_t t) {
  for (size_t group = 0; group < groups_; ++group)
    rule(kernels).prepare(hyperparameters + group * hyperparameterCount(), t, scalars_[group].bytes);
}

template <typename Real>
void Optimizer<Real>::update(const Kernels& kernels, const Member& member, Real gradientScale, const Lent& lent) const {
  constexpr size_t kGrain =
      64 / sizeof(Real) * 16;  // whole cache lines, and few of them shared where arrays are unaligned
  const Rule<Real>& rule = this->rule(kernels);
  const Range share = member.share(size(), kGrain);
  size_t i =
      static_cast<size_t>(std::upper_bound(offsets_.begin(), offsets_.end(), share.begin) - offsets_.begin()) - 1;
  for (; i < arrays_.size() && offsets_[i] < share.end; ++i) {
    const size_t begin = std::max(share.begin, offsets_[i]) - offsets_[i],
                 end = std::min(share.end, offsets_[i + 1]) - offsets_[i];
    if (begin < end)
      rule.update(scalars_[arrays_[i].group].bytes, gradientScale, lent.gradients[i], lent.parameters[i],
                  lent.states + i * static_cast<size_t>(rule.stateCount), begin, end);
  }
}

template class Optimizer<float>;
template class Optimizer<double>;

}  // namespace glissade

#include "training/steps/evaluation_parameters.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace glissade {

template <typename Real>
EvaluationParameters<Real>::EvaluationParameters(TrainedModel<Real>& model, const TrainerOptions& options)
    : model_(model) {
  if (!model_.optimizer.points().hasEvaluationPoint()) return;
  reserve();
  if (options.mayResume) allowResumption();
}

template <typename Real>
void EvaluationParameters<Real>::allowResumption() {
  if (model_.optimizer.points().hasEvaluationPoint() && trained_.size() == 0)
    trained_ = Buffer<Real>(model_.network->parameterCount());
}

template <typename Real>
void EvaluationParameters<Real>::reserve() {
  if (evaluated_.size() > 0) return;
  Buffer<Real> evaluated(model_.network->parameterCount());
  tensors_ = model_.tensorsIn(evaluated);
  evaluated_ = std::move(evaluated);
}

/// Whether the parameters to evaluate with differ from the trained ones after all rows have caught up.
template <typename Real>
bool EvaluationParameters<Real>::differsFromTrained() const {
  return model_.optimizer.points().hasEvaluationPoint() && overwrittenAt_ != model_.counts.steps;
}

template <typename Real>
void EvaluationParameters<Real>::catchUpAlone() {
  beginCatchUp();
  while (catchUp(Member(0, 1)))
    ;
}

template <typename Real>
const Real* EvaluationParameters<Real>::current() {
  if (lags()) catchUpAlone();
  if (!differsFromTrained()) return model_.parameters;
  if (evaluatedAt_ != model_.counts.steps)
    model_.optimizer.points().evaluation(model_.kernels, Member(0, 1), model_.lastRecord.data(), model_.lent(),
                                         tensors_.data());
  evaluatedAt_ = model_.counts.steps;
  return evaluated_.data();
}

template <typename Real>
const Real* EvaluationParameters<Real>::withinStep(const Member& member, const double* record) {
  if (member.isFirst()) {
    beginCatchUp();
    evaluatedAt_ = -1;
  }
  member.barrier();
  while (lags() && catchUp(member))
    ;
  if (!model_.optimizer.points().hasEvaluationPoint()) return nullptr;
  model_.optimizer.points().evaluation(model_.kernels, member, record, model_.lent(), tensors_.data());
  member.barrier();
  return evaluated_.data();
}

template <typename Real>
void EvaluationParameters<Real>::beginForesight(Foresight kind) {
  reserve();
  if (kind == Foresight::evaluated && differsFromTrained())
    model_.optimizer.points().evaluation(model_.kernels, Member(0, 1), model_.lastRecord.data(), model_.lent(),
                                         tensors_.data());
  else
    std::copy_n(model_.parameters, model_.network->parameterCount(), evaluated_.data());
  evaluatedAt_ = -1;
  walk_ = {};
}

template <typename Real>
void EvaluationParameters<Real>::pause() {
  const Real* const shown = current();
  if (isPaused_ || shown == model_.parameters || !model_.isFinite(shown)) return;
  const size_t count = model_.network->parameterCount();
  if (trained_.size() > 0) std::copy_n(model_.parameters, count, trained_.data());
  std::copy_n(shown, count, model_.parameters);
  isPaused_ = true;
}

template <typename Real>
void EvaluationParameters<Real>::resume() {
  if (!isPaused_) return;
  if (isOverwritten())
    overwrittenAt_ = model_.counts.steps;
  else
    std::copy_n(trained_.data(), model_.network->parameterCount(), model_.parameters);
  isPaused_ = false;
}

/// Whether others have written to the model during the pause.
template <typename Real>
bool EvaluationParameters<Real>::isOverwritten() const {
  return isPaused_ && std::memcmp(model_.parameters, evaluated_.data(), evaluated_.size() * sizeof(Real)) != 0;
}

template <typename Real>
const Real* EvaluationParameters<Real>::trained() const {
  return isPaused_ && !isOverwritten() ? trained_.data() : model_.parameters;
}

template <typename Real>
int64_t EvaluationParameters<Real>::overwrittenAt() const {
  return isOverwritten() ? model_.counts.steps : overwrittenAt_;
}

template <typename Real>
void EvaluationParameters<Real>::reserveForPause() {
  if (model_.lazy.empty() && !model_.optimizer.points().hasEvaluationPoint()) return;
  reserve();
  if (trained_.size() == 0) trained_ = Buffer<Real>(model_.network->parameterCount());
}

template <typename Real>
void EvaluationParameters<Real>::restore(const Real* trained, int64_t overwrittenAt) {
  const size_t count = model_.network->parameterCount();
  std::copy_n(trained, count, model_.parameters);
  isPaused_ = false;
  overwrittenAt_ = overwrittenAt;
  if (!lags()) {
    evaluatedAt_ = -1;
    return pause();
  }
  beginForesight(Foresight::evaluated);
  while (foresee(Member(0, 1)))
    ;
  if (!model_.isFinite(evaluated_.data())) return;
  std::copy_n(model_.parameters, count, trained_.data());
  std::copy_n(evaluated_.data(), count, model_.parameters);
  isPaused_ = true;
}

template class EvaluationParameters<float>;
template class EvaluationParameters<double>;

}  // namespace glissade

#pragma once

#include <napi.h>

#include <memory>
#include <variant>
#include <vector>

#include "error.h"
#include "handle.h"
#include "network.h"
#include "record.h"
#include "reported_memory.h"
#include "training/steps/trainer.h"

namespace glissade {

/// A trainer over `Real`, the model that it trains, and the tables of a minibatch that is borrowed for a call.
template <typename Real>
struct Training {
  Model<Real>* model;
  std::shared_ptr<ParameterAccess<Real>> access;
  std::shared_ptr<Trainer<Real>> trainer;
  std::shared_ptr<Table> inputs, targets, weights;
  Dataset minibatch;
};

/// The numbers that JavaScript reads after a step: loss and accuracy of the minibatch before the step; the number of
/// steps taken and of minibatches skipped in all; the number of minibatches whose gradients wait for a step.
struct StepResults {
  GLISSADE_RECORD(loss, accuracy, steps, skipped, waiting);
};

class TrainerBinding : public Handle<TrainerBinding> {
 public:
  static constexpr const char* kName = "Trainer";

  static Napi::Function define(Napi::Env env);
  explicit TrainerBinding(const Napi::CallbackInfo& info);
  ~TrainerBinding() override { release(); }

  /// Calls visit(training) with the Training in its type.
  /// @throws Error ERR_DISPOSED after dispose(), ERR_BUSY while a run of the model is under way.
  template <typename Visit>
  auto visitIdle(Visit visit) {
    if (disposed_) throw Error("ERR_DISPOSED", "the trainer has been disposed");
    if (auto* training = std::get_if<Training<float>>(&training_)) return visitIdle(*training, visit);
    return visitIdle(std::get<Training<double>>(training_), visit);
  }

  /// Until `endRun`, the model's parameters are read from the snapshot.
  template <typename Real>
  void beginRun(const ParameterAccess<Real>::Writing& writing, std::shared_ptr<Snapshot<Real>> snapshot,
                Communicator::Lock lock) {
    std::get<Training<Real>>(training_).access->beginRun(writing, std::move(snapshot));
    lock_ = std::move(lock);
    runs_ = true;
  }
  void endRun();

  /// Checks that a step can be taken on a minibatch, also during a run.
  void checkMinibatch(const Dataset& minibatch);

 private:
  template <typename Real, typename Visit>
  static auto visitIdle(Training<Real>& training, Visit visit) {
    training.access->checkIdle();
    return visit(training);
  }

  void Step(const Napi::CallbackInfo& info);
  void StepOn(const Napi::CallbackInfo& info);
  template <typename Real>
  void step(Training<Real>& training, const Dataset& minibatch, const Argument& custom);
  Napi::Value StepsOfRun(const Napi::CallbackInfo& info);
  Napi::Value ImageLayout(const Napi::CallbackInfo& info);
  void SaveImage(const Napi::CallbackInfo& info);
  void RestoreImage(const Napi::CallbackInfo& info);
  void Dispose(const Napi::CallbackInfo& info);

  template <typename Visit>
  void visit(Visit visit) {
    if (auto* training = std::get_if<Training<float>>(&training_)) visit(*training);
    if (auto* training = std::get_if<Training<double>>(&training_)) visit(*training);
  }

  void release();
  void noteCounts();

  /// Within a step, JavaScript may dispose of the trainer. Its memory is then freed after the step.
  struct WithinStep {
    explicit WithinStep(TrainerBinding& trainer) : trainer(trainer) { trainer.isWithinStep_ = true; }
    ~WithinStep() {
      trainer.isWithinStep_ = false;
      if (trainer.disposed_) trainer.release();
    }
    TrainerBinding& trainer;
  };

  std::variant<std::monostate, Training<float>, Training<double>> training_;
  Napi::Env env_;
  ReportedMemory held_;
  Napi::ObjectReference network_, memory_;
  Communicator::Lock lock_;  // of a run of ranks
  bool disposed_ = false, runs_ = false, isWithinStep_ = false;
  StepResults* results_ = nullptr;  // at the beginning of memory shared with JavaScript
  const double* record_ = nullptr;  // of the next step, after the results
};

}  // namespace glissade

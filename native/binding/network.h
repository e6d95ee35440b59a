#pragma once

#include <napi.h>

#include <memory>
#include <string>
#include <variant>

#include "handle.h"
#include "models/snapshot.h"
#include "models/workspace.h"

namespace glissade {

/// A network over `Real` and the slab of its parameters.
template <typename Real>
struct Model {
  std::shared_ptr<const Network<Real>> network;
  Real* parameters = nullptr;
  std::shared_ptr<Snapshot<Real>> snapshot;  // while a run changes the parameters
  std::unique_ptr<Workspace<Real>> small;    // for predictions of a few rows
  bool isWithinStep = false;                 // while JavaScript computes the loss of a step

  /// The parameters; during a run, a snapshot of them, which does not change and lives as long as it is held.
  /// @throws Error ERR_INVALID_ARGUMENT if the network has no slab.
  std::shared_ptr<const Real> current() const {
    checkBound();
    if (!snapshot) return {std::shared_ptr<void>(), parameters};
    const auto copy = snapshot->read();
    return {copy, copy->parameters.data()};
  }

  /// @throws Error ERR_BUSY while a run or a step changes the parameters.
  void checkIdle() const {
    if (snapshot) throw Error("ERR_BUSY", "the model is being trained; await the run or stop() it first");
    if (isWithinStep) throw Error("ERR_BUSY", "the model is within a step, whose loss is being computed");
  }

  void checkBound() const {
    if (!parameters) throw Error("ERR_INVALID_ARGUMENT", "the network has no slab: call bind first");
  }
};

inline constexpr Words<Precision, 2> kPrecisions = {{"full", Precision::full}, {"bfloat16", Precision::bfloat16}};

/// The precision of this name.
/// @throws Error ERR_INVALID_ARGUMENT if a layer of the network can't compute in it.
template <typename Real>
Precision precisionFor(const Network<Real>& network, const Argument& name) {
  const Precision precision = name.word(kPrecisions);
  network.checkPrecision(precision);
  return precision;
}

class NetworkBinding : public Handle<NetworkBinding> {
 public:
  static constexpr const char* kName = "Network";

  static Napi::Function define(Napi::Env env);
  explicit NetworkBinding(const Napi::CallbackInfo& info);

  /// Calls visit(model) with the model in its type.
  template <typename Visit>
  auto visit(Visit&& visit) {
    return std::visit(visit, model_);
  }

 private:
  Napi::Value Tensors(const Napi::CallbackInfo& info);
  Napi::Value ParameterCount(const Napi::CallbackInfo& info);
  Napi::Value IsTraining(const Napi::CallbackInfo& info);
  Napi::Value CheckIdle(const Napi::CallbackInfo& info);
  Napi::Value Outputs(const Napi::CallbackInfo& info);
  Napi::Value Shapes(const Napi::CallbackInfo& info);
  Napi::Value Bind(const Napi::CallbackInfo& info);
  Napi::Value Initialize(const Napi::CallbackInfo& info);
  Napi::Value ReadParameters(const Napi::CallbackInfo& info);
  Napi::Value Predict(const Napi::CallbackInfo& info);
  Napi::Value Evaluate(const Napi::CallbackInfo& info);
  Napi::Value Differentiate(const Napi::CallbackInfo& info);
  Napi::Value GradientVariance(const Napi::CallbackInfo& info);

  std::variant<Model<float>, Model<double>> model_;
  Napi::ObjectReference slab_;
};

}  // namespace glissade

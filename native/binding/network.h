#pragma once

#include <napi.h>

#include <algorithm>
#include <memory>
#include <string>
#include <variant>

#include "handle.h"
#include "matrix/buffer.h"
#include "models/parameter_access.h"
#include "reported_memory.h"
#include "training/evaluation/prediction.h"

namespace glissade {

/// A network over `Real` and the slab of its parameters.
template <typename Real>
struct Model {
  std::shared_ptr<const Network<Real>> network;
  Real* parameters = nullptr;
  std::shared_ptr<ParameterAccess<Real>> access{};  // to the parameters; null until there are any
  PredictionMemory<Real> predictions{};

  /// The parameters, as ParameterAccess::read gives them.
  /// @throws Error ERR_INVALID_ARGUMENT if the network has no slab.
  std::shared_ptr<const Real> current() const {
    checkBound();
    return access->read();
  }

  /// A copy of the parameters, for work during which JavaScript may change them.
  std::shared_ptr<const Real> copied() const {
    const auto copy = std::make_shared<Buffer<Real>>(network->parameterCount());
    std::copy_n(current().get(), copy->size(), copy->data());
    return {copy, copy->data()};
  }

  bool isTraining() const { return access && access->isTraining(); }

  /// @throws Error ERR_BUSY while a run changes the parameters.
  void checkIdle() const {
    if (access) access->checkIdle();
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
  size_t ParameterCount(const Napi::CallbackInfo& info);
  bool IsTraining(const Napi::CallbackInfo& info);
  void CheckIdle(const Napi::CallbackInfo& info);
  size_t Outputs(const Napi::CallbackInfo& info);
  Napi::Value Shapes(const Napi::CallbackInfo& info);
  void Bind(const Napi::CallbackInfo& info);
  bool CopySnapshot(const Napi::CallbackInfo& info);
  void Share(const Napi::CallbackInfo& info);
  void Initialize(const Napi::CallbackInfo& info);
  void ReadParameters(const Napi::CallbackInfo& info);
  void Predict(const Napi::CallbackInfo& info);
  Napi::Value Evaluate(const Napi::CallbackInfo& info);
  double Differentiate(const Napi::CallbackInfo& info);
  Napi::Value GradientVariance(const Napi::CallbackInfo& info);

  std::variant<Model<float>, Model<double>> model_;
  ReportedMemory predictions_;  // of the model's PredictionMemory
  Napi::ObjectReference slab_;
};

}  // namespace glissade

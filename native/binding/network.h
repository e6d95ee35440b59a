#pragma once

#include <napi.h>

#include <memory>
#include <string>
#include <variant>

#include "error.h"
#include "models/network.h"
#include "models/snapshot.h"

namespace glissade {

/// A network over `Real` and the slab of its parameters.
template <typename Real>
struct Model {
  std::shared_ptr<const Network<Real>> network;
  Real* parameters = nullptr;
  std::shared_ptr<Snapshot<Real>> snapshot;  // while a run changes the parameters
  std::unique_ptr<Workspace<Real>> small;    // for predictions on the calling thread

  /// The parameters, or during a run those after a recent step, which stay as long as they are held.
  std::shared_ptr<const Real> current() const {
    if (!snapshot) return {std::shared_ptr<void>(), parameters};
    const auto copy = snapshot->read();
    return {copy, copy->parameters.data()};
  }
};

/// @throws Error ERR_INVALID_ARGUMENT for bfloat16 on a network of doubles.
template <typename Real>
Precision precisionNamed(const std::string& name) {
  if (name != "bfloat16") return Precision::full;
  if (sizeof(Real) != sizeof(float))
    throw Error("ERR_INVALID_ARGUMENT", "precision \"bfloat16\" is for networks of type float32");
  return Precision::bfloat16;
}

class NetworkBinding : public Napi::ObjectWrap<NetworkBinding> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit NetworkBinding(const Napi::CallbackInfo& info);

  static NetworkBinding& from(Napi::Value value) { return *Unwrap(value.As<Napi::Object>()); }

  /// Calls visit(model) with the model in its type.
  template <typename Visit>
  auto visit(Visit&& visit) {
    return std::visit(visit, model_);
  }

 private:
  Napi::Value Tensors(const Napi::CallbackInfo& info);
  Napi::Value ParameterCount(const Napi::CallbackInfo& info);
  Napi::Value Bind(const Napi::CallbackInfo& info);
  Napi::Value Initialize(const Napi::CallbackInfo& info);
  Napi::Value Predict(const Napi::CallbackInfo& info);
  Napi::Value Evaluate(const Napi::CallbackInfo& info);

  std::variant<Model<float>, Model<double>> model_;
  Napi::ObjectReference slab_;
};

}  // namespace glissade

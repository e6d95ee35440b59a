#pragma once

#include <napi.h>

#include <variant>
#include <vector>

#include "optimizers/optimizer.h"

namespace glissade {

class OptimizerBinding : public Napi::ObjectWrap<OptimizerBinding> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit OptimizerBinding(const Napi::CallbackInfo& info);

 private:
  /// An optimizer over `Real` with the pointers of the step under way.
  template <typename Real>
  struct Bound {
    Optimizer<Real> optimizer;
    std::vector<Real*> states;  // shared memory: they stay
    std::vector<Real*> parameters;
    std::vector<const Real*> gradients;

    typename Optimizer<Real>::Lent lent() const { return {gradients.data(), parameters.data(), states.data()}; }
  };

  template <typename Real>
  static Bound<Real> bind(Napi::Env env, Napi::Object options);
  template <typename Real>
  void prepare(const Napi::CallbackInfo& info, Bound<Real>& bound);

  Napi::Value Step(const Napi::CallbackInfo& info);
  Napi::Value StepAsync(const Napi::CallbackInfo& info);

  std::variant<std::monostate, Bound<float>, Bound<double>> bound_;
  Napi::Reference<Napi::Array> parameters_, states_, gradients_;
  bool busy_ = false;
};

}  // namespace glissade

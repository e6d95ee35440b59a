#pragma once

#include <napi.h>

#include <array>
#include <variant>
#include <vector>

#include "optimizers/optimizer.h"

namespace glissade {

class OptimizerBinding : public Napi::ObjectWrap<OptimizerBinding> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit OptimizerBinding(const Napi::CallbackInfo& info);

 private:
  /// Memory that steps write to: a parameter or a state of it.
  struct Written {
    const void *begin, *end;
    size_t parameter;
    bool isState;
  };

  /// An optimizer over `Real` with the pointers of the step under way.
  template <typename Real>
  struct Bound {
    Optimizer<Real> optimizer;
    std::vector<Written> written;  // in the order of addresses
    std::vector<Real*> states;     // shared memory: they stay
    std::vector<Real*> parameters;
    std::vector<const Real*> gradients;

    typename Optimizer<Real>::Lent lent() const { return {gradients.data(), parameters.data(), states.data()}; }
  };

  template <typename Real>
  static Bound<Real> bind(Napi::Env env, Napi::Object options);
  static std::string nameOf(const Written& array);
  template <typename Real>
  static void checkApart(const Bound<Real>& bound, size_t i);
  template <typename Real>
  void prepare(const Napi::CallbackInfo& info, Bound<Real>& bound);

  /// Calls visit(bound) with what is bound in its type.
  template <typename Visit>
  auto visit(Visit visit) {
    if (auto* bound = std::get_if<Bound<float>>(&bound_)) return visit(*bound);
    return visit(std::get<Bound<double>>(bound_));
  }

  Napi::Value Step(const Napi::CallbackInfo& info);
  Napi::Value StepAsync(const Napi::CallbackInfo& info);

  std::variant<std::monostate, Bound<float>, Bound<double>> bound_;
  Napi::Reference<Napi::Array> states_;
  std::array<Napi::Reference<Napi::Array>, 2> lent_;  // while a stepAsync is under way
  bool busy_ = false;
};

}  // namespace glissade

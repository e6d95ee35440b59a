#pragma once

#include <napi.h>

#include <array>
#include <functional>
#include <variant>
#include <vector>

#include "arguments.h"
#include "handle.h"
#include "optimizers/optimizer.h"
#include "parallel/engine.h"

namespace glissade {

/// What an optimizer of one's own and one of a run are both told: { rules, maximize, clipping, … }.
OptimizerOptions optimizerOptionsOf(const Argument& options);

class OptimizerBinding : public Handle<OptimizerBinding> {
 public:
  static constexpr const char* kName = "Optimizer";

  static Napi::Function define(Napi::Env env);
  explicit OptimizerBinding(const Napi::CallbackInfo& info);

 private:
  /// Memory that steps write to: a parameter, or the state.
  struct Written {
    const void *begin, *end;
    size_t parameter;
    static constexpr size_t kState = ~size_t{0};
  };

  /// An optimizer over `Real` with the memory that is lent to it.
  template <typename Real>
  struct Bound {
    Optimizer<Real> optimizer;
    std::byte* state;  // shared memory: it stays
    std::vector<Real*> parameters;
    std::vector<Gradient> gradients;
    std::vector<std::vector<uint32_t>> rows;  // that sparse gradients are for
    std::vector<Written> written;             // in the order of addresses

    Lent<Real> lent() const { return {gradients.data(), parameters.data(), state}; }
  };

  static std::string nameOf(const Written& array);
  template <typename Real>
  static std::vector<Written> writtenBy(const Bound<Real>& bound, const std::byte* state,
                                        const std::vector<Real*>& parameters);
  template <typename Real>
  static void checkApart(const Bound<Real>& bound, size_t i, size_t length);
  template <typename Real>
  void readRows(Bound<Real>& bound, size_t i, napi_value list);
  template <typename Real>
  std::vector<Real*> borrowLike(const Optimizer<Real>& optimizer, napi_value list, const char* name,
                                Memory memory = Memory::any);
  template <typename Real>
  void lend(Bound<Real>& bound, napi_value parameters, napi_value gradients, napi_value rows,
            Memory memory = Memory::any);
  static void run(size_t elements, const Engine::Work& work);
  void checkIdle() const;
  void checkLent() const;
  template <typename Real>
  void checkBound(const Bound<Real>& bound) const;
  template <typename Real>
  const double* borrowRow(const Optimizer<Real>& optimizer, napi_value row);

  /// Calls visit(bound) with what is bound in its type.
  template <typename Visit>
  auto visit(Visit visit) {
    if (auto* bound = std::get_if<Bound<float>>(&bound_)) return visit(*bound);
    return visit(std::get<Bound<double>>(bound_));
  }

  Napi::Value Layout(const Napi::CallbackInfo& info);
  Napi::Value Bind(const Napi::CallbackInfo& info);
  Napi::Value Lend(const Napi::CallbackInfo& info);
  Napi::Value Step(const Napi::CallbackInfo& info);
  Napi::Value StepAsync(const Napi::CallbackInfo& info);
  Napi::Value CatchUp(const Napi::CallbackInfo& info);
  Napi::Value Restore(const Napi::CallbackInfo& info);
  Napi::Value Points(const Napi::CallbackInfo& info);

  std::variant<std::monostate, Bound<float>, Bound<double>> bound_;
  Napi::Reference<Napi::Value> slab_;
  std::array<Napi::Reference<Napi::Array>, 2> lent_;
  bool busy_ = false;
  bool hasLent_ = false;
};

}  // namespace glissade

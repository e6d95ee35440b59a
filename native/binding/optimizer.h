#pragma once

#include <napi.h>

#include <array>
#include <functional>
#include <memory>
#include <variant>
#include <vector>

#include "arguments.h"
#include "bound_optimizer.h"
#include "handle.h"
#include "optimizers/state_layout.h"
#include "parallel/engine.h"

namespace glissade {

/// Reads the options that an Optimizer and a Trainer have in common: { rules, maximize, clipping, … }.
OptimizerOptions optimizerOptionsOf(const Argument& options);

/// Reads the group of an array or a tensor.
/// @throws Error ERR_OUT_OF_RANGE for a group without a rule.
size_t groupOf(const Argument& item, size_t groups);

/// { bytes, entries: [{ name, array?, type, offset, length }] }: named arrays in one piece of memory.
Napi::Object describe(Napi::Env env, size_t bytes, const std::vector<StateEntry>& entries);

class OptimizerBinding : public Handle<OptimizerBinding> {
 public:
  static constexpr const char* kName = "Optimizer";

  static Napi::Function define(Napi::Env env);
  explicit OptimizerBinding(const Napi::CallbackInfo& info);

 private:
  template <typename Real>
  void borrowAll(BoundOptimizer<Real>& bound, const Napi::CallbackInfo& info, Memory memory);
  static void run(size_t elements, const Engine::Work& work);
  void checkIdle() const;
  void checkBorrowed() const;
  template <typename Real>
  void checkBound(const BoundOptimizer<Real>& bound) const;

  /// Calls visit(bound) with the BoundOptimizer in its type.
  template <typename Visit>
  auto visit(Visit visit) {
    if (auto* bound = std::get_if<BoundOptimizer<float>>(&bound_)) return visit(*bound);
    return visit(std::get<BoundOptimizer<double>>(bound_));
  }

  Napi::Value Layout(const Napi::CallbackInfo& info);
  void Bind(const Napi::CallbackInfo& info);
  void Borrow(const Napi::CallbackInfo& info);
  const char* Step(const Napi::CallbackInfo& info);
  Napi::Value StepAsync(const Napi::CallbackInfo& info);
  void CatchUp(const Napi::CallbackInfo& info);
  void CheckIdle(const Napi::CallbackInfo& info);
  void EndStep(const Napi::CallbackInfo& info);
  void Restore(const Napi::CallbackInfo& info);
  void Points(const Napi::CallbackInfo& info);

  std::variant<std::monostate, BoundOptimizer<float>, BoundOptimizer<double>> bound_;
  Napi::Reference<Napi::Value> slab_;                     // keeps the state's memory alive
  std::array<Napi::Reference<Napi::Array>, 2> borrowed_;  // keeps the lists of parameters and gradients alive
  std::shared_ptr<Turn> turn_;                            // of all its steps on the engine
  bool stepsOnEngine_ = false;                            // until the engine has finished; busy_ lasts until endStep
  bool busy_ = false;                                     // from stepAsync to endStep
  bool hasBorrowed_ = false;
};

}  // namespace glissade

#pragma once

#include <napi.h>

#include <memory>

#include "arguments.h"
#include "backing_memory.h"
#include "handle.h"
#include "regression/design.h"
#include "regression/row_pass.h"

namespace glissade {

/// The rows of exact linear models, and passes over them.
class DesignBinding : public Handle<DesignBinding> {
 public:
  static constexpr const char* kName = "Design";

  static Napi::Function define(Napi::Env env);
  /// The functions that need no rows: solveFactor, definiteFactor.
  static void defineSolvers(Napi::Object exports);
  explicit DesignBinding(const Napi::CallbackInfo& info);

 private:
  size_t Rows(const Napi::CallbackInfo&) { return design_->rows(); }
  size_t Columns(const Napi::CallbackInfo&) { return design_->columns(); }
  Napi::Value ClassWeights(const Napi::CallbackInfo& info);
  Napi::Value Centre(const Napi::CallbackInfo& info);
  Napi::Value Factor(const Napi::CallbackInfo& info);
  Napi::Value Likelihood(const Napi::CallbackInfo& info);

  size_t classes();

  std::shared_ptr<const Design> design_;
  size_t classes_ = 0;  // 0: not counted yet
  std::shared_ptr<BackingMemory> memory_;
};

}  // namespace glissade

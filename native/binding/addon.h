#pragma once

#include <napi.h>

#include <functional>
#include <list>
#include <memory>

#include "parallel/engine.h"

namespace glissade {

/// What one JavaScript environment (the main thread, a Worker) holds of the addon.
class Addon : public Napi::Addon<Addon> {
 public:
  Addon(Napi::Env env, Napi::Object exports);

  static Addon& of(Napi::Env env) { return *env.GetInstanceData<Addon>(); }

  /// Follows a job of this environment: the process stays alive until `release`, and an environment that is torn down
  /// calls `stop` and waits for the job before its memory goes.
  using Ticket = std::list<std::pair<std::shared_ptr<Job>, std::function<void()>>>::iterator;
  Ticket follow(std::shared_ptr<Job> job, std::function<void()> stop);
  void release(Ticket ticket);

  /// From any thread, for a job that is followed: runs `work` on this environment's thread.
  void post(std::function<void(Napi::Env)> work);

  Napi::FunctionReference makeError;  // (code, message) → the error of lib/errors.ts
  Napi::FunctionReference dataset;    // the constructor

 private:
  Napi::Value Setup(const Napi::CallbackInfo& info);

  using Work = std::function<void(Napi::Env)>;
  static void callBack(Napi::Env env, Napi::Function, std::nullptr_t*, Work* work);
  using Mailbox = Napi::TypedThreadSafeFunction<std::nullptr_t, Work, callBack>;

  static void tearDown(void* addon);

  Napi::Env env_;
  Mailbox mailbox_;
  std::list<std::pair<std::shared_ptr<Job>, std::function<void()>>> followed_;
};

}  // namespace glissade

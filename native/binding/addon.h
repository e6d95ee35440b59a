#pragma once

#include <napi.h>

#include <functional>
#include <list>
#include <memory>
#include <utility>

#include "parallel/engine.h"

namespace glissade {

/// What one JavaScript environment (the main thread, a Worker) holds of the addon.
class Addon : public Napi::Addon<Addon> {
 public:
  Addon(Napi::Env env, Napi::Object exports);

  static Addon& of(Napi::Env env) { return *env.GetInstanceData<Addon>(); }

  /// A job of this environment, and how to end it early.
  struct Followed {
    std::shared_ptr<Job> job;
    std::function<void()> stop;
  };
  using Ticket = std::list<Followed>::iterator;

  /// Starts a job and follows it: the process stays alive until `release`, and an environment that is torn down stops
  /// it and waits for it before its memory goes.
  Ticket follow(Followed job, const std::function<void()>& start);
  void release(Ticket ticket);

  /// Work for this environment's thread. Who must not fail once a job is done makes the letter before it begins.
  using Work = std::function<void(Napi::Env)>;
  using Letter = std::unique_ptr<Work>;
  static Letter letter(Work work) { return std::make_unique<Work>(std::move(work)); }

  /// From any thread, for a job that is followed: runs a letter's work on this environment's thread.
  void post(Letter letter) noexcept;

  Napi::FunctionReference makeError;             // (code, message) → the error of lib/errors.ts
  Napi::FunctionReference dataset, sparseTable;  // the constructors

 private:
  Napi::Value Setup(const Napi::CallbackInfo& info);

  static void callBack(Napi::Env env, Napi::Function, std::nullptr_t*, Work* work);
  using Mailbox = Napi::TypedThreadSafeFunction<std::nullptr_t, Work, callBack>;

  static void tearDown(void* addon);

  Napi::Env env_;
  Mailbox mailbox_;
  std::list<Followed> followed_;
};

}  // namespace glissade

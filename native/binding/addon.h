#pragma once

#include <napi.h>

#include <functional>
#include <list>
#include <memory>
#include <utility>

#include "parallel/engine.h"

namespace glissade {

/// The addon's data of one JavaScript environment (the main thread, a Worker).
class Addon : public Napi::Addon<Addon> {
 public:
  Addon(Napi::Env env, Napi::Object exports);

  static Addon& of(Napi::Env env) { return *env.GetInstanceData<Addon>(); }

  /// A job of this environment, and a function that ends it early.
  struct Followed {
    std::shared_ptr<Job> job;
    std::function<void()> stop;
  };
  using Ticket = std::list<Followed>::iterator;

  /// Starts a job and follows it until `release`. Meanwhile the process stays alive, and an environment that is torn
  /// down stops the job and waits for its end before memory is freed.
  Ticket follow(Followed job, const std::function<void()>& start);
  void release(Ticket ticket);

  /// Work for this environment's thread. Making a letter may run out of memory, so a job's final notification is made
  /// before the job begins.
  using Work = std::function<void(Napi::Env)>;
  using Letter = std::unique_ptr<Work>;
  static Letter letter(Work work) { return std::make_unique<Work>(std::move(work)); }

  /// Runs a letter's work on this environment's thread. Thread-safe; only for jobs that are followed.
  void post(Letter letter) noexcept;

  Napi::FunctionReference makeError;             // (code, message) → an error of lib/errors.ts
  Napi::FunctionReference outOfMemory;           // (message) → the error for a lack of memory
  Napi::FunctionReference newBytes;              // (length) → a Uint8Array; throws that error
  Napi::FunctionReference dataset, sparseTable;  // constructors of these classes

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

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "distributed/communicator.h"
#include "handle.h"

namespace glissade {

/// The ranks of an MPI job, of which this process is one. MPI is called on the engine's thread only.
class CommunicatorBinding : public Handle<CommunicatorBinding> {
 public:
  static constexpr const char* kName = "Communicator";
  static Napi::Function define(Napi::Env env);
  /// Adds `launchedProcesses` to the addon.
  static void defineLaunch(Napi::Object exports);
  explicit CommunicatorBinding(const Napi::CallbackInfo& info);

  /// @throws Error ERR_INVALID_ARGUMENT before `connect` has ended.
  const std::shared_ptr<Communicator>& communicator() const;

 private:
  void Connect(const Napi::CallbackInfo& info);
  Napi::Value Describe(const Napi::CallbackInfo& info);
  Napi::Value Gather(const Napi::CallbackInfo& info);
  Napi::Value Broadcast(const Napi::CallbackInfo& info);
  void Collect(const Napi::CallbackInfo& info);
  void Finish(const Napi::CallbackInfo& info);
  void Abort(const Napi::CallbackInfo& info);

  Napi::Value begin(Napi::Env env, std::function<void()> work, std::function<Napi::Value(Napi::Env)> result);

  std::shared_ptr<Communicator> communicator_;
  std::string file_, version_;
};

}  // namespace glissade

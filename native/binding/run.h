#pragma once

#include <napi.h>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "addon.h"
#include "dataset.h"
#include "handle.h"
#include "training/runs/run.h"

namespace glissade {

class RunBinding : public Handle<RunBinding> {
 public:
  static constexpr const char* kName = "Run";

  static Napi::Function define(Napi::Env env);
  explicit RunBinding(const Napi::CallbackInfo& info);

 private:
  // Calls a function of the run. Does nothing after its end.
  template <void (Run::*function)()>
  void callRun(const Napi::CallbackInfo&) {
    if (run_) (run_.get()->*function)();
  }
  void Supply(const Napi::CallbackInfo& info);
  bool Request(const Napi::CallbackInfo& info);
  void GoOn(const Napi::CallbackInfo& info);
  void WriteCheckpoint(const Napi::CallbackInfo& info);
  void DropCheckpoint(const Napi::CallbackInfo& info);
  Napi::Value Progress(const Napi::CallbackInfo& info);

  std::optional<Dataset> keep(const Argument& given);
  void deliver(Napi::Env env, bool isLast);
  void computeLoss(Napi::Env env);
  /// The records of any number of steps.
  std::span<double> borrowRecords(const Argument& records) const;

  std::shared_ptr<Checkpoints> checkpoints_;  // or null
  std::shared_ptr<Run> run_;                  // null after its end
  RunProgress progress_;                      // as of the last notification
  RunOutcome outcome_;                        // once a notification has had it
  size_t recordLength_ = 0;
  bool accuracy_ = false;
  Addon::Ticket ticket_;
  Napi::ObjectReference trainer_;  // keeps the trainer alive while the run lasts
  Napi::FunctionReference listener_;
  Napi::ObjectReference image_;                                // memory of checkpoints
  Napi::ObjectReference custom_;                               // { compute, fail } of a custom loss
  std::function<void(const Napi::Function& compute)> answer_;  // computes the loss that the run awaits
  std::vector<std::shared_ptr<BackingMemory>> memory_;
};

}  // namespace glissade

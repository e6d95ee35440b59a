#include "addon.h"

#include <exception>
#include <iterator>

#include "arguments.h"
#include "communicator.h"
#include "dataset.h"
#include "dataset_builder.h"
#include "design.h"
#include "dictionary.h"
#include "file_lock.h"
#include "mapped_dataset.h"
#include "metrics.h"
#include "network.h"
#include "optimizer.h"
#include "run.h"
#include "runtime.h"
#include "sparse.h"
#include "text_features.h"
#include "trainer.h"

namespace glissade {

Addon::Addon(Napi::Env env, Napi::Object exports) : env_(env) {
  mailbox_ = Mailbox::New(env, "glissade", 0, 1);
  mailbox_.Unref(env);
  exports.Set("Optimizer", OptimizerBinding::define(env));
  exports.Set("Network", NetworkBinding::define(env));
  exports.Set("Trainer", TrainerBinding::define(env));
  exports.Set("Run", RunBinding::define(env));
  exports.Set("Communicator", CommunicatorBinding::define(env));
  CommunicatorBinding::defineLaunch(exports);
  const Napi::Function datasetClass = DatasetBinding::define(env);
  dataset = Napi::Persistent(datasetClass);
  exports.Set("Dataset", datasetClass);
  exports.Set("DatasetBuilder", DatasetBuilderBinding::define(env));
  exports.Set("Design", DesignBinding::define(env));
  DesignBinding::defineSolvers(exports);
  exports.Set("Dictionary", DictionaryBinding::define(env));
  exports.Set("TextFeatures", TextFeaturesBinding::define(env));
  exports.Set("SparseBuilder", SparseBuilderBinding::define(env));
  sparseTable = Napi::Persistent(SparseTableBinding::define(env));
  DefineAddon(exports, {InstanceMethod("setup", &Addon::Setup)});
  defineRuntime(exports);
  defineScore(exports);
  defineMappedDatasets(exports);
  defineFileLocks(exports);
  // Last, because the calls above throw if a Worker is terminated meanwhile. Hooks run in reverse order, so this one
  // runs before the mailbox closes.
  if (napi_add_env_cleanup_hook(env, tearDown, this) != napi_ok) throw Napi::Error::New(env);
}

// setup(makeError, outOfMemory, newBytes): called once by lib/addon.
Napi::Value Addon::Setup(const Napi::CallbackInfo& info) {
  Napi::FunctionReference* const functions[] = {&makeError, &outOfMemory, &newBytes};
  for (size_t i = 0; i < std::size(functions); ++i) {
    if (!info[i].IsFunction()) throw Napi::TypeError::New(info.Env(), "setup takes functions");
    *functions[i] = Napi::Persistent(info[i].As<Napi::Function>());
  }
  return info.Env().Undefined();
}

Addon::Ticket Addon::follow(Followed job, const std::function<void()>& start) {
  const Ticket ticket = followed_.insert(followed_.end(), std::move(job));
  try {
    start();
  } catch (...) {
    followed_.erase(ticket);
    throw;
  }
  if (followed_.size() == 1) mailbox_.Ref(env_);
  return ticket;
}

void Addon::release(Ticket ticket) {
  followed_.erase(ticket);
  if (followed_.empty()) mailbox_.Unref(env_);
}

void Addon::post(Letter letter) noexcept {
  if (mailbox_.NonBlockingCall(letter.get()) == napi_ok) (void)letter.release();  // callBack deletes it
}

void Addon::callBack(Napi::Env env, Napi::Function, std::nullptr_t*, Work* work) {
  const Letter letter(work);
  if (!env) return;
  try {
    guarded(env, [&] { (*letter)(env); });
  } catch (const Napi::Error& error) {
    throwInJavaScript(error);
  }
}

void Addon::tearDown(void* self) {
  Addon& addon = *static_cast<Addon*>(self);
  for (const auto& [job, stop] : addon.followed_) stop();
  for (const auto& [job, stop] : addon.followed_) Engine::instance().wait(*job);
  addon.followed_.clear();
  addon.mailbox_.Release();
}

namespace {

/// Makes the addon of an environment. Only a Napi::Error may reach Node-API. The errors of lib/errors.ts are not known
/// before setup().
Napi::Object load(Napi::Env env, Napi::Object exports) {
  try {
    return Addon::Init(env, exports);
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception& error) {
    throw Napi::Error::New(env, error.what());
  }
}

}  // namespace

NODE_API_MODULE(NODE_GYP_MODULE_NAME, load)

}  // namespace glissade

#include "file_lock.h"

#include "addon.h"
#include "arguments.h"
#include "files/file_lock.h"

namespace glissade {
namespace {

// lockFile(descriptor): false if another one has the lock
Napi::Value lock(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const int descriptor = static_cast<int>(Argument(info, 0, "descriptor").wholeNumber(INT32_MAX));
    return Napi::Boolean::New(info.Env(), lockFile(descriptor) != FileLock::taken);
  });
}

// removeAbandoned(path): whether the file was removed
Napi::Value remove(const Napi::CallbackInfo& info) {
  return guarded(info.Env(),
                 [&] { return Napi::Boolean::New(info.Env(), removeAbandoned(Argument(info, 0, "path").text())); });
}

}  // namespace

void defineFileLocks(Napi::Env env, Napi::Object exports) {
  exports.Set("lockFile", Napi::Function::New(env, lock));
  exports.Set("removeAbandoned", Napi::Function::New(env, remove));
}

}  // namespace glissade

#include "file_lock.h"

#include "system/files.h"
#include "values.h"

namespace glissade {
namespace {

// lockFile(descriptor): false if another one has the lock
bool lock(const Napi::CallbackInfo& info) {
  return lockFile(static_cast<int>(Argument(info, 0, "descriptor").wholeNumber(INT32_MAX))) != FileLock::taken;
}

// removeAbandoned(path): whether the file was removed
bool remove(const Napi::CallbackInfo& info) { return removeAbandoned(Argument(info, 0, "path").text()); }

}  // namespace

void defineFileLocks(Napi::Object exports) {
  defineFunction<lock>(exports, "lockFile");
  defineFunction<remove>(exports, "removeAbandoned");
}

}  // namespace glissade

#include "system/process.h"

#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

#include "error.h"
#include "system/thread_starts.h"

namespace glissade {
namespace {

std::atomic<void (*)()> endOfProcess{nullptr};

}  // namespace

void atExit(void (*end)()) {
  static const pid_t process = getpid();
  if (endOfProcess.exchange(end)) return;
  const auto handler = [] {
    // In a forked child, mutexes of the engine may be locked for ever, and the exit would wait for ever.
    if (getpid() == process) endOfProcess.load()();
  };
  if (std::atexit(handler) == 0) return;
  endOfProcess = nullptr;
  throw Error("ERR_INTERNAL", "the engine's thread can't be started: no memory to end it with the process");
}

bool mayStartThreads() noexcept { return true; }

void onEventLoop(bool (*)()) {}

std::string hostName() {
  char name[256] = "";
  return gethostname(name, sizeof name - 1) == 0 ? name : "";
}

void setIfUnset(const char* variable, const char* value) noexcept { setenv(variable, value, 0); }

bool isConnectedSocket(int descriptor) noexcept {
  sockaddr_storage peer;
  socklen_t length = sizeof peer;
  return getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &length) == 0;
}

}  // namespace glissade

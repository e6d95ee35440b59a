// WebAssembly: a module has one thread or several, and what JavaScript gives it. It has no files, libraries, priorities
// or processor times.
#include <emscripten.h>
#include <emscripten/threading.h>

#include <cerrno>
#include <numeric>
#include <system_error>
#include <utility>

#include "error.h"
#include "system/files.h"
#include "system/libraries.h"
#include "system/mapped_file.h"
#include "system/memory.h"
#include "system/priority.h"
#include "system/process.h"
#include "system/processors.h"
#include "system/thread_starts.h"
#include "system/times.h"

namespace glissade {
namespace {

[[noreturn]] void fail() { throw std::system_error(ENOTSUP, std::generic_category()); }

/// Whether the host lets the module start threads: Node does, and so does a browser for pages that are isolated.
EM_JS(bool, hostHasThreads, (), { return Module.hasThreads; });

/// A message to oneself comes sooner than a timer, which browsers delay by some milliseconds.
EM_JS(void, callSoon, (int callback), {
  if (!Module.channel) Module.channel = new MessageChannel();
  Module.channel.port1.onmessage = function() { wasmTable.get(callback)(); };
  Module.channel.port2.postMessage(0);
});

bool (*workOfLoop)() = nullptr;

void turn();
void turnSoon() { callSoon(static_cast<int>(reinterpret_cast<uintptr_t>(&turn))); }

void turn() {
  if (workOfLoop()) return turnSoon();
  workOfLoop = nullptr;
}

int64_t nanosecondsNow() noexcept { return static_cast<int64_t>(1e6 * emscripten_get_now()); }

}  // namespace

std::optional<TemporaryFile> TemporaryFile::open(const std::string&) { fail(); }
TemporaryFile::~TemporaryFile() = default;
void TemporaryFile::write(std::span<const std::byte>, size_t) const { fail(); }
void TemporaryFile::sync() const { fail(); }
void TemporaryFile::renameTo(const std::string&) { fail(); }

const char* const kSeparators = "/";

void syncFolder(const std::string&) { fail(); }
void removeIfThere(const std::string&) noexcept {}
FileLock lockFile(int) noexcept { return FileLock::unsupported; }
bool removeAbandoned(const std::string&) noexcept { return false; }

MappedFile::MappedFile(const std::string& path) {
  throw Error("ERR_UNSUPPORTED_PLATFORM",
              "can't map " + path + ": WebAssembly has no mapped files; make the dataset from arrays");
}
MappedFile::~MappedFile() = default;
void advise(std::span<const std::byte>, Advice) noexcept {}

std::string libraryFile(const char* name, int version) {
  return std::string("lib") + name + ".so." + std::to_string(version);
}
bool mayOpenLibraries() noexcept { return false; }
void* openLibrary(const char*) noexcept { return nullptr; }
void* symbolOf(void*, const char*) noexcept { return nullptr; }
std::string faultOfOpening() { return "WebAssembly has no shared libraries"; }

void preferLargePages(void*, size_t, Contents) noexcept {}
bool isHeapFreeToGrow() noexcept { return true; }

void setPriority(Priority) {}
bool mayBeIdle() { return false; }

void atExit(void (*)()) {}  // the host ends its threads

bool mayStartThreads() noexcept {
  static const bool may = hostHasThreads();
  return may;
}

void onEventLoop(bool (*work)()) {
  if (std::exchange(workOfLoop, work) == nullptr) turnSoon();
}

std::string hostName() { return {}; }
void setIfUnset(const char*, const char*) noexcept {}
bool isConnectedSocket(int) noexcept { return false; }

std::vector<size_t> allowedProcessors() {
  std::vector<size_t> processors(mayStartThreads() ? static_cast<size_t>(emscripten_num_logical_cores()) : 1);
  std::iota(processors.begin(), processors.end(), size_t{0});
  return processors;
}
std::optional<double> processorQuota() { return {}; }
bool requestTiles() noexcept { return false; }

// The time on the clock: a thread that works has a processor, as far as can be told.
int64_t threadTime() noexcept { return nanosecondsNow(); }
int64_t processTime() noexcept { return nanosecondsNow(); }

}  // namespace glissade

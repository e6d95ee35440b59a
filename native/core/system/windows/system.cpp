// The parts of the system layer that take only a few lines on Windows.
#include <cstdlib>
#include <thread>

#include "error.h"
#include "system/libraries.h"
#include "system/memory.h"
#include "system/priority.h"
#include "system/process.h"
#include "system/processors.h"
#include "system/thread_starts.h"
#include "system/times.h"
#include "system/windows/windows.h"

namespace glissade {
namespace {

int64_t nanoseconds(const FILETIME& time) {
  return 100 * static_cast<int64_t>(uint64_t{time.dwHighDateTime} << 32 | time.dwLowDateTime);
}

}  // namespace

// --- priority and times ---------------------------------------------------------------------------------------------

void setPriority(Priority priority) {
  if (priority == Priority::normal) return;
  SetThreadPriority(GetCurrentThread(), priority == Priority::idle ? THREAD_PRIORITY_IDLE : THREAD_PRIORITY_LOWEST);
}

bool mayBeIdle() { return true; }

int64_t threadTime() noexcept {
  FILETIME created, ended, kernel{}, user{};
  GetThreadTimes(GetCurrentThread(), &created, &ended, &kernel, &user);
  return nanoseconds(kernel) + nanoseconds(user);
}

int64_t processTime() noexcept {
  FILETIME created, ended, kernel{}, user{};
  GetProcessTimes(GetCurrentProcess(), &created, &ended, &kernel, &user);
  return nanoseconds(kernel) + nanoseconds(user);
}

// --- processors and memory ------------------------------------------------------------------------------------------

/// In the order of the groups of 64 processors. A process with an affinity is in one group.
std::vector<size_t> allowedProcessors() {
  DWORD_PTR mine = 0, all = 0;
  const bool isKnown = GetProcessAffinityMask(GetCurrentProcess(), &mine, &all) && mine != 0;
  const bool isRestricted = isKnown && mine != all;
  std::vector<size_t> processors;
  for (size_t i = 0; i < (isRestricted ? 8 * sizeof mine : GetActiveProcessorCount(ALL_PROCESSOR_GROUPS)); ++i)
    if (!isRestricted || mine >> i & 1) processors.push_back(i);
  return processors;
}

std::optional<double> processorQuota() {
  JOBOBJECT_CPU_RATE_CONTROL_INFORMATION rate{};
  constexpr DWORD kHardCap = JOB_OBJECT_CPU_RATE_CONTROL_ENABLE | JOB_OBJECT_CPU_RATE_CONTROL_HARD_CAP;
  if (!QueryInformationJobObject(nullptr, JobObjectCpuRateControlInformation, &rate, sizeof rate, nullptr)) return {};
  if ((rate.ControlFlags & kHardCap) != kHardCap || rate.CpuRate == 0) return {};
  constexpr double kWhole = 10'000;  // CpuRate counts hundredths of a percent of all processors
  return rate.CpuRate / kWhole * GetActiveProcessorCount(ALL_PROCESSOR_GROUPS);
}

bool requestTiles() noexcept { return false; }

void preferLargePages(void*, size_t, Contents) noexcept {}

bool isHeapFreeToGrow() noexcept { return true; }

// --- the process and libraries --------------------------------------------------------------------------------------

void atExit(void (*end)()) {
  HMODULE library;
  if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                          reinterpret_cast<LPCWSTR>(end), &library))
    throw Error("ERR_INTERNAL", "the engine's thread can't be started: the library can't be kept in memory");
}

bool mayStartThreads() noexcept { return true; }

void onEventLoop(bool (*)()) {}

std::string hostName() {
  char name[256];
  DWORD length = sizeof name;
  return GetComputerNameExA(ComputerNameDnsHostname, name, &length) ? std::string(name, length) : "";
}

void setIfUnset(const char* variable, const char* value) noexcept {
  if (!std::getenv(variable)) _putenv_s(variable, value);
}

bool isConnectedSocket(int) noexcept { return true; }

std::string libraryFile(const char* name, int) { return std::string(name) + ".dll"; }

bool mayOpenLibraries() noexcept { return false; }

void* openLibrary(const char*) noexcept { return nullptr; }

void* symbolOf(void*, const char*) noexcept { return nullptr; }

std::string faultOfOpening() { return "on Windows, glissade trains in a single process"; }

}  // namespace glissade
